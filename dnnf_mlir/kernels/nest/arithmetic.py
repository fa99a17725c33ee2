"""What one step along the channels of a dense kernel is: a multiply-add of floats, or a dot product of bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from dnnf_mlir.bindings.iree import arith, ir, vector
from dnnf_mlir.emit.index import Index, add
from dnnf_mlir.emit.vectors import broadcast, call_intrinsic, filled, read_scalar, read_vector, zero
from dnnf_mlir.kernels.nest.problem import BYTES_IN_DOT
from dnnf_mlir.targets import DotProduct


class Arithmetic(Protocol):
    """A step takes ``channels`` channels of one input element and the same of ``lanes`` filters."""

    @property
    def channels(self) -> int: ...

    def read(self, x: ir.Value, indices: Sequence[Index], channels: int) -> ir.Value:
        """The scalar that holds ``channels`` channels of the input from ``indices`` on, at most those of a step."""

    def accumulate(self, scalar: ir.Value, weights: ir.Value, total: ir.Value) -> ir.Value:
        """The accumulators after the step."""


@dataclass(frozen=True)
class FusedMultiplyAdd:
    """``total + x * weights``, one channel a step."""

    channels = 1

    def read(self, x: ir.Value, indices: Sequence[Index], channels: int) -> ir.Value:
        return read_scalar(x, indices)

    def accumulate(self, scalar: ir.Value, weights: ir.Value, total: ir.Value) -> ir.Value:
        lanes = ir.VectorType(total.type).shape[0]
        return vector.FMAOp(broadcast(scalar, lanes), weights, total).result


FLOATS = FusedMultiplyAdd()


@dataclass(frozen=True)
class ByteDotProduct:
    """``total + sum over four channels of x * weights`` of 8-bit integers in 32 bits, by the target's instruction.

    The weights are signed. Where the input's bytes are not of the signedness that the instruction takes, their highest
    bit is flipped: they are read as 128 less, or 128 more.
    """

    instruction: DotProduct
    signed_input: bool

    channels = BYTES_IN_DOT

    @property
    def shift(self) -> int:
        """What reading adds to every byte of the input."""
        if self.signed_input == self.instruction.signed_left:
            return 0
        return -128 if self.instruction.signed_left else 128

    def read(self, x: ir.Value, indices: Sequence[Index], channels: int) -> ir.Value:
        word = ir.IntegerType.get_signless(32)
        if channels == BYTES_IN_DOT:
            four = read_vector(x, indices, channels)
            scalar = vector.ExtractOp(vector.BitCastOp(ir.VectorType.get([1], word), four).result, [], [0]).result
        else:
            scalar = self._assembled(x, indices, channels)
        if not self.shift:
            return scalar
        return arith.XOrIOp(scalar, filled(word, -0x7F7F7F80)).result  # 0x80808080

    def _assembled(self, x: ir.Value, indices: Sequence[Index], channels: int) -> ir.Value:
        """Fewer bytes than four, read one by one: the tensor may end behind them."""
        word = ir.IntegerType.get_signless(32)
        result = zero(word)
        for i in range(channels):
            byte = read_scalar(x, [*indices[:-1], add(indices[-1], i)])
            wide = arith.ExtUIOp(word, byte).result
            result = arith.OrIOp(result, arith.ShLIOp(wide, filled(word, 8 * i)).result).result
        return result

    def accumulate(self, scalar: ir.Value, weights: ir.Value, total: ir.Value) -> ir.Value:
        type_ = ir.VectorType(total.type)
        native, byte = self.instruction.lanes, ir.IntegerType.get_signless(8)
        words = ir.VectorType.get([native], type_.element_type)
        octets = ir.VectorType.get([native * BYTES_IN_DOT], byte)
        repeated = vector.BitCastOp(octets, broadcast(scalar, native)).result
        parts = []
        for first in range(0, type_.shape[0], native):
            part = vector.ExtractStridedSliceOp(words, total, [first], [native], [1]).result
            filters = vector.ExtractStridedSliceOp(
                octets, weights, [first * BYTES_IN_DOT], [native * BYTES_IN_DOT], [1]
            ).result
            parts.append((first, call_intrinsic(self.instruction.intrinsic, words, [part, repeated, filters])))
        for first, part in parts:
            total = vector.InsertStridedSliceOp(part, total, [first], [1]).result
        return total
