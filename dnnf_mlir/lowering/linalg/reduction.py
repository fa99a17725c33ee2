"""Reductions: the element-wise operators before one are part of its body, what follows the sum goes to the reader."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

from dnnf_mlir.bindings.iree import arith, ir, math
from dnnf_mlir.dialect_defs.facts import CostClass
from dnnf_mlir.dialect_defs.many_to_many.reduction import (
    ArgMax,
    ArgMin,
    ReduceL1,
    ReduceL2,
    ReduceLogSum,
    ReduceLogSumExp,
    ReduceMax,
    ReduceMean,
    ReduceMin,
    ReduceProd,
    ReduceSum,
    ReduceSumSquare,
)
from dnnf_mlir.dialect_defs.one_to_many.gather import Gather, GatherElements
from dnnf_mlir.emit.casts import convert
from dnnf_mlir.emit.element_wise import add, compare, maximum, minimum, multiply, present, select
from dnnf_mlir.emit.types import constant_like, element_type, highest, is_float, is_unsigned, lowest
from dnnf_mlir.errors import UnsupportedModelError
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.operator import Operator
from dnnf_mlir.graph.size import is_free
from dnnf_mlir.lowering.block import Region
from dnnf_mlir.lowering.registry import composed, structured

from .composition import Apply, Composition, Expression, Output
from .index_maps import Access, iterate

Combine = Callable[[str, ir.Value, ir.Value], ir.Value]

_SCATTERED = (Gather, GatherElements)
"""Operators that IREE reads one element at a time."""


def _unchanged(dtype: str, x: ir.Value) -> ir.Value:
    return x


@dataclass(frozen=True)
class Reduction:
    """``combine`` folds ``before(element)`` into ``initial``."""

    initial: Callable[[str], float | int]
    combine: Combine
    before: Callable[[str, ir.Value], ir.Value] = _unchanged


def _square(dtype: str, x: ir.Value) -> ir.Value:
    return multiply(dtype, x, x)


def _absolute(dtype: str, x: ir.Value) -> ir.Value:
    return (math.AbsFOp if is_float(dtype) else math.AbsIOp)(x).result


SUM = Reduction(lambda dtype: 0, add)
SUM_SQUARE = Reduction(lambda dtype: 0, add, _square)
MAX = Reduction(lowest, maximum)
_REDUCTIONS: dict[type[Operator], Reduction] = {
    ReduceSum: SUM,
    ReduceMean: SUM,
    ReduceLogSum: SUM,
    ReduceMax: MAX,
    ReduceMin: Reduction(highest, minimum),
    ReduceProd: Reduction(lambda dtype: 1, multiply),
    ReduceL1: Reduction(lambda dtype: 0, add, _absolute),
    ReduceL2: SUM_SQUARE,
    ReduceSumSquare: SUM_SQUARE,
}


def reduce(region: Region, x: Value, axes: Sequence[int], reduction: Reduction) -> ir.Value:
    """The reduction of ``x``; the tensor has the kept dimensions' order of elements."""
    composition = Composition(region)
    access = iterate(x.type.shape)
    return reduce_expression(composition, read_prologue(composition, x, access), access, axes, x.type.dtype, reduction)


def reduce_expression(
    composition: Composition,
    expression: Expression,
    access: Access,
    axes: Sequence[int],
    dtype: str,
    reduction: Reduction,
) -> ir.Value:
    """The reduction of an expression over some of the dimensions of ``access``."""
    return composition.emit(
        [Output(kept(access, axes), dtype, initial=reduction.initial(dtype))],
        [expression],
        reduced=[access[axis] for axis in sorted(axes)],
        combine=lambda values, sums: [reduction.combine(dtype, sums[0], reduction.before(dtype, values[0]))],
    )[0]


def read_prologue(composition: Composition, value: Value, access: Access) -> Expression:
    """The element of what is reduced; computed once and stored if that is costly, as it is needed again."""
    if _uses(composition.region, value, _SCATTERED):
        composition.region.materialize_before(value)
    if _is_costly(composition.region, value):
        return composition.load(value, access)
    return composition.read(value, access)


def _uses(region: Region, value: Value, operators: tuple[type[Operator], ...]) -> bool:
    """Whether the block computes the value by one of these operators."""
    return any(node.op in operators for node in region.sources(value))


def _is_costly(region: Region, value: Value, limit: int = 4) -> bool:
    node = value.producer
    if node is None or not region.computes(value):
        return False
    if node.op.cost_class is CostClass.FUNCTION or limit == 0:
        return True
    return any(_is_costly(region, operand, limit - 1) for operand in node.operands)


def kept(access: Access, axes: Sequence[int]) -> Access:
    return tuple(dim for i, dim in enumerate(access) if i not in axes)


def reduced_access(node: Node, access: Access, axes: Sequence[int]) -> Access:
    """The dimensions of a result's access that are not reduced, whether or not the result keeps the others."""
    if len(access) == node.input(0).type.rank:
        return kept(access, axes)
    return access


