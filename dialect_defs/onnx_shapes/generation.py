"""Shapes of operators that make tensors from numbers: ranges, windows, grids and crops."""

from typing import Any

from dnnf_mlir.dialect_defs.dialect import ShapeOperands
from dnnf_mlir.dialect_defs.shapes import along
from dnnf_mlir.graph.extents import (
    Shape,
    Unknown,
    ceil_quotient,
    choose,
    equal,
    greatest,
    negated,
    rounded_down,
    unless_unknown,
    whole_beside_sizes,
)

from .rules import shaped


@shaped("Range", inputs=(0, 1, 2))
def range_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX Range: :func:`ranged`, of a delta that is not 0."""
    start, limit, delta = whole_beside_sizes([operands.scalar(i) for i in range(3)])
    if not isinstance(delta, Unknown):
        operands.require(negated(equal(delta, 0)), "its delta is 0")
        operands.require_equal(delta, delta, "its delta is no number")
    if not (isinstance(start, Unknown) or isinstance(limit, Unknown)):
        operands.require_equal(limit - start, limit - start, "its limits are no numbers")
    return [(ranged(start, limit, delta),)]


@unless_unknown
def ranged(start: Any, limit: Any, delta: Any) -> Any:
    """``max(0, ceil((limit - start) / delta))`` steps lie before the limit; none for a step of 0.

    As in ONNX's inference, floats are subtracted in their own precision and divided in double precision.
    """
    span, is_zero = limit - start, equal(delta, 0)
    return greatest(ceil_quotient(choose(is_zero, 0, span), choose(is_zero, 1, delta)), 0)


@shaped("ConstantOfShape", inputs=(0,))
def constant_of_shape_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX ConstantOfShape: the sizes listed."""
    return [tuple(operands.value(0))]


@shaped("HannWindow", "HammingWindow", "BlackmanWindow", inputs=(0,))
def window_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX's window functions: as long as their input says."""
    return [(operands.scalar(0),)]


@shaped("OneHot", inputs=(1,))
def one_hot_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX OneHot: the indices' shape with a dimension of ``depth`` at ``axis``."""
    indices, axis = operands.shape(), operands.attribute("axis")
    operands.require_equal(operands.shape(2)[0], 2, "its values are not two")
    axis = axis + len(indices) + 1 if axis < 0 else axis
    return [(*indices[:axis], rounded_down(operands.scalar(1)), *indices[axis:])]


@shaped("AffineGrid", inputs=(1,))
def affine_grid_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX AffineGrid: the sizes [batch, channels, spatial...] ask for [batch, spatial..., rank]."""
    batch, _, *spatial = operands.value(1)
    return [(batch, *spatial, len(spatial))]


@shaped("CenterCropPad", inputs=(1,))
def center_crop_pad_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX CenterCropPad: the sizes listed along ``axes``."""
    x = operands.shape()
    axes = operands.attribute("axes") or range(len(x))
    for axis, size in zip(axes, operands.value(1, len(axes)), strict=True):
        x = along(x, axis, size)
    return [x]
