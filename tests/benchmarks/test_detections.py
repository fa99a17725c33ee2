"""Detections are compared as sets."""

import numpy as np

from benchmarks.detections import compared


def test_rows_may_swap_and_no_row_counts_twice() -> None:
    boxes = np.array([[0, 0, 5, 5], [1, 1, 9, 9], [1, 1, 9, 9]], np.float32)
    expected = {"boxes": boxes, "labels": np.array([1, 2, 2]), "scores": np.array([0.9, 0.5, 0.5], np.float32)}
    order = [2, 0, 1]
    swapped = {name: array[order] for name, array in expected.items()}
    assert compared(expected, swapped).missing == 0
    fewer = {name: array[:2] for name, array in expected.items()}
    assert compared(expected, fewer).missing == 1
    moved = {**expected, "boxes": boxes + np.float32(0.02)}
    assert compared(expected, moved).missing == 3
    other = {**expected, "labels": np.array([1, 2, 3])}
    assert compared(expected, other).missing == 1
