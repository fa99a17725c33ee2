"""What a kernel takes from the module around it: tensors of its operands, packed constants, what is fused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from dnnf_mlir.bindings.iree import arith, ir
from dnnf_mlir.emit import element_wise as one_to_one
from dnnf_mlir.emit.constants import ConstantPool
from dnnf_mlir.emit.types import constant, element_of, element_type, with_element
from dnnf_mlir.emit.vectors import call_intrinsic, converted
from dnnf_mlir.graph.constants import splat_value
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.in_place import Part
from dnnf_mlir.graph.views import is_permuted_view
from dnnf_mlir.kernels.convolution.pattern import ProductProblem
from dnnf_mlir.kernels.convolution.weights import packed
from dnnf_mlir.kernels.kernel import Dimensions, Problem, Stage, read_outside
from dnnf_mlir.kernels.nest.fused_work import ElementWise, Fusion, Operand
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


def operand_of(dimensions: Dimensions, value: Value, module: Module, aligned_to: int | None = None) -> Operand:
    """The tensor of a value that :meth:`Dimensions.seen` has a shape for."""
    shape = dimensions.seen(value.type.shape, aligned_to)
    if shape is None:
        seen = f"{dimensions.shape} from {dimensions.merged_from} on"
        raise ValueError(f"{value} follows a part of the dimensions of {seen}")
    tensor = module.reshape(module.tensor(value), shape, module.insertion_point)
    return Operand(tensor, tuple(None if extent == 1 else i for i, extent in enumerate(shape)))


def expression(
    nodes: Sequence[Node],
    root: Value,
    results: Sequence[Value],
    module: Module,
    dimensions: Dimensions | None = None,
) -> ElementWise:
    """The operators as one element-wise expression of ``root``, which the kernel provides.

    All floats are of the type of ``root``; a kernel may compute f16 in single precision.
    """
    scalars: dict[Value, float | int | bool] = {}
    operands: list[Value] = []
    for value in read_outside(nodes, root):
        number = None if value.constant is None else splat_value(value.constant)
        if number is not None:
            scalars[value] = number
        else:
            operands.append(value)

    def body(values: list[ir.Value]) -> Sequence[ir.Value]:
        known = dict(zip([root, *operands], values, strict=True))
        evaluate(nodes, known, scalars, values[0])
        return [known[value] for value in results]

    seen = dimensions or Dimensions.of(root)
    single_precision = not all(node.op.f16_safe for node in nodes)
    operand_tensors = tuple(operand_of(seen, value, module) for value in operands)
    elements = tuple(element_type(value.type.dtype) for value in results)
    return ElementWise(body, operand_tensors, len(results), single_precision=single_precision, elements=elements)


def evaluate(
    nodes: Sequence[Node], known: dict[Value, ir.Value], scalars: Mapping[Value, float | int | bool], like: ir.Value
) -> None:
    """Adds the results of element-wise operators to ``known``, all of the shape and float type of ``like``.

    ``scalars`` are the constants among their operands.
    """
    for node in nodes:
        arguments: list[ir.Value | None] = []
        for value in node.inputs:
            if value is not None and value in scalars:
                arguments.append(_splat(like, value, scalars[value]))
            else:
                arguments.append(None if value is None else known[value])
        known[node.output] = _computed(node, arguments, element_of(like.type))


def _computed(node: Node, arguments: Sequence[ir.Value | None], kernel: ir.Type) -> ir.Value:
    """The node's result, in the kernel's type where that is a float of another size.

    Rounding is the instruction that every CPU has: see quirks.ROUND_EXPANDED.
    """
    x = arguments[0]
    if node.kind == "round" and x is not None:
        result = call_intrinsic("llvm.roundeven", x.type, [x])
    else:
        result = one_to_one.apply(node, arguments)
    return converted(result, kernel) if isinstance(kernel, ir.FloatType) else result


def scaled_and_shifted(part: ElementWise, scale: Operand | None = None, bias: Operand | None = None) -> ElementWise:
    """The expression ``part`` of ``root * scale + bias``, either of which may be absent."""
    operands = tuple(operand for operand in (scale, bias) if operand is not None)

    def body(values: list[ir.Value]) -> Sequence[ir.Value]:
        data, rest = values[0], values[1:]
        if scale is not None:
            data, rest = arith.MulFOp(data, rest[0]).result, rest[1:]
        if bias is not None:
            data, rest = arith.AddFOp(data, rest[0]).result, rest[1:]
        return part.body([data, *rest])

    return replace(part, body=body, operands=(*operands, *part.operands))


def _splat(like: ir.Value, value: Value, number: float | int | bool) -> ir.Value:
    """A constant of the shape of ``like``: of its type where both are floats, or of the scalar's own."""
    kernel = element_of(like.type)
    floats = value.type.is_float and isinstance(kernel, ir.FloatType)
    element = kernel if floats else element_type(value.type.dtype)
    return constant(with_element(like.type, element), number)


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
