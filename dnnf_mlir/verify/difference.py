"""How far an array is from what it should be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dnnf_mlir.graph.ecg import Value

EQUAL_FRACTION = 0.999
"""Share of integer and boolean elements that must be equal: a tie that rounds the other way flips single ones."""


@dataclass(frozen=True)
class Deviation:
    """A value computed differently: error relative to its largest magnitude, or share of unequal elements."""

    value: Value
    error: float

    def __str__(self) -> str:
        return f"{self.value.name or 'value'} ({self.value.type}) is off by {self.error:.1e} of its largest magnitude"


def deviations(
    expected: Mapping[Value, np.ndarray], values: Sequence[Value], found: Sequence[np.ndarray], tolerance: float
) -> list[Deviation]:
    """The values that differ beyond the tolerance of floats, in the given order."""
    result = []
    for value, array in zip(values, found, strict=True):
        error = difference(expected[value], array)
        if not error <= (tolerance if value.type.is_float else 1 - EQUAL_FRACTION):
            result.append(Deviation(value, error))
    return result


def difference(expected: np.ndarray, found: np.ndarray) -> float:
    """Largest difference over the largest finite magnitude; for integers and booleans the share of unequal elements.

    Infinite where one array has a NaN or an infinity and the other does not.
    """
    if expected.shape != found.shape:
        return float("inf")
    if expected.size == 0:
        return 0.0
    if expected.dtype.kind in "iub":
        return float(np.mean(expected != found))
    wide, other = expected.astype(np.float64), found.astype(np.float64)
    finite = np.isfinite(wide)
    if not np.array_equal(wide[~finite], other[~finite], equal_nan=True) or not np.isfinite(other[finite]).all():
        return float("inf")
    if not finite.any():
        return 0.0
    scale = float(np.abs(wide[finite]).max())
    error = float(np.abs(wide[finite] - other[finite]).max())
    return error / scale if scale > 0 else error
