"""Index arithmetic and loops where a static value stays a Python int: what is known early costs nothing.

Free sizes stand where integers do, and become values where an operation takes them.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from dnnf_mlir.bindings.iree import arith, ir
from dnnf_mlir.emit import control
from dnnf_mlir.emit.sizes import current
from dnnf_mlir.graph.size import is_dynamic

Index: TypeAlias = int | ir.Value
LoopBody: TypeAlias = Callable[[Index, list[ir.Value]], Sequence[ir.Value]]


def value(index: Index) -> ir.Value:
    """The index as an SSA value of type ``index``."""
    if isinstance(index, int):
        return arith.ConstantOp(ir.IndexType.get(), index).result
    return current().value(index) if is_dynamic(index) else index


def add(a: Index, b: Index) -> Index:
    """The sum."""
    if isinstance(a, int) and isinstance(b, int):
        return a + b
    if isinstance(a, int) and a == 0:
        return b
    if isinstance(b, int) and b == 0:
        return a
    return arith.AddIOp(value(a), value(b)).result


def subtract(a: Index, b: Index) -> Index:
    """The difference."""
    if isinstance(a, int) and isinstance(b, int):
        return a - b
    return a if isinstance(b, int) and b == 0 else arith.SubIOp(value(a), value(b)).result


def multiply(a: Index, b: Index) -> Index:
    """The product."""
    if isinstance(a, int) and isinstance(b, int):
        return a * b
    if isinstance(a, int):
        a, b = b, a
    if isinstance(b, int) and b in (0, 1):
        return a if b else 0
    return arith.MulIOp(value(a), value(b)).result


def divide(a: Index, b: int) -> Index:
    """Quotient of a non-negative index."""
    if isinstance(a, int) and isinstance(b, int):
        return a // b
    return a if b == 1 else arith.DivUIOp(value(a), value(b)).result


def remainder(a: Index, b: int) -> Index:
    """Remainder of a non-negative index."""
    if isinstance(a, int) and isinstance(b, int):
        return a % b
    return 0 if b == 1 else arith.RemUIOp(value(a), value(b)).result


def ceil_divide(a: Index, b: int) -> Index:
    """Quotient rounded up; the index may be negative."""
    if isinstance(a, int):
        return -(-a // b)
    return a if b == 1 else arith.CeilDivSIOp(value(a), value(b)).result


def at_least(a: Index, b: Index) -> ir.Value:
    """Whether ``a`` is ``b`` or more, of type ``i1``."""
    return arith.CmpIOp(arith.CmpIPredicate.sge, value(a), value(b)).result


def select(condition: ir.Value, a: Index, b: Index) -> ir.Value:
    """``a`` where the condition holds, else ``b``."""
    return arith.SelectOp(condition, value(a), value(b)).result


def minimum(a: Index, b: Index) -> Index:
    """The smaller one, signed."""
    if isinstance(a, int) and isinstance(b, int):
        return min(a, b)
    return arith.MinSIOp(value(a), value(b)).result


def maximum(a: Index, b: Index) -> Index:
    """The larger one, signed."""
    if isinstance(a, int) and isinstance(b, int):
        return max(a, b)
    return arith.MaxSIOp(value(a), value(b)).result


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
        index = add(multiply(index, extent), coordinate)
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
    return control.loop(lower, upper, carried, lambda position, state: body(position.value, state), step)


def unrolled(lower: int, upper: int, carried: Sequence[ir.Value], body: LoopBody) -> list[ir.Value]:
    """The loop's iterations generated one after the other, each with a static index."""
    values = list(carried)
    for i in range(lower, upper):
        values = list(body(i, values))
    return values
