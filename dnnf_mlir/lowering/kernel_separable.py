"""Blocks of a depthwise convolution and the pointwise one that reads it, as one kernel."""

from dataclasses import dataclass, replace

from dnnf_mlir.emit.types import element_type
from dnnf_mlir.emit.vectors import element_bytes
from dnnf_mlir.fusion.cost.model import separable
from dnnf_mlir.graph.ecg import Block, Node, Value
from dnnf_mlir.graph.size import is_free
from dnnf_mlir.kernels import (
    IDENTITY,
    Depthwise,
    Dispatch,
    ElementWise,
    Layout,
    Pointwise,
    run_problem,
    separable_dispatch,
    supports,
)
from dnnf_mlir.targets import VectorUnit

from .api import ModuleLowering
from .kernel_expression import expression
from .kernel_problems import Product, anchor_problem
from .kernel_vector_products import nodes_between
from .kernel_weights import packed_weights


@dataclass(frozen=True)
class Separable:
    """The two convolutions; ``nodes`` are their operators.

    ``between`` are the element-wise operators that follow the first, ``fed`` is what these make of it.
    """

    nodes: tuple[Node, Node]
    depthwise: Product
    pointwise: Product
    between: tuple[Node, ...]
    fed: Value

    @property
    def x(self) -> Value:
        return self.depthwise.x


def separable_problem(block: Block, depthwise: Node, pointwise: Node) -> Separable | str:
    """The pair as the kernel computes it, or the reason why it does not."""
    if block.nodes[0] is not depthwise:
        return f"{block.nodes[0].kind} before the {depthwise.kind}"
    first, second = (
        anchor_problem(Block([node], node.mapping, node, node.name), node) for node in (depthwise, pointwise)
    )
    if isinstance(first, str) or isinstance(second, str):
        return first if isinstance(first, str) else str(second)
    if not isinstance(first, Product) or not isinstance(second, Product):
        return "no pair of convolutions"
    reason = supports(first.problem) or supports(second.problem)
    if reason is not None:
        return reason
    if not all(axis.is_identity for axis in second.problem.axes) or second.problem.groups != 1:
        return "the second convolution is not pointwise"
    if any(is_free(axis.input) for axis in first.problem.axes):
        return "free extents of a pair of convolutions"
    part = nodes_between(block, depthwise, pointwise)
    return part if isinstance(part, str) else Separable((depthwise, pointwise), first, second, *part)


def separable_kernel(
    found: Separable,
    epilogue: ElementWise,
    layouts: tuple[Layout, ...],
    vector: VectorUnit,
    lowering: ModuleLowering,
) -> Dispatch:
    """The pair's kernel; ``epilogue`` follows the pointwise convolution."""
    first, second = found.depthwise, found.pointwise
    after = expression(found.between, found.nodes[0].output, [found.fed], lowering) if found.between else IDENTITY
    run = run_problem(first.problem, second.problem.filters, vector, element_bytes(element_type(found.x.type.dtype)))
    biases = [None if each.bias is None else lowering.pool.get(each.bias) for each in (first, second)]
    weights = [
        packed_weights(each, problem, vector, lowering) for each, problem in ((first, first.problem), (second, run))
    ]
    depthwise = Depthwise(first.problem, weights[0], biases[0], after)
    pointwise = Pointwise(second.problem.filters, weights[1], biases[1], epilogue)
    return separable_dispatch(depthwise, pointwise, lowering.shaped(found.x), vector, layouts)


def convolutions_apart(block: Block) -> list[Block] | None:
    """A pair as two blocks; None for a block of another kind."""
    pair = separable(block.nodes)
    if pair is None:
        return None
    position = block.nodes.index(pair[1])
    halves = (block.nodes[:position], block.nodes[position:])
    return [replace(block, nodes=nodes, anchor=anchor) for nodes, anchor in zip(halves, pair, strict=True)]
