"""What a compilation says of itself: the stage that it is in, and one line at the end."""

import re
from pathlib import Path

import pytest
from small_models import parse

from dnnf_mlir import compiler

MODEL = "f (float[2, 8] x) => (float[2, 8] y) { z = Relu(x)\n y = Exp(z) }"


def test_stages_and_summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    stages: list[str] = []
    compiled = compiler.compile(parse(MODEL), on_stage=stages.append)
    assert stages == ["import", "rewrite", "fuse", "lower", "iree-compile", "verify"]
    line = r"model for host: 2 operators, 2 after rewriting, 1 kernels, \d+\.\d s, {}, \d+\.\d KB"
    assert re.fullmatch(line.format("compared with the reference"), compiled.summary())
    assert compiled.verified
    stages.clear()
    again = compiler.compile(parse(MODEL), on_stage=stages.append)
    assert re.fullmatch(line.format("compiled and compared with the reference before"), again.summary())
    assert (again.verified, stages) == (True, [])


def test_a_summary_says_why_nothing_was_verified() -> None:
    compiled = compiler.compile(parse(MODEL), cache=False, verify=False)
    assert "not verified: verification is switched off" in compiled.summary()
    assert not compiled.verified
