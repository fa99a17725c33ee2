"""What a kernel computes on the values in its registers: what follows its anchor, and what follows a pool behind it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dnnf_mlir.graph.ecg import Block, Node, Value
from dnnf_mlir.kernels import Pooling

from .kernel_problems import POOLS, Anchor, Attention, Product
from .kernel_separable import Separable, convolutions_apart
from .kernel_vector_products import VectorProducts
from .registry import REORGANIZE

Kernel = Anchor | VectorProducts | Separable
"""What the kernel of a block computes."""


@dataclass(frozen=True)
class Stage:
    """An operator whose result the kernel has in registers, what works on it, and which results of the block it gives.

    ``pooled`` is read by a pool, whose stage follows.
    """

    root: Node
    behind: list[Node]
    results: list[Value]
    pooled: Value | None = None


def epilogue_stages(block: Block, found: Kernel, outputs: Sequence[Value]) -> list[Stage]:
    """The anchor and what is fused behind it; with a pool behind the anchor a second stage for the pool."""
    last = last_anchor(block, found)
    behind = after(block, last)
    if not isinstance(found, Product) or found.pool is None:
        return [Stage(last, behind, list(outputs))]
    late = depending_on(found.pool, block)
    early_nodes, late_nodes = ([node for node in behind if (node in late) == is_late] for is_late in (False, True))
    early_results = [value for value in outputs if value.producer not in late]
    late_results = [value for value in outputs if value.producer in late]
    return [
        Stage(last, early_nodes, early_results, found.pool.input(0)),
        Stage(found.pool, [node for node in late_nodes if node is not found.pool], late_results),
    ]


def anchor_of(block: Block) -> Node:
    if block.anchor is None:
        raise ValueError(f"block {block.name} has no anchor")
    return block.anchor


def last_anchor(block: Block, found: Kernel) -> Node:
    """The operator whose result the epilogue works on."""
    if isinstance(found, VectorProducts | Separable):
        return found.nodes[-1]
    return found.sums if isinstance(found, Attention) else anchor_of(block)


def after(block: Block, anchor: Node) -> list[Node]:
    return block.nodes[block.nodes.index(anchor) + 1 :]


def is_view(node: Node) -> bool:
    return node.kind in REORGANIZE or node.kind == "transpose"


def view_chain(behind: Sequence[Node], value: Value) -> tuple[Value, list[Node]]:
    """The computed value behind a result, and the reshapes and transposes that lead from it to the result."""
    chain: list[Node] = []
    while value.producer is not None and value.producer in behind and is_view(value.producer):
        chain.insert(0, value.producer)
        value = value.producer.input(0)
    return value, chain


def pool_windows(pool: Node) -> Pooling:
    return Pooling(pool.attributes["kernel_shape"], "max" if pool.kind == "max_pool" else "average")


def depending_on(pool: Node, block: Block) -> set[Node]:
    """The pool, and the operators of the block behind it."""
    found = {pool}
    for node in block.nodes:
        if any(value.producer in found for value in node.operands):
            found.add(node)
    return found


def _pool_behind(block: Block) -> Node | None:
    """The pool in a block whose anchor is a convolution."""
    if block.anchor is None or block.anchor.kind != "conv":
        return None
    return next((node for node in block.nodes if node.kind in POOLS), None)


def stored_in_order(block: Block, returned: Sequence[Value]) -> list[Value]:
    """The block's results in the order in which its kernel gives them: those behind a pool come last."""
    outputs, pool = block.outputs(returned), _pool_behind(block)
    if pool is None:
        return outputs
    pooled = depending_on(pool, block)
    return sorted(outputs, key=lambda value: value.producer in pooled)


def apart(block: Block) -> list[Block]:
    """The block, or two where a pool is behind its convolution or a pointwise convolution behind a depthwise one."""
    pair = convolutions_apart(block)
    if pair is not None:
        return pair
    pool = _pool_behind(block)
    if pool is None:
        return [block]
    pooled = depending_on(pool, block)
    before = [node for node in block.nodes if node not in pooled]
    behind = [node for node in block.nodes if node in pooled]
    return [replace(block, nodes=before), replace(block, nodes=behind, anchor=pool)]
