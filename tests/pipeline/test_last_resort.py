"""What iree-compile refuses, hangs on or computes wrongly, down to a single operator, is compiled as plain loops."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_models import assert_close, expected, inputs, parse

from dnnf_mlir import compiler
from dnnf_mlir.compiled_model import CompiledModel
from dnnf_mlir.errors import CompileError
from dnnf_mlir.fusion.feedback import Feedback
from dnnf_mlir.fusion.report import remarks
from dnnf_mlir.graph.ecg import Graph
from dnnf_mlir.iree import CompiledBinary
from dnnf_mlir.onnx_backend.cases import load_cases, run_case
from dnnf_mlir.tools import compile as compile_tool
from dnnf_mlir.verify.difference import Deviation
from dnnf_mlir.verify.verifier import Fault, Verifier

CONVOLUTION = parse("""g (float[1,4,9,9] x, float[8,4,3,3] w) => (float[1,8,7,7] y) {
  [window] c = Conv(x, w) [bent] r = Relu(c) [spread] y = Softmax <axis = 1> (r)
}""")


def fail(monkeypatch: pytest.MonkeyPatch, error: CompileError, *, always: bool = False) -> None:
    """Has iree-compile fail on every module without plain loops, or on every one."""
    real = compiler.compile_module

    def compile_module(source: Path, *arguments: Any, **options: Any) -> CompiledBinary:
        if always or b"compilation_info" not in source.read_bytes():
            raise error
        return real(source, *arguments, **options)

    monkeypatch.setattr(compiler, "compile_module", compile_module)


def refusal(node: str) -> CompileError:
    return CompileError("injected", failed_locations=(node,))


def compiled(**options: Any) -> CompiledModel:
    """The model's module, whose numbers are right."""
    result = compiler.compile(CONVOLUTION, cache=False, **options)
    feeds = inputs(CONVOLUTION)
    assert_close(result.run(list(feeds.values())), expected(CONVOLUTION, feeds))
    return result


def plain(result: CompiledModel) -> list[list[str]]:
    return [block["operators"] for block in result.plan["blocks"] if block["form"] == "plain"]


def test_a_refused_operator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """First its block is split; a later compilation knows."""
    database = tmp_path / "profile.db"
    fail(monkeypatch, refusal("window"))
    first = compiled(profile_db=database)
    assert plain(first) == [["window"]]
    assert "window: compiled as plain loops, which are slow: rejected by iree-compile" in list(remarks(first.plan))
    monkeypatch.undo()
    assert plain(compiled(profile_db=database)) == [["window"]]


def test_what_is_refused_in_the_plain_form_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fail(monkeypatch, refusal("window"), always=True)
    with pytest.raises(CompileError, match="injected"):
        compiled(profile_db=tmp_path / "profile.db")


@pytest.mark.parametrize("kind", ["crashed", "timed out"])
def test_a_failure_that_names_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: Any) -> None:
    """Nothing is known to be right: all blocks become plain loops, and only in this compilation."""
    fail(monkeypatch, CompileError("injected", kind=kind))
    result = compiled(profile_db=tmp_path / "profile.db")
    assert {block["form"] for block in result.plan["blocks"]} == {"plain"}
    monkeypatch.undo()
    assert plain(compiled(profile_db=tmp_path / "profile.db")) == []


def test_an_operator_computed_wrongly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real_compile, real_fault, is_plain = compiler.compile_module, Verifier.fault, False

    def compile_module(source: Path, *arguments: Any, **options: Any) -> CompiledBinary:
        nonlocal is_plain
        is_plain = b"compilation_info" in source.read_bytes()
        return real_compile(source, *arguments, **options)

    def fault(verifier: Verifier, module: Any, planned: Graph, load_probe: Any) -> Fault | None:
        if is_plain:
            return real_fault(verifier, module, planned, load_probe)
        [block] = [block for block in planned.blocks if "window" in block.names]
        return Fault(block, Deviation(block.nodes[0].output, 1.0))

    monkeypatch.setattr(compiler, "compile_module", compile_module)
    monkeypatch.setattr(Verifier, "fault", fault)
    result = compiled(profile_db=tmp_path / "profile.db")
    assert plain(result) == [["window"]]
    reason = "window: compiled as plain loops, which are slow: computed wrongly by iree-compile's code"
    assert reason in list(remarks(result.plan))


def test_the_command_warns(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(CONVOLUTION.SerializeToString())
    fail(monkeypatch, refusal("window"))
    database = f"--profile-db={tmp_path / 'profile.db'}"
    assert compile_tool.main([str(path), "-o", str(tmp_path / "m.vmfb"), "--no-cache", "--quiet", database]) == 0
    assert capsys.readouterr().err == (
        "warning: model.onnx: window: compiled as plain loops, which are slow: rejected by iree-compile\n"
    )


# Operators of each kind of lowering; opaque ones are computed outside of the block, by programs of their own.
OPERATORS = {
    "resize": """g (float[1,3,5,7] x) => (float[1,3,8,14] y) <float[4] s = {1, 1, 1.6, 2}> {
      y = Resize <mode = "cubic"> (x, , s) }""",
    "long_window": """g (float[1,16,40] x, float[16,4,33] w) => (float[1,16,40] y) {
      y = Conv <group = 4, pads = [16, 16]> (x, w) }""",
    "sorted": """g (float[6,9] x) => (float[6,4] v, int64[6,4] i) <int64[1] k = {4}> { v, i = TopK(x, k) }""",
    "sampled": """g (float[1,2,6,6] x, float[1,4,5,2] grid) => (float[1,2,4,5] y) { y = GridSample(x, grid) }""",
    "scattered": """g (float[8,3] x, int64[4,1] i, float[4,3] u) => (float[8,3] y) { y = ScatterND(x, i, u) }""",
    "selected": """g (float[3,4] x, float[3,4] z) => (int64[2,n] y) { h = Greater(x, z) y = NonZero(h) }""",
    "axes_at_run_time": """g (float[3,4,5] x, int64[1] axes) => (float[3,1,5] y) { y = ReduceMean(x, axes) }""",
    "recurrent": """g (float[4,2,6] x, float[1,20,6] w, float[1,20,5] w2) => (float[4,1,2,5] y) {
      y = LSTM <hidden_size = 5> (x, w, w2) }""",
    "free_rows": """g (float[n,12] x, float[12,9] w) => (float[n,9] y) { m = MatMul(x, w) y = LogSoftmax(m) }""",
    "loop": """g (float[3] x, int64 count) => (float[3] y) {
      y = Loop (count, , x) <body = b (int64 i, bool go, float[3] s) => (bool on, float[3] t) {
        on = Identity(go) u = Sin(s) t = Add(u, s) }> }""",
}


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_of_each_kind(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Feedback, "plain_reason", lambda *_, **__: "injected")
    model = parse(OPERATORS[name], opset=18)
    feeds = {key: np.asarray(array) for key, array in inputs(model).items()}
    if "axes" in feeds:
        feeds["axes"] = np.array([1])
    result = compiler.compile(model, cache=False)
    assert_close(result.run(list(feeds.values())), expected(model, feeds))


def test_a_model_of_many_plain_blocks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Views and slices along data-dependent dimensions, whose tensors are replaced while others are made."""
    monkeypatch.setattr(Feedback, "plain_reason", lambda *_, **__: "injected")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    [case] = [case for case in load_cases() if case.name == "test_affine_grid_2d_expanded"]
    assert run_case(case).problem is None
