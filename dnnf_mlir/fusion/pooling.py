"""Pools that a convolution's kernel computes: the second place where Many-to-Many operators share a block.

Table 3 breaks a convolution and a pool apart, because no general kernel holds both. Where the windows lie side by side,
the convolution's kernel computes its results window by window and stores what is pooled.
"""

from collections.abc import Sequence

from dnnf_mlir.graph.ecg import Node
from dnnf_mlir.graph.size import is_free
from dnnf_mlir.kernels.families import Family, family_of, is_depthwise
from dnnf_mlir.kernels.pooled_convolution.windows import lie_side_by_side

from .capabilities import KERNEL_DTYPES
from .constraints import Candidate, operands, size

REASON = "the convolution's kernel pools its results before it stores them"


def pool_readers(blocks: Sequence[Sequence[Node]]) -> list[tuple[Sequence[Node], Sequence[Node]]]:
    """Pairs of a convolution's block and the block of a pool that reads the convolution's result."""
    block_of = {node: block for block in blocks for node in block}
    pairs = []
    for block in blocks:
        pool = _only_anchor(block)
        if pool is None or family_of(pool) is not Family.POOL or pool is not block[0]:
            continue
        producer = pool.input(0).producer
        first = None if producer is None else block_of[producer]
        convolution = None if first is None else _only_anchor(first)
        if first is not None and convolution is not None and convolution.kind == "conv":
            pairs.append((first, block))
    return pairs


def pooling_problem(candidate: Candidate) -> str | None:
    """Why the operators of such a pair are not one kernel; None if they may be."""
    convolution, pool = (node for node in candidate.nodes if family_of(node).is_anchor)
    widest, pooled = candidate.capabilities.pooled_extent, pool.input(0)
    if not lie_side_by_side(pool) or max(pool.attributes["kernel_shape"]) > widest:
        return f"only windows of at most {widest} positions along an axis, side by side, are pooled by a convolution"
    if not _has_kernel(convolution):
        return f"{candidate.capabilities.name} pools dense convolutions with constant weights and channels last only"
    if pooled.producer is not convolution and any(
        family_of(node) is not Family.ELEMENTWISE for node in candidate.nodes if node.output is pooled
    ):
        return f"{pool.kind} reads a permuted result"
    behind = _behind(pool, candidate)
    crossing = {value for node in behind if node is not pool for value in node.operands}
    if any(value.producer in candidate.members and value.producer not in behind for value in crossing):
        return f"what follows {pool.kind} also reads what precedes it"
    beside = [value for value in candidate.stored if value.producer not in behind]
    spatial, window = pooled.type.shape[1:-1], pool.attributes["kernel_shape"]
    if any(map(is_free, spatial)):
        return "the number of windows is known at run time only"
    if beside and any(extent % width for extent, width in zip(spatial, window, strict=True)):
        return "the windows leave out a part of a result that is needed outside"
    limit = candidate.capabilities.maximum_outputs
    if len(candidate.stored) > limit:
        return f"{len(candidate.stored)} results are needed outside, at most {limit} can be stored"
    return size(candidate) or operands(candidate)


def _only_anchor(block: Sequence[Node]) -> Node | None:
    anchors = [node for node in block if family_of(node).is_anchor]
    return anchors[0] if len(anchors) == 1 else None


def _has_kernel(convolution: Node) -> bool:
    x, weights, *bias = convolution.operands
    return (
        convolution.attributes["layout"] == "channels_last"
        and all(value.is_constant for value in (weights, *bias))
        and x.type.dtype in KERNEL_DTYPES
        and not is_depthwise(convolution)
    )


def _behind(pool: Node, candidate: Candidate) -> set[Node]:
    """The pool, and the operators that depend on it."""
    found = {pool}
    for node in candidate.nodes:
        if any(value.producer in found for value in node.operands):
            found.add(node)
    return found
