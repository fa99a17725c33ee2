"""dnnf-compile as scripts use it: plan.json, remarks, standard streams, files written whole or not at all."""

import contextlib
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import onnx
import pytest
from small_models import assert_close, expected, inputs, parse

from dnnf_mlir.errors import CompileError
from dnnf_mlir.iree import compile_module, load_module
from dnnf_mlir.options import Stage
from dnnf_mlir.targets import get_target
from dnnf_mlir.tools.compile import main
from dnnf_mlir.verify.verifier import Verifier

MODEL = parse("""
g (float[1,3,8,8] x, float[8,3,3,3] w1, float[10,512] w2) => (float[1,10] y) {
  [conv] a = Conv<pads = [1, 1, 1, 1]>(x, w1)
  [act] b = Relu(a)
  [flat] c = Flatten(b)
  [fc] d = Gemm<transB = 1>(c, w2)
  [prob] y = Softmax(d)
}""")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    onnx.save(MODEL, tmp_path / "model.onnx")
    return tmp_path / "model.onnx"


def test_module_and_plan(model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    vmfb, plan_path = tmp_path / "model.vmfb", tmp_path / "plan.json"
    assert main([str(model), "-o", str(vmfb), "--plan", str(plan_path), "--target=host"]) == 0
    out, err = capfd.readouterr()
    assert out == ""
    assert re.fullmatch(
        r"model.onnx for host: 5 operators, .* kernels, .* s, compared with the reference, .* KB\n", err
    )
    feeds = inputs(MODEL)
    assert_close(load_module(vmfb).run(list(feeds.values())), expected(MODEL, feeds))
    plan = json.loads(plan_path.read_text())
    assert list(plan) == [
        *("model", "target", "operators", "operators_after_rewriting", "kernels"),
        *("intermediate_bytes_before", "intermediate_bytes_after", "rewrites", "blocks", "edges", "siblings"),
    ]
    assert (plan["model"], plan["target"], plan["operators"]) == ("model.onnx", "host", 5)
    assert plan["intermediate_bytes_after"] < plan["intermediate_bytes_before"]
    for number, block in enumerate(plan["blocks"]):
        assert list(block) == ["id", "mapping_type", "operators", "anchor", "form", "layout"]
        assert block["id"] == number
        assert block["anchor"] is None or block["anchor"] in block["operators"]
    operators = [name for block in plan["blocks"] for name in block["operators"]]
    assert len(operators) == len(set(operators)) == plan["operators_after_rewriting"]
    assert {"conv", "act", "fc", "prob"} <= set(operators)
    for edge in plan["edges"]:
        assert {"from", "to", "decision", "reason"} <= set(edge)
        assert edge["reason"]
    linalg = tmp_path / "model.mlir"
    assert main([str(model), "-o", str(linalg), "--compile-to=linalg"]) == 0
    assert plan["kernels"] == compile_module(linalg, get_target("host")).dispatch_count


def test_remarks(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [str(model), "-o", str(tmp_path / "fused.mlir"), "--compile-to=fused", "--remarks"]
    assert main(arguments) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert any(line.startswith("conv -> act") and ": fused: " in line for line in lines)
    assert any(line.startswith("fc -> prob") and ": separate: " in line for line in lines)


def test_quiet(model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([str(model), "-o", str(tmp_path / "model.vmfb"), "--quiet"]) == 0
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("options", [[], ["--quiet"]])
def test_stages_on_a_terminal(options: list[str], model: Path, tmp_path: Path) -> None:
    """A terminal shows the stages, a pipe does not (other tests); the summary stays at the end."""
    reader, writer = pty.openpty()
    program = Path(sys.executable).parent / "dnnf-compile"
    with subprocess.Popen(
        [program, model, "-o", tmp_path / "model.vmfb", "--no-cache", *options],
        stderr=writer,
        env={**os.environ, "TERM": "xterm"},
    ) as run:
        os.close(writer)
        shown = b""
        with contextlib.suppress(OSError):  # Linux says so at the end of a terminal
            while block := os.read(reader, 1 << 16):
                shown += block
    os.close(reader)
    assert run.returncode == 0
    if options:
        assert shown == b""
        return
    assert {stage for stage in get_args(Stage) if stage.encode() in shown} >= {"import", "iree-compile"}
    assert b" kernels, " in shown.splitlines()[-1]


def through_streams(*options: str) -> bytes:
    """What the installed command writes to stdout for a model on stdin."""
    program = Path(sys.executable).parent / "dnnf-compile"
    run = subprocess.run(
        [program, "-", "-o", "-", "--quiet", *options], input=MODEL.SerializeToString(), capture_output=True, check=True
    )
    assert run.stderr == b""
    return run.stdout


def test_text_through_standard_streams(model: Path, tmp_path: Path) -> None:
    assert main([str(model), "-o", str(tmp_path / "file"), "--compile-to=linalg"]) == 0
    assert through_streams("--compile-to=linalg").decode() == (tmp_path / "file").read_text()


def test_module_through_standard_streams(tmp_path: Path) -> None:
    (tmp_path / "model.vmfb").write_bytes(through_streams())
    feeds = inputs(MODEL)
    assert_close(load_module(tmp_path / "model.vmfb").run(list(feeds.values())), expected(MODEL, feeds))


def test_files_are_replaced_whole(model: Path, tmp_path: Path) -> None:
    """A failure leaves the file of before; success replaces it, with the permissions of a new file."""
    output = tmp_path / "model.vmfb"
    output.write_bytes(b"before")
    assert main([str(model), "-o", str(output), "--iree-no-such-flag"]) == 1
    assert output.read_bytes() == b"before"
    assert main([str(model), "-o", str(output)]) == 0
    assert output.read_bytes() != b"before"
    mask = os.umask(0)
    os.umask(mask)
    assert output.stat().st_mode & 0o777 == 0o666 & ~mask
    assert {path.name for path in tmp_path.iterdir()} == {"model.onnx", "model.vmfb"}


def test_pipes_and_links(tmp_path: Path) -> None:
    """What is no file is not replaced by one, and a link stays a link."""
    pipe, link, target = (tmp_path / name for name in ("pipe", "link", "target"))
    onnx.save(parse("g (float[2] x) => (float[2] y) { y = Relu(x) }"), tmp_path / "model.onnx")
    os.mkfifo(pipe)
    link.symlink_to(target)
    descriptor = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert main([str(tmp_path / "model.onnx"), "-o", str(pipe), "--compile-to=dnnf"]) == 0
    text = os.read(descriptor, 1 << 16)
    os.close(descriptor)
    assert pipe.is_fifo()
    assert main([str(tmp_path / "model.onnx"), "-o", str(link), "--compile-to=dnnf"]) == 0
    assert link.is_symlink()
    assert target.read_bytes() == text


def test_nothing_is_written_before_the_module_is_verified(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*_: object) -> None:
        raise CompileError("computes wrong numbers")

    monkeypatch.setattr(Verifier, "fault", wrong)
    assert main([str(model), "-o", str(tmp_path / "model.vmfb"), "--iree-llvmcpu-loop-vectorization"]) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"model.onnx"}


def test_iree_flags_are_passed_on(model: Path, tmp_path: Path) -> None:
    """As text: iree-compile then stops before code generation."""
    output = tmp_path / "flow.mlir"
    assert main([str(model), "-o", str(output), "--iree-opt-level=O1", "--iree-llvmcpu-target-cpu=host"]) == 0
    assert output.stat().st_size > 0


def test_free_dimensions(tmp_path: Path) -> None:
    free = parse("g (float[batch,n] x, float[n,4] z) => (float[batch,4] y) { y = MatMul(x, z) }")
    onnx.save(free, tmp_path / "free.onnx")
    output = tmp_path / "free.mlir"
    arguments = [str(tmp_path / "free.onnx"), "-o", str(output), "--compile-to=dnnf", "--dim", "batch=2", "--dim=n=3"]
    assert main(arguments) == 0
    assert "tensor<2x3xf32>" in output.read_text()
