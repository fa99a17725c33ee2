"""What ``--compile-to`` prints is read by others: iree-opt the dialect, iree-compile the linalg form."""

import subprocess
import sys
from pathlib import Path

import onnx
import pytest
from onnx import ModelProto
from small_models import assert_close, expected, inputs, parse

from benchmarks import models
from dnnf_mlir.iree import load_module
from dnnf_mlir.iree.compiler import iree_compile_program
from dnnf_mlir.targets import get_target
from dnnf_mlir.tools import compile as dnnf_compile

IRDL = Path(__file__).parents[2] / "dialect_defs" / "dnnf.irdl.mlir"

SMALL = {
    "convolutional": """
g (float[1,3,8,8] x, float[8,3,3,3] w1, float[8,8,1,1] w2) => (float[1,8,8,8] y, float[1,8,8,8] a) {
  c = Conv<pads = [1, 1, 1, 1]>(x, w1)
  a = Relu(c)
  b = Conv(a, w2)
  y = Add(a, b)
}""",
    "attention": """
g (float[2,6,8] q, float[2,6,8] k, float[2,6,8] v) => (float[2,6,8] y) {
  t = Transpose<perm = [0, 2, 1]>(k)
  s = MatMul(q, t)
  p = Softmax(s)
  y = MatMul(p, v)
}""",
    "several results": """
g (float[2,9] x) => (float[2,4] a, float[2,5] b) <int64[2] sizes = {4, 5}> { a, b = Split<axis = 1>(x, sizes) }""",
    "nothing to compute": "g (float[2] x) => (float[2] x) {}",
}


def load(name: str) -> ModelProto:
    return parse(SMALL[name]) if name in SMALL else models.load(name)


def stage(model: ModelProto, name: str, folder: Path, *options: str) -> Path:
    """What dnnf-compile writes for one stage."""
    onnx.save(model, folder / "model.onnx")
    output = folder / f"{name}.mlir"
    assert dnnf_compile.main([str(folder / "model.onnx"), "-o", str(output), f"--compile-to={name}", *options]) == 0
    return output


@pytest.mark.parametrize("name", [*SMALL, "efficientnet_b0", "tinybert"])
def test_iree_opt_parses_fused(name: str, tmp_path: Path) -> None:
    fused = stage(load(name), "fused", tmp_path)
    command = [Path(sys.executable).parent / "iree-opt", f"--irdl-file={IRDL}", fused, "-o", tmp_path / "parsed.mlir"]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert run.returncode == 0, run.stderr[-2000:]
    assert fused.read_text().count('"dnnf.') == (tmp_path / "parsed.mlir").read_text().count('"dnnf.')


@pytest.mark.parametrize("name", [*SMALL, "efficientnet_b0", "tinybert"])
def test_iree_compile_alone_compiles_linalg(name: str, tmp_path: Path) -> None:
    model = load(name)
    text = stage(model, "linalg", tmp_path)
    vmfb = tmp_path / "model.vmfb"
    command = [iree_compile_program(), text, *get_target("host").flags, "-o", vmfb]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert run.returncode == 0, run.stderr[-2000:]
    feeds = models.inputs(model) if name not in SMALL else inputs(model)
    assert_close(load_module(vmfb).run(list(feeds.values())), expected(model, feeds))


def test_every_stage(tmp_path: Path) -> None:
    model = load("convolutional")
    written = {one: stage(model, one, tmp_path).read_text() for one in ("dnnf", "simplified", "fused", "linalg")}
    assert 'layout = "channels_first"' in written["dnnf"]
    assert "dnnf.mapping" not in written["dnnf"]
    assert 'layout = "channels_last"' in written["simplified"]
    assert '#dnnf.mapping<"many_to_many">' in written["simplified"]
    assert "dnnf.fusion" not in written["simplified"]
    assert '"dnnf.fusion"' in written["fused"]
    assert "flow.dispatch" in written["linalg"]
    assert "dnnf" not in written["linalg"]


def test_without_fusion(tmp_path: Path) -> None:
    model = load("convolutional")
    fused = stage(model, "fused", tmp_path).read_text()
    single = stage(model, "fused", tmp_path, "--no-fuse").read_text()
    assert fused.count('"dnnf.fusion"') < single.count('"dnnf.fusion"')
    operators = stage(model, "simplified", tmp_path).read_text().count("#dnnf.mapping")
    assert single.count('"dnnf.fusion"') == operators


def test_locations_are_node_names(tmp_path: Path) -> None:
    model = parse("g (float[2] x) => (float[2] y) { [first] a = Relu(x)  [second] y = Neg(a) }")
    text = stage(model, "dnnf", tmp_path).read_text()
    assert 'loc("first")' in text
    assert 'loc("second")' in text
