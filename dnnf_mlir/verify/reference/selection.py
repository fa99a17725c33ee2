"""Operators that select by run-time values, in numpy: onnx.reference is slow, or wrong for some of their forms."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from dnnf_mlir.dialect_defs.onnx_shapes.generation import ranged

Arrays = Sequence[np.ndarray | None]


def non_max_suppression(attributes: Mapping[str, Any], arrays: Arrays) -> list[np.ndarray]:
    """NonMaxSuppression: int64[selected, 3], by batch item and class the boxes of falling score."""
    boxes, scores = _given(arrays, 0), _given(arrays, 1)
    most, overlap, least = (_number(arrays, i) for i in (2, 3, 4))
    corners = _corners(boxes, bool(attributes.get("center_point_box", 0)))
    selected = []
    for batch, kind in product(range(scores.shape[0]), range(scores.shape[1])):
        values = scores[batch, kind]
        order = np.argsort(-values, kind="stable")
        if least is not None:
            order = order[values[order] > least]
        kept = 0
        while order.size and kept < int(most or 0):
            best, order = order[0], order[1:]
            selected.append((batch, kind, best))
            kept += 1
            order = order[~(_overlaps(corners[batch, best], corners[batch, order]) > (overlap or 0))]
    return [np.array(selected, np.int64).reshape(-1, 3)]


def _corners(boxes: np.ndarray, center: bool) -> np.ndarray:
    """Boxes as two opposite corners, the lower one first."""
    if center:
        middle, half = boxes[..., :2], boxes[..., 2:] / 2
        return np.concatenate([middle - half, middle + half], axis=-1)
    a, b = boxes[..., :2], boxes[..., 2:]
    return np.concatenate([np.minimum(a, b), np.maximum(a, b)], axis=-1)


def _overlaps(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union."""
    sides = np.maximum(np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2]), 0)
    intersection = sides[:, 0] * sides[:, 1]
    areas = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    union = (box[2] - box[0]) * (box[3] - box[1]) + areas - intersection
    overlaps: np.ndarray = np.divide(intersection, union, out=np.zeros_like(union), where=union > 0)
    return overlaps


def roi_align(attributes: Mapping[str, Any], arrays: Arrays) -> list[np.ndarray]:
    """RoiAlign: [regions, channels, output_height, output_width], mean or maximum of samples between elements.

    A region that ends before it begins has no samples, and gives 0.
    """
    x, rois, images = (_given(arrays, i) for i in range(3))
    size = (attributes.get("output_height", 1), attributes.get("output_width", 1))
    scale, ratio = attributes.get("spatial_scale", 1.0), attributes.get("sampling_ratio", 0)
    half_pixel = _text(attributes.get("coordinate_transformation_mode", "half_pixel")) == "half_pixel"
    is_maximum = _text(attributes.get("mode", "avg")) == "max"
    result = np.zeros((len(rois), x.shape[1], *size), x.dtype)
    for number, (roi, image) in enumerate(zip(rois, images, strict=True)):
        axes = []
        for i in range(2):
            low = roi[1 - i] * scale - (0.5 if half_pixel else 0)
            length = roi[3 - i] * scale - (0.5 if half_pixel else 0) - low
            length = length if half_pixel else max(length, 1)
            count = ratio if ratio > 0 else max(int(np.ceil(length / size[i])), 0)
            places = low + (np.arange(size[i] * count) + 0.5) * (length / size[i] / max(count, 1))
            axes.append((count, *_taps(places, x.shape[2 + i])))
        (rows, y, wy), (columns, z, wz) = axes
        if not rows * columns:
            continue
        parts = [
            x[image][:, y[a]][:, :, z[b]] * (wy[a][:, None] * wz[b][None, :]) for a, b in product(range(2), repeat=2)
        ]
        samples = np.maximum.reduce(parts) if is_maximum else np.add.reduce(parts)
        bins = samples.reshape(x.shape[1], size[0], rows, size[1], columns)
        result[number] = bins.max((2, 4)) if is_maximum else bins.mean((2, 4))
    return [result]


def _taps(places: np.ndarray, extent: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The two elements beside each place and their weights, which are 0 far outside."""
    inside = (places >= -1) & (places <= extent)
    clamped = np.clip(places, 0, extent - 1)
    low = np.floor(clamped).astype(np.int64)
    weight = clamped - low
    return [low, np.minimum(low + 1, extent - 1)], [np.where(inside, 1 - weight, 0), np.where(inside, weight, 0)]


def number_range(attributes: Mapping[str, Any], arrays: Arrays) -> list[np.ndarray]:
    """Range; a step of 0, for which nothing is defined, gives no element."""
    start, limit, delta = (_given(arrays, i).reshape(-1)[0] for i in range(3))
    count = int(ranged(start, limit, delta))
    return [(start + np.arange(count).astype(start.dtype) * delta).astype(start.dtype)]


def unique(attributes: Mapping[str, Any], arrays: Arrays) -> list[np.ndarray]:
    """Unique: the distinct elements or slices, their first positions, the inverse indices, the counts."""
    axis = attributes.get("axis")
    elements, first, inverse, counts = np.unique(_given(arrays, 0), True, True, True, axis=axis)
    inverse = inverse.reshape(-1)
    if not attributes.get("sorted", 1):
        order = np.argsort(first)
        elements = np.take(elements, order, axis=axis or 0)
        first, counts, inverse = first[order], counts[order], np.argsort(order)[inverse]
    return [elements, first, inverse, counts]


def _given(arrays: Arrays, index: int) -> np.ndarray:
    array = arrays[index]
    if array is None:
        raise TypeError(f"operand {index} is absent")
    return array


def _number(arrays: Arrays, index: int) -> Any:
    array = arrays[index] if index < len(arrays) else None
    return None if array is None else array.reshape(-1)[0]


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
