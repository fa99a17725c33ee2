"""Cases that were wrong once: the results, or what the verification held against right ones."""

import numpy as np
import pytest

from tests.differential.case import Case
from tests.differential.running import AGREES, RESOLVED, outcomes

_BYTES = np.arange(24, dtype=np.uint8).reshape(2, 1, 3, 4) * 7 % 31
_SCALES = np.array([1, 1, 0.6, 2.5], np.float32)
_FLOATS = np.random.default_rng(0).standard_normal((1, 2, 5, 4)).astype(np.float32)

CASES = {
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
    "unsorted slices alone": Case("Unique", 11, (_FLOATS,), {"axis": 2, "sorted": 0}),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_case(case: Case) -> None:
    (outcome,) = outcomes({0: case})
    assert outcome.kind in (AGREES, RESOLVED), outcome.details
