"""Detections are compared with ONNX Runtime's whatever the order in which nearly equal scores put them."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from dnnf_mlir.bench.comparison import largest_error, matched_rows


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """The positive numbers of x, and x itself."""
    nodes = [helper.make_node("Greater", ["x", "zero"], ["p"]), helper.make_node("Compress", ["x", "p"], ["y"], axis=0)]
    nodes += [helper.make_node("Identity", ["y"], ["z"]), helper.make_node("Identity", ["x"], ["same"])]
    shapes = {"y": ["count"], "z": [None], "same": ["n"]}
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n"])
    zero = helper.make_tensor("zero", TensorProto.FLOAT, [], [0.0])
    path = tmp_path / "model.onnx"
    onnx.save(helper.make_model(helper.make_graph(nodes, "positive", [x], outputs, [zero])), path)
    return path


def test_rows_are_matched_together_where_the_model_counts_them(model: Path) -> None:
    scores, boxes, same = np.float32([3, 2, 1]), np.float32([[5, 5], [6, 6], [7, 8]]), np.float32([1, 2, 3])
    order = [1, 0, 2]
    matched = matched_rows(model, [scores, boxes, same], [scores[order] + 1e-6, boxes[order], same])
    assert largest_error([scores, boxes, same], matched) < 1e-6


def test_what_differs_still_does(model: Path) -> None:
    scores, boxes, same = np.float32([3, 2, 1]), np.float32([[5, 5], [6, 6], [7, 8]]), np.float32([1, 2, 3])
    # Rows of one output alone that are in another order, a wrong row, another order where an input says how many.
    for found in (
        [scores[[1, 0, 2]], boxes, same],
        [scores, boxes * [[1], [1], [2]], same],
        [scores, boxes, same[::-1]],
    ):
        assert largest_error([scores, boxes, same], matched_rows(model, [scores, boxes, same], found)) > 0.1


def test_another_number_of_rows_is_an_error(model: Path) -> None:
    arrays = [np.float32([3, 2]), np.float32([[5], [6]]), np.float32([1])]
    fewer = [arrays[0][:1], arrays[1], arrays[2]]
    assert largest_error(arrays, matched_rows(model, arrays, fewer)) == np.inf
