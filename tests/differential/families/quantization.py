"""Quantisation, and products of quantised numbers."""

from typing import Any

import numpy as np

from tests.differential.case import Array, Case
from tests.differential.drawing import Draw, draws

_BYTES = ("uint8", "int8")
_WHOLE = ("uint8", "int8", "uint16", "int16")


def _scale(draw: Draw, shape: tuple[int, ...], dtype: Any = np.float32) -> Array:
    return np.asarray(draw.numbers.choice([0.05, 0.125, 0.3, 0.5], shape)).astype(dtype)


def _zero(draw: Draw, shape: tuple[int, ...], dtype: Any) -> Array:
    return draw.array(shape, dtype, -10, 30)


def _granularity(draw: Draw, shape: tuple[int, ...]) -> tuple[tuple[int, ...], dict[str, Any]]:
    """The scales' shape and the attributes of: one scale, one along an axis, one for each block along it."""
    form = draw.choice(["tensor", "axis", "block"])
    axis = draw.integer(-len(shape), len(shape) - 1)
    if form == "axis" and draw.has("axis"):
        return (shape[axis],), {"axis": axis}
    if form == "block" and draw.has("block_size"):
        size = draw.integer(1, 3)
        scales = list(shape)
        scales[axis] = -(-shape[axis] // size)
        return tuple(scales), {"axis": axis, "block_size": size}
    return (), {}


@draws("QuantizeLinear")
def quantize(draw: Draw) -> Case:
    shape = draw.shape(1, 4, 2, 6)
    scales, attributes = _granularity(draw, shape)
    source = draw.dtype(0, ["float", "float16", "int32"])
    x = draw.array(shape, source, -50, 50)
    if np.dtype(source).kind == "f":
        x = draw.edges(x * np.asarray(3, source), 0.2, [np.inf, -np.inf, 0.5, 1.5, 1e4])
    kind = draw.dtype(2, _WHOLE)
    zero = _zero(draw, scales, kind) if draw.chance(0.7) or kind is not np.uint8 else None
    by = source if source is np.float16 else np.float32
    return draw.case([x, _scale(draw, scales, by), zero], attributes, weights=[1, 2])


@draws("DequantizeLinear")
def dequantize(draw: Draw) -> Case:
    shape = draw.shape(1, 4, 2, 6)
    scales, attributes = _granularity(draw, shape)
    kind = draw.dtype(0, (*_WHOLE, "int32"))
    zero = _zero(draw, scales, kind) if kind is not np.int32 and draw.chance(0.7) else None
    by = draw.dtype(1, ["float", "float16"])
    return draw.case([draw.array(shape, kind, -100, 100), _scale(draw, scales, by), zero], attributes, weights=[1, 2])


@draws("DynamicQuantizeLinear")
def dynamic(draw: Draw) -> Case:
    return draw.case([draw.array(draw.shape(1, low=2), np.float32) * np.float32(draw.choice([0.0, 1, 30]))], outputs=3)


@draws("MatMulInteger")
def matmul_integer(draw: Draw) -> Case:
    rows, inner, columns = draw.integers(3, 1, 9)
    kinds = [draw.dtype(0), draw.dtype(1)]
    batch = draw.shape(0, 2, 1, 3)
    a = draw.array((*batch, rows, inner), kinds[0], -100, 100)
    b = draw.array((*draw.choice([batch, ()]), inner, columns), kinds[1], -100, 100)
    zeros = [
        _zero(draw, draw.choice([(), ()] if i == 0 or b.ndim > 2 else [(), (columns,)]), kinds[i])
        if draw.chance(0.6)
        else None
        for i in range(2)
    ]
    return draw.case([a, b, *zeros], weights=[1, 2, 3])


@draws("QLinearMatMul")
def qlinear_matmul(draw: Draw) -> Case:
    rows, inner, columns = draw.integers(3, 1, 9)
    kinds = [draw.dtype("T1", _BYTES), draw.dtype("T2", _BYTES), draw.dtype("T3", _BYTES)]
    batch = draw.shape(0, 1, 1, 3)
    per_column = (columns,) if not batch and draw.chance(0.3) else ()
    a = [draw.array((*batch, rows, inner), kinds[0], -100, 100), _scale(draw, ()), _zero(draw, (), kinds[0])]
    b = [
        draw.array((*batch, inner, columns), kinds[1], -100, 100),
        _scale(draw, per_column),
        _zero(draw, per_column, kinds[1]),
    ]
    y = [np.float32(draw.choice([1.0, 20.0])), _zero(draw, (), kinds[2])]
    operands = [np.asarray(each) for each in (*a, *b, *y)]
    return draw.case(operands, weights=range(1, 8))


@draws("QLinearConv")
def qlinear_conv(draw: Draw) -> Case:
    rank, group = draw.choice([1, 2]), draw.choice([1, 1, 2])
    kernel = draw.integers(rank, 1, 3)
    sizes = [each + draw.integer(0, 4) for each in kernel]
    channels, features = group * draw.integer(1, 3), group * draw.integer(1, 3)
    kinds = [draw.dtype("T1", _BYTES), draw.dtype("T2", _BYTES)]
    scales = (features,) if draw.chance(0.4) else ()
    zeros = np.zeros(scales, kinds[1]) if scales else _zero(draw, (), kinds[1])
    operands = [
        *(
            draw.array((draw.integer(1, 2), channels, *sizes), kinds[0], -100, 100),
            _scale(draw, ()),
            _zero(draw, (), kinds[0]),
        ),
        *(draw.array((features, channels // group, *kernel), kinds[1], -100, 100), _scale(draw, scales), zeros),
        *(np.float32(draw.choice([1.0, 20.0])), _zero(draw, (), kinds[0])),
        draw.array((features,), np.int32, -500, 500) if draw.chance() else None,
    ]
    attributes = {"group": group, "strides": draw.integers(rank, 1, 2), "pads": draw.integers(2 * rank, 0, 1)}
    return draw.case([None if each is None else np.asarray(each) for each in operands], attributes, weights=range(1, 9))
