"""What run-time values must meet, checked while the module runs: a call that cannot work ends in words.

A model may declare the shape of a result that depends on values which nobody knows before it runs (ReduceSum's axes,
the limit of a Range). The module is compiled for the declared shape; values that ask for another one are refused.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from dnnf_mlir.bindings.iree import cf, tensor
from dnnf_mlir.emit.scalar import Scalar, all_of, number, select
from dnnf_mlir.graph.size import is_free
from dnnf_mlir.lowering.onnx_node.node import CarriedNode
from dnnf_mlir.lowering.onnx_node.scalar_programs import each

Requirement: TypeAlias = Callable[[CarriedNode], Sequence[Scalar]]
"""node -> what must hold, as expressions of the values of its inputs."""

CHECKING_THEMSELVES = frozenset({"NonMaxSuppression", "Unique"})
"""Operators that find only while they compute how large their results are: their lowerings refuse other shapes."""

_REQUIREMENTS: dict[str, tuple[tuple[int, ...], Requirement]] = {}


def shaped_by(*inputs: int, operators: Sequence[str]) -> Callable[[Requirement], Requirement]:
    """Registers what must hold for a declared shape to be right; ``inputs`` are those whose values tell it."""

    def register(function: Requirement) -> Requirement:
        _REQUIREMENTS.update(dict.fromkeys(operators, (inputs, function)))
        return function

    return register


def require(node: CarriedNode) -> None:
    """Checks, outside all dispatches, that a node's run-time inputs ask for the shapes that its results have.

    Nothing where these inputs are constant, or where sizes of the results are left free: they follow from the inputs.
    """
    inputs, requirement = _REQUIREMENTS.get(node.proto.op_type, ((), None))
    types = [value.type for value in node.results if value is not None]
    given = [node.input(i) for i in inputs if node.has_input(i)]
    known = all(value.constant is not None or not value.type.elements for value in given)
    if requirement is None or known or any(is_free(size) for type_ in types for size in type_.shape):
        return
    conditions = requirement
    holds = each((), ["i32"], lambda _: [select(all_of(list(conditions(node))), number(1, "i32"), 0)])[0]
    refuse_unless(Scalar(tensor.ExtractOp(holds, []).result, "i32").equals(1), node, inputs)


def refuse_unless(holds: Scalar, node: CarriedNode, inputs: Sequence[int]) -> None:
    """Stops the module where, for the values of these inputs, a node's results have not their declared shapes."""
    types = [value.type for value in node.results if value is not None]
    names = ", ".join(f"'{node.proto.input[i]}'" for i in inputs if node.has_input(i))
    shapes = " and ".join(str(list(type_.shape)) for type_ in types)
    cf.AssertOp(
        holds.value,
        f"node '{node.node.name}' ({node.proto.op_type}): its result has not the declared shape {shapes} "
        f"for these values of {names}",
    )
