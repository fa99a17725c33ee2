"""Products of a state that is rounded to 8 bits with weights of 8 bits, as integers where the machine multiplies bytes.

::

    low, high = min(h, 0), max(h, 0) of all sequences;  step = (high - low) / 255;  z = round(-low / step)
    q = round(h / step) + z                                                              # 0 to 255, in every step
    sums[row, column] = step * scales[column] * (sum over k of q[row, k] * R[k, column]  -  z * sum over k of R[k, ..])

Machines whose left bytes are signed read q - 128 and z - 128. Without an instruction for bytes the rounded state and
the weights are floats.
"""

from collections.abc import Callable
from dataclasses import dataclass

from dnnf_mlir.bindings.iree import arith, ir, vector
from dnnf_mlir.emit.index import Index, for_each, loop
from dnnf_mlir.emit.vectors import broadcast, call_intrinsic, filled, read_vector
from dnnf_mlir.kernels.nest.row import Row
from dnnf_mlir.targets import DotProduct

STEPS = 255.0
"""Steps from the smallest to the largest number."""

_HALF = 128


@dataclass(frozen=True)
class Rounding:
    """How a state is rounded: ``step`` (f32), and the byte ``zero`` (i32) as the instruction reads it."""

    step: ir.Value
    zero: ir.Value


def round_state(
    state: ir.Value,
    rows: Index,
    chunks: Row,
    dot: DotProduct | None,
    keep: Callable[[ir.Value, Index, Index], None],
) -> Rounding:
    """Keeps the rounded state.

    Args:
        state: f32[1, 1, rows, hidden units].
        rows: how many sequences there are.
        chunks: a row of hidden units.
        dot: what multiplies the bytes; None where the rounded state is kept as floats.
        keep: ``keep(vector, row, column)`` stores a part.
    """
    single, word = ir.F32Type.get(), ir.IntegerType.get_signless(32)
    none = filled(single, 0.0)

    def wider(row: Index, bounds: list[ir.Value]) -> list[ir.Value]:
        found = []
        for bound, op, kind in zip(bounds, (arith.MinNumFOp, arith.MaxNumFOp), _BOUNDS, strict=True):

            def step(total: ir.Value, column: Index, lanes: int, op: type = op) -> ir.Value:
                return op(total, read_vector(state, [0, 0, row, column], lanes)).result

            found.append(op(bound, chunks.reduce(single, 0.0, step, kind)).result)
        return found

    low, high = loop(0, rows, [none, none], wider)
    width = arith.SubFOp(high, low).result
    is_zero = arith.CmpFOp(arith.CmpFPredicate.OEQ, width, none).result
    step = arith.SelectOp(is_zero, filled(single, 1.0), arith.DivFOp(width, filled(single, STEPS)).result).result
    offset = call_intrinsic("llvm.roundeven", single, [arith.DivFOp(arith.NegFOp(low).result, step).result])

    def row(number: Index) -> None:
        def part(column: Index, lanes: int) -> None:
            data = read_vector(state, [0, 0, number, column], lanes)
            steps = arith.DivFOp(data, broadcast(step, lanes)).result
            rounded = call_intrinsic("llvm.roundeven", data.type, [steps])
            if dot is not None:
                keep(_bytes(rounded, offset, dot), number, column)
            else:
                keep(arith.MulFOp(rounded, broadcast(step, lanes)).result, number, column)

        chunks.each(part)

    for_each(0, rows, row)
    zero = arith.FPToSIOp(word, offset).result
    if dot is not None and dot.signed_left:
        zero = arith.SubIOp(zero, filled(word, _HALF)).result
    return Rounding(step, zero)


_BOUNDS = (vector.CombiningKind.MINNUMF, vector.CombiningKind.MAXNUMF)


def _bytes(rounded: ir.Value, offset: ir.Value, dot: DotProduct) -> ir.Value:
    """Whole numbers from -offset to 255 - offset as bytes."""
    lanes, byte = ir.VectorType(rounded.type).shape[0], ir.IntegerType.get_signless(8)
    shifted = arith.AddFOp(rounded, broadcast(offset, lanes)).result
    shifted = arith.MinNumFOp(shifted, filled(shifted.type, STEPS)).result
    words = arith.FPToSIOp(ir.VectorType.get([lanes], ir.IntegerType.get_signless(32)), shifted).result
    octets = arith.TruncIOp(ir.VectorType.get([lanes], byte), words).result
    return arith.XOrIOp(octets, filled(octets.type, -_HALF)).result if dot.signed_left else octets


def scaled(total: ir.Value, scales: ir.Value, rounding: Rounding) -> ir.Value:
    """Sums of integers as floats."""
    lanes = ir.VectorType(total.type).shape[0]
    floats = arith.SIToFPOp(ir.VectorType.get([lanes], ir.F32Type.get()), total).result
    factor = arith.MulFOp(scales, broadcast(rounding.step, lanes)).result
    return arith.MulFOp(floats, factor).result


def start(sums: ir.Value, rounding: Rounding) -> ir.Value:
    """What the sums begin with: the zero's part of them, taken away."""
    lanes = ir.VectorType(sums.type).shape[0]
    none = filled(rounding.zero.type, 0)
    return arith.MulIOp(sums, broadcast(arith.SubIOp(none, rounding.zero).result, lanes)).result
