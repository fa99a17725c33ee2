"""Conversions of narrow types, QuantizeLinear and DequantizeLinear, per tensor, axis or block."""

from collections.abc import Callable, Sequence

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.emit.control import Array
from dnnf_mlir.emit.scalar import Scalar
from dnnf_mlir.emit.scalar_programs import each
from dnnf_mlir.emit.types import highest, lowest
from dnnf_mlir.graph.tensor_type import NARROW_DTYPES
from dnnf_mlir.lowering.narrow_types import NarrowCodec

from .node import OpaqueNode
from .registry import opaque

Decode = Callable[[Scalar, str], Scalar]


def decoder(node: OpaqueNode, dtype: str) -> Decode:
    """Reads elements of any type as numbers of a wide one."""
    if dtype in NARROW_DTYPES:
        return NarrowCodec(node.region.lowering.pool, dtype).decode
    return lambda x, target: x.to(target)


@opaque("Cast")
def _cast(node: OpaqueNode) -> list[ir.Value]:
    x, target = node.array(0), node.result().dtype
    decode = decoder(node, x.dtype)
    codec = NarrowCodec(node.region.lowering.pool, target) if target in NARROW_DTYPES else None
    saturate, round_mode = bool(node.attributes.get("saturate", 1)), node.attributes.get("round_mode", "up")

    def body(positions: list[Scalar]) -> list[Scalar]:
        element = x.read(*positions)
        if codec is None:
            return [decode(element, target)]
        wide = decode(element, "f32") if x.dtype in NARROW_DTYPES else element
        return [codec.encode(wide, saturate=saturate, round_mode=round_mode)]

    return each(x.shape, [target], body)


def parameter(array: Array, shape: Sequence[int], axis: int, block: int, positions: Sequence[Scalar]) -> Scalar:
    """The scale or zero point of the element at ``positions`` of a tensor of ``shape``."""
    if block:
        return array.read(*[at / block if i == axis else at for i, at in enumerate(positions)])
    if array.rank == 0 or array.shape == (1,):
        return array.read(*[0] * array.rank)
    return array.read(positions[axis])


@opaque("QuantizeLinear")
def _quantize(node: OpaqueNode) -> list[ir.Value]:
    x, scale = node.array(0), node.array(1)
    zero = node.array(2) if node.has_input(2) else None
    target = node.result().dtype
    axis, block = node.attributes["axis"] % max(1, x.rank), node.attributes["block_size"]
    pool = node.region.lowering.pool
    codec = NarrowCodec(pool, target) if target in NARROW_DTYPES else None
    is_float = target.startswith("f")
    computed = "f64" if x.dtype in ("i32", "f64") else "f32"

    def body(positions: list[Scalar]) -> list[Scalar]:
        divisor = parameter(scale, x.shape, axis, block, positions).to(computed)
        quotient = x.read(*positions).to(computed) / divisor
        if x.dtype in ("f16", "bf16") and scale.dtype == x.dtype:
            quotient = quotient.to(x.dtype).to(computed)
        if codec is not None and is_float:
            if zero is not None and target == "f4E2M1FN":  # zero points of eight-bit floats are not used
                quotient = quotient + codec.decode(parameter(zero, x.shape, axis, block, positions), computed)
            return [codec.encode(quotient, saturate=bool(node.attributes["saturate"]))]
        found = quotient.round()
        if zero is not None:
            offset = parameter(zero, x.shape, axis, block, positions)
            found = found + (offset.to(computed) if codec is None else codec.decode(offset, computed))
        found = found.max(float(lowest(target))).min(float(highest(target)))
        return [codec.encode(found) if codec is not None else found.to("i64").to(target)]

    return each(x.shape, [target], body)


@opaque("DequantizeLinear")
def _dequantize(node: OpaqueNode) -> list[ir.Value]:
    x, scale = node.array(0), node.array(1)
    zero = node.array(2) if node.has_input(2) else None
    target = node.result().dtype
    axis, block = node.attributes["axis"] % max(1, x.rank), node.attributes["block_size"]
    decode = decoder(node, x.dtype)
    wide = "f32" if x.dtype.startswith("f") else "i32"

    def body(positions: list[Scalar]) -> list[Scalar]:
        element = decode(x.read(*positions), wide)
        if zero is not None:
            element = element - decode(parameter(zero, x.shape, axis, block, positions), wide)
        factor = parameter(scale, x.shape, axis, block, positions).to("f32")
        return [(element.to("f32") * factor).to(target)]

    return each(x.shape, [target], body)
