"""A fault of the program is a message with a file to report, wherever it happens."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper, parser

import dnnf_mlir
from dnnf_mlir.errors import DnnfError, InternalError
from dnnf_mlir.tools import compile as dnnf_compile

STAGES = [
    "dnnf_mlir.importer.prepare",
    "dnnf_mlir.compiler.Compilation.simplify",
    "dnnf_mlir.compiler.Compilation.fuse",
    "dnnf_mlir.compiler.Compilation._lower",
    "dnnf_mlir.compiler.Compilation._compile_bytecode",
    "dnnf_mlir.compiler.Compilation._verify",
    "dnnf_mlir.compiler.Compilation._result",
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    model = parser.parse_model(
        '<ir_version: 8, opset_import: ["" : 17]> g (float[2,40] x) => (float[2,40] y) { y = MatMul(x, w) }'
    )
    model.graph.initializer.append(numpy_helper.from_array(np.ones((40, 40), np.float32), "w"))
    onnx.save(model, tmp_path / "model.onnx")
    return tmp_path / "model.onnx"


def failing(error: BaseException) -> Callable[..., Any]:
    def fail(*arguments: Any, **options: Any) -> Any:
        raise error

    return fail


def report_of(message: str) -> dict[str, bytes]:
    """The files of the archive that a message names."""
    found = re.search(r"attach (\S+\.zip),", message)
    assert found is not None
    with zipfile.ZipFile(found[1]) as report:
        files = {name: report.read(name) for name in report.namelist()}
    Path(found[1]).unlink()
    return files


@pytest.mark.parametrize("error", [ValueError("no such size"), RecursionError("too deep"), KeyError("mode")])
@pytest.mark.parametrize("stage", STAGES)
def test_a_fault_at_any_stage(
    stage: str, error: Exception, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr(stage, failing(error))
    with pytest.raises(InternalError, match=f"internal error of dnnf-mlir .* {type(error).__name__}") as caught:
        dnnf_mlir.compile(path, cache=False)
    files = report_of(str(caught.value))
    assert b"Traceback" in files["report.txt"]
    assert b"iree-base-compiler 3." in files["report.txt"]
    model = onnx.load_from_string(files["model.onnx"])
    assert [node.op_type for node in model.graph.node] == ["MatMul"]
    assert model.graph.initializer[0].raw_data == b""
    assert dnnf_compile.main([str(path), "-o", str(tmp_path / "output"), "--no-cache"]) == 1
    message = capsys.readouterr().err
    assert message.startswith("error: ")
    assert "Traceback" not in message
    report_of(message)
    assert not (tmp_path / "output").exists()


def holding(size: int) -> onnx.ModelProto:
    """A model with arrays of ``size`` bytes wherever ONNX has a place for them."""
    numbers = np.arange(size // 4, dtype=np.float32) + 1234.5
    tensor = numpy_helper.from_array(numbers, "held")
    texts = onnx.helper.make_tensor(
        "texts", onnx.TensorProto.STRING, [size // 8], [b"secret %d" % i for i in range(size // 8)]
    )
    sparse = onnx.helper.make_sparse_tensor(tensor, numpy_helper.from_array(np.arange(size // 4), "indices"), [size])

    def constant(name: str, **value: Any) -> onnx.NodeProto:
        return onnx.helper.make_node("Constant", [], [name], **value)

    nodes = [
        constant("a", value=tensor),
        constant("b", value_floats=numbers.tolist()),
        constant("c", sparse_value=sparse),
        constant("d", value=texts),
        constant("e", value_strings=[b"secret"] * (size // 6)),
        constant("f", value_string=b"secret" * (size // 6)),
    ]
    output = onnx.helper.make_tensor_value_info("a", onnx.TensorProto.FLOAT, None)
    body = onnx.helper.make_graph(nodes, "body", [], [output], [tensor], sparse_initializer=[sparse])
    condition = onnx.helper.make_tensor_value_info("condition", onnx.TensorProto.BOOL, [])
    branches = onnx.helper.make_node("If", ["condition"], ["y"], then_branch=body, else_branch=body)
    function = onnx.helper.make_function("own", "F", [], ["a"], nodes, [onnx.helper.make_opsetid("", 21)])
    graph = onnx.helper.make_graph([*nodes, branches], "g", [condition], [output], [tensor])
    model = onnx.helper.make_model(graph, functions=[function], opset_imports=[onnx.helper.make_opsetid("", 21)])
    onnx.helper.set_model_props(model, {"vocabulary": "secret" * (size // 6)})
    return model


@pytest.mark.parametrize(("size", "held"), [(240, True), (48_000, False)])
def test_no_large_weight_is_reported(size: int, held: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """As initializers, so those of bodies and functions, in attributes, sparse, or text."""
    monkeypatch.setattr("dnnf_mlir.importer.load_model", failing(ValueError("no such size")))
    model = holding(size)
    with pytest.raises(InternalError) as caught:
        dnnf_mlir.import_onnx(model)
    reported = report_of(str(caught.value))["model.onnx"]
    assert (b"secret" in reported) == held
    assert (np.float32(1240.5).tobytes() in reported) == held
    kept = onnx.load_from_string(reported)
    assert [node.op_type for node in kept.graph.node] == [node.op_type for node in model.graph.node]
    assert list(kept.graph.initializer[0].dims) == [size // 4]
    assert (len(reported) > 6 * size) == held


def test_the_importer_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dnnf_mlir.importer.prepare", failing(IndexError("none")))
    with pytest.raises(InternalError, match="IndexError") as caught:
        dnnf_mlir.import_onnx(path)
    assert set(report_of(str(caught.value))) == {"report.txt", "model.onnx"}


def test_no_memory_is_no_fault(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dnnf_mlir.importer.prepare", failing(MemoryError()))
    with pytest.raises(DnnfError, match="not enough memory") as caught:
        dnnf_mlir.compile(path, cache=False)
    assert not isinstance(caught.value, InternalError)


def test_interrupts_pass(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dnnf_mlir.importer.prepare", failing(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        dnnf_mlir.compile(path, cache=False)


def test_developers_see_the_traceback(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DNNF_TRACEBACK", "1")
    monkeypatch.setattr("dnnf_mlir.importer.prepare", failing(ValueError("no such size")))
    with pytest.raises(ValueError, match="no such size"):
        dnnf_mlir.compile(path, cache=False)
