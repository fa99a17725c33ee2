"""Element-wise operators around an anchor as one expression of a generated kernel."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from dnnf_mlir.bindings.iree import arith, ir
from dnnf_mlir.emit import element_wise as one_to_one
from dnnf_mlir.emit.types import constant, element_of, element_type, with_element
from dnnf_mlir.emit.vectors import call_intrinsic, converted
from dnnf_mlir.graph.constants import splat_value
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.kernels.candidate import read_outside
from dnnf_mlir.kernels.nest.dimensions import Dimensions
from dnnf_mlir.kernels.nest.fused_work import ElementWise, Operand


class Tensors(Protocol):
    """Where the tensors of operands come from."""

    insertion_point: ir.InsertionPoint

    def tensor(self, value: Value) -> ir.Value:
        """The tensor of a value from outside, of any shape with its order of elements."""

    def reshape(self, tensor: ir.Value, shape: tuple[int, ...], point: ir.InsertionPoint) -> ir.Value:
        """The tensor in another shape, outside all dispatches."""


def operand_of(dimensions: Dimensions, value: Value, tensors: Tensors, aligned_to: int | None = None) -> Operand:
    """The tensor of a value that :meth:`Dimensions.seen` has a shape for."""
    shape = dimensions.seen(value.type.shape, aligned_to)
    if shape is None:
        seen = f"{dimensions.shape} from {dimensions.merged_from} on"
        raise ValueError(f"{value} follows a part of the dimensions of {seen}")
    tensor = tensors.reshape(tensors.tensor(value), shape, tensors.insertion_point)
    return Operand(tensor, tuple(None if extent == 1 else i for i, extent in enumerate(shape)))


def expression(
    nodes: Sequence[Node],
    root: Value,
    results: Sequence[Value],
    tensors: Tensors,
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
        for node in nodes:
            arguments: list[ir.Value | None] = []
            for value in node.inputs:
                if value is not None and value in scalars:
                    arguments.append(_splat(values[0], value, scalars[value]))
                else:
                    arguments.append(None if value is None else known[value])
            known[node.output] = _computed(node, arguments, element_of(values[0].type))
        return [known[value] for value in results]

    seen = dimensions or Dimensions.of(root)
    single_precision = not all(node.op.f16_safe for node in nodes)
    operand_tensors = tuple(operand_of(seen, value, tensors) for value in operands)
    elements = tuple(element_type(value.type.dtype) for value in results)
    return ElementWise(body, operand_tensors, len(results), single_precision=single_precision, elements=elements)


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
