"""The interpretation of a whole graph, and what of it reaches the outputs."""

from collections.abc import Iterable, Sequence

from onnx import NodeProto, helper

from dnnf_mlir.errors import UnsupportedModelError
from dnnf_mlir.graph.size import is_data_dependent, symbols_of
from dnnf_mlir.importer.decompose.containers import element_names
from dnnf_mlir.importer.graphs import live_nodes

from .context import Interpretation, UndeterminedShapesError
from .size_tensors import as_tensor


def interpret_graph(ctx: Interpretation, nodes: Iterable[NodeProto]) -> None:
    """Takes in all nodes of a graph, topologically sorted; inputs and constants are declared already.

    Raises:
        InvalidModelError: shapes or types that do not fit.
        UndeterminedShapesError: shapes that depend on the values of inputs (all of them).
        UnsupportedModelError: strings, or tensors that are too large.
    """
    nodes = list(nodes)
    live = {output for node in live_nodes(nodes, ctx.outputs) for output in node.output}
    for node in nodes:
        before = frozenset(ctx.inference.assumed)
        ctx.interpret([node])
        if live.isdisjoint(node.output):
            ctx.inference.assumed.intersection_update(before)
    for output in ctx.outputs & ctx.state.sizes.keys():
        data = as_tensor(ctx, output)
        ctx.state.nodes.append(helper.make_node("Identity", [data], [output], output))
    if ctx.state.undetermined:
        lines = "\n".join(f"  {node}: {reason}" for node, reason in ctx.state.undetermined.items())
        raise UndeterminedShapesError(f"{ctx.name}: shapes that are not known before the model runs:\n{lines}")


def returned(ctx: Interpretation, output: str) -> tuple[str, ...]:
    """The tensors that an output of the graph becomes: itself, or one for each tensor of a sequence."""
    if output not in ctx.state.containers:
        return (output,)
    elements = ctx.state.containers[output]
    if elements is None:
        raise UnsupportedModelError(f"{ctx.name}: output '{output}' is an optional that never has a value")
    names = element_names(output, len(elements))
    for name, element in zip(names, elements, strict=True):
        if element in ctx.state.constants:
            ctx.add_constant(name, ctx.state.constants[element])
        else:
            ctx.state.nodes.append(helper.make_node("Identity", [element], [name], name))
            ctx.add_value(name, ctx.state.types[element])
    return names


def contributing(ctx: Interpretation, outputs: Sequence[str]) -> list[NodeProto]:
    """The nodes that contribute to the outputs: to their values, or to a data-dependent size that is used or checked.

    Where a shape is only declared, what follows may be calculated with it and not read the value at all.
    """
    determined: dict[str, NodeProto] = {}
    for node in ctx.state.nodes:
        for name in _data_dependent_sizes(ctx, node):
            determined.setdefault(name, node)
    wanted = [*outputs, *sorted(ctx.inference.assumed)]
    while True:
        nodes = live_nodes(ctx.state.nodes, wanted)
        used = {determined[name].output[0] for node in nodes for name in _data_dependent_sizes(ctx, node)}
        missing = used - {name for node in nodes for name in node.output}
        if not missing:
            return nodes
        wanted += missing


def _data_dependent_sizes(ctx: Interpretation, node: NodeProto) -> list[str]:
    types = ctx.state.types
    sizes = (size for output in node.output if output in types for size in types[output].shape)
    return [name for size in sizes for name in sorted(symbols_of(size)) if is_data_dependent(name)]
