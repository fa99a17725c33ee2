"""Convolutions and pools of any rank as a sum (or maximum) over the kernel's positions; channels_first."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
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


def max_pool_with_indices(attributes: Mapping[str, Any], arrays: Sequence[np.ndarray | None]) -> list[np.ndarray]:
    """MaxPool and where each maximum lies, i64: the first of equal ones, counted over the whole operand.

    onnx.reference counts padding with the elements.
    """
    x = required(arrays[0])
    rank, spatial = x.ndim - 2, x.shape[2:]
    windows, pads = _windows(attributes, spatial)
    lowest = np.iinfo(x.dtype).min if x.dtype.kind in "iu" else -np.inf
    numbers = np.arange(x.size).reshape(x.shape)
    if attributes.get("storage_order", 0):
        first, last_axes = numbers[_inner([slice(1)] * rank)], range(rank - 1, -1, -1)
        numbers = first + np.arange(math.prod(spatial)).reshape(spatial[::-1]).transpose(*last_axes)
    read_from = [_padded(array, pads, value) for array, value in ((x, lowest), (numbers, -1))]
    y = np.full((*x.shape[:2], *windows[-1]), lowest, x.dtype)
    indices = np.full(y.shape, -1)
    for (_, values), (_, places) in zip(*(_taps(array, *windows) for array in read_from), strict=True):
        larger = (places >= 0) & ((values > y) | (indices < 0))
        y, indices = np.where(larger, values, y), np.where(larger, places, indices)
    return [y, indices]


def lp_pool(attributes: Mapping[str, Any], arrays: Sequence[np.ndarray | None]) -> list[np.ndarray]:
    """LpPool: ``(sum |x|^p)^(1/p)``; onnx.reference makes less of windows that reach beyond the padding."""
    x, p = required(arrays[0]), attributes.get("p", 2)
    windows, pads = _windows(attributes, x.shape[2:])
    total = sum(np.abs(read) ** p for _, read in _taps(_padded(_wide(x), pads, 0), *windows))
    return [np.asarray(total ** (1 / p)).astype(x.dtype)]


_Windows = tuple[Sequence[int], Sequence[int], Sequence[int], Sequence[int]]
"""Kernel, strides, dilations, and how many windows there are along each dimension."""


def _windows(attributes: Mapping[str, Any], spatial: Sequence[int]) -> tuple[_Windows, list[int]]:
    """The windows of a pool's attributes, and padding that holds all of them: before..., behind..."""
    kernel, rank = attributes["kernel_shape"], len(spatial)
    strides, dilations = (attributes.get(name) or [1] * rank for name in ("strides", "dilations"))
    reach = [(taps - 1) * dilation + 1 for taps, dilation in zip(kernel, dilations, strict=True)]
    before, positions = _placed(attributes, spatial, strides, reach)
    last = [(count - 1) * stride + each for count, stride, each in zip(positions, strides, reach, strict=True)]
    behind = [max(end - size - pad, 0) for end, size, pad in zip(last, spatial, before, strict=True)]
    return (kernel, strides, dilations, positions), [*before, *behind]


def _placed(
    attributes: Mapping[str, Any], spatial: Sequence[int], strides: Sequence[int], reach: Sequence[int]
) -> tuple[list[int], list[int]]:
    """The padding before each dimension, and the number of windows along it; ``reach`` is a window's extent."""
    rule, rank = attributes.get("auto_pad", b"NOTSET"), len(spatial)
    rule = rule.decode() if isinstance(rule, bytes) else rule
    given = attributes.get("pads") or [0] * 2 * rank
    pads, counts = [], []
    for i, (size, stride, extent) in enumerate(zip(spatial, strides, reach, strict=True)):
        if rule.startswith("SAME"):
            count = -(-size // stride)
            total = max((count - 1) * stride + extent - size, 0)
            pads.append(total // 2 if rule == "SAME_UPPER" else total - total // 2)
        else:
            before, after = (0, 0) if rule == "VALID" else (given[i], given[rank + i])
            left = size + before + after - extent
            count = (-(-left // stride) if attributes.get("ceil_mode", 0) else left // stride) + 1
            count -= (count - 1) * stride >= size + before  # no window begins in the padding behind
            pads.append(before)
        counts.append(count)
    return pads, counts


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
