"""When iree-compile verifies operations between its passes: never where the module's results are compared instead."""

from collections.abc import Sequence

import numpy as np
import pytest
from small_models import parse

from dnnf_mlir import compiler
from dnnf_mlir.errors import CompileError

MODEL = "f (float[2, 8] x) => (float[2, 8] y) { y = Relu(x) }"


def _flags_of_runs(monkeypatch: pytest.MonkeyPatch, failure: CompileError | None) -> list[Sequence[str]]:
    """Records the flags of every run; the first ends with ``failure``."""
    compile_module, runs = compiler.compile_module, list[Sequence[str]]()

    def recorded(source: object, target: object, flags: Sequence[str], **options: object) -> object:
        runs.append(flags)
        if failure is not None and len(runs) == 1:
            raise failure
        return compile_module(source, target, flags, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(compiler, "compile_module", recorded)
    return runs


def test_passes_are_not_verified_where_results_are(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = _flags_of_runs(monkeypatch, None)
    compiler.compile(parse(MODEL), cache=False)
    compiler.compile(parse(MODEL), cache=False, verify=False)
    assert ["--verify=false" in flags for flags in runs] == [True, False]


def test_a_failure_without_a_location_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = _flags_of_runs(monkeypatch, CompileError("iree-compile crashed"))
    x = np.array([[-1, 2] * 4] * 2, np.float32)
    [y] = compiler.compile(parse(MODEL), cache=False).run([x])
    np.testing.assert_array_equal(y, np.maximum(x, 0))
    assert ["--verify=false" in flags for flags in runs] == [True, False]
