"""A module that cannot be compared with the reference is handed out with a warning that says why."""

from pathlib import Path

import numpy as np
import pytest
from small_models import parse

from dnnf_mlir import compiler
from dnnf_mlir.errors import InternalError
from dnnf_mlir.verify import verifier
from dnnf_mlir.verify.reference import EvaluationError
from dnnf_mlir.verify.trial import Sample

MODEL = "f (float[2, 8] x) => (float[2, 8] y) { y = Relu(x) }"
SPLIT = "f (float[5] x, int64[2] n) => (float[3] y, float[2] z) { [parts] y, z = Split<axis = 0>(x, n) }"


def test_inputs_that_the_module_refuses(capsys: pytest.CaptureFixture[str]) -> None:
    compiler.compile(parse(SPLIT, opset=18), cache=False)
    message = capsys.readouterr().err
    assert message.startswith("warning: model: the compiled module was not compared with the reference: ")
    assert "node 'parts' (Split): its result has not the declared shape [3] and [2]" in message
    assert message.count("\n") == 1


def _failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(case: Sample, found: list[np.ndarray]) -> None:
        raise error

    monkeypatch.setattr(verifier, "wrong_results", fail)


def test_what_the_reference_does_not_compute(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _failing(monkeypatch, EvaluationError("node 'act' (Relu): no"))
    compiler.compile(parse(MODEL), cache=False)
    assert "the reference does not compute node 'act' (Relu): no" in capsys.readouterr().err


def test_errors_of_the_comparison_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    _failing(monkeypatch, ValueError("the comparison itself"))
    with pytest.raises(InternalError, match="ValueError: the comparison itself"):
        compiler.compile(parse(MODEL), cache=False)


def test_the_warning_comes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was not compared is not kept as compared."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for _ in range(2):
        compiler.compile(parse(SPLIT, opset=18))
        assert "was not compared" in capsys.readouterr().err
