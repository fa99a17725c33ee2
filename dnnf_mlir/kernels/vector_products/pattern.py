"""Which blocks the kernel of small products on one vector for each batch item computes, one after the other.

Table 3 breaks Many-to-Many operators apart, because a general kernel would compute the first again for every window of
the second. Where the first makes one short vector it is computed once, by the same core that reads it next:
squeeze-and-excitation (global average pooling, two pointwise convolutions), the last layers of a classifier.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import ClassVar

from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.size import is_dynamic, representative
from dnnf_mlir.graph.views import is_reshape
from dnnf_mlir.kernels.convolution.pattern import Convolution, ProductProblem
from dnnf_mlir.kernels.families import Family, family_of
from dnnf_mlir.kernels.kernel import NOT_MINE, Candidate, Join, Kernel, Nodes, Problem, Refusal
from dnnf_mlir.kernels.matrix_product.pattern import MatrixProduct
from dnnf_mlir.kernels.nest.problem import ConvProblem, matmul_problem
from dnnf_mlir.kernels.surroundings import nodes_between, nothing_before

_PRODUCTS = ("conv", "gemm", "matmul")
_PRODUCT_KERNELS = (Convolution(), MatrixProduct())


@dataclass(frozen=True)
class VectorProductLimits:
    """What one workgroup may compute of a chain of products on one vector for each batch item.

    A workgroup runs on one core, so a chain must be short next to what the other cores could do meanwhile.
    ``weight_bytes`` of all products stay in the second-level cache of one core. ``pooled_bytes`` of a pooling in front
    are what one core reads in some 0.1 ms, the order of what handing several kernels to several cores costs.
    ``batch``: with more items, products with rows to tile read their weights less often.
    """

    weight_bytes: int = 1 << 20
    pooled_bytes: int = 1 << 21
    batch: int = 4


@dataclass(frozen=True)
class VectorProductsProblem(Problem):
    """A global average pooling, if any, and the products that follow it.

    ``between`` are the element-wise operators that follow each of the anchors but the last, ``fed`` their results.
    """

    stores_parts: ClassVar[bool] = False

    pool: Node | None
    products: tuple[ProductProblem, ...]
    between: tuple[tuple[Node, ...], ...]
    fed: tuple[Value, ...]

    @property
    def x(self) -> Value:
        """The operand of the first anchor."""
        return self.block.anchors[0].input(0)


@dataclass(frozen=True)
class VectorProducts(Kernel):
    """A chain of products with constant weights, after a global average pooling if any, within limits."""

    limits: VectorProductLimits = field(default_factory=VectorProductLimits)

    join = Join("small products on one vector for each batch item: one core computes them one after the other")

    def match(self, block: Candidate) -> VectorProductsProblem | Refusal:
        anchors = block.anchors
        if len(anchors) < 2 or any(node.kind not in _PRODUCTS for node in anchors[1:]):
            return NOT_MINE
        pool = anchors[0] if anchors[0].kind == "global_average_pool" else None
        if pool is None and anchors[0].kind not in _PRODUCTS:
            return NOT_MINE
        if pool is not None and not _is_pool(pool):
            return Refusal("channels come first")
        if len({node.input(0).type.dtype for node in anchors}) > 1:
            return Refusal("products of different types")
        products: list[ProductProblem] = []
        for node in anchors[pool is not None :]:
            product = _vector_product(node)
            if isinstance(product, Refusal):
                return product
            products.append(product)
        parts = []
        for first, second in pairwise(anchors):
            part = nodes_between(block, first, second)
            if isinstance(part, Refusal):
                return part
            parts.append(part)
        between, fed = zip(*parts, strict=True)
        return nothing_before(block, anchors[0]) or VectorProductsProblem(block, pool, tuple(products), between, fed)

    def groups(self, blocks: Sequence[Nodes], returned: Collection[Value]) -> Iterator[Sequence[Nodes]]:
        """Chains of blocks within the limits: a pooling, if any, and products, with views between them.

        All but the last block of a chain have one result, read by the next one only: then every way out leads through
        the last one, and the chain is convex.
        """
        limits = self.limits
        block_of = {node: block for block in blocks for node in block}
        taken: set[Node] = set()
        for block in blocks:
            first = block[0]
            if first in taken or not _is_stage(block) or _weight_bytes(first) > limits.weight_bytes:
                continue
            if _batch(first) > limits.batch or _pooled_bytes(first) > limits.pooled_bytes:
                continue
            chain = self._chain_from(block, block_of, returned)
            if sum(not _is_view(part) for part in chain) > 1:
                taken.update(node for part in chain for node in part)
                yield chain

    def _chain_from(self, start: Nodes, block_of: dict[Node, Nodes], returned: Collection[Value]) -> list[Nodes]:
        """The longest chain from a block on."""
        chain, length, weights = [start], 1, _weight_bytes(start[0])
        while (reader := _only_reader(chain[-1], returned)) is not None:
            block = block_of[reader]
            if not _is_view(block):
                if block[0] is not reader or _is_pool(reader) or not _is_stage(block):
                    break
                weights += _weight_bytes(reader)
                if reader.input(0).producer not in chain[-1] or weights > self.limits.weight_bytes:
                    break
            chain.append(block)
            length = length if _is_view(block) else len(chain)
        return chain[:length]


def vector_product_problem(depth: int, filters: int) -> ConvProblem:
    """The product of one vector with constant weights."""
    return matmul_problem((1,), depth, filters)


def _vector_product(node: Node) -> ProductProblem | Refusal:
    """A product with constant weights whose operand and result hold one vector for each batch item."""
    alone = Candidate([node], ())
    products = (kernel.match(alone) for kernel in _PRODUCT_KERNELS)
    product = next((each for each in products if each is not NOT_MINE), NOT_MINE)
    if isinstance(product, Refusal):
        return product
    window = product.window
    single = all(axis.is_identity and axis.input == 1 for axis in window.axes)
    if single and window.groups == 1:
        return product
    return Refusal(f"{node.kind} is no product of one vector for each batch item")


def _only_reader(block: Nodes, returned: Collection[Value]) -> Node | None:
    """The operator that reads the block's only result, None where there are several or it is returned."""
    inside = set(block)
    exits = [value for node in block for value in node.outputs if value in returned or not set(value.users) <= inside]
    readers = {user for value in exits for user in value.users}
    if len(exits) != 1 or exits[0] in returned or len(readers) != 1:
        return None
    return readers.pop()


def _is_view(block: Nodes) -> bool:
    return all(is_reshape(node) for node in block)


def _is_stage(block: Nodes) -> bool:
    """A pooling or product of vectors in front, then element-wise operators on its result."""
    first = block[0]
    shape = first.output.type.shape
    return (_is_pool(first) or not isinstance(_vector_product(first), Refusal)) and all(
        family_of(node) is Family.ELEMENTWISE and node.output.type.shape == shape for node in block[1:]
    )


def _is_pool(node: Node) -> bool:
    return node.kind == "global_average_pool" and node.attributes.get("layout") == "channels_last"


def _weight_bytes(first: Node) -> int:
    return 0 if _is_pool(first) else first.input(1).type.bytes


def _batch(first: Node) -> int:
    """How many items; a free number behind a pooling is taken to be small, as the images' other layers take longer."""
    batch = first.input(0).type.shape[0]
    return 1 if is_dynamic(batch) and _is_pool(first) else representative(batch)


def _pooled_bytes(first: Node) -> int:
    """The size of the images that are pooled, of a free number of them that of one."""
    if not _is_pool(first):
        return 0
    type_ = first.input(0).type
    return type_.with_shape((_batch(first), *type_.shape[1:])).bytes
