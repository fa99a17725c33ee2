"""If: the branch taken where the condition is constant, else a loop for each, or both and a choice of the results."""

from onnx import NodeProto, TensorProto, helper, numpy_helper

from dnnf_mlir.errors import InvalidModelError
from dnnf_mlir.importer.control_flow.unroll import both_branches
from dnnf_mlir.importer.decompose.builder import Decomposition
from dnnf_mlir.importer.decompose.choosing import choose_part
from dnnf_mlir.importer.decompose.functions import instantiate_branch
from dnnf_mlir.importer.graphs import describe

from .context import Interpretation
from .taken_branch import computed_when_taken


def branch(ctx: Interpretation, node: NodeProto) -> bool:
    """Takes in an If."""
    if node.input[0] in ctx.state.constants:
        _inline(ctx, node)
        return True
    if computed_when_taken(ctx, node):
        return True
    both, condition, results = both_branches(node)
    ctx.replace_unrolled(both)
    aliases = ctx.state.aliases
    for output, (then, otherwise) in zip(node.output, results, strict=True):
        _choose(ctx, node, condition, output, aliases.get(then, then), aliases.get(otherwise, otherwise))
    return True


def _inline(ctx: Interpretation, node: NodeProto) -> None:
    """Replaces an If whose condition is constant by the nodes of the branch taken."""
    taken = "then_branch" if ctx.state.constants[node.input[0]].any() else "else_branch"
    graph = next(attribute.g for attribute in node.attribute if attribute.name == taken)
    if len(graph.output) != len(node.output):
        raise InvalidModelError(
            f"{ctx.name}: {describe(node)}: {len(node.output)} outputs, but its {taken} gives {len(graph.output)}"
        )
    ctx.state.counts.inlined_branches += 1
    nodes, weights = instantiate_branch(graph, node)
    for name, tensor in weights.items():
        ctx.add_constant(name, numpy_helper.to_array(tensor))
    ctx.interpret(nodes)


def _choose(ctx: Interpretation, node: NodeProto, condition: str, output: str, then: str, otherwise: str) -> None:
    """One of two tensors, or of the tensors of two sequences."""
    state, pair, name = ctx.state, (then, otherwise), f"{node.name}/{output}"
    if not all(map(state.has, pair)):
        return  # after a node that is refused already
    held = [state.containers.get(value) for value in pair]
    if held[0] is not None and held[1] is not None and len(held[0]) == len(held[1]):
        chosen = [f"{name}/{i}" for i in range(len(held[0]))]
        for element, *both in zip(chosen, held[0], held[1], strict=True):
            _choose(ctx, node, condition, element, *both)
        state.containers[output] = tuple(chosen)
    elif then in state.containers or otherwise in state.containers:
        ctx.refuse(
            node, f"the length of sequence '{output}' depends on the condition; give both branches the same length"
        )
    elif state.types[then] == state.types[otherwise]:
        ctx.interpret([helper.make_node("Where", [condition, *pair], [output], name)])
    elif (part := _chosen_part(ctx, condition, pair, output, name)) is not None:
        ctx.replace(part)
    else:
        ctx.refuse(
            node,
            f"the type of '{output}' depends on the condition: {state.types[then]} or {state.types[otherwise]}; "
            "give both branches results that differ in at most one dimension",
        )


def _chosen_part(
    ctx: Interpretation, condition: str, pair: tuple[str, str], output: str, name: str
) -> Decomposition | None:
    """All of one tensor and nothing of the other, which differ in one dimension; None if they differ otherwise."""
    c = Decomposition(NodeProto(name=name), ctx.state.types)
    is_then = c.op("Reshape", c.op("Cast", condition, to=TensorProto.INT64), c.ints(1), allowzero=0)
    choices = zip(pair, (is_then, c.op("Sub", c.ints(1), is_then)), strict=True)
    return None if choose_part(c, list(choices), output) is None else c
