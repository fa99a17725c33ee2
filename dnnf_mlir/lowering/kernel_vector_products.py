"""Blocks of small products on one vector for each batch item, such as a squeeze-and-excitation, as one kernel."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from dnnf_mlir.dialect_defs.mapping import MappingType
from dnnf_mlir.emit import element_wise as one_to_one
from dnnf_mlir.graph.ecg import Block, Node, Value
from dnnf_mlir.kernels import (
    IDENTITY,
    Dispatch,
    ElementWise,
    Layout,
    VectorPool,
    VectorProduct,
    vector_product_problem,
    vector_products_dispatch,
)
from dnnf_mlir.targets import VectorUnit

from .api import ModuleLowering
from .kernel_expression import expression
from .kernel_problems import Product, anchor_problem
from .kernel_weights import packed_weights
from .registry import REORGANIZE

_PRODUCTS = ("conv", "gemm", "matmul")


@dataclass(frozen=True)
class VectorProducts:
    """A global average pooling, if any, and the products that follow it; ``nodes`` are these operators in order.

    ``between`` are the element-wise operators that follow each of them but the last, ``fed`` what these make of it.
    """

    nodes: tuple[Node, ...]
    pool: Node | None
    products: tuple[Product, ...]
    between: tuple[tuple[Node, ...], ...]
    fed: tuple[Value, ...]

    @property
    def x(self) -> Value:
        return self.nodes[0].input(0)


def stages_of(block: Block) -> list[Node] | None:
    """The dominant operators of a block that holds a chain of products; None for a block of another kind."""
    nodes = [node for node in block.nodes if node.mapping is MappingType.MANY_TO_MANY]
    is_chain = len(nodes) > 1 and all(node.kind in _PRODUCTS for node in nodes[1:])
    return nodes if is_chain and nodes[0].kind in (*_PRODUCTS, "global_average_pool") else None


def vector_products(block: Block, stages: Sequence[Node]) -> VectorProducts | str:
    """The chain as the kernel computes it, or the reason why it does not."""
    pool = stages[0] if stages[0].kind == "global_average_pool" else None
    if block.nodes[0] is not stages[0]:
        return f"{block.nodes[0].kind} before the {stages[0].kind}"
    if pool is not None and pool.attributes["layout"] != "channels_last":
        return "channels come first"
    if len({node.input(0).type.dtype for node in stages}) > 1:
        return "products of different types"
    products: list[Product] = []
    for node in stages[pool is not None :]:
        found = anchor_problem(Block([node], node.mapping, node, node.name), node)
        if isinstance(found, str):
            return found
        if not isinstance(found, Product) or not _is_vector(found):
            return f"{node.kind} is no product of one vector for each batch item"
        products.append(found)
    parts = []
    for first, second in pairwise(stages):
        part = nodes_between(block, first, second)
        if isinstance(part, str):
            return part
        parts.append(part)
    between, fed = zip(*parts, strict=True)
    return VectorProducts(tuple(stages), pool, tuple(products), between, fed)


def _is_vector(found: Product) -> bool:
    problem = found.problem
    single = all(axis.is_identity and axis.input == 1 for axis in problem.axes)
    return single and problem.groups == 1 and len(problem.axes) <= 3 and not problem.channels_first_input


def nodes_between(block: Block, first: Node, second: Node) -> tuple[tuple[Node, ...], Value] | str:
    """The element-wise operators between two stages and their result, which the second reads through reshapes."""
    nodes = block.nodes[block.nodes.index(first) + 1 : block.nodes.index(second)]
    fed = second.input(0)
    views: list[Node] = []
    while fed.producer in nodes and fed.producer is not None and fed.producer.kind in REORGANIZE:
        views.append(fed.producer)
        fed = fed.producer.input(0)
    elementwise = tuple(node for node in nodes if node not in views)
    inside = {first, *elementwise}
    if fed.producer not in inside:
        return f"{second.kind} does not read what follows {first.kind}"
    for node in elementwise:
        if not one_to_one.has_body(node) or node.output.type != first.output.type:
            return f"{node.kind} between {first.kind} and {second.kind}"
        if any(value.producer in block.nodes and value.producer not in inside for value in node.operands):
            return f"{node.kind} reads a value from before {first.kind}"
    if any(user not in {*nodes, second} for node in (*inside, *views) for user in node.output.users):
        return f"a value between {first.kind} and {second.kind} is wanted elsewhere"
    return elementwise, fed


def vector_products_kernel(
    found: VectorProducts,
    epilogue: ElementWise,
    layouts: tuple[Layout, ...],
    vector: VectorUnit,
    lowering: ModuleLowering,
) -> Dispatch:
    """The chain's kernel; ``epilogue`` follows the last product."""
    after = [
        expression(nodes, node.output, [fed], lowering) if nodes else IDENTITY
        for node, nodes, fed in zip(found.nodes, found.between, found.fed, strict=False)
    ]
    after.append(epilogue)
    pool = None if found.pool is None else VectorPool(found.x.type.shape, after.pop(0))
    products = []
    for product, part in zip(found.products, after, strict=True):
        depth, filters = product.problem.channels, product.problem.filters
        weights = packed_weights(product, vector_product_problem(depth, filters), vector, lowering)
        bias = None if product.bias is None else lowering.pool.get(product.bias)
        products.append(VectorProduct(product.problem.input_shape, filters, weights, bias, part))
    return vector_products_dispatch(pool, products, lowering.shaped(found.x), vector, layouts)
