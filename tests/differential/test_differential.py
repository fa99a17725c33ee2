"""A sample of ``python -m tests.differential``, and that it notices wrong results."""

from collections import Counter

import numpy as np
import pytest

import tests.differential.families  # noqa: F401
from tests.differential import running
from tests.differential.case import Case
from tests.differential.comparing import difference
from tests.differential.drawing import case_of, pairs, versions
from tests.differential.running import AGREES, DEFECT, FAILURES, GROUP, outcomes

SAMPLE = 11
"""Every so many operators and versions one case is tried, of the newest versions that ONNX Runtime knows."""


def test_sample() -> None:
    chosen = [pair for pair in pairs() if pair[1] == 13]
    numbers = range(len(chosen))[::2]
    ends = []
    for start in range(0, len(numbers), 2 * GROUP):
        ends += outcomes({number: case_of(number, 0, chosen) for number in numbers[start : start + 2 * GROUP]})
    assert not [end for end in ends if end.kind in FAILURES]
    assert Counter(end.kind for end in ends)[AGREES] > 0.8 * len(numbers)


def test_same_seed_same_case() -> None:
    chosen = pairs()
    for number in range(0, len(chosen), SAMPLE):
        first, second = (case_of(number, 3, chosen) for _ in range(2))
        assert str(first) == str(second)
        assert first.model().SerializeToString() == second.model().SerializeToString()


def test_versions() -> None:
    assert versions("Softmax") == [7, 11, 13]
    assert versions("Upsample") == [7, 9]  # deprecated in 10


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int8", "int64", "bool"])
def test_wrong_element_is_noticed(dtype: str) -> None:
    right = np.ones((3, 4)).astype(dtype)
    wrong = right.copy()
    wrong[1, 2] = 0
    assert difference("Add", [right], [right]) is None
    assert (
        difference("Add", [right], [wrong])
        == f"result 0 has {wrong[1, 2]} instead of {right[1, 2]} at [1, 2] ({dtype})"
    )
    assert difference("Add", [right], [right[:2]]) is not None
    assert difference("Add", [right], [right, right]) is not None


def test_wrong_result_is_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_ours", lambda cases: {number: [np.zeros(3, np.float32)] for number in cases})
    (outcome,) = outcomes({0: Case("Exp", 13, (np.zeros(3, np.float32),))})
    assert outcome.kind == DEFECT
