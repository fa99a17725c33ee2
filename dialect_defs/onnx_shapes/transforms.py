"""Shapes of Fourier transforms and of the inverses of windows."""

from collections.abc import Sequence
from typing import Any

from dnnf_mlir.dialect_defs.dialect import ShapeOperands
from dnnf_mlir.dialect_defs.shapes import resolved_pads, window_positions
from dnnf_mlir.graph.extents import Shape, choose, equal, exact_quotient, greatest, position, product
from dnnf_mlir.graph.size_relations import require_multiple

from .rules import shaped


@shaped("DFT", inputs=(1, 2))
def dft_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX DFT: along the axis ``length``, or ``length // 2 + 1`` with ``onesided``; real and imaginary part last."""
    x = operands.shape()
    onesided, inverse = operands.attribute("onesided"), operands.attribute("inverse")
    if onesided and inverse:
        operands.require_equal(x[-1], 2, "its signal has no imaginary part")
    axis, length = transformed(operands)
    operands.require((axis >= 0) & (axis < len(x) - 1), "its axis is none of the signal's dimensions")
    operands.require(length >= 1, "its length is not positive")
    along = length // 2 + 1 if onesided and not inverse else length
    sizes = [choose(equal(axis, dimension), along, size) for dimension, size in enumerate(x[:-1])]
    return [(*sizes, 1 if onesided and inverse else 2)]


def transformed(operands: ShapeOperands) -> tuple[Any, Any]:
    """The axis of a DFT, as a position, and the length of its transform."""
    x = operands.shape()
    axis = position(operands.scalar(2), len(x)) if operands.has(2) else len(x) - 2
    if operands.has(1):
        return axis, operands.scalar(1)
    size = x[0]
    for dimension in range(1, len(x) - 1):
        size = choose(equal(axis, dimension), x[dimension], size)
    return axis, (size - 1) * 2 if operands.attribute("inverse") and operands.attribute("onesided") else size


@shaped("STFT", inputs=(1, 3))
def stft_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX STFT: [batch, frames, frequencies, 2]; ``(signal - length) // step + 1`` frames."""
    batch, signal = operands.shape()[:2]
    step = operands.scalar(1)
    window = operands.shape(2)[0] if operands.has(2) else signal
    length = operands.scalar(3) if operands.has(3) else window
    operands.require(step >= 1, "its step is not positive")
    words = f"its frames are not of 1 to {signal} elements"
    operands.require_at_least(length, 1, words)
    operands.require_at_least(signal, length, words)
    if operands.has(2):
        operands.require_equal(length, window, "its frames are not as long as its window")
    frames = (signal - length) // greatest(step, 1) + 1
    return [(batch, frames, length // 2 + 1 if operands.attribute("onesided") else length, 2)]


@shaped("MaxPool")
def max_pool_shape(operands: ShapeOperands) -> list[Shape] | None:
    """ONNX MaxPool with the positions of the largest elements; without them its class tells the shape."""
    if operands.results == 1 or operands.attribute("auto_pad") != "NOTSET" or operands.attribute("ceil_mode"):
        return None
    batch, channels, *spatial = operands.shape()
    return [(batch, channels, *_positions(operands, spatial, operands.attribute("kernel_shape")))] * 2


@shaped("LpPool")
def lp_pool_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX LpPool: a position for each window."""
    batch, channels, *spatial = operands.shape()
    kernel = operands.attribute("kernel_shape")
    return [(batch, channels, *_positions(operands, spatial, kernel))]


@shaped("DeformConv")
def deform_conv_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX DeformConv: [batch, filters, a position for each window...]."""
    x, weights, groups = operands.shape(), operands.shape(1), operands.attribute("offset_group")
    places = _positions(operands, x[2:], weights[2:])
    operands.require_equal(x[1], weights[1] * operands.attribute("group"), f"weights {weights} do not fit {x}")
    operands.require(require_multiple(x[1], groups), f"{x[1]} channels are no multiple of {groups}")
    points = groups * product(weights[2:])
    for index, each in ((2, len(places)), (4, 1)):
        if operands.has(index):
            wanted = (x[0], points * each, *places)
            for size, expected in zip(operands.shape(index), wanted, strict=True):
                words = f"input {index} has shape {operands.shape(index)} instead of {wanted}"
                operands.require_equal(size, expected, words)
    return [(x[0], weights[0], *places)]


def _positions(operands: ShapeOperands, spatial: Sequence[Any], kernel: Sequence[int]) -> tuple[int, ...]:
    rank = len(spatial)
    strides, dilations = (operands.attribute(name) or [1] * rank for name in ("strides", "dilations"))
    auto_pad = operands.attribute("auto_pad") or "NOTSET"
    pads = resolved_pads(auto_pad, operands.attribute("pads"), spatial, kernel, strides, dilations)
    return window_positions(spatial, kernel, strides, pads, dilations)


@shaped("Col2Im", inputs=(1, 2))
def col2im_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX Col2Im: [batch, channels, image...] of rows of channels and blocks, and columns of blocks' positions."""
    batch, rows, columns = operands.shape()
    image, block = operands.value(1), operands.value(2)
    rank = len(image)
    strides = operands.attribute("strides") or [1] * rank
    dilations = operands.attribute("dilations") or [1] * rank
    pads = operands.attribute("pads") or [0] * (2 * rank)
    places: Any = 1
    for i in range(rank):
        operands.require(block[i] >= 1, f"its block {block} is empty")
        reach = image[i] + pads[i] + pads[rank + i] - 1 - (block[i] - 1) * dilations[i]
        places = places * (reach // strides[i] + 1)
    elements = product(block)
    channels = exact_quotient(rows, elements)
    operands.require_equal(channels * elements, rows, f"{rows} rows are no multiple of the elements of a block")
    operands.require_equal(places, columns, f"blocks have not {columns} positions in the image")
    return [(batch, channels, *image)]


@shaped("MaxUnpool", inputs=(2,))
def max_unpool_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX MaxUnpool: the sizes listed, or those of :func:`unpooled`."""
    return [tuple(operands.value(2)) if operands.has(2) else unpooled(operands.shape(), operands)]


def unpooled(x: Shape, operands: ShapeOperands) -> Shape:
    """What a pool of the same window makes ``x`` of: ``(size - 1) * stride + window - pads`` by spatial dimension."""
    kernel = operands.attribute("kernel_shape")
    rank = len(kernel)
    strides, pads = operands.attribute("strides") or [1] * rank, operands.attribute("pads") or [0] * (2 * rank)
    spatial = [(x[2 + i] - 1) * strides[i] + kernel[i] - pads[i] - pads[rank + i] for i in range(rank)]
    return (*x[:2], *spatial)
