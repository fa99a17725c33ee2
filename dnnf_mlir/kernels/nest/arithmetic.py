"""What one step along the channels of a dense kernel is, and how long sums of such steps keep their precision.

A step is a multiply-add of floats, or a dot product of bytes.

A sum of n products in f16 that is added up from the first to the last may be off by n u times the sum of the products'
magnitudes, u = 2^-11; what is off by chance grows with sqrt(n) u. Cut into runs of r products, each added up from zero,
it may be off by (r + n / r) u only: with r = 128, for a 3x3 convolution of 512 channels, a twenty-eighth of n u. The
runs are long enough for adding them up to take a few percent of the time. Sums of f32 are left whole.
Source: Higham, The Accuracy of Floating Point Summation, 1993.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from dnnf_mlir.bindings.iree import arith, ir, vector
from dnnf_mlir.emit.index import Index, LoopBody, divide, loop, remainder
from dnnf_mlir.emit.vectors import broadcast, call_intrinsic, element_type, filled, read_scalar, read_vector, zero
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.kernels.nest.problem import BYTES_IN_DOT
from dnnf_mlir.targets import DotProduct


class Arithmetic(Protocol):
    """A step takes ``channels`` channels of one input element and the same of ``lanes`` filters."""

    @property
    def channels(self) -> int: ...

    def beside(self, columns: int) -> list[ir.Value]:
        """Further accumulators, one for each column, that sum the input itself; empty where it is not summed."""

    def accumulate_beside(self, scalar: ir.Value, total: ir.Value) -> ir.Value:
        """Such an accumulator after the step."""

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

    def beside(self, columns: int) -> list[ir.Value]:
        return []

    def accumulate_beside(self, scalar: ir.Value, total: ir.Value) -> ir.Value:
        raise NotImplementedError("floats have no zero point")

    def accumulate(self, scalar: ir.Value, weights: ir.Value, total: ir.Value) -> ir.Value:
        lanes = ir.VectorType(total.type).shape[0]
        return vector.FMAOp(broadcast(scalar, lanes), weights, total).result


FLOATS = FusedMultiplyAdd()


@dataclass(frozen=True)
class ByteDotProduct:
    """``total + sum over four channels of x * weights`` of 8-bit integers in 32 bits, by the target's instruction.

    The weights are signed. Where the input's bytes are not of the signedness that the instruction takes, their highest
    bit is flipped: they are read as 128 less, or 128 more.

    ``sums_input``: each column has one more accumulator, whose lanes all are the sum of the bytes as they are read.
    It costs one more instruction for each of the input's words, whatever the number of filters in a block.
    """

    instruction: DotProduct
    signed_input: bool
    sums_input: bool = False

    channels = BYTES_IN_DOT

    def beside(self, columns: int) -> list[ir.Value]:
        words = ir.VectorType.get([self.instruction.lanes], ir.IntegerType.get_signless(32))
        return [zero(words)] * columns if self.sums_input else []

    def accumulate_beside(self, scalar: ir.Value, total: ir.Value) -> ir.Value:
        octets = ir.VectorType.get([self.instruction.lanes * BYTES_IN_DOT], ir.IntegerType.get_signless(8))
        return self.accumulate(scalar, filled(octets, 1), total)

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
        highest = int.from_bytes(b"\x80" * channels, "little")
        return arith.XOrIOp(scalar, filled(word, highest - (highest >> 31 << 32))).result

    def _assembled(self, x: ir.Value, indices: Sequence[Index], channels: int) -> ir.Value:
        """Fewer bytes than four, read one by one: the tensor may end behind them."""
        word = ir.IntegerType.get_signless(32)
        result = zero(word)
        for i in range(channels):
            byte = read_scalar(x, [*indices[:-1], indices[-1] + i])
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


RUN = 128
"""Products of one run."""

Sums = list[ir.Value]


def nested(products: int, around: int, sums: Sequence[ir.Value], accumulate: Callable[[Sums], Sums]) -> Sums:
    """``accumulate(sums)``, which adds ``products`` products; as one run if ``around``, all of them, are several."""
    if not _is_half(sums) or not products <= RUN < around:
        return accumulate(list(sums))
    return _run(sums, accumulate)


def product_loop(count: int, sums: Sequence[ir.Value], step: LoopBody) -> Sums:
    """The loop ``sums = step(i, sums)`` of ``count`` iterations that add a product each, in runs if they are many."""
    if not _is_half(sums) or (not is_dynamic(count) and count <= RUN):
        return loop(0, count, sums, step)
    length = run_length(count)
    whole, rest = divide(count, length), remainder(count, length)

    def run(first: Index, extent: Index, totals: Sequence[ir.Value]) -> Sums:
        return _run(totals, lambda zeros: loop(0, extent, zeros, lambda i, values: step(first + i, values)))

    totals = loop(0, whole, sums, lambda number, values: run(number * length, length, values))
    return totals if isinstance(rest, int) and rest == 0 else run(whole * length, rest, totals)


def run_length(count: int) -> int:
    """Products of a run: the most that cut ``count`` evenly, or nearly so where only short runs do."""
    if is_dynamic(count):
        return RUN
    even = max(length for length in range(1, RUN + 1) if count % length == 0)
    return even if even >= RUN // 4 else RUN


def _run(sums: Sequence[ir.Value], accumulate: Callable[[Sums], Sums]) -> Sums:
    parts = accumulate([zero(total.type) for total in sums])
    return [arith.AddFOp(total, part).result for total, part in zip(sums, parts, strict=True)]


def _is_half(sums: Sequence[ir.Value]) -> bool:
    return bool(sums) and isinstance(element_type(sums[0].type), ir.F16Type)
