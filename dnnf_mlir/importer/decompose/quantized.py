"""Quantised operators as nodes of simpler ones, which rewriting and fusion know."""

import numpy as np
from onnx import FunctionProto, TensorProto

from .builder import Decomposition
from .functions import parsed

_BOUNDS: dict[int, tuple[int, int]] = {
    TensorProto.INT8: (-128, 127),
    TensorProto.UINT8: (0, 255),
    TensorProto.INT16: (-32768, 32767),
    TensorProto.UINT16: (0, 65535),
}
"""Least and largest number of the types that QuantizeLinear rounds to; narrower types stay opaque nodes."""


_SATURATE = parsed("""
saturate <to> (rounded, zero_point, low, high) => (y) {
    number = Cast <to = 1> (zero_point)
    shifted = Add(rounded, number)
    clipped = Clip(shifted, low, high)
    y = Cast <to: int = @to> (clipped)
}""")

_SATURATE_SYMMETRIC = parsed("""
saturate <to> (rounded, zero_point, low, high) => (y) {
    clipped = Clip(rounded, low, high)
    y = Cast <to: int = @to> (clipped)
}""")

_QUANTIZE = parsed("""
quantize <to> (x, scale, zero_point, low, high) => (y) {
    scaled = Div(x, scale)
    rounded = Round(scaled)
    y = dnnf.saturate <to: int = @to> (rounded, zero_point, low, high)
}""")

_REQUANTIZE = parsed("""
requantize <to> (product, left_scale, right_scale, scale, zero_point, low, high) => (y) {
    left = Cast <to = 1> (left_scale)
    right = Cast <to = 1> (right_scale)
    result = Cast <to = 1> (scale)
    both = Mul(left, right)
    factor = Div(both, result)
    number = Cast <to = 1> (product)
    scaled = Mul(number, factor)
    rounded = Round(scaled)
    y = dnnf.saturate <to: int = @to> (rounded, zero_point, low, high)
}""")

_DEQUANTIZE = parsed("""
dequantize (x, scale, zero_point) => (y) {
    number = Cast <to = 1> (x)
    zero = Cast <to = 1> (zero_point)
    difference = Sub(number, zero)
    y = Mul(difference, scale)
}""")

_DEQUANTIZE_INT32 = parsed("""
dequantize (x, scale, zero_point) => (y) {
    difference = Sub(x, zero_point)
    number = Cast <to = 1> (difference)
    y = Mul(number, scale)
}""")

_DEQUANTIZE_SYMMETRIC = parsed("""
dequantize (x, scale, zero_point) => (y) {
    number = Cast <to = 1> (x)
    y = Mul(number, scale)
}""")


def quantize(c: Decomposition) -> bool:
    """QuantizeLinear: ``y = saturate(round(x / scale) + zero_point)``, halves to even."""
    target = _target(c)
    if c.types[c.input(0)].elem_type != TensorProto.FLOAT or target not in _BOUNDS or not _is_covered(c):
        return False
    zero_point = _along_axis(c, c.input(2)) if c.input(2) else ""
    _saturated(c, _QUANTIZE, target, c.input(0), _along_axis(c, c.input(1)), zero_point)
    return True


def dequantize(c: Decomposition) -> bool:
    """DequantizeLinear: ``y = (x - zero_point) * scale``; the difference is exact, in single precision or in int32."""
    source = c.types[c.input(0)].elem_type
    if source not in (*_BOUNDS, TensorProto.INT32) or not _is_covered(c):
        return False
    zero_point = _along_axis(c, c.input(2)) if c.input(2) else ""
    shifted = _DEQUANTIZE_INT32 if source == TensorProto.INT32 else _DEQUANTIZE
    function = shifted if zero_point else _DEQUANTIZE_SYMMETRIC
    c.call(function, c.input(0), _along_axis(c, c.input(1)), zero_point, outputs=c.node.output)
    return True


def matmul_integer(c: Decomposition) -> bool:
    """MatMulInteger with a zero point for each row of a matrix: beside its columns, as for more dimensions."""
    zero = c.input(2)
    if not zero or not _has_entries(c, zero):
        return False
    c.op("MatMulInteger", c.input(0), c.input(1), _per_row(c, zero), c.input(3), output=c.node.output[0])
    return True