@structured(*_REDUCTIONS, folds=True)
def _reduce(region: Region, node: Node) -> list[ir.Value]:
    return [reduce(region, node.input(0), node.attributes["axes"], _REDUCTIONS[node.op])]


@composed(*_REDUCTIONS)
def _after_reduction(composition: Composition, node: Node, result: int, access: Access) -> Expression | None:
    """What follows the fold, at every reader; all of it where no dimension is reduced."""
    dtype, axes, shape = node.output.type.dtype, node.attributes["axes"], node.input(0).type.shape
    count = prod(shape[axis] for axis in axes)
    if node.op is ReduceMean and not is_float(dtype) and not is_free(count) and not count:
        raise UnsupportedModelError(f"node '{node.name}' (ReduceMean): no integer is the mean of no elements")
    if not axes:
        before = _REDUCTIONS[node.op].before
        element = composition.read(node.input(0), access)
        if before is _unchanged and node.op not in (ReduceL2, ReduceLogSum):
            return element
        return Apply(lambda v: _finish(node.op, dtype, before(dtype, present(v[0])), count), (element,))
    if node.op not in _FINISHES:
        return None
    kept_shape = tuple(extent for i, extent in enumerate(shape) if i not in axes)
    total = composition.read_tensor(composition.region.partial(node)[0], reduced_access(node, access, axes), kept_shape)
    return Apply(lambda v: _finish(node.op, dtype, present(v[0]), count), (total,))


_FINISHES = (ReduceMean, ReduceL2, ReduceLogSum)
"""Reductions that compute something of the folded value."""


def _finish(op: type[Operator], dtype: str, value: ir.Value, count: int) -> ir.Value:
    if op not in _FINISHES:
        return value
    if op is ReduceMean:
        return divide(dtype, value, count)
    operation = math.SqrtOp if op is ReduceL2 else math.LogOp
    if is_float(dtype):
        return operation(value).result
    return convert(operation(convert(value, dtype, "f64")).result, "f64", dtype)


def divide(dtype: str, value: ir.Value, count: int) -> ir.Value:
    """The value over a number of elements, which is positive for integers."""
    if is_float(dtype):
        if is_free(count) or not count:
            return arith.DivFOp(value, constant_like(value, count)).result
        return arith.MulFOp(value, constant_like(value, 1 / count)).result
    return (arith.DivUIOp if is_unsigned(dtype) else arith.DivSIOp)(value, constant_like(value, count)).result


@composed(ReduceLogSumExp)
def _log_sum_exp(composition: Composition, node: Node, result: int, access: Access) -> Expression:
    """max + log(sum(exp(x - max))), which does not overflow."""
    axes, shape = node.attributes["axes"], node.input(0).type.shape
    kept_shape = tuple(extent for i, extent in enumerate(shape) if i not in axes)
    largest, total = composition.region.partial(node)
    rows = reduced_access(node, access, axes)
    return Apply(
        lambda v: arith.AddFOp(math.LogOp(v[0]).result, v[1]).result,
        (composition.read_tensor(total, rows, kept_shape), composition.read_tensor(largest, rows, kept_shape)),
    )


@structured(ReduceLogSumExp, folds=True)
def _log_sum_exp_parts(region: Region, node: Node) -> list[ir.Value]:
    x, axes = node.input(0), node.attributes["axes"]
    finite = Reduction(lambda dtype: -1e38 if dtype != "f16" else -65504.0, maximum)
    largest = reduce(region, x, axes, finite)
    composition = Composition(region)
    access = iterate(x.type.shape)
    kept_shape = tuple(extent for i, extent in enumerate(x.type.shape) if i not in axes)
    shifted = Apply(
        lambda v: math.ExpOp(arith.SubFOp(v[0], v[1]).result).result,
        (read_prologue(composition, x, access), composition.read_tensor(largest, kept(access, axes), kept_shape)),
    )
    return [largest, reduce_expression(composition, shifted, access, axes, x.type.dtype, SUM)]


@structured(ArgMax, ArgMin)
def _arg(region: Region, node: Node) -> list[ir.Value]:
    """A reduction of pairs (element, index); the first or last of equal elements by ``select_last_index``."""
    x = node.input(0)
    dtype = x.type.dtype
    axis = node.attributes["axis"] % x.type.rank
    relation = "gt" if node.op is ArgMax else "lt"
    if node.attributes.get("select_last_index", 0):
        relation = relation[0] + "e"
    composition = Composition(region)
    access = iterate(x.type.shape)
    rows = kept(access, (axis,))
    position = composition.position(access[axis])
    counter = Apply(lambda v: arith.IndexCastOp(element_type("i64"), v[0]).result, (position,))

    def combine(values: list[ir.Value], best: list[ir.Value]) -> list[ir.Value]:
        better = compare(dtype, relation, values[0], best[0])
        return [select(better, values[0], best[0]), select(better, values[1], best[1])]

    worst = lowest(dtype) if node.op is ArgMax else highest(dtype)
    outputs = [Output(rows, dtype, initial=worst), Output(rows, "i64", initial=0)]
    expressions = [composition.read(x, access), counter]
    return [composition.emit(outputs, expressions, reduced=[access[axis]], combine=combine)[1]]
