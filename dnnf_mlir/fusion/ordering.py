"""Blocks as the plan lists them: in an order in which they can be computed, with names and anchors."""

from collections.abc import Sequence

from dnnf_mlir.graph.algorithms import priority_order
from dnnf_mlir.graph.ecg import Block, Node
from dnnf_mlir.graph.operator import MappingType
from dnnf_mlir.kernels.families import SOFTMAXES

from .table import fold_mapping


def in_order(nodes: Sequence[Node], blocks: Sequence[Sequence[Node]]) -> list[list[Node]]:
    """The blocks, which partition ``nodes``, in a topological order that follows that of the nodes where it can."""
    position = {node: i for i, node in enumerate(nodes)}
    ordered = [sorted(block, key=position.__getitem__) for block in blocks]
    block_of = {node: i for i, block in enumerate(ordered) for node in block}
    order = priority_order(
        range(len(ordered)),
        lambda i: (block_of[producer] for node in ordered[i] for producer in node.predecessors()),
        lambda i: position[ordered[i][0]],
    )
    return [ordered[i] for i in order]


def named_blocks(blocks: Sequence[Sequence[Node]]) -> list[Block]:
    """Blocks of nodes in topological order, each named after its anchor, or its last operator where it has none."""
    result: list[Block] = []
    taken: set[str] = set()
    for number, nodes in enumerate(blocks):
        anchors = [node for node in nodes if node.mapping is MappingType.MANY_TO_MANY]
        # Of several, an attention's is the softmax, which tells it from a product; a chain of products has its first,
        # as has a convolution with a pool behind.
        anchor = next((node for node in anchors if node.kind in SOFTMAXES), next(iter(anchors), None))
        name = (anchor or nodes[-1]).name or f"block {number}"
        if name in taken:
            name = f"{name} (block {number})"
        taken.add(name)
        result.append(Block(list(nodes), fold_mapping(nodes), anchor, name))
    return result
