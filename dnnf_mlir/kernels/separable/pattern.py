"""Which blocks the kernel of depthwise-separable convolutions computes: a depthwise one and the pointwise behind it.

Table 3 breaks two convolutions apart, because a general kernel would compute the first again for every window and
filter of the second. A pointwise one has no windows, and a workgroup that computes all of its filters for a few rows
computes the depthwise result there once, in memory that stays in the cache. It reads the pointwise weights for every
few rows: whether that costs less than writing the result and reading it back is a question of sizes.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from dnnf_mlir.graph.algorithms import descendants
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.kernels.convolution.pattern import ProductProblem, describe
from dnnf_mlir.kernels.families import family_of, is_depthwise, is_pointwise
from dnnf_mlir.kernels.kernel import NOT_MINE, Candidate, Join, Kernel, Nodes, Problem, Refusal, stored
from dnnf_mlir.kernels.machine import Machine
from dnnf_mlir.kernels.separable.schedule import weight_rereads
from dnnf_mlir.kernels.surroundings import nodes_between, nothing_before


@dataclass(frozen=True)
class SeparableProblem(Problem):
    """The two convolutions; ``between`` are the element-wise operators that follow the first, ``fed`` their result."""

    depthwise: ProductProblem
    pointwise: ProductProblem
    between: tuple[Node, ...]
    fed: Value

    @property
    def x(self) -> Value:
        """The operand of the depthwise convolution."""
        return self.depthwise.x


class Separable(Kernel):
    """A depthwise convolution and the pointwise one that reads it, channels last, with constant weights."""

    join = Join("the depthwise result stays in cache, the pointwise weights are read for every few rows", gain=0.95)

    def match(self, block: Candidate) -> SeparableProblem | Refusal:
        pair = _pair(block.nodes)
        if pair is None:
            return NOT_MINE
        first, second = (describe(Candidate([node], (), block.vector), node) for node in pair)
        if isinstance(first, Refusal):
            return first
        if isinstance(second, Refusal):
            return second
        if any(is_dynamic(axis.input) for axis in first.window.axes):
            return Refusal("the rows of a run are cut at compile time")
        part = nodes_between(block, *pair)
        if isinstance(part, Refusal):
            return part
        return nothing_before(block, pair[0]) or SeparableProblem(block, first, second, *part)

    def groups(self, blocks: Sequence[Nodes], returned: Collection[Value]) -> Iterator[Sequence[Nodes]]:
        """Blocks of a depthwise and a pointwise convolution, the second reading the first's result."""
        block_of = {node: block for block in blocks for node in block}
        for block in blocks:
            anchors = [node for node in block if family_of(node).is_anchor]
            if len(anchors) != 1 or anchors[0].kind != "conv":
                continue
            front = block[: list(block).index(anchors[0]) + 1]
            producers = [value.producer for node in front for value in node.operands if value.producer not in front]
            firsts = [block_of[node] for node in producers if node is not None and _is_depthwise_result(block_of[node])]
            if firsts and is_pointwise(anchors[0]):
                yield firsts[0], block

    def cost(self, nodes: Nodes, machine: Machine, estimate: Callable[[Nodes], float]) -> float | None:
        """The convolutions follow each other: the time of both, without writing and reading what lies between.

        The pointwise weights are read for every run of rows.
        """
        pair = _pair(nodes)
        if pair is None:
            return None
        late = {pair[1], *descendants(pair[1], nodes)}
        last = [node for node in nodes if node in late]
        first = [node for node in nodes if node not in late]
        apart = estimate(first) + estimate(last) - machine.launch_seconds
        kept = sum(value.type.bytes for value in stored(first, ()))
        again = weight_rereads(*pair, machine) * machine.reread_factor
        return apart - (2 * kept - again) / machine.bytes_per_second


def _pair(nodes: Nodes) -> tuple[Node, Node] | None:
    """The depthwise and the pointwise convolution of a kernel that computes one behind the other."""
    anchors = [node for node in nodes if family_of(node).is_anchor]
    if len(anchors) != 2:
        return None
    depthwise, pointwise = anchors
    if not is_depthwise(depthwise) or pointwise.kind != "conv" or not is_pointwise(pointwise):
        return None
    return (depthwise, pointwise) if pointwise in descendants(depthwise, nodes) else None


def _is_depthwise_result(block: Nodes) -> bool:
    """Whether the block computes a depthwise convolution, its only anchor, and what follows it."""
    return is_depthwise(block[0]) and not any(family_of(other).is_anchor for other in block[1:])
