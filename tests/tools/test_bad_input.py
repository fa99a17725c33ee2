"""Bad input gives one clear message on stderr that names the file, exit code 1, and leaves no file behind."""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import onnx
import pytest
from bad_models import BAD, GOOD
from onnx import parser
from small_models import HEADER, parse

from dnnf_mlir.tools import compile as dnnf_compile
from dnnf_mlir.tools import import_onnx as dnnf_import_onnx
from dnnf_mlir.tools import opt as dnnf_opt

Main = Callable[[Sequence[str]], int]

COMMANDS: list[Main] = [dnnf_compile.main, dnnf_import_onnx.main]


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go while the test runs."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def fails(main: Main, arguments: Sequence[object], capsys: pytest.CaptureFixture[str]) -> str:
    """Runs a command that must fail; returns its one message."""
    assert main([str(argument) for argument in arguments]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert captured.err.count("error: ") == 1
    assert "Traceback" not in captured.err
    return captured.err


@pytest.mark.parametrize("main", COMMANDS)
@pytest.mark.parametrize("name", BAD)
def test_bad_models(main: Main, name: str, tmp_path: Path, scratch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write, reasons = BAD[name]
    path = tmp_path / "model.onnx"
    write(path)
    before = set(tmp_path.iterdir())
    message = fails(main, [path, "-o", tmp_path / "output"], capsys)
    assert str(path) in message
    for reason in reasons:
        assert reason in message
    assert set(tmp_path.iterdir()) == before
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("main", COMMANDS)
def test_missing_file(main: Main, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = fails(main, [tmp_path / "absent.onnx", "-o", tmp_path / "output"], capsys)
    assert f"{tmp_path / 'absent.onnx'}" in message
    assert "No such file" in message


UNSUPPORTED = """
g (float[2,4] x) => (float[2,4] y, int32[2,3] z) {
  [first] y = RandomNormalLike(x)
  [second] z = Multinomial<sample_size = 3>(x)
}"""


def test_unsupported_operators_are_all_named(tmp_path: Path, scratch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "model.onnx"
    onnx.save(parse(UNSUPPORTED), path)
    message = fails(dnnf_compile.main, [path, "-o", tmp_path / "output"], capsys)
    for part in (path.name, "'first' (RandomNormalLike)", "'second' (Multinomial)"):
        assert part in message
    assert set(tmp_path.iterdir()) == {path, scratch}
    assert list(scratch.iterdir()) == []


def _missing_folder(tmp_path: Path) -> tuple[Path, str]:
    return tmp_path / "missing" / "output", "does not exist"


def _folder(tmp_path: Path) -> tuple[Path, str]:
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder", "it is a directory"


def _below_a_file(tmp_path: Path) -> tuple[Path, str]:
    (tmp_path / "file").write_text("")
    return tmp_path / "file" / "output", "does not exist"


def _long_name(tmp_path: Path) -> tuple[Path, str]:
    return tmp_path / ("o" * 300), "File name too long"


@pytest.mark.parametrize("main", [*COMMANDS, dnnf_opt.main])
@pytest.mark.parametrize("make", [_missing_folder, _folder, _below_a_file, _long_name])
def test_unwritable_output(
    main: Main,
    make: Callable[[Path], tuple[Path, str]],
    tmp_path: Path,
    scratch: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    model = tmp_path / "model"
    if main is dnnf_opt.main:
        model.write_text("module {}")
    else:
        onnx.save(parse(GOOD), model)
    output, reason = make(tmp_path)
    before = set(tmp_path.rglob("*"))
    message = fails(main, [model, "-o", output], capsys)
    assert str(output) in message
    assert reason in message
    assert set(tmp_path.rglob("*")) == before


def test_unwritable_plan(tmp_path: Path, scratch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Found before anything is compiled."""
    onnx.save(parse(GOOD), tmp_path / "model.onnx")
    plan = tmp_path / "missing" / "plan.json"
    message = fails(dnnf_compile.main, [tmp_path / "model.onnx", "-o", tmp_path / "output", "--plan", plan], capsys)
    assert str(plan) in message
    assert not (tmp_path / "output").exists()


def test_iree_flag_that_iree_does_not_know(tmp_path: Path, scratch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    onnx.save(parse(GOOD), tmp_path / "model.onnx")
    arguments = [tmp_path / "model.onnx", "-o", tmp_path / "output", "--iree-no-such-flag"]
    assert "--iree-no-such-flag" in fails(dnnf_compile.main, arguments, capsys)
    assert not (tmp_path / "output").exists()


@pytest.mark.parametrize(
    ("main", "arguments", "reason"),
    [
        (dnnf_compile.main, ["m.onnx"], "-o"),
        (dnnf_compile.main, ["m.onnx", "-o", "o", "--target=phone"], "arm64-android"),
        (dnnf_compile.main, ["m.onnx", "-o", "o", "--precision=f8"], "f16"),
        (dnnf_compile.main, ["m.onnx", "-o", "o", "--compile-to=asm"], "linalg"),
        (dnnf_compile.main, ["m.onnx", "-o", "o", "--dim", "batch"], "NAME=N"),
        (dnnf_compile.main, ["m.onnx", "-o", "o", "--dim", "batch=0"], "NAME=N"),
        (dnnf_compile.main, ["m.onnx", "-o", "o", "--dim", "batch=-1"], "NAME=N"),
        (dnnf_compile.main, ["m.onnx", "-o", "o", "--dim", "=1"], "NAME=N"),
        (dnnf_compile.main, ["m.onnx", "-o", "o", "--no-such-option"], "--no-such-option"),
        (dnnf_import_onnx.main, [], "model"),
        (dnnf_import_onnx.main, ["m.onnx", "--dim", "batch=two"], "NAME=N"),
        (dnnf_opt.main, ["--dnnf-no-such-pass", "m.mlir"], "--dnnf-no-such-pass"),
    ],
)
def test_usage(main: Main, arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    message = capsys.readouterr().err
    assert message.startswith("usage: ")
    assert reason in message


def test_dimension_that_the_model_lacks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    onnx.save(parse(GOOD), tmp_path / "model.onnx")
    arguments = [tmp_path / "model.onnx", "-o", tmp_path / "output", "--dim", "length=3"]
    assert "length" in fails(dnnf_import_onnx.main, arguments, capsys)


WRONG_TYPE = b"""func.func @f(%x: tensor<2xf32>) {
  %0 = "dnnf.relu"(%x) : (tensor<2xf32>) -> tensor<3xf32>
  return
}"""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"module {", ":1:7: expected"),
        (WRONG_TYPE, ":2:8: 'dnnf.relu' operands and attributes give 2xf32, but the result is 3xf32"),
        (WRONG_TYPE.replace(b"3xf32>\n", b'3xf32> loc("act")\n'), ": node 'act': 'dnnf.relu' operands"),
        (b'func.func @f() {\n  "dnnf.no_such_operator"() : () -> ()\n  return\n}', ":2:3: unregistered operation"),
        (b"\xff\xfe", ": neither MLIR text nor MLIR bytecode"),
        (b"ML\xefR\x01", ": malformed"),
    ],
)
def test_bad_ir(text: bytes, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "module.mlir"
    path.write_bytes(text)
    message = fails(dnnf_opt.main, [path, "-o", tmp_path / "output"], capsys)
    assert f"error: {path}:" in message
    assert reason in message
    assert not (tmp_path / "output").exists()


@pytest.mark.parametrize(
    ("pipeline", "reason"),
    [
        ("dnnf-no-such-pass", "unknown pass 'dnnf-no-such-pass'; ours are: dnnf-annotate-mapping"),
        ("builtin.module(no-such-pass)", "'no-such-pass' does not refer to a registered pass"),
        ("builtin.module(cse", "unbalanced"),
        ("dnnf-fold-constants{limit-bytes=many}", "option limit-bytes cannot be 'many'"),
        ("dnnf-fold-constants{speed=9}", "no option 'speed' (its options: limit-bytes)"),
        ("dnnf-fuse-regions{target}", "target=VALUE"),
        ("dnnf-fuse-regions{target=phone}", "unknown target 'phone'"),
    ],
)
def test_bad_pipelines(pipeline: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "module.mlir"
    path.write_text("module {}")
    assert reason in fails(dnnf_opt.main, [path, f"--pass-pipeline={pipeline}"], capsys)


@pytest.mark.parametrize("command", ["dnnf-compile", "dnnf-import-onnx"])
def test_the_installed_command(command: str, tmp_path: Path) -> None:
    model = parser.parse_model(
        HEADER.format(opset=17) + "g (float[n] x) => (float[n] y) { w = Concat<axis = 0>(x, x) [sum] y = Add(x, w) }"
    )
    onnx.save(model, tmp_path / "model.onnx")
    program = Path(sys.executable).parent / command
    run = subprocess.run(
        [program, "model.onnx", "-o", "output"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr == (
        "error: model.onnx: shapes that are not known before the model runs:\n"
        "  node 'sum' (Add): cannot be compiled for sizes like 96: model.onnx: node 'sum' (Add): "
        "inputs do not fit (x: float32[n], w: float32[2 * n]): Incompatible dimensions\n"
        "or give sizes: --dim n=N\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
