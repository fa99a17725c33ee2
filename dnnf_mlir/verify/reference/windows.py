"""Convolutions and pools of any rank as a sum (or maximum) over the kernel's positions; channels_first."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from dnnf_mlir.graph.operator import Signature

from .elementwise import required


def convolution(signature: Signature, inputs: Sequence[np.ndarray | None]) -> np.ndarray:
    """One matrix product per kernel position, groups as a batch dimension."""
    x, w, b = required(inputs[0]), required(inputs[1]), inputs[2]
    attributes, group = signature.attributes, signature.attributes["group"]
    positions = signature.output.shape[2:]
    batch, features, channels, kernel = len(x), len(w), w.shape[1], w.shape[2:]
    padded = _padded(_wide(x), attributes["pads"], 0)
    weights = _wide(w).reshape(group, features // group, channels, *kernel)
    y = np.zeros((batch, group, features // group, math.prod(positions)), padded.dtype)
    for offset, read in _taps(padded, kernel, attributes["strides"], attributes["dilations"], positions):
        y += _product(weights[_inner(offset)], read.reshape(batch, group, channels, math.prod(positions)))
    return _with_bias(y.reshape(batch, features, *positions), b)


def transposed_convolution(signature: Signature, inputs: Sequence[np.ndarray | None]) -> np.ndarray:
    """One matrix product per kernel position, added where that position of the kernel writes."""
    x, w, b = required(inputs[0]), required(inputs[1]), inputs[2]
    attributes, group = signature.attributes, signature.attributes["group"]
    batch, channels, *sizes = x.shape
    features, kernel = w.shape[1] * group, w.shape[2:]
    pads, strides, dilations = attributes["pads"], attributes["strides"], attributes["dilations"]
    rank = len(sizes)
    reached = signature.output.shape[2:]
    full = [reached[i] + pads[i] + pads[rank + i] for i in range(rank)]
    read = _wide(x).reshape(batch, group, channels // group, math.prod(sizes))
    weights = _wide(w).reshape(group, channels // group, features // group, *kernel).swapaxes(1, 2)
    y = np.zeros((batch, features, *full), read.dtype)
    for offset in np.ndindex(*kernel):
        written = y[_tap(offset, strides, dilations, sizes)]
        written += _product(weights[_inner(offset)], read).reshape(written.shape)
    return _with_bias(y[_inner(slice(pads[i], pads[i] + reached[i]) for i in range(rank))], b)


def max_pool(signature: Signature, inputs: Sequence[np.ndarray | None]) -> np.ndarray:
    """Maximum over the kernel's positions; padding is smaller than everything."""
    x = required(inputs[0])
    attributes = signature.attributes
    lowest = -np.inf if signature.output.is_float else np.iinfo(x.dtype).min
    y = np.full(signature.output.shape, lowest, x.dtype)
    padded = _padded(x, attributes["pads"], lowest)
    kernel, positions = attributes["kernel_shape"], signature.output.shape[2:]
    for _, read in _taps(padded, kernel, attributes["strides"], attributes["dilations"], positions):
        y = np.maximum(y, read)
    return y


def average_pool(signature: Signature, inputs: Sequence[np.ndarray | None]) -> np.ndarray:
    """Sum over the kernel's positions by the number of those that count."""
    x = required(inputs[0])
    attributes = signature.attributes
    padded = _padded(_wide(x), attributes["pads"], 0)
    ones = _padded(np.ones(x.shape[2:], padded.dtype), attributes["pads"], attributes["count_include_pad"])
    kernel, positions = attributes["kernel_shape"], signature.output.shape[2:]
    windows = (kernel, attributes["strides"], attributes["dilations"], positions)
    total = sum(read for _, read in _taps(padded, *windows))
    count = sum(read for _, read in _taps(ones, *windows))
    return np.asarray(total / count)


def global_max_pool(signature: Signature, inputs: Sequence[np.ndarray | None]) -> np.ndarray:
    """Maximum over all spatial dimensions; onnx.reference knows images only."""
    x = required(inputs[0])
    return np.asarray(x.max(axis=tuple(range(2, x.ndim)), keepdims=True))


def _taps(
    padded: np.ndarray,
    kernel: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    positions: Sequence[int],
) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
    """For each kernel position: it, and what all output positions read there, a view."""
    for offset in np.ndindex(*kernel):
        yield offset, padded[_tap(offset, strides, dilations, positions)]


def _tap(
    offset: Sequence[int], strides: Sequence[int], dilations: Sequence[int], positions: Sequence[int]
) -> tuple[Any, ...]:
    return _inner(
        slice(tap * dilation, tap * dilation + (count - 1) * stride + 1, stride)
        for tap, stride, dilation, count in zip(offset, strides, dilations, positions, strict=True)
    )


def _inner(index: Iterable[Any]) -> tuple[Any, ...]:
    """An index of the last dimensions."""
    return (..., *index)


def _padded(array: np.ndarray, pads: Sequence[int], value: float) -> np.ndarray:
    """Pads the last dimensions; ``pads`` is begin..., end..."""
    rank = len(pads) // 2
    widths = [(0, 0)] * (array.ndim - rank) + list(zip(pads[:rank], pads[rank:], strict=True))
    return np.pad(array, widths, constant_values=value) if any(pads) else array


def _product(weights: np.ndarray, read: np.ndarray) -> np.ndarray:
    """[G, F, C] times [N, G, C, P]; element-wise for one channel, where BLAS would be called per element."""
    return np.asarray(weights * read if weights.shape[-1] == 1 else weights @ read)


def _with_bias(y: np.ndarray, bias: np.ndarray | None) -> np.ndarray:
    return y if bias is None else y + bias.astype(y.dtype).reshape(-1, *[1] * (y.ndim - 2))


def _wide(array: np.ndarray) -> np.ndarray:
    """Half precision is summed in single."""
    return np.asarray(array, np.float32 if array.dtype.itemsize < 4 else array.dtype)
