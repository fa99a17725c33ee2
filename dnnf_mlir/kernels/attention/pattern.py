"""Which blocks the attention kernel computes: scores, softmax and weighted sum of the values.

Table 3 breaks a matrix product and a softmax apart, because no general kernel holds both. The attention kernel does:
the scores of a few rows stay in the first-level cache between the products.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.kernels.families import SOFTMAXES, Family, family_of
from dnnf_mlir.kernels.kernel import NOT_MINE, Candidate, Join, Kernel, Nodes, Problem, Refusal
from dnnf_mlir.kernels.surroundings import dtype_refusal, prologue_refusal


@dataclass(frozen=True)
class AttentionShape:
    """Queries [leading..., rows, depth], keys [leading..., depth, keys], values [leading..., keys, columns].

    One to three leading dimensions (batch, heads); the result is [leading..., rows, columns].
    """

    leading: tuple[int, ...]
    rows: int
    depth: int
    keys: int
    columns: int
    safe: bool = False
    """Queries without any key, all of whose scores are -infinity, get zeros instead of NaN."""


@dataclass(frozen=True)
class AttentionProblem(Problem):
    """Scores, softmax and weighted sum in one kernel; ``scores`` and ``sums`` are the two matrix products."""

    shape: AttentionShape
    scores: Node
    softmax: Node
    sums: Node

    @property
    def scoring(self) -> Sequence[Node]:
        """The element-wise operators between the scores and the softmax: a scale, a mask."""
        return self.block.between(self.scores, self.softmax)


class Attention(Kernel):
    """``softmax(scoring(Q K)) V`` over the last dimension, Q, K and V with the same leading dimensions."""

    join = Join("the attention kernel keeps the scores in cache: scores, softmax and weighted sum are one kernel")

    def match(self, block: Candidate) -> AttentionProblem | Refusal:
        kinds = [node.kind for node in block.anchors]
        if len(kinds) != 3 or (kinds[0], kinds[2]) != ("matmul", "matmul") or kinds[1] not in SOFTMAXES:
            return NOT_MINE
        scores, softmax, sums = block.anchors
        refusal = dtype_refusal(softmax)
        if refusal is not None:
            return refusal
        queries, keys, values = scores.input(0).type.shape, scores.input(1).type.shape, sums.input(1).type.shape
        if not 3 <= len(queries) <= 5 or queries[:-2] != keys[:-2] or queries[:-2] != values[:-2]:
            return Refusal("queries, keys and values with different leading dimensions")
        if softmax.attributes["axis"] != softmax.input(0).type.rank - 1:
            return Refusal("a softmax that is not over the last dimension")
        if is_dynamic(queries[-1]) or is_dynamic(values[-1]):
            return Refusal("a free number of channels")
        if block.nodes[0] is not scores or block.after(softmax)[0] is not sums:
            return Refusal("operators inside the attention that are not part of its scores")
        wanted = {scores.output, softmax.output}
        if sums.input(0) is not softmax.output or not wanted.isdisjoint(block.stored):
            return Refusal("the scores are wanted outside")
        shape = AttentionShape(
            queries[:-2], queries[-2], queries[-1], keys[-1], values[-1], softmax.kind == "safe_softmax"
        )
        between = block.between(scores, softmax)
        return prologue_refusal(between, scores.output, block.stored) or AttentionProblem(
            block, shape, scores, softmax, sums
        )

    def groups(self, blocks: Sequence[Nodes], returned: Collection[Value]) -> Iterator[Sequence[Nodes]]:
        """Triples of blocks: a product of activations, a softmax, the product that weights the values with it.

        Nothing of the first two may be read outside: then the three together are convex, since every way out leads
        through the last one.
        """
        block_of = {node: block for block in blocks for node in block}
        for block in blocks:
            softmax = next((node for node in block if node.kind in SOFTMAXES), None)
            if softmax is None or softmax is not block[-1]:
                continue
            first, last = _scores(block, softmax, block_of), _sums(softmax, block_of)
            if first is None or last is None or first is block or last is block or first is last:
                continue
            inside = {*first, *block}
            exits = {value for node in inside for value in node.outputs if not set(value.users) <= inside}
            if exits == {softmax.output} and not any(value in returned for node in inside for value in node.outputs):
                yield first, block, last


def _scores(block: Nodes, softmax: Node, block_of: dict[Node, Nodes]) -> Nodes | None:
    """The block of the product that makes the scores, if only element-wise operators lead from it to the softmax."""
    x = softmax.input(0)
    if x.producer is None:
        return None
    shape = x.type.shape
    entries = {value.producer for node in block for value in node.operands if value.type.shape == shape} - set(block)
    producers = [node for node in entries if node is not None]
    if len(producers) != 1:
        return None
    scores = block_of[producers[0]]
    inner = [*scores[1:], *(node for node in block if node is not softmax)]
    elementwise = all(family_of(node) is Family.ELEMENTWISE and node.output.type.shape == shape for node in inner)
    return scores if elementwise and _is_of_activations(scores[0]) else None


def _sums(softmax: Node, block_of: dict[Node, Nodes]) -> Nodes | None:
    """The block of the product that weights the values with the softmax, its only reader."""
    readers = set(softmax.output.users)
    if len(readers) != 1:
        return None
    product = readers.pop()
    sums = block_of[product]
    return sums if sums[0] is product and _is_of_activations(product) else None


def _is_of_activations(node: Node) -> bool:
    return node.kind == "matmul" and not any(value.is_constant for value in node.operands)
