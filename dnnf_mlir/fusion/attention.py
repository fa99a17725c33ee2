"""Scores, softmax and weighted sum of an attention share a block: a kernel made for the pattern covers them.

Table 3 breaks a matrix product and a softmax apart, because no general kernel holds both. The attention kernel does:
the scores of a few rows stay in the first-level cache between the products.
"""

from collections.abc import Collection, Sequence

from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.kernels.families import SOFTMAXES, Family, family_of

REASON = "the attention kernel keeps the scores in cache: scores, softmax and weighted sum are one kernel"


def attention_blocks(
    blocks: Sequence[Sequence[Node]], returned: Collection[Value]
) -> list[tuple[Sequence[Node], Sequence[Node], Sequence[Node]]]:
    """Triples of blocks that make an attention: products of activations, softmax over the last dimension, product.

    Between the products only element-wise operators of the scores' shape may stand, and nothing of it may be read
    outside: then the three blocks together are convex, since every way out leads through the last one.
    """
    block_of = {node: block for block in blocks for node in block}
    found = []
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
            found.append((first, block, last))
    return found


def _scores(block: Sequence[Node], softmax: Node, block_of: dict[Node, Sequence[Node]]) -> Sequence[Node] | None:
    """The block of the product that makes the scores, if only element-wise operators lead from it to the softmax."""
    x = softmax.input(0)
    if softmax.attributes["axis"] != x.type.rank - 1 or x.producer is None:
        return None
    shape = x.type.shape
    inner = [node for node in block if node is not softmax]
    if any(family_of(node) is not Family.ELEMENTWISE or node.output.type.shape != shape for node in inner):
        return None
    entries = {value.producer for node in block for value in node.operands if value.type.shape == shape} - set(block)
    producers = [node for node in entries if node is not None]
    if len(producers) != 1:
        return None
    scores = block_of[producers[0]]
    behind = scores[1:]
    elementwise = all(family_of(node) is Family.ELEMENTWISE and node.output.type.shape == shape for node in behind)
    return scores if elementwise and _is_product(scores[0]) else None


def _sums(softmax: Node, block_of: dict[Node, Sequence[Node]]) -> Sequence[Node] | None:
    """The block of the product that weights the values with the softmax, its only reader."""
    readers = set(softmax.output.users)
    if len(readers) != 1:
        return None
    product = readers.pop()
    sums = block_of[product]
    return sums if sums[0] is product and _is_product(product) and product.input(0) is softmax.output else None


def _is_product(node: Node) -> bool:
    """Whether the node multiplies two activations with the same leading dimensions."""
    if node.kind != "matmul" or any(value.is_constant for value in node.operands):
        return False
    a, b = node.input(0).type.shape, node.input(1).type.shape
    return 3 <= len(a) <= 5 and a[:-2] == b[:-2]
