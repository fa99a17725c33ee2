"""Blocks as the plan lists them: in an order in which they can be computed, with names and anchors."""

import heapq
from collections.abc import Sequence

from dnnf_mlir.dialect_defs.mapping import MappingType
from dnnf_mlir.graph.ecg import Block, Node
from dnnf_mlir.kernels.families import SOFTMAXES

from .table import fold_mapping


def in_order(nodes: Sequence[Node], blocks: Sequence[Sequence[Node]]) -> list[list[Node]]:
    """The blocks, which partition ``nodes``, in a topological order that follows that of the nodes where it can."""
    position = {node: i for i, node in enumerate(nodes)}
    ordered = [sorted(block, key=position.__getitem__) for block in blocks]
    block_of = {node: i for i, block in enumerate(ordered) for node in block}
    followers = [
        {block_of[user] for node in block for user in node.successors()} - {i} for i, block in enumerate(ordered)
    ]
    missing = [0] * len(ordered)
    for targets in followers:
        for target in targets:
            missing[target] += 1
    ready = [(position[block[0]], i) for i, block in enumerate(ordered) if missing[i] == 0]
    heapq.heapify(ready)
    result = []
    while ready:
        _, i = heapq.heappop(ready)
        result.append(ordered[i])
        for target in followers[i]:
            missing[target] -= 1
            if missing[target] == 0:
                heapq.heappush(ready, (position[ordered[target][0]], target))
    return result


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
