"""ONNX Resize in one dimension: which input elements every output element reads, and with which weights."""

import math
from dataclasses import dataclass

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
