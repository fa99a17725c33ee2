"""The table of problems and the models that are made from it."""

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator

from benchmarks.anchors import Anchor, collect, load

SMALL = [
    Anchor("c", "Conv", ((1, 4, 6, 6), (8, 4, 3, 3)), (1, 8, 6, 6), {"pads": (1, 1, 1, 1)}, (1,), {"m": 1}),
    Anchor("e", "Chain", ((1, 4, 6, 5), (1, 4, 6, 5)), (1, 4, 6, 5), {}, (), {"m": 1}),
    Anchor("k", "Concat", ((1, 4, 6, 5), (1, 3, 6, 5)), (1, 7, 6, 5), {"axis": 1}, (), {"m": 1}),
    Anchor("r", "Resize", ((1, 4, 6, 5),), (1, 4, 12, 10), {"mode": "nearest"}, (), {"m": 1}),
    Anchor("g", "GlobalAveragePool", ((1, 4, 6, 5),), (1, 4, 1, 1), {}, (), {"m": 1}),
]


@pytest.mark.parametrize("anchor", SMALL, ids=lambda anchor: anchor.operator)
def test_both_models_of_a_problem_compute_the_same(anchor: Anchor) -> None:
    arrays = [array for position, array in enumerate(anchor.arrays()) if position not in anchor.constants]
    results = []
    for last in (False, True):
        model = anchor.model(channels_last=last)
        onnx.checker.check_model(model, full_check=True)
        given = [np.moveaxis(array, 1, -1) for array in arrays] if last else arrays
        names = [value.name for value in model.graph.input]
        results += ReferenceEvaluator(model).run(None, dict(zip(names, given, strict=True)))
    assert results[0].shape == anchor.output
    np.testing.assert_allclose(np.moveaxis(results[1], -1, 1), results[0], rtol=1e-5, atol=1e-5)


def test_the_table_holds_what_the_models_hold() -> None:
    table = load()
    assert {anchor.kind for anchor in table} >= {"matmul", "depthwise", "attention", "convolution 3x3", "softmax"}
    kept = 1 + max(sum(a.kind == b.kind for b in table) for a in table)
    found = {(anchor.kind, anchor.inputs) for anchor in collect(["efficientnet_b0", "tinybert"], kept)}
    assert {(a.kind, a.inputs) for a in table if a.kind == "depthwise"} & found


def test_work_is_counted() -> None:
    product = Anchor("m", "MatMul", ((2, 3), (3, 5)), (2, 5), {}, (1,), {"m": 4})
    assert product.flops == 2 * 2 * 3 * 5
    assert product.bytes == 4 * (6 + 15 + 10)
    assert product.total == 4 * product.flops
