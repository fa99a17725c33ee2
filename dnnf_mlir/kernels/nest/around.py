"""What a kernel takes from the module around it: tensors of its operands, packed constants, what is fused."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.emit.constants import ConstantPool
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.in_place import Part
from dnnf_mlir.graph.views import is_permuted_view
from dnnf_mlir.kernels.convolution.pattern import ProductProblem
from dnnf_mlir.kernels.convolution.weights import packed
from dnnf_mlir.kernels.kernel import Problem, Stage
from dnnf_mlir.kernels.nest.dimensions import Dimensions
from dnnf_mlir.kernels.nest.expression import expression
from dnnf_mlir.kernels.nest.fused_work import ElementWise, Fusion
from dnnf_mlir.kernels.nest.layout import Layout, Place
from dnnf_mlir.kernels.nest.problem import ConvProblem
from dnnf_mlir.kernels.nest.store_layout import store_layout
from dnnf_mlir.targets import VectorUnit

Store = tuple[Value, Part | None]
"""A result, and the part of a Concat's result that it is written to; None where it is a tensor of its own."""


class Module(Protocol):
    """The function that kernels are emitted into."""

    pool: ConstantPool
    insertion_point: ir.InsertionPoint

    def tensor(self, value: Value) -> ir.Value:
        """The tensor of a value from outside, of any shape with its order of elements."""

    def shaped(self, value: Value) -> ir.Value:
        """The tensor of a value from outside in the value's shape."""

    def reshape(self, tensor: ir.Value, shape: tuple[int, ...], point: ir.InsertionPoint) -> ir.Value:
        """The tensor in another shape, outside all dispatches."""

    def whole(self, concat: Node) -> ir.Value:
        """The result of a Concat with the parts that are written so far."""


@dataclass(frozen=True)
class Around:
    """The surroundings of one kernel: its ``problem``, and where each of its results goes, in order."""

    problem: Problem
    stores: Sequence[Store]
    module: Module

    def tensor(self, value: Value) -> ir.Value:
        """The tensor of an operand, of any shape with its order of elements."""
        return self.module.tensor(value)

    def shaped(self, value: Value) -> ir.Value:
        """The tensor of an operand in the value's shape."""
        return self.module.shaped(value)

    def reshaped(self, value: Value, shape: tuple[int, ...]) -> ir.Value:
        """The tensor of an operand in another shape."""
        return self.module.reshape(self.module.tensor(value), shape, self.module.insertion_point)

    def bias(self, product: ProductProblem) -> ir.Value | None:
        """The product's bias, [filters]."""
        return None if product.bias is None else self.module.pool.get(product.bias)

    def packed(self, product: ProductProblem, window: ConvProblem, vector: VectorUnit) -> ir.Value:
        """The product's weights times its scale, packed for ``window``; made once for all kernels that read them."""
        return self.module.pool.derive(
            product.weights,
            ("packed", window, vector, product.scale),
            lambda weights: packed(weights, product.scale, window, vector),
        )

    def expression(
        self, nodes: Sequence[Node], root: Value, results: Sequence[Value], dimensions: Dimensions | None = None
    ) -> ElementWise:
        """Element-wise operators as one expression of ``root``, which the kernel provides."""
        return expression(nodes, root, results, self.module, dimensions)

    def fused(self, number: int = 0) -> Fusion:
        """What is fused behind the anchor, or behind the pool of the second stage: epilogue and layouts."""
        stage = self.problem.stages[number]
        results = self.problem.results(number, [value for value, _ in self.stores])
        stores = [(value, part) for value, part in self.stores if value in results]
        chains = [stage.view_chain(value) for value, _ in stores]
        wanted = [base for base, _ in chains]
        computed = [node for node in stage.behind if not is_permuted_view(node)]
        if self.problem.recomputes:
            computed = self._needed_before(stage, wanted) + computed
        if stage.pooled is not None:
            wanted = [stage.pooled, *wanted]
        root = stage.root.output
        dimensions = Dimensions(root.type.shape, self.problem.merged_from)
        epilogue = self.expression(computed, root, wanted, dimensions)
        parts = [part for _, part in stores]
        return Fusion(epilogue, layouts=self._layouts(root, [chain for _, chain in chains], parts))

    def _needed_before(self, stage: Stage, wanted: Sequence[Value]) -> list[Node]:
        """Operators before the anchor whose results are wanted behind it: the epilogue computes them again."""
        needed = {*wanted, *(value for node in stage.behind for value in node.operands)}
        again: list[Node] = []
        for node in reversed(self.problem.block.before(stage.root)):
            if node.output in needed:
                again.insert(0, node)
                needed.update(node.operands)
        return again

    def _layouts(
        self, computed: Value, chains: Sequence[Sequence[Node]], parts: Sequence[Part | None]
    ) -> tuple[Layout, ...]:
        """How each result is stored; empty when all are stored as computed."""
        layouts = []
        for chain, part in zip(chains, parts, strict=True):
            layout = self.problem.layout or store_layout(computed.type.shape, chain)
            layouts += [] if layout is None else [replace(layout, place=self._place(part))]
        return tuple(layouts) if self.problem.layout is not None or any(chains) or any(parts) else ()

    def _place(self, part: Part | None) -> Place | None:
        if part is None:
            return None
        return Place(self.module.whole(part.concat), part.concat.output.type.shape, part.axis, part.start)
