"""Reductions whose axes are run-time values: every element of the result loops over what the axes say."""

from collections.abc import Callable
from dataclasses import dataclass

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.emit.control import Array, State, loop
from dnnf_mlir.emit.scalar import Scalar, number, select
from dnnf_mlir.emit.scalar_programs import each
from dnnf_mlir.emit.types import highest, is_float, lowest

from .node import OpaqueNode
from .registry import opaque


@dataclass(frozen=True)
class _Kind:
    """``finish(fold of combine over before(element) from initial)``."""

    initial: Callable[[str], float | int]
    combine: Callable[[Scalar, Scalar], Scalar]
    before: Callable[[Scalar], Scalar] = lambda x: x
    finish: Callable[[Scalar], Scalar] = lambda x: x


def _in_float(function: Callable[[Scalar], Scalar]) -> Callable[[Scalar], Scalar]:
    """The function of a number that may be an integer."""
    return lambda x: function(x) if is_float(x.dtype) else function(x.to("f64")).to(x.dtype)


def _zero(dtype: str) -> int:
    return 0


_LOG = _in_float(lambda x: x.log())
_SQRT = _in_float(lambda x: x.sqrt())
_KINDS = {
    "ReduceSum": _Kind(_zero, Scalar.__add__),
    "ReduceMean": _Kind(_zero, Scalar.__add__),
    "ReduceProd": _Kind(lambda dtype: 1, Scalar.__mul__),
    "ReduceMax": _Kind(lowest, Scalar.max),
    "ReduceMin": _Kind(highest, Scalar.min),
    "ReduceL1": _Kind(_zero, Scalar.__add__, Scalar.abs),
    "ReduceL2": _Kind(_zero, Scalar.__add__, lambda x: x * x, _SQRT),
    "ReduceSumSquare": _Kind(_zero, Scalar.__add__, lambda x: x * x),
    "ReduceLogSum": _Kind(_zero, Scalar.__add__, finish=_LOG),
    "ReduceLogSumExp": _Kind(_zero, Scalar.__add__),
}


@opaque(*_KINDS)
def _reduce(node: OpaqueNode) -> list[ir.Value]:
    x = node.array(0)
    axes = node.array(1) if node.has_input(1) else None
    kind, op_type = _KINDS[node.proto.op_type], node.proto.op_type
    count = 0 if axes is None else axes.shape[0]
    everything = count == 0 and not node.attributes["noop_with_empty_axes"]
    keeps = bool(node.attributes["keepdims"])

    def body(positions: list[Scalar]) -> list[Scalar]:
        reduced = [_is_reduced(axes, dimension, x.rank, everything) for dimension in range(x.rank)]
        kept = positions if keeps or (count == 0 and not everything) else _kept(positions, reduced)
        bounds = []
        for extent, gone, position in zip(x.shape, reduced, kept, strict=True):
            bounds.append((select(gone, 0, position), select(gone, number(extent, "index"), position + 1)))
        if op_type == "ReduceLogSumExp":
            largest = _fold(x, bounds, _Kind(lambda dtype: -65504.0, Scalar.max))
            shifted = _Kind(_zero, Scalar.__add__, lambda element: (element - largest).exp())
            return [_LOG(_fold(x, bounds, shifted)) + largest]
        total = kind.finish(_fold(x, bounds, kind))
        if op_type == "ReduceMean":
            number_of = number(1, "index")
            for lower, upper in bounds:
                number_of = number_of * (upper - lower)
            total = total / number_of.to(x.dtype)
        return [total]

    return each(node.result().shape, [x.dtype], body)


def _is_reduced(axes: Array | None, dimension: int, rank: int, everything: bool) -> Scalar:
    found = number(everything, "i1")
    if axes is not None:
        for i in range(axes.shape[0]):
            found = found | axes.read(i).to("index").wrapped(rank).equals(dimension)
    return found


def _kept(positions: list[Scalar], reduced: list[Scalar]) -> list[Scalar]:
    """The result's position along each dimension of the operand; the result has those that are not reduced only."""
    found = []
    before = number(0, "index")
    for gone in reduced:
        position = number(0, "index")
        for i, candidate in enumerate(positions):
            position = select(before.equals(i), candidate, position)
        found.append(position)
        before = before + select(gone, number(0, "index"), 1)
    return found


def _fold(x: Array, bounds: list[tuple[Scalar, Scalar]], kind: _Kind) -> Scalar:
    if x.dtype == "i1":  # maximum and minimum of booleans
        kind = _Kind(kind.initial, Scalar.__or__ if kind.combine is Scalar.max else Scalar.__and__)

    def nest(outer: list[Scalar], state: list[State]) -> list[State]:
        if len(outer) == len(bounds):
            return [kind.combine(state[0], kind.before(x.read(*outer)))]
        lower, upper = bounds[len(outer)]
        return loop(lower, upper, state, lambda i, inner: nest([*outer, i], inner))

    total: Scalar = nest([], [number(kind.initial(x.dtype), x.dtype)])[0]
    return total
