"""Long sums of products in half precision, without rounding errors that grow with their length.

A sum of n products in f16 that is added up from the first to the last may be off by n u times the sum of the products'
magnitudes, u = 2^-11; what is off by chance grows with sqrt(n) u. Cut into runs of r products, each added up from zero,
it may be off by (r + n / r) u only: with r = 128, for a 3x3 convolution of 512 channels, a twenty-eighth of n u. The
runs are long enough for adding them up to take a few percent of the time. Sums of f32 are left whole.
Source: Higham, The Accuracy of Floating Point Summation, 1993.
"""

from collections.abc import Callable, Sequence

from dnnf_mlir.bindings.iree import arith, ir
from dnnf_mlir.emit.index import Index, LoopBody, add, divide, loop, multiply, remainder
from dnnf_mlir.emit.vectors import element_type, zero
from dnnf_mlir.graph.size import is_dynamic

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
        return _run(totals, lambda zeros: loop(0, extent, zeros, lambda i, values: step(add(first, i), values)))

    totals = loop(0, whole, sums, lambda number, values: run(multiply(number, length), length, values))
    return totals if isinstance(rest, int) and rest == 0 else run(multiply(whole, length), rest, totals)


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
