"""Hostile models end in one message, exit code 1 and no output, or in what ONNX's reference computes."""

from pathlib import Path

import numpy as np
import pytest
from hostile_models import REASONS, REFUSED, RIGHT
from onnx import ModelProto
from onnx.reference import ReferenceEvaluator
from small_models import assert_close, expected, inputs, parse

import dnnf_mlir
from dnnf_mlir.tools import compile as dnnf_compile

RELU = "g (float[2,3] x) => (float[2,3] y) { y = Relu(x) }"


@pytest.mark.parametrize("name", REASONS)
def test_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "model.onnx"
    REFUSED[name](path)
    before = set(tmp_path.iterdir())
    assert dnnf_compile.main([str(path), "-o", str(tmp_path / "output")]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert captured.err.count("error: ") == 1
    assert "model.onnx: " in captured.err
    assert REASONS[name] in captured.err
    assert set(tmp_path.iterdir()) == before


# What onnx.reference does not compute: sums and products over nothing are 0 and 1.
ZEROS = {
    "convolution of nothing": (0, 3, 3, 3),
    "convolution over no channels": (1, 3, 3, 3),
    "pointwise convolution over no channels": (1, 3, 5, 5),
    "convolution to no channels": (1, 0, 3, 3),
    "transposed convolution over no channels": (1, 3, 7, 7),
    "product over nothing": (2, 3),
}


def reference(name: str, model: ModelProto, feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
    if name in ZEROS:
        return [np.zeros(ZEROS[name], np.float32)]
    if "loops" in name:  # onnx.reference does not run a Loop without a condition inside another one
        return expected(model, feeds)
    with np.errstate(all="ignore"):
        return [np.asarray(array) for array in ReferenceEvaluator(model).run(None, feeds)]


@pytest.mark.filterwarnings("ignore:Mean of empty slice")
@pytest.mark.parametrize("name", RIGHT)
def test_right(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    model = RIGHT[name]
    feeds = inputs(model)
    compiled = dnnf_mlir.compile(model.SerializeToString(), cache=False)
    assert_close(compiled.run(list(feeds.values())), reference(name, model, feeds))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("output", ["/dev/full", "/proc/output", "/dev/null/output"])
def test_outputs_that_take_nothing(output: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(parse(RELU).SerializeToString())
    assert dnnf_compile.main([str(path), "-o", output]) == 1
    message = capsys.readouterr().err
    assert message.startswith(f"error: cannot write {output}: ")
    assert message.count("\n") == 1
