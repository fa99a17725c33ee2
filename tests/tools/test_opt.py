"""dnnf-opt and dnnf-import-onnx: pipelines, text and bytecode, weights that survive."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from small_models import parse

from dnnf_mlir.dialect_defs.module_io import parse_module
from dnnf_mlir.graph.from_mlir import read_graph
from dnnf_mlir.passes.base import functions
from dnnf_mlir.tools import import_onnx, opt

# Weights both inline and as resources.
MODEL = parse("""
g (float[2,300] x, float[300,8] w1, float[8] w2, int64[2,600] w3) => (float[2,8] y, int64[2,600] z) {
  a = MatMul(x, w1)
  [sum] y = Add(a, w2)
  z = Neg(w3)
}""")
WEIGHTS = {tensor.name: numpy_helper.to_array(tensor) for tensor in MODEL.graph.initializer}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    onnx.save(MODEL, tmp_path / "model.onnx")
    return tmp_path / "model.onnx"


def constants(path: Path) -> list[np.ndarray]:
    """The constants that the operators of a module read."""
    module = parse_module(path.read_bytes(), str(path))
    graph = read_graph(next(functions(module.operation)))
    return [value.constant for node in graph.nodes for value in node.operands if value.constant is not None]


def assert_has_weights(path: Path) -> None:
    found = constants(path)
    for name in ("w1", "w2"):
        assert any(np.array_equal(array, WEIGHTS[name]) for array in found), name


@pytest.mark.parametrize("imported", [[], ["--emit-bytecode"]])
@pytest.mark.parametrize("written", [[], ["--emit-bytecode"]])
def test_weights_survive(imported: list[str], written: list[str], model: Path, tmp_path: Path) -> None:
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    assert import_onnx.main([str(model), "-o", str(first), *imported]) == 0
    assert_has_weights(first)
    assert opt.main([str(first), "-o", str(second), *written, "--dnnf-annotate-mapping"]) == 0
    assert_has_weights(second)
    assert opt.main([str(second), "-o", str(third), "--dnnf-fuse-regions=target=host"]) == 0
    assert_has_weights(third)
    assert '"dnnf.fusion"' in third.read_text()


def test_bytecode_is_smaller_than_text(model: Path, tmp_path: Path) -> None:
    text, bytecode = tmp_path / "text", tmp_path / "bytecode"
    assert import_onnx.main([str(model), "-o", str(text)]) == 0
    assert import_onnx.main([str(model), "-o", str(bytecode), "--emit-bytecode"]) == 0
    assert bytecode.read_bytes().startswith(b"ML\xefR")
    assert bytecode.stat().st_size < 0.7 * text.stat().st_size


def test_pipeline_and_flags_are_the_same(model: Path, tmp_path: Path) -> None:
    imported = tmp_path / "imported"
    assert import_onnx.main([str(model), "-o", str(imported)]) == 0
    by_flags, by_text = tmp_path / "flags", tmp_path / "text"
    flags = ["--dnnf-fold-constants=limit-bytes=100000", "--dnnf-annotate-mapping", "--dnnf-fuse-regions=single=true"]
    assert opt.main([str(imported), "-o", str(by_flags), *flags]) == 0
    pipeline = (
        "builtin.module(dnnf-fold-constants{limit-bytes=100000},dnnf-annotate-mapping,dnnf-fuse-regions{single=true})"
    )
    assert opt.main([str(imported), "-o", str(by_text), f"--pass-pipeline={pipeline}"]) == 0
    assert by_flags.read_text() == by_text.read_text()
    assert by_flags.read_text().count('"dnnf.fusion"') == 2


def test_flags_do_not_take_the_input_for_options(tmp_path: Path) -> None:
    (tmp_path / "source").write_text("module {}")
    assert opt.main(["--dnnf-annotate-mapping", str(tmp_path / "source"), "-o", str(tmp_path / "output")]) == 0
    assert (tmp_path / "output").read_text().split() == ["module", "{", "}"]


def test_own_and_mlir_passes_mix(model: Path, tmp_path: Path) -> None:
    """CSE merges equal operators between two passes of ours."""
    source, output = tmp_path / "source", tmp_path / "output"
    source.write_text(
        """func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = "dnnf.relu"(%x) : (tensor<2xf32>) -> tensor<2xf32>
  %1 = "dnnf.relu"(%x) : (tensor<2xf32>) -> tensor<2xf32>
  %2 = "dnnf.add"(%0, %1) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %2 : tensor<2xf32>
}"""
    )
    pipeline = "builtin.module(dnnf-annotate-mapping,func.func(cse),dnnf-fuse-regions)"
    assert opt.main([str(source), "-o", str(output), f"--pass-pipeline={pipeline}"]) == 0
    assert output.read_text().count('"dnnf.relu"') == 1


def test_instrumentation(model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    imported = tmp_path / "imported"
    assert import_onnx.main([str(model), "-o", str(imported)]) == 0
    flags = ["--mlir-print-ir-after-all", "--mlir-timing", "--dnnf-annotate-mapping"]
    assert opt.main([str(imported), "-o", str(tmp_path / "output"), *flags]) == 0
    captured = capfd.readouterr()
    assert "IR Dump After dnnf-annotate-mapping" in captured.err
    assert "Execution time report" in captured.err
    assert captured.out == ""


def test_locations_are_printed_on_request(model: Path, tmp_path: Path) -> None:
    imported, output = tmp_path / "imported", tmp_path / "output"
    assert import_onnx.main([str(model), "-o", str(imported)]) == 0
    assert opt.main([str(imported), "-o", str(output)]) == 0
    assert "loc(" not in output.read_text()
    assert opt.main([str(imported), "-o", str(output), "--mlir-print-debuginfo"]) == 0
    assert 'loc("sum")' in output.read_text()
