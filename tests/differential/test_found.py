"""Cases that were wrong once: the results, or what the verification held against right ones."""

import numpy as np
import pytest

from tests.differential.case import Case
from tests.differential.running import AGREES, RESOLVED, outcomes

_BYTES = np.arange(24, dtype=np.uint8).reshape(2, 1, 3, 4) * 7 % 31
_SCALES = np.array([1, 1, 0.6, 2.5], np.float32)
_FLOATS = np.random.default_rng(0).standard_normal((1, 2, 5, 4)).astype(np.float32)

_STATE = _FLOATS[0, :1, :4, :3].reshape(1, 4, 3)

CASES = {
    "free hidden sizes that an attribute tells": Case(
        "GRU",
        14,
        (_FLOATS[0, :, :4, :2], np.ones((1, 9, 2), np.float32), np.ones((1, 9, 3), np.float32) / 4, None, None, _STATE),
        {"hidden_size": 3},
        ("y0", "y1"),
        free={1: (1, "rows", 2), 2: (1, "rows", "hidden"), 5: (1, "batch", "hidden")},
    ),
    "weights of integers are floats": Case(
        "Resize", 13, (_BYTES, None, _SCALES), {"mode": "linear"}, constants=frozenset({2})
    ),
    "cubic weights of integers are floats": Case(
        "Resize",
        11,
        (_BYTES.astype(np.int32), np.zeros(0, np.float32), _SCALES),
        {"mode": "cubic"},
        constants=frozenset({1, 2}),
    ),
    "whole sums of integers are not cut off below": Case(
        "Resize",
        13,
        (_BYTES % 2, None, np.array([1, 1, 1, 2.5], np.float32)),
        {"mode": "linear"},
        constants=frozenset({2}),
    ),
    "indices of floats are cut off": Case(
        "OneHot", 11, (np.array([1.0, -3.0], np.float32), np.array(3), np.array([5, 4])), constants=frozenset({1})
    ),
    "indices count no padding": Case(
        "MaxPool", 12, (_FLOATS,), {"kernel_shape": [2, 1], "pads": [1, 0, 0, 0]}, ("y0", "y1")
    ),
    "indices by columns": Case(
        "MaxPool",
        12,
        (_FLOATS,),
        {"kernel_shape": [2, 3], "auto_pad": "SAME_LOWER", "strides": [2, 2], "storage_order": 1},
        ("y0", "y1"),
    ),
    "indices of dilated windows": Case(
        "MaxPool",
        12,
        (_FLOATS,),
        {"kernel_shape": [2, 2], "dilations": [2, 1], "ceil_mode": 1, "strides": [2, 2]},
        ("y0", "y1"),
    ),
    "windows beyond the padding": Case(
        "LpPool", 18, (_FLOATS,), {"kernel_shape": [2, 3], "strides": [2, 2], "ceil_mode": 1, "p": 1}
    ),
    "negative bytes": Case("MaxPool", 12, (-_BYTES.astype(np.int8),), {"kernel_shape": [2, 2]}, ("y0", "y1")),
    "a padding of halves": Case(
        "Pad", 7, (_FLOATS.astype(np.float16),), {"pads": [0, 0, 1, 0, 0, 0, 0, 2], "value": 1.5}
    ),
    "neighbouring channels": Case("LRN", 13, (_FLOATS,), {"size": 3, "alpha": 0.5}),
    "channels of a free batch": Case("LRN", 13, (_FLOATS,), {"size": 3, "alpha": 0.5}, free={0: ("n", 2, 5, "w")}),
    "positions between halves": Case(
        "GridSample",
        22,
        (_FLOATS.astype(np.float16), (_FLOATS[:, :1, :, :2].transpose(0, 2, 1, 3) / 2).astype(np.float16)),
        {"mode": "cubic", "padding_mode": "border"},
    ),
    "bounds of doubles": Case("Clip", 7, (_FLOATS.astype(np.float64),), {"min": -0.5, "max": 1.0}),
    "a trace": Case("Einsum", 12, (_FLOATS[0, 0, :4],), {"equation": "ii"}),
    "two parts of a signal of free parts": Case(
        "DFT", 20, (_FLOATS[0].reshape(1, 20, 2), None, np.array(1)), constants=frozenset({2}), free={0: (1, 20, "n2")}
    ),
    "unsorted slices alone": Case("Unique", 11, (_FLOATS,), {"axis": 2, "sorted": 0}),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_case(case: Case) -> None:
    (outcome,) = outcomes({0: case})
    assert outcome.kind in (AGREES, RESOLVED), outcome.details
