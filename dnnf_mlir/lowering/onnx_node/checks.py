"""Run-time assertions that the values of inputs agree with the declared shapes of an ONNX node's results.

A model may declare the shape of a result that depends on values which nobody knows before it runs (ReduceSum's axes,
the limit of a Range). The module is compiled for the declared shape; values that ask for another one are refused.
"""

from collections.abc import Callable, Mapping, Sequence
from math import prod

from dnnf_mlir.bindings.iree import cf, tensor
from dnnf_mlir.dialect_defs import operators_by_onnx_name
from dnnf_mlir.dialect_defs.onnx_shapes import shape_inputs
from dnnf_mlir.emit.control import grid
from dnnf_mlir.emit.scalar import Scalar, all_of, number, select
from dnnf_mlir.emit.scalar_programs import each
from dnnf_mlir.graph.size import is_dynamic

from .node import OpaqueNode
from .run_time_shapes import agreement, run_time_shapes

CHECKING_THEMSELVES = frozenset({"NonMaxSuppression", "Unique"})
"""Operators that find only while they compute how large their results are: their lowerings refuse other shapes."""


def require_declared_shapes(node: OpaqueNode) -> None:
    """Checks, outside all dispatches, that a node's run-time inputs ask for the shapes that its results have.

    Nothing where these inputs are constant, or where sizes of the results are dynamic: they follow from the inputs.
    """
    inputs, select_number = _SELECTING.get(node.proto.op_type, (_shape_inputs(node), None))
    declared = [None if value is None else value.type.shape for value in node.results]
    given = [node.input(i) for i in inputs if node.has_input(i)]
    known = all(value.constant is not None or not value.type.elements for value in given)
    if known or any(is_dynamic(size) for shape in declared if shape is not None for size in shape):
        return

    def holds(_: list[Scalar]) -> list[Scalar]:
        shapes, conditions = run_time_shapes(node, None if select_number is None else select_number(node))
        return [select(all_of([*conditions, *agreement(shapes, declared)]), number(1, "i32"), 0)]

    [result] = each((), ["i32"], holds)
    refuse_unless(Scalar(tensor.ExtractOp(result, []).result, "i32").equals(1), node, inputs)


def refuse_unless(holds: Scalar, node: OpaqueNode, inputs: Sequence[int]) -> None:
    """Stops the module where, for the values of these inputs, a node's results have not their declared shapes."""
    types = [value.type for value in node.results if value is not None]
    names = ", ".join(f"'{node.proto.input[i]}'" for i in inputs if node.has_input(i))
    shapes = " and ".join(str(list(type_.shape)) for type_ in types)
    cf.AssertOp(
        holds.value,
        f"node '{node.node.name}' ({node.proto.op_type}): its result has not the declared shape {shapes} "
        f"for these values of {names}",
    )


def _shape_inputs(node: OpaqueNode) -> tuple[int, ...]:
    return shape_inputs(node.proto.op_type, operators_by_onnx_name().get(node.proto.op_type))


def _non_zero(node: OpaqueNode) -> Scalar:
    x = node.array(0)
    return _count(x.shape, lambda at: x.read(*at).to("i1"))


def _compressed(node: OpaqueNode) -> Scalar:
    """The condition may be shorter than what it chooses from."""
    x, condition, axis = node.input(0).type.shape, node.array(1), node.attributes.get("axis")
    limit = prod(x) if axis is None else x[axis]
    return _count((min(condition.shape[0], limit),), lambda at: condition.read(*at))


_SELECTING: Mapping[str, tuple[tuple[int, ...], Callable[[OpaqueNode], Scalar]]] = {
    "NonZero": ((0,), _non_zero),
    "Compress": ((1,), _compressed),
}
"""Operator -> the inputs that say how many elements it selects, and their number."""


def _count(shape: Sequence[int], holds: Callable[[list[Scalar]], Scalar]) -> Scalar:
    """At how many positions something holds."""

    def step(at: list[Scalar], state: list[Scalar]) -> list[Scalar]:
        return [state[0] + select(holds(at), number(1, "index"), 0)]

    total: Scalar = grid(shape, [number(0, "index")], step)[0]
    return total.to("i64")
