"""When two engines' results are the same, by element type."""

from collections.abc import Sequence

import numpy as np

from tests.differential.case import Array

TOLERANCES = {"float64": 1e-6, "float32": 1e-4, "float16": 2.0**-8, "bfloat16": 2.0**-5}
"""Of the largest finite magnitude. In 16 bits engines round between steps or not, which is one or two roundings; in f64
some functions of ONNX Runtime's are f32's."""

_SMALLEST = 1e-3
"""Magnitude that the tolerance is of at least: of sums that cancel to 0 there remains the error of their parts."""

ONE_STEP = frozenset({"QuantizeLinear", "DynamicQuantizeLinear", "QLinearMatMul", "QLinearConv", "Resize"})
"""Operators that round: a value beside a half may become either neighbour. Other integers must be equal."""


def difference(operator: str, expected: Sequence[Array], found: Sequence[Array]) -> str | None:
    """What is not the same, of the first result that differs; None where all agree."""
    if len(expected) != len(found):
        return f"{len(found)} results instead of {len(expected)}"
    for position, (right, ours) in enumerate(zip(expected, found, strict=True)):
        problem = _different(operator, right, ours)
        if problem is not None:
            return f"result {position} {problem}"
    return None


def _different(operator: str, right: Array, ours: Array) -> str | None:
    if (right.shape, right.dtype) != (ours.shape, ours.dtype):
        return f"is {ours.dtype}{list(ours.shape)} instead of {right.dtype}{list(right.shape)}"
    if right.size == 0:
        return None
    if right.dtype.kind in "iub":
        apart = np.abs(right.astype(np.float64) - ours.astype(np.float64))
        if right.dtype.itemsize == 8:
            apart = np.maximum(apart, right != ours)  # f64 does not tell neighbours of 2^60 apart
        return None if apart.max() <= (1 if operator in ONE_STEP else 0) else _shown(right, ours, int(apart.argmax()))
    wide, other = right.astype(np.float64), ours.astype(np.float64)
    finite = np.isfinite(wide) & np.isfinite(other)
    unlike = ~finite & ~((wide == other) | (np.isnan(wide) & np.isnan(other)))
    if unlike.any():
        return _shown(right, ours, int(unlike.argmax()))
    scale = float(np.abs(wide[finite]).max(initial=_SMALLEST))
    with np.errstate(invalid="ignore"):
        apart = np.where(finite, np.abs(wide - other), 0.0)
    return None if apart.max() <= TOLERANCES[right.dtype.name] * scale else _shown(right, ours, int(apart.argmax()))


def _shown(right: Array, ours: Array, position: int) -> str:
    place = [int(index) for index in np.unravel_index(position, right.shape)]
    return f"has {ours.reshape(-1)[position]} instead of {right.reshape(-1)[position]} at {place} ({right.dtype})"
