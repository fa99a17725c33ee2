"""Weights in an archive of their own: the module is small, the results are the same, the code is shared."""

import subprocess
from pathlib import Path

import numpy as np
import onnx
import pytest
from device_runners import arm64_tools
from small_models import assert_close, expected, inputs, parse

from dnnf_mlir import compiler
from dnnf_mlir.errors import OutputError, RunError
from dnnf_mlir.iree import load_module
from dnnf_mlir.tools.compile import main

MODEL = parse("""
g (float[1,3,16,16] x, float[32,3,3,3] w1, float[40,8192] w2, float[8] w3) => (float[1,40] y) {
  a = Conv<pads = [1, 1, 1, 1]>(x, w1)
  b = Relu(a)
  c = Flatten(b)
  y0 = Gemm<transB = 1>(c, w2)
  s = ReduceSum<keepdims = 0>(w3)
  y = Mul(y0, s)
}""")


def test_results_are_those_of_the_whole_module(tmp_path: Path) -> None:
    path = tmp_path / "w.irpa"
    compiled = compiler.compile(MODEL, parameters=path, cache=False)
    assert path.stat().st_size > 40 * 8192 * 4
    assert len(compiled.vmfb) < 100_000
    feeds = inputs(MODEL)
    assert_close(compiled.run(list(feeds.values())), expected(MODEL, feeds))
    whole = compiler.compile(MODEL, cache=False)
    assert (whole.kernels, whole.plan) == (compiled.kernels, compiled.plan)


def test_models_with_other_weights_share_the_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = compiler.compile(MODEL, parameters=tmp_path / "first.irpa")
    other = onnx.ModelProto()
    other.CopyFrom(MODEL)
    weights = onnx.numpy_helper.to_array(other.graph.initializer[1])
    other.graph.initializer[1].CopyFrom(onnx.numpy_helper.from_array(weights[::-1].copy(), "w2"))

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr(compiler, "compile_module", refuse)
    second = compiler.compile(other, parameters=tmp_path / "second.irpa")
    assert second.vmfb == first.vmfb
    feeds = inputs(MODEL)
    assert_close(second.run(list(feeds.values())), expected(other, feeds))
    assert_close(first.run(list(feeds.values())), expected(MODEL, feeds))


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    onnx.save(MODEL, tmp_path / "m.onnx")
    vmfb, weights = tmp_path / "m.vmfb", tmp_path / "m.irpa"
    assert main([str(tmp_path / "m.onnx"), "-o", str(vmfb), f"--parameters={weights}"]) == 0
    feeds = inputs(MODEL)
    assert_close(
        load_module(vmfb, parameters=weights).run(list(feeds.values())),
        expected(MODEL, feeds),
    )
    with pytest.raises(RunError, match="give parameters="):
        load_module(vmfb)
    assert main([str(tmp_path / "m.onnx"), "-o", str(vmfb), f"--parameters={tmp_path}/none/m.irpa"]) == 1
    assert "none" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_nothing_is_left_of_a_compilation_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OutputError("no room")

    path = tmp_path / "w.irpa"
    path.write_bytes(b"before")
    monkeypatch.setattr(compiler, "put_in_place", fail)
    with pytest.raises(OutputError):
        compiler.compile(MODEL, parameters=path, cache=False)
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("w.irpa", b"before")]


def test_a_damaged_archive_is_said(tmp_path: Path) -> None:
    path = tmp_path / "w.irpa"
    compiled = compiler.compile(MODEL, parameters=path, cache=False)
    path.write_bytes(b"no archive")
    with pytest.raises(RunError, match=r"w\.irpa"):
        compiled.load()


@pytest.mark.arm64
def test_on_a_phones_cpu(tmp_path: Path) -> None:
    """IREE's own tool maps the archive."""
    weights, vmfb = tmp_path / "w.irpa", tmp_path / "m.vmfb"
    compiler.compile(MODEL, "arm64-linux", parameters=weights, cache=False).save(vmfb)
    feeds = inputs(MODEL)
    np.save(tmp_path / "x.npy", feeds["x"])
    command = ["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu", f"{arm64_tools()}/iree-run-module"]
    command += [f"--module={vmfb}", "--device=local-sync", f"--parameters=model={weights}", "--function=main"]
    command += [f"--input=@{tmp_path}/x.npy", f"--output=@{tmp_path}/y.npy"]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    assert_close([np.load(tmp_path / "y.npy")], expected(MODEL, feeds))
