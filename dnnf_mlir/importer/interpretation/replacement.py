"""Nodes that simpler ones take the place of: those of ONNX Runtime's domain, sequences and optionals, ONNX's function
bodies, decompositions."""

from onnx import NodeProto, TypeProto, defs, helper

from dnnf_mlir.errors import InvalidModelError, UnsupportedModelError
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.importer.decompose.builder import Decomposition
from dnnf_mlir.importer.decompose.containers import held_by
from dnnf_mlir.importer.decompose.functions import expand
from dnnf_mlir.importer.decompose.microsoft.operator import DOMAIN, NotCovered
from dnnf_mlir.importer.decompose.microsoft.registry import expanded
from dnnf_mlir.importer.decompose.registry import decompose
from dnnf_mlir.importer.graphs import describe
from dnnf_mlir.importer.shapes.value_type import ValueType

from .context import Interpretation


def contributed(ctx: Interpretation, node: NodeProto) -> bool:
    """Takes in the body of an operator of ONNX Runtime's domain; False for other operators.

    Raises UnsupportedModelError for a form that is not covered.
    """
    if node.domain != DOMAIN:
        return False
    try:
        nodes, constants = expanded(node, ctx.state.types, ctx.state.constants)
    except NotCovered as reason:
        raise UnsupportedModelError(f"{ctx.name}: {describe(node)} of {DOMAIN} cannot be compiled: {reason}") from None
    for name, array in constants.items():
        ctx.add_constant(name, array)
    ctx.state.counts.expanded_functions += 1
    ctx.interpret(nodes)
    return True


def replaced(ctx: Interpretation, node: NodeProto, schema: defs.OpSchema) -> bool:
    """Takes in what takes the node's place; False where nothing does."""
    if (held := held_by(node, ctx.state.containers)) is not None:
        ctx.state.containers.update(held)
        return True
    on_containers = any(name in ctx.state.containers for name in node.input) or _gives_no_tensors(schema)
    if not on_containers and _expanded(ctx, node, schema):
        return True
    if (decomposition := _decomposed(ctx, node)) is not None:
        ctx.replace(decomposition)
        return True
    if on_containers:
        ctx.refuse(
            node,
            "a position or a length of its sequence, or the sizes of the tensors in it, are data-dependent; "
            "make them constant",
        )
    return on_containers


def _expanded(ctx: Interpretation, node: NodeProto, schema: defs.OpSchema) -> bool:
    """Puts the body of the operator's ONNX function in the node's place.

    Not where a shape inside is not known before the model runs, or only the model's declarations tell it.
    """
    state = ctx.state
    inputs = [_open_type(state.types[name]) if name else TypeProto() for name in node.input]
    body = expand(node, schema, ctx.opsets[""], inputs)
    if body is None:
        return False
    before = state.copy()
    state.meets_declared_sizes = False
    try:
        ctx.interpret(body)
    except InvalidModelError:
        state.restore(before)
        return False
    defined = {output for inner in body for output in inner.output if output}
    missing = defined - state.types.keys() - state.aliases.keys()
    if state.undetermined != before.undetermined or missing or state.meets_declared_sizes:
        state.restore(before)
        return False
    state.meets_declared_sizes = before.meets_declared_sizes
    state.counts.expanded_functions += 1
    return True


def _decomposed(ctx: Interpretation, node: NodeProto) -> Decomposition | None:
    try:
        return decompose(node, ctx.state.types, ctx.state.constants, ctx.state.containers, ctx.state.producers)
    except IndexError as error:
        raise InvalidModelError(f"{ctx.name}: {describe(node)}: {error}") from error


def _open_type(value_type: ValueType) -> TypeProto:
    """The type for ONNX, without sizes where they are dynamic."""
    shape = [None if is_dynamic(size) else size for size in value_type.shape]
    return helper.make_tensor_type_proto(value_type.elem_type, shape)


def _gives_no_tensors(schema: defs.OpSchema) -> bool:
    return not any(name.startswith("tensor") for output in schema.outputs for name in output.types)
