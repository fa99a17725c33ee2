"""iree-compile as a subprocess: results, failures by kind, and no files left behind."""

import stat
from pathlib import Path

import pytest
from iree_modules import MATMUL_RELU, RELU_PAD_CONV

from dnnf_mlir.errors import CompileError, OutputError
from dnnf_mlir.iree import compile_module
from dnnf_mlir.iree import compiler as compiler_module
from dnnf_mlir.targets import get_target

HOST = get_target("host")


def test_sources_may_be_text_bytes_or_a_file(tmp_path: Path) -> None:
    path = tmp_path / "module.mlir"
    path.write_text(MATMUL_RELU)
    for source in (MATMUL_RELU, MATMUL_RELU.encode(), path):
        assert compile_module(source, HOST).read()[:4] == compile_module(path, HOST).read()[:4]


def test_output_is_written_with_ordinary_permissions(tmp_path: Path) -> None:
    output = tmp_path / "model.vmfb"
    binary = compile_module(MATMUL_RELU, HOST, output=output)
    ordinary = tmp_path / "ordinary"
    ordinary.touch()
    assert binary.path == output
    assert stat.S_IMODE(output.stat().st_mode) == stat.S_IMODE(ordinary.stat().st_mode)
    assert sorted(tmp_path.iterdir()) == [output, ordinary]


def test_statistics_count_main_without_the_initializer() -> None:
    weights = "dense<" + str([[float(i * j % 7) for j in range(48)] for i in range(64)]) + ">"
    source = f"""
    func.func @main(%x: tensor<32x64xf32>) -> tensor<32x48xf32> {{
      %w = arith.constant {weights} : tensor<64x48xf32>
      %zero = arith.constant 0.0 : f32
      %empty = tensor.empty() : tensor<32x48xf32>
      %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<32x48xf32>) -> tensor<32x48xf32>
      %y = linalg.matmul ins(%x, %w : tensor<32x64xf32>, tensor<64x48xf32>)
          outs(%init : tensor<32x48xf32>) -> tensor<32x48xf32>
      return %y : tensor<32x48xf32>
    }}"""
    # Data tiling packs the weights once, in the initializer, and the input at every call.
    statistics = compile_module(source, HOST, ["--iree-opt-data-tiling"]).statistics
    assert statistics is not None
    assert statistics.initializer_dispatches == 1
    assert statistics.dispatches == len(statistics.dispatch_names) == 2
    assert statistics.constant_bytes >= 64 * 48 * 4


def test_rejected_block_is_named() -> None:
    with pytest.raises(CompileError) as caught:
        compile_module(RELU_PAD_CONV, HOST)
    error = caught.value
    assert error.kind == "rejected"
    assert error.failed_locations == ("block_7",)
    assert error.reproducer is not None
    assert error.reproducer.read_text() == RELU_PAD_CONV
    assert str(error.reproducer) in error.command
    for part in ("block_7", "large vector", str(error.reproducer), "iree-compile"):
        assert part in str(error)


def test_failure_leaves_no_output_and_keeps_the_old_one(tmp_path: Path) -> None:
    output = tmp_path / "model.vmfb"
    output.write_bytes(b"old")
    with pytest.raises(CompileError):
        compile_module("not MLIR", HOST, output=output, keep_reproducer=False)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


def test_time_limit() -> None:
    with pytest.raises(CompileError, match=r"did not finish within 0\.02 s") as caught:
        compile_module(RELU_PAD_CONV, HOST, time_limit_s=0.02, keep_reproducer=False)
    assert caught.value.kind == "timed out"
    assert caught.value.failed_locations == ()


def test_dispatches_are_isolated_after_a_crash(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    run = compiler_module.run_bounded
    whole = compiler_module.Outcome("crashed", "")

    def crash_on_whole_modules(command: list[str], *arguments: object) -> compiler_module.Outcome:
        divided = any(flag.startswith(("--compile-to", "--compile-mode")) for flag in command)
        return run(command, *arguments) if divided else whole  # type: ignore[arg-type]

    monkeypatch.setattr(compiler_module, "run_bounded", crash_on_whole_modules)
    source = tmp_path / "module.mlir"
    source.write_text(RELU_PAD_CONV)
    with pytest.raises(CompileError, match="crashed at block_7") as caught:
        compile_module(source, HOST, isolate_failures=True)
    assert caught.value.kind == "crashed"
    assert caught.value.failed_locations == ("block_7",)
    assert caught.value.reproducer == source


def test_crash_is_recognised() -> None:
    with pytest.raises(CompileError, match="iree-compile crashed") as caught:
        compile_module(
            MATMUL_RELU, get_target("vulkan-android"), ["--iree-vulkan-target=no-such-gpu"], keep_reproducer=False
        )
    assert caught.value.kind == "crashed"


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--iree-no-such-flag", "Unknown command line argument"),
        # iree-compile itself ignores the pipeline and succeeds.
        ("--iree-preprocessing-pass-pipeline=builtin.module(no-such-pass)", "no-such-pass"),
    ],
)
def test_wrong_flags_are_reported(flag: str, message: str) -> None:
    with pytest.raises(CompileError, match=message):
        compile_module(MATMUL_RELU, HOST, [flag], keep_reproducer=False)


def test_unwritable_output(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="No such file or directory"):
        compile_module(MATMUL_RELU, HOST, output=tmp_path / "missing" / "model.vmfb")
    with pytest.raises(OutputError, match="is a directory"):
        compile_module(MATMUL_RELU, HOST, output=tmp_path)