def qlinear_matmul(c: Decomposition) -> bool:
    """QLinearMatMul: the product of integers, scaled and quantised again."""
    a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero = c.node.input
    if not _are_bytes(c, a, b, y_zero):
        return False
    product = c.op("MatMulInteger", a, b, _per_row(c, a_zero), b_zero)
    _requantize(c, product, (_per_row(c, a_scale), b_scale, y_scale), y_zero)
    return True


def qlinear_conv(c: Decomposition) -> bool:
    """QLinearConv: the convolution of integers and its bias, scaled and quantised again."""
    x, x_scale, x_zero, w, w_scale, w_zero, y_scale, y_zero = c.node.input[:8]
    if not _are_bytes(c, x, w, y_zero):
        return False
    attributes = {name: value for name, value in c.attributes.items() if name != "kernel_shape" or value}
    product = c.op("ConvInteger", x, w, x_zero, w_zero, **attributes)
    spatial = range(1, len(c.types[w].shape) - 1)

    def per_filter(name: str) -> str:
        return c.op("Unsqueeze", name, c.ints(*spatial)) if len(c.types[name].shape) == 1 else name

    if c.input(8):
        product = c.op("Add", product, per_filter(c.input(8)))
    _requantize(c, product, (x_scale, per_filter(w_scale), y_scale), y_zero)
    return True


def _are_bytes(c: Decomposition, *names: str) -> bool:
    return all(c.types[name].elem_type in (TensorProto.INT8, TensorProto.UINT8) for name in names)


def _per_row(c: Decomposition, name: str) -> str:
    """A parameter of a matrix' rows, beside its columns."""
    return c.op("Unsqueeze", name, c.ints(-1)) if _has_entries(c, name) else name


def _has_entries(c: Decomposition, name: str) -> bool:
    """Whether a parameter has several numbers, one for each row."""
    shape = c.types[name].shape
    return len(shape) == 1 and shape[0] > 1


def _requantize(c: Decomposition, product: str, scales: tuple[str, str, str], y_zero: str) -> None:
    """``y = saturate(round(product * (scales[0] * scales[1] / scales[2])) + y_zero)``."""
    _saturated(c, _REQUANTIZE, c.types[y_zero].elem_type, product, *scales, y_zero)


def _saturated(c: Decomposition, function: FunctionProto, target: int, *operands: str) -> None:
    """Calls a function that saturates its result; the last operand is the zero point, or empty."""
    limits = [c.constant(np.array(bound, np.float32)) for bound in _BOUNDS[target]]
    callees = {"saturate": _SATURATE if operands[-1] else _SATURATE_SYMMETRIC}
    c.call(function, *operands, *limits, outputs=c.node.output, callees=callees, to=target)


def _target(c: Decomposition) -> int:
    """The type that QuantizeLinear rounds to: the zero point's, else the attribute's."""
    if c.input(2):
        return c.types[c.input(2)].elem_type
    return int(c.attributes.get("output_dtype", 0)) or TensorProto.UINT8


def _is_covered(c: Decomposition) -> bool:
    """Scales in single precision, one for all elements or for each entry of an axis; no blocks."""
    attributes, scale = c.attributes, c.types[c.input(1)]
    wide = attributes.get("output_dtype", 0) in (0, TensorProto.FLOAT, *_BOUNDS)
    wide &= attributes.get("precision", 0) in (0, TensorProto.FLOAT)
    return wide and not attributes.get("block_size") and scale.elem_type == TensorProto.FLOAT and len(scale.shape) < 2


def _along_axis(c: Decomposition, name: str) -> str:
    """A scale or zero point in a shape that broadcasts to the operand's."""
    shape, rank = c.types[name].shape, len(c.shape(0))
    if not shape or (shape == (1,) and rank > 0):
        return name
    if rank == 0:
        return c.op("Squeeze", name)
    behind = rank - 1 - c.attributes.get("axis", 1) % rank
    return c.op("Unsqueeze", name, c.ints(*range(1, behind + 1))) if behind else name
