"""Element-wise operators around an anchor as one expression of a generated kernel."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

from dnnf_mlir.bindings.iree import arith, ir
from dnnf_mlir.emit import element_wise as one_to_one
from dnnf_mlir.emit.types import constant, element_of, element_type, splat_value, with_element
from dnnf_mlir.emit.vectors import converted
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.kernels import ElementWise, Operand, call_intrinsic

from .module import ModuleLowering


@dataclass(frozen=True)
class Dimensions:
    """How a kernel sees tensors of ``shape``: the dimensions from ``merged_from`` on are one."""

    shape: tuple[int, ...]
    merged_from: int

    @staticmethod
    def of(value: Value) -> "Dimensions":
        """The value's dimensions as they are."""
        return Dimensions(value.type.shape, value.type.rank - 1)

    def seen(self, operand: Sequence[int], aligned_to: int | None = None) -> tuple[int, ...] | None:
        """The shape of an operand that broadcasts to ``shape``; None when it follows a part of what is merged.

        The operand's last dimension is ``aligned_to``, by default the last one.
        """
        last = len(self.shape) - 1
        behind = 0 if aligned_to is None else last - aligned_to
        before = len(self.shape) - len(operand) - behind
        aligned = (1,) * before + tuple(operand) + (1,) * behind
        merged = aligned[self.merged_from :]
        if merged != self.shape[self.merged_from :] and any(extent != 1 for extent in merged):
            return None
        return (*aligned[: self.merged_from], prod(merged))

    def operand(self, value: Value, lowering: ModuleLowering, aligned_to: int | None = None) -> Operand:
        """The tensor of a value that :meth:`seen` has a shape for."""
        shape = self.seen(value.type.shape, aligned_to)
        if shape is None:
            raise ValueError(f"{value} follows a part of the dimensions of {self.shape} from {self.merged_from} on")
        tensor = lowering.reshape(lowering.tensor(value), shape, lowering.insertion_point)
        return Operand(tensor, tuple(None if extent == 1 else i for i, extent in enumerate(shape)))


def expression(
    nodes: Sequence[Node],
    root: Value,
    results: Sequence[Value],
    lowering: ModuleLowering,
    dimensions: Dimensions | None = None,
) -> ElementWise:
    """The operators as one element-wise expression of ``root``, which the kernel provides.

    All floats are of the type of ``root``; a kernel may compute f16 in single precision.
    """
    scalars: dict[Value, float | int | bool] = {}
    operands: list[Value] = []
    for value in outside(nodes, root):
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
    tensors = tuple(seen.operand(value, lowering) for value in operands)
    elements = tuple(element_type(value.type.dtype) for value in results)
    return ElementWise(body, tensors, len(results), single_precision=single_precision, elements=elements)


def _computed(node: Node, arguments: Sequence[ir.Value | None], kernel: ir.Type) -> ir.Value:
    """The node's result, in the kernel's type where that is a float of another size.

    Rounding is the instruction that every CPU has, which IREE would expand into twenty others.
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


def outside(nodes: Sequence[Node], root: Value) -> list[Value]:
    """What the operators read beside ``root`` and each other's results."""
    inside = set(nodes)
    read = dict.fromkeys(value for node in nodes for value in node.operands)
    return [value for value in read if value is not root and value.producer not in inside]


def _splat(like: ir.Value, value: Value, number: float | int | bool) -> ir.Value:
    """A constant of the shape of ``like``: of its type where both are floats, or of the scalar's own."""
    kernel = element_of(like.type)
    floats = value.type.is_float and isinstance(kernel, ir.FloatType)
    element = kernel if floats else element_type(value.type.dtype)
    return constant(with_element(like.type, element), number)
