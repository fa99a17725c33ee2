"""Index arithmetic and loops where a static value stays a Python int: what is known early costs nothing.

Sums, differences and products are Python's operators on numbers and scalars alike. Free sizes stand where integers do,
and become values where an operation takes them.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from dnnf_mlir.bindings.iree import arith, ir
from dnnf_mlir.emit import control
from dnnf_mlir.emit.scalar import Scalar
from dnnf_mlir.emit.types import size_value

Index: TypeAlias = int | Scalar
"""A number that is known while emitting, or one of type ``index``."""
LoopBody: TypeAlias = Callable[[Index, list[ir.Value]], Sequence[ir.Value]]


def value(index: Index) -> ir.Value:
    """The index as an SSA value of type ``index``."""
    return index.value if isinstance(index, Scalar) else size_value(index)


def _computed(operation: type, *operands: Index) -> Scalar:
    return Scalar(operation(*map(value, operands)).result, "index")


def divide(a: Index, b: int) -> Index:
    """Quotient of a non-negative index."""
    if isinstance(a, int) and isinstance(b, int):
        return a // b
    return a if b == 1 else _computed(arith.DivUIOp, a, b)


def remainder(a: Index, b: int) -> Index:
    """Remainder of a non-negative index."""
    if isinstance(a, int) and isinstance(b, int):
        return a % b
    return 0 if b == 1 else _computed(arith.RemUIOp, a, b)


def ceil_divide(a: Index, b: int) -> Index:
    """Quotient rounded up; the index may be negative."""
    if isinstance(a, int):
        return -(-a // b)
    return a if b == 1 else _computed(arith.CeilDivSIOp, a, b)


def at_least(a: Index, b: Index) -> Scalar:
    """Whether ``a`` is ``b`` or more, of type ``i1``."""
    return Scalar(value(a), "index") >= b


def select(condition: Scalar, a: Index, b: Index) -> Scalar:
    """``a`` where the condition holds, else ``b``."""
    return _computed(arith.SelectOp, condition, a, b)


def minimum(a: Index, b: Index) -> Index:
    """The smaller one, signed."""
    if isinstance(a, int) and isinstance(b, int):
        return min(a, b)
    return _computed(arith.MinSIOp, a, b)


def maximum(a: Index, b: Index) -> Index:
    """The larger one, signed."""
    if isinstance(a, int) and isinstance(b, int):
        return max(a, b)
    return _computed(arith.MaxSIOp, a, b)


def delinearize(index: Index, extents: Sequence[int]) -> list[Index]:
    """Coordinates of a row-major linear index below the product of ``extents``."""
    coordinates: list[Index] = []
    for extent in reversed(extents[1:]):
        coordinates.append(remainder(index, extent))
        index = divide(index, extent)
    return [index, *reversed(coordinates)]


def linearize(coordinates: Sequence[Index], extents: Sequence[int]) -> Index:
    """The row-major linear index of coordinates below ``extents``."""
    index = coordinates[0]
    for coordinate, extent in zip(coordinates[1:], extents[1:], strict=True):
        index = index * extent + coordinate
    return index


def loop(
    lower: Index,
    upper: Index,
    carried: Sequence[ir.Value],
    body: LoopBody,
    step: int = 1,
) -> list[ir.Value]:
    """``scf.for`` with loop-carried values; a static trip of at most one is generated in place."""
    if isinstance(lower, int) and isinstance(upper, int) and upper - lower <= step:
        return list(body(lower, list(carried))) if lower < upper else list(carried)
    return control.loop(lower, upper, carried, body, step)


def for_each(lower: Index, upper: Index, body: Callable[[Index], object]) -> None:
    """The loop without carried values."""

    def step(position: Index, _: list[ir.Value]) -> list[ir.Value]:
        body(position)
        return []

    loop(lower, upper, [], step)


def unrolled(lower: int, upper: int, carried: Sequence[ir.Value], body: LoopBody) -> list[ir.Value]:
    """The loop's iterations generated one after the other, each with a static index."""
    values = list(carried)
    for i in range(lower, upper):
        values = list(body(i, values))
    return values
