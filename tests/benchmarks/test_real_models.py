"""The inputs that trained models are tried with."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from benchmarks.real_models.feeds import Input, feeds, inputs_of, sizes
from benchmarks.real_models.measure import measure


def model(shape: list[int | str | None]) -> onnx.ModelProto:
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g", inputs, outputs)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def test_placeholders_name_no_dimension() -> None:
    assert inputs_of(model(["n", "?", -1, None, 4])) == [
        Input("x", np.dtype(np.float32), ("n", "x.1", "x.2", "x.3", 4))
    ]


def test_two_sizes_of_each_dimension() -> None:
    inputs = inputs_of(model(["n", "length"]))
    both = sizes("package/model", inputs)
    assert [set(dims) for dims in both] == [{"n", "length"}] * 2
    assert both[0] != both[1]
    assert [feeds("package/model", inputs, dims)["x"].shape for dims in both] == [(1, 24), (3, 61)]


def test_a_model_is_compared_and_timed(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    onnx.save(model(["n", 3]), path)
    dynamic, static = measure(path, 2)["outcomes"]
    for outcome in (dynamic, static):
        assert (outcome["error"], outcome["wrong"], outcome["largest_error"]) == ("", "", 0.0)
    assert [len(outcome["ratios"]) for outcome in (dynamic, static)] == [2, 1]
