"""Small products on one vector for each batch item, one after the other, share a block: a kernel of one workgroup.

Table 3 breaks Many-to-Many operators apart, because a general kernel would compute the first again for every window of
the second. Where the first makes one short vector it is computed once, by the same core that reads it next:
squeeze-and-excitation (global average pooling, two pointwise convolutions), the last layers of a classifier.
"""

from collections.abc import Collection, Sequence
from math import prod

from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.size import representative
from dnnf_mlir.kernels.families import Family, family_of

from .capabilities import KERNEL_DTYPES, VectorProductLimits

REASON = "small products on one vector for each batch item: one core computes them one after the other"

Parts = Sequence[Node]


def vector_product_blocks(
    blocks: Sequence[Parts], returned: Collection[Value], limits: VectorProductLimits
) -> list[list[Parts]]:
    """Groups of blocks that make a chain within the limits: a pooling, if any, and products, with views between them.

    ``blocks`` come in an order in which they can be computed, so that a chain is found from its start on.

    All but the last block of a chain have one result, read by the next one only: then every way out leads through the
    last one, and the chain is convex.
    """
    block_of = {node: block for block in blocks for node in block}
    chains: list[list[Parts]] = []
    taken: set[Node] = set()
    for block in blocks:
        if block[0] in taken or not _is_stage(block) or _weight_bytes(block[0]) > limits.weight_bytes:
            continue
        if (
            representative(block[0].input(0).type.shape[0]) > limits.batch
            or _pooled_bytes(block[0]) > limits.pooled_bytes
        ):
            continue
        chain = _chain_from(block, block_of, returned, limits)
        if sum(not _is_view(part) for part in chain) > 1:
            chains.append(chain)
            taken.update(node for part in chain for node in part)
    return chains


def _chain_from(
    start: Parts, block_of: dict[Node, Parts], returned: Collection[Value], limits: VectorProductLimits
) -> list[Parts]:
    """The longest chain from a block on."""
    chain, length, weights = [start], 1, _weight_bytes(start[0])
    while (reader := _only_reader(chain[-1], returned)) is not None:
        block = block_of[reader]
        if not _is_view(block):
            if block[0] is not reader or not _is_product(reader) or not _is_stage(block):
                break
            weights += _weight_bytes(reader)
            if reader.input(0).producer not in chain[-1] or weights > limits.weight_bytes:
                break
        chain.append(block)
        length = length if _is_view(block) else len(chain)
    return chain[:length]


def _only_reader(block: Parts, returned: Collection[Value]) -> Node | None:
    """The operator that reads the block's only result, None where there are several or it is returned."""
    inside = set(block)
    exits = [value for node in block for value in node.outputs if value in returned or not set(value.users) <= inside]
    readers = {user for value in exits for user in value.users}
    if len(exits) != 1 or exits[0] in returned or len(readers) != 1:
        return None
    return readers.pop()


def _is_view(block: Parts) -> bool:
    return all(family_of(node) is Family.REORGANIZE for node in block)


def _is_stage(block: Parts) -> bool:
    """A pooling or product of vectors in front, then element-wise operators on its result."""
    first = block[0]
    shape = first.output.type.shape
    return (_is_pool(first) or _is_product(first)) and all(
        family_of(node) is Family.ELEMENTWISE and node.output.type.shape == shape for node in block[1:]
    )


def _is_pool(node: Node) -> bool:
    return node.kind == "global_average_pool" and node.attributes.get("layout") == "channels_last"


def _is_product(node: Node) -> bool:
    """A product with constant weights whose operand and result hold one vector for each batch item."""
    if family_of(node) not in (Family.CONVOLUTION, Family.PRODUCT):
        return False
    x, y = node.input(0).type, node.output.type
    if x.dtype not in KERNEL_DTYPES or not node.input(1).is_constant:
        return False
    if prod(y.shape[1:-1]) != 1 or prod(x.shape[1:-1]) != 1:
        return False
    if node.kind == "conv":
        weights = node.input(1).type.shape
        return (
            node.attributes.get("layout") == "channels_last"
            and node.attributes.get("group", 1) == 1
            and prod(weights[2:]) == 1
        )
    if node.kind == "gemm":
        addend = node.inputs[2]
        return not node.attributes["transA"] and (addend is None or addend.is_constant)
    return node.kind == "matmul" and node.input(1).type.rank == 2


def _weight_bytes(first: Node) -> int:
    return 0 if _is_pool(first) else first.input(1).type.bytes


def _pooled_bytes(first: Node) -> int:
    return first.input(0).type.bytes if _is_pool(first) else 0
