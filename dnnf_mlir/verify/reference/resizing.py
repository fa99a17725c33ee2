"""Resize by nearest and linear interpolation, one dimension after the other; channels_first."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from dnnf_mlir.dialect_defs.dialect import Signature

from .elementwise import required

_ROUNDINGS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "round_prefer_floor": lambda position: np.ceil(position - 0.5),
    "round_prefer_ceil": lambda position: np.floor(position + 0.5),
    "floor": np.floor,
    "ceil": np.ceil,
}


def can_resize(signature: Signature) -> bool:
    """Whether :func:`resize` covers these attributes."""
    attributes = signature.attributes
    return (
        attributes["mode"] in ("nearest", "linear")
        and not attributes["antialias"]
        and signature.output.is_float
        and signature.output.elements > 0
    )


def resize(signature: Signature, inputs: Sequence[np.ndarray | None]) -> np.ndarray:
    """Both modes are separable: each dimension is resized by itself."""
    y = required(inputs[0])
    attributes = signature.attributes
    for axis, (scale, count) in enumerate(zip(attributes["scales"], signature.output.shape, strict=True)):
        size = y.shape[axis]
        if scale == 1 and count == size:
            continue
        position = _positions(attributes["coordinate_transformation_mode"], size, count, scale)
        if attributes["mode"] == "nearest":
            index = _ROUNDINGS[attributes["nearest_mode"]](position).astype(np.int64)
            y = y.take(index.clip(0, size - 1), axis)
            continue
        below = np.floor(position)
        fraction = (position - below).reshape(-1, *[1] * (y.ndim - axis - 1)).astype(y.dtype)
        low, high = (edge.astype(np.int64).clip(0, size - 1) for edge in (below, below + 1))
        y = y.take(low, axis) * (1 - fraction) + y.take(high, axis) * fraction
    return y


def _positions(mode: str, size: int, count: int, scale: float) -> np.ndarray:
    """Position in the input of each output position (ONNX Resize, coordinate_transformation_mode).

    As in onnx.reference the resized length is the scaled one, before it is rounded to ``count``.
    """
    i = np.arange(count, dtype=np.float64)
    length = size * scale
    match mode:
        case "asymmetric":
            return i / scale
        case "align_corners":
            return i * (size - 1) / (length - 1) if length != 1 else np.zeros(count)
        case "half_pixel_symmetric":
            # The input's and the output's centres coincide although the size was rounded.
            return size / 2 * (1 - count / length) + (i + 0.5) / scale - 0.5
        case "pytorch_half_pixel" if length == 1:
            return np.zeros(count)
        case "half_pixel" | "pytorch_half_pixel":
            return (i + 0.5) / scale - 0.5
    raise ValueError(f"unknown coordinate_transformation_mode {mode!r}")
