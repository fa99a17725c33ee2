"""Depthwise-separable convolutions: a depthwise convolution and the pointwise one that reads it, as one kernel.

Table 3 breaks two convolutions apart, because a general kernel would compute the first again for every window and
filter of the second. A pointwise one has no windows, and a workgroup that computes all of its filters for a few rows
computes the depthwise result there once, in memory that stays in the cache. It reads the pointwise weights for every
few rows: whether that costs less than writing the result and reading it back is a question of sizes.
"""

from collections.abc import Sequence

from dnnf_mlir.fusion.cost.model import Comparison, stored
from dnnf_mlir.graph.ecg import Node
from dnnf_mlir.graph.size import is_free
from dnnf_mlir.kernels.families import Family, family_of, is_depthwise, is_pointwise

from .capabilities import KERNEL_DTYPES
from .constraints import Candidate, live_values, operands, size

REASON = "the depthwise result stays in cache, the pointwise weights are read for every few rows"

_GAIN = 0.95
"""Ratio of the estimates below which the pair is one kernel: closer ones cannot tell which is faster."""


def separable_pairs(blocks: Sequence[Sequence[Node]]) -> list[tuple[Sequence[Node], Sequence[Node], Node]]:
    """Blocks of a depthwise and a pointwise convolution, the second reading the first's result; and the latter."""
    block_of = {node: block for block in blocks for node in block}
    pairs = []
    for block in blocks:
        anchors = [node for node in block if family_of(node).is_anchor]
        if len(anchors) != 1 or anchors[0].kind != "conv":
            continue
        front = block[: list(block).index(anchors[0]) + 1]
        producers = [value.producer for node in front for value in node.operands if value.producer not in front]
        firsts = [block_of[node] for node in producers if node is not None and _is_depthwise_result(node, block_of)]
        if firsts and is_pointwise(anchors[0]):
            pairs.append((firsts[0], block, anchors[0]))
    return pairs


def _is_depthwise_result(node: Node, block_of: dict[Node, Sequence[Node]]) -> bool:
    """Whether the node is a depthwise convolution, the only anchor of its block, or what follows it there."""
    block = block_of[node]
    return is_depthwise(block[0]) and not any(family_of(other).is_anchor for other in block[1:])


def separable_problem(candidate: Candidate, first: Sequence[Node], pointwise: Node) -> str | None:
    """Why the operators of such a pair are not one kernel; None if they may be.

    Nothing but the pointwise convolution reads what the first block computes: no path leads out of it and back in.
    """
    depthwise = first[0]
    before = candidate.nodes[: list(candidate.nodes).index(pointwise)]
    constants = (value for node in (depthwise, pointwise) for value in node.operands[1:])
    if pointwise.attributes["layout"] != "channels_last" or not all(value.is_constant for value in constants):
        return f"{candidate.capabilities.name} pairs convolutions with constant weights and channels last only"
    if depthwise.input(0).type.dtype not in KERNEL_DTYPES:
        return f"no kernel computes in {depthwise.input(0).type.dtype}"
    if any(map(is_free, depthwise.input(0).type.shape[1:-1])):
        return "the rows of a run are cut at compile time"
    for node in before:
        if node is depthwise:
            continue
        if family_of(node) is not Family.ELEMENTWISE or node.output.type != depthwise.output.type:
            return f"{node.kind} between {depthwise.kind} and {pointwise.kind}"
    kept = stored(before, candidate.returned)
    if kept != [pointwise.input(0)] or kept[0] in candidate.returned or set(kept[0].users) != {pointwise}:
        return f"a result before {pointwise.kind} is needed elsewhere"
    return size(candidate) or operands(candidate) or live_values(candidate)


def separable_pays(comparison: Comparison) -> bool:
    """Whether a pair is one kernel: where that is measured to be as fast, or estimated to be clearly faster."""
    return comparison.fused <= comparison.separate * (1 if comparison.measured else _GAIN)
