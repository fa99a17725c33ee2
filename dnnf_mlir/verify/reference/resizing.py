"""Resize by nearest and linear interpolation, one dimension after the other; channels_first."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from dnnf_mlir.dialect_defs.coordinates import original_coordinate
from dnnf_mlir.dialect_defs.one_to_many.resize import scale_along
from dnnf_mlir.graph.operator import Signature

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
    for axis, count in enumerate(signature.output.shape):
        size, scale = y.shape[axis], scale_along(signature, axis)
        if scale == 1 and count == size:
            continue
        places = np.arange(count, dtype=np.float64)
        position = original_coordinate(attributes["coordinate_transformation_mode"], places, size, count, scale)
        if attributes["mode"] == "nearest":
            index = _ROUNDINGS[attributes["nearest_mode"]](position).astype(np.int64)
            y = y.take(index.clip(0, size - 1), axis)
            continue
        below = np.floor(position)
        fraction = (position - below).reshape(-1, *[1] * (y.ndim - axis - 1)).astype(y.dtype)
        low, high = (edge.astype(np.int64).clip(0, size - 1) for edge in (below, below + 1))
        y = y.take(low, axis) * (1 - fraction) + y.take(high, axis) * fraction
    return y
