"""Which blocks the kernel of a convolution and the pool that reads it computes.

Table 3 breaks a convolution and a pool apart, because no general kernel holds both. Where the windows lie side by side,
the convolution's kernel computes its results window by window and stores what is pooled.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from dnnf_mlir.graph.algorithms import descendants
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.kernels.convolution.pattern import ProductKernel, ProductProblem, describe
from dnnf_mlir.kernels.families import Family, family_of
from dnnf_mlir.kernels.kernel import NOT_MINE, Candidate, Join, Nodes, Refusal, Stage
from dnnf_mlir.kernels.machine import NOISE
from dnnf_mlir.kernels.nest.problem import ConvProblem

MAXIMUM_POOLED = 2
"""Extents of a pool's windows that divide every output tile of Winograd's algorithm."""
_POOLS = frozenset({"max_pool", "average_pool"})


@dataclass(frozen=True)
class PooledProblem(ProductProblem):
    """A convolution and the pool behind it."""

    @property
    def pool(self) -> Node:
        """The pool, which comes last of the two anchors."""
        return self.block.anchors[-1]

    @property
    def stages(self) -> tuple[Stage, ...]:
        conv = self.block.anchors[0]
        late = descendants(self.pool, self.block.nodes)
        behind = self.block.after(conv)
        return (
            Stage(
                conv, tuple(node for node in behind if node not in late and node is not self.pool), self.pool.input(0)
            ),
            Stage(self.pool, tuple(node for node in behind if node in late)),
        )

    @property
    def shared_input(self) -> Value | None:
        return None


class PooledConvolution(ProductKernel):
    """A dense convolution and a MaxPool or AveragePool with windows side by side that reads its result."""

    emitter = None
    join = Join("the convolution's kernel pools its results before it stores them", 1 + 1e-9, 1 + NOISE)

    def match(self, block: Candidate) -> PooledProblem | Refusal:
        if [node.kind for node in block.anchors[:1]] != ["conv"] or len(block.anchors) != 2:
            return NOT_MINE
        conv, pool = block.anchors
        if pool.kind not in _POOLS:
            return NOT_MINE
        if not _lie_side_by_side(pool):
            return Refusal("windows of the pool behind the convolution overlap or reach into padding")
        described = describe(block, conv)
        if isinstance(described, Refusal):
            return described
        window = described.window
        if any(map(is_dynamic, window.input_shape[1:])):
            return Refusal("a pool behind a convolution with free extents")
        if pool.input(0).producer not in {conv, *descendants(conv, block.nodes)}:
            return Refusal(f"{pool.kind} does not read what follows {conv.kind}")
        late = {pool, *descendants(pool, block.nodes)}
        beside = any(value.producer not in late for value in block.stored)
        refusal = pooling_refusal(window, pool.attributes["kernel_shape"], beside)
        if refusal is not None:
            return refusal
        return PooledProblem(block, window, described.x, described.weights, described.bias)

    def groups(self, blocks: Sequence[Nodes], returned: Collection[Value]) -> Iterator[Sequence[Nodes]]:
        """Pairs of a convolution's block and the block of a pool that reads the convolution's result."""
        block_of = {node: block for block in blocks for node in block}
        for block in blocks:
            pool = _only_anchor(block)
            if pool is None or family_of(pool) is not Family.POOL or pool is not block[0]:
                continue
            producer = pool.input(0).producer
            first = None if producer is None else block_of[producer]
            convolution = None if first is None else _only_anchor(first)
            if first is not None and convolution is not None and convolution.kind == "conv":
                yield first, block


def pooling_refusal(window: ConvProblem, pooled: Sequence[int], stored_beside: bool) -> Refusal | None:
    """Why no kernel pools the convolution's result in windows of ``pooled``; the result may also be stored."""
    if window.is_depthwise:
        return Refusal("a pool behind a depthwise convolution")
    if any(extent > MAXIMUM_POOLED for extent in pooled):
        return Refusal(f"pooled windows of more than {MAXIMUM_POOLED} positions along an axis")
    extents = [(axis.output, extent) for axis, extent in zip(window.axes, pooled, strict=True)]
    if any(output < extent for output, extent in extents):
        return Refusal("an empty tensor")
    if stored_beside and any(output % extent for output, extent in extents):
        return Refusal("the windows leave out a part of a result that is needed outside")
    return None


def _only_anchor(block: Nodes) -> Node | None:
    anchors = [node for node in block if family_of(node).is_anchor]
    return anchors[0] if len(anchors) == 1 else None


def _lie_side_by_side(pool: Node) -> bool:
    """Whether the pool's windows neither overlap nor leave gaps nor reach into padding.

    Positions at the end that fill no window may be left out.
    """
    if pool.attributes["layout"] != "channels_last":
        return False
    window, extents = pool.attributes["kernel_shape"], pool.input(0).type.shape[1:-1]
    dilations = pool.attributes.get("dilations", (1,) * len(window))
    pads_before = pool.attributes["pads"][: len(window)]
    whole = tuple(extent // size for extent, size in zip(extents, window, strict=True))
    return (
        tuple(pool.attributes["strides"]) == tuple(window)
        and not any(pads_before)
        and all(size == 1 or dilation == 1 for size, dilation in zip(window, dilations, strict=True))
        and tuple(pool.output.type.shape[1:-1]) == whole
    )
