"""Reductions: the element-wise operators before one are part of its body, what follows the sum goes to the reader."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

from dnnf_mlir.bindings.iree import ir
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
from dnnf_mlir.emit.element_wise import absolute
from dnnf_mlir.emit.scalar import Scalar, select
from dnnf_mlir.emit.types import highest, is_float, lowest
from dnnf_mlir.errors import UnsupportedModelError
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.operator import CostClass, Operator
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.lowering.api import Composition, Region
from dnnf_mlir.lowering.registry import composed, structured

from .expression import Apply, Expression, Output
from .index_maps import Access, iterate

_SCATTERED = (Gather, GatherElements)
"""Operators whose operands are read at computed positions: see quirks.GATHERED_READS."""


def _unchanged(x: Scalar) -> Scalar:
    return x


@dataclass(frozen=True)
class Reduction:
    """``combine(accumulator, before(element))`` from ``initial(dtype)`` on."""

    initial: Callable[[str], float | int]
    combine: Callable[[Scalar, Scalar], Scalar]
    before: Callable[[Scalar], Scalar] = _unchanged


def _square(x: Scalar) -> Scalar:
    return x * x


SUM = Reduction(lambda dtype: 0, Scalar.__add__)
SUM_SQUARE = Reduction(lambda dtype: 0, Scalar.__add__, _square)
MAX = Reduction(lowest, Scalar.max)
_REDUCTIONS: dict[type[Operator], Reduction] = {
    ReduceSum: SUM,
    ReduceMean: SUM,
    ReduceLogSum: SUM,
    ReduceMax: MAX,
    ReduceMin: Reduction(highest, Scalar.min),
    ReduceProd: Reduction(lambda dtype: 1, Scalar.__mul__),
    ReduceL1: Reduction(lambda dtype: 0, Scalar.__add__, absolute),
    ReduceL2: SUM_SQUARE,
    ReduceSumSquare: SUM_SQUARE,
}


def reduce(region: Region, x: Value, axes: Sequence[int], reduction: Reduction) -> ir.Value:
    """The reduction of ``x``; the tensor has the kept dimensions' order of elements."""
    composition = region.composition()
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
        combine=lambda values, sums: [reduction.combine(sums[0], reduction.before(values[0]))],
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
    """The dimensions that are not reduced."""
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
    if node.op is ReduceMean and not is_float(dtype) and not is_dynamic(count) and not count:
        raise UnsupportedModelError(f"node '{node.name}' (ReduceMean): no integer is the mean of no elements")
    if not axes:
        before = _REDUCTIONS[node.op].before
        element = composition.read(node.input(0), access)
        if before is _unchanged and node.op not in (ReduceL2, ReduceLogSum):
            return element
        return Apply(lambda x: _finish(node.op, before(x), count), (element,))
    if node.op not in _FINISHES:
        return None
    kept_shape = tuple(extent for i, extent in enumerate(shape) if i not in axes)
    rows = reduced_access(node, access, axes)
    total = composition.read_tensor(composition.region.partial(node)[0], rows, dtype, kept_shape)
    return Apply(lambda x: _finish(node.op, x, count), (total,))


_FINISHES = (ReduceMean, ReduceL2, ReduceLogSum)
"""Reductions that compute something of the folded value."""


def _finish(op: type[Operator], x: Scalar, count: int) -> Scalar:
    if op not in _FINISHES:
        return x
    if op is ReduceMean:
        return divide(x, count)
    function = Scalar.sqrt if op is ReduceL2 else Scalar.log
    return function(x) if is_float(x.dtype) else function(x.to("f64")).to(x.dtype)


def divide(x: Scalar, count: int) -> Scalar:
    """The number over a number of elements, which is positive for integers."""
    is_inexact = is_float(x.dtype) and not is_dynamic(count) and count
    return x * (1 / count) if is_inexact else x / count


@composed(ReduceLogSumExp)
def _log_sum_exp(composition: Composition, node: Node, result: int, access: Access) -> Expression:
    """max + log(sum(exp(x - max))), which does not overflow."""
    axes, shape = node.attributes["axes"], node.input(0).type.shape
    kept_shape = tuple(extent for i, extent in enumerate(shape) if i not in axes)
    largest, total = composition.region.partial(node)
    rows = reduced_access(node, access, axes)
    dtype = node.output.type.dtype
    parts = tuple(composition.read_tensor(part, rows, dtype, kept_shape) for part in (total, largest))
    return Apply(lambda total, largest: total.log() + largest, parts)


@structured(ReduceLogSumExp, folds=True)
def _log_sum_exp_parts(region: Region, node: Node) -> list[ir.Value]:
    x, axes = node.input(0), node.attributes["axes"]
    finite = Reduction(lambda dtype: -1e38 if dtype != "f16" else -65504.0, Scalar.max)
    largest = reduce(region, x, axes, finite)
    composition = region.composition()
    access = iterate(x.type.shape)
    kept_shape = tuple(extent for i, extent in enumerate(x.type.shape) if i not in axes)
    shifted = Apply(
        lambda x, largest: (x - largest).exp(),
        (
            read_prologue(composition, x, access),
            composition.read_tensor(largest, kept(access, axes), x.type.dtype, kept_shape),
        ),
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
    composition = region.composition()
    access = iterate(x.type.shape)
    rows = kept(access, (axis,))
    position = composition.position(access[axis])
    counter = Apply(lambda at: at.to("i64"), (position,))

    def combine(values: list[Scalar], best: list[Scalar]) -> list[Scalar]:
        better = values[0].compare(relation, best[0])
        return [select(better, values[0], best[0]), select(better, values[1], best[1])]

    worst = lowest(dtype) if node.op is ArgMax else highest(dtype)
    outputs = [Output(rows, dtype, initial=worst), Output(rows, "i64", initial=0)]
    expressions = [composition.read(x, access), counter]
    return [composition.emit(outputs, expressions, reduced=[access[axis]], combine=combine)[1]]
