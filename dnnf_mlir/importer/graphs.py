"""Small questions about ONNX graphs that several steps ask."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from onnx import GraphProto, NodeProto


def is_loop(node: NodeProto) -> bool:
    """Whether the node is ONNX's Loop."""
    return node.op_type == "Loop" and not node.domain


def subgraphs(node: NodeProto) -> Iterator[GraphProto]:
    """The bodies of a control-flow node."""
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs


def used_values(node: NodeProto) -> Iterator[str]:
    """Names of the values that `node` reads: its inputs, and what its sub-graphs take from outside."""
    yield from (name for name in node.input if name)
    for graph in subgraphs(node):
        yield from captured_values(graph)


def captured_values(graph: GraphProto) -> Iterator[str]:
    """Names that a sub-graph uses and does not define."""
    defined = {value.name for value in graph.input} | {tensor.name for tensor in graph.initializer}
    for node in graph.node:
        yield from (name for name in used_values(node) if name not in defined)
        defined.update(node.output)
    yield from (value.name for value in graph.output if value.name not in defined)


def rename_values(node: NodeProto, names: Mapping[str, str]) -> None:
    """Renames what `node` and its sub-graphs read, in place; ONNX forbids sub-graphs to define a name anew."""
    for index, name in enumerate(node.input):
        if name in names:
            node.input[index] = names[name]
    for graph in subgraphs(node):
        for inner in graph.node:
            rename_values(inner, names)
        for value in graph.output:
            value.name = names.get(value.name, value.name)


def describe(node: NodeProto) -> str:
    """How messages name a node."""
    name = node.name or (f"-> {node.output[0]}" if node.output else "")
    return f"node '{name}' ({node.op_type})"


def live_nodes(nodes: Sequence[NodeProto], outputs: Iterable[str]) -> list[NodeProto]:
    """The nodes that contribute to `outputs`."""
    used = set(outputs)
    live = []
    for node in reversed(nodes):
        if any(output in used for output in node.output if output):
            used.update(used_values(node))
            live.append(node)
    return live[::-1]
