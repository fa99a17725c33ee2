"""Reductions: the element-wise operators before one are part of its body, what follows the sum goes to the reader.

A prefix sum is a reduction under a mask.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import prod

import ml_dtypes

from dnnf_mlir.bindings.iree import arith, ir
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
from dnnf_mlir.dialect_defs.many_to_many.scan import CumSum
from dnnf_mlir.dialect_defs.one_to_many.gather import Gather, GatherElements
from dnnf_mlir.emit import quirks
from dnnf_mlir.emit.element_wise import absolute
from dnnf_mlir.emit.scalar import Scalar, select
from dnnf_mlir.emit.types import highest, is_float, lowest
from dnnf_mlir.errors import UnsupportedModelError
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.operator import CostClass, Operator
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.graph.tensor_type import NUMPY_DTYPES
from dnnf_mlir.lowering.api import Composition, Region, composed, structured
from dnnf_mlir.lowering.linalg.index_maps import Access, Apply, Dim, Expression, Loop, Output, iterate

_SCATTERED = (Gather, GatherElements)
"""Operators whose operands are read at computed positions: see quirks.GATHERED_READS."""


_LONG_ROW = 64
"""Elements of a row that are worth an operation of their own."""


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
    access, dtype = iterate(x.type.shape), x.type.dtype
    element = read_prologue(composition, x, access)
    if not (region.lowering.has(quirks.DYNAMIC_FOLD) and _has_long_rows(x.type.shape, axes)):
        return reduce_expression(composition, element, access, axes, dtype, reduction)
    rows = reduce_expression(composition, element, access, [x.type.rank - 1], dtype, reduction)
    region.cut()
    outer, others = iterate(x.type.shape[:-1]), sorted(axes)[:-1]
    composition = region.composition()
    total = composition.read_tensor(rows, outer, dtype, x.type.shape[:-1])
    return reduce_expression(composition, total, outer, others, dtype, replace(reduction, before=_unchanged))


def _has_long_rows(shape: Sequence[int], axes: Sequence[int]) -> bool:
    """Whether several dimensions are reduced, a dynamic one and the last, which is static and of several vectors."""
    last = len(shape) - 1
    return (
        last in axes
        and not is_dynamic(shape[last])
        and shape[last] >= _LONG_ROW
        and any(is_dynamic(shape[axis]) for axis in axes)
    )


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


def read_reduced(
    composition: Composition, tensor: ir.Value, x: Value, axes: Sequence[int], access: Access, dtype: str | None = None
) -> Expression:
    """An element of what the reduction of ``x`` gives, by the access of x or of a result that keeps no reduced axes."""
    rows = kept(access, axes) if len(access) == x.type.rank else access
    shape = tuple(extent for axis, extent in enumerate(x.type.shape) if axis not in axes)
    return composition.read_tensor(tensor, rows, dtype or x.type.dtype, shape)


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
    total = read_reduced(composition, composition.region.partial(node)[0], node.input(0), axes, access, dtype)
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
    x, axes = node.input(0), node.attributes["axes"]
    parts = (read_reduced(composition, part, x, axes, access) for part in composition.region.partial(node))
    return Apply(lambda largest, total: total.log() + largest, tuple(parts))


@structured(ReduceLogSumExp, folds=True)
def _log_sum_exp_parts(region: Region, node: Node) -> list[ir.Value]:
    return exponential_sums(region, node.input(0), node.attributes["axes"])


def exponential_sums(region: Region, x: Value, axes: Sequence[int]) -> list[ir.Value]:
    """Maximum and sum of exponentials; the maximum is finite, also where every element is -infinity."""
    largest = reduce(region, x, axes, Reduction(_lowest, Scalar.max))
    composition, access = region.composition(), iterate(x.type.shape)
    operands = (read_prologue(composition, x, access), read_reduced(composition, largest, x, axes, access))
    shifted = Apply(lambda element, largest: (element - largest).exp(), operands)
    return [largest, reduce_expression(composition, shifted, access, axes, x.type.dtype, SUM)]


def _lowest(dtype: str) -> float:
    """The element type's lowest finite number."""
    return float(ml_dtypes.finfo(NUMPY_DTYPES[dtype]).min)  # type: ignore[no-untyped-call]


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


@structured(CumSum)
def _cum_sum(region: Region, node: Node) -> list[ir.Value]:
    """n additions per element; IREE has no parallel scan for all targets."""
    x, axis = node.input(0), node.attributes["axis"]
    dtype = x.type.dtype
    composition = region.composition()
    access = iterate(x.type.shape)
    summed = Dim((Loop(x.type.shape[axis]),))
    element = composition.read(x, (*access[:axis], summed, *access[axis + 1 :]))
    relation = {(0, 0): 7, (1, 0): 6, (0, 1): 9, (1, 1): 8}[node.attributes["exclusive"], node.attributes["reverse"]]
    predicate = ir.IntegerAttr.get(ir.IntegerType.get_signless(64), relation)  # ule, ult, uge, ugt

    def combine(values: list[Scalar], sums: list[Scalar]) -> list[Scalar]:
        number, read_at, written_at = values
        counts = Scalar(arith.CmpIOp(predicate, read_at.value, written_at.value).result, "i1")
        return [sums[0] + select(counts, number, 0)]

    expressions = [element, composition.position(summed), composition.position(access[axis])]
    return composition.emit([Output(access, dtype, initial=0)], expressions, reduced=[summed], combine=combine)
