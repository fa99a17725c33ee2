"""ONNX Resize in one dimension: which input elements every output element reads, and with which weights."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dnnf_mlir.dialect_defs.coordinates import original_coordinate


@dataclass(frozen=True)
class Interpolation:
    """ONNX's attributes of Resize that tell how one dimension is interpolated."""

    mode: str
    coordinates: str
    nearest: str
    cubic: float
    exclude_outside: bool
    antialias: bool

    @staticmethod
    def of(attributes: Mapping[str, Any]) -> "Interpolation":
        """What Resize's attributes say."""
        return Interpolation(
            attributes["mode"],
            attributes["coordinate_transformation_mode"],
            attributes["nearest_mode"],
            attributes["cubic_coeff_a"],
            bool(attributes["exclude_outside"]),
            bool(attributes["antialias"]),
        )

    @property
    def taps(self) -> int:
        """Elements that each result reads, where the image is not filtered as it gets smaller."""
        return {"nearest": 1, "linear": 2, "cubic": 4}[self.mode]


def taps(size: int, count: int, scale: float, how: Interpolation) -> tuple[np.ndarray, np.ndarray]:
    """Positions and weights of the elements that each of ``count`` results reads, both of shape [count, taps]."""
    positions = np.array([original_coordinate(how.coordinates, float(i), size, count, scale) for i in range(count)])
    if how.mode == "nearest":
        chosen = np.clip([_nearest(x, how.nearest) for x in positions], 0, size - 1).astype(np.int64)
        return chosen[:, None], np.ones((count, 1))
    stretch = min(scale, 1.0) if how.antialias else 1.0
    support = (1 if how.mode == "linear" else 2) / stretch
    first = np.floor(positions - support).astype(np.int64) + 1
    indices = first[:, None] + np.arange(math.ceil(2 * support) + 1)
    weights = _kernel((indices - positions[:, None]) * stretch, how)
    if how.exclude_outside:
        weights = np.where((indices < 0) | (indices >= size), 0, weights)
    weights = weights / weights.sum(axis=1, keepdims=True)
    used = np.flatnonzero((weights != 0).any(axis=0))
    return np.clip(indices[:, used], 0, size - 1), weights[:, used]


_PERIODIC = frozenset(
    ["half_pixel", "pytorch_half_pixel", "half_pixel_symmetric", "asymmetric", "tf_half_pixel_for_nn"]
)


def phases(size: int, count: int, scale: float, how: Interpolation) -> tuple[np.ndarray, np.ndarray] | None:
    """What each of the results reads that a dimension made whole times larger has for one element, [times, taps].

    Positions relative to that element, of which those outside are the nearest one inside, and weights. None where
    results are not so: the scale is no whole number, or the edges are weighted otherwise.
    """
    times = round(scale)
    if times != scale or times < 2 or count != size * times or how.coordinates not in _PERIODIC or how.exclude_outside:
        return None
    middle = 8
    positions, weights = taps(2 * middle, 2 * middle * times, scale, how)
    at = slice(middle * times, (middle + 1) * times)
    return positions[at] - middle, weights[at]


def _nearest(x: float, mode: str) -> int:
    match mode:
        case "floor":
            return math.floor(x)
        case "ceil":
            return math.ceil(x)
        case "round_prefer_ceil":
            return math.floor(x + 0.5)
    return math.ceil(x - 0.5)


def _kernel(distance: np.ndarray, how: Interpolation) -> np.ndarray:
    x = np.abs(distance)
    if how.mode == "linear":
        return np.asarray(np.maximum(0, 1 - x))
    a = how.cubic
    near = (a + 2) * x**3 - (a + 3) * x**2 + 1
    far = a * x**3 - 5 * a * x**2 + 8 * a * x - 4 * a
    return np.asarray(np.where(x <= 1, near, np.where(x < 2, far, 0)))
