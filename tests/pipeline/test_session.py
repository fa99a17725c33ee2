"""Running models as users of ONNX Runtime do: by name or in order, from several threads, from a file."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper, parser

import dnnf_mlir
from dnnf_mlir.errors import RunError

TEXT = """<ir_version: 8, opset_import: ["" : 17]>
g (float[batch,length,8] x, int64[batch] at, bool flag) => (float[batch,8] y, float[batch,half,8] z) {
  m = MatMul(x, w) c = Cast <to = 1> (flag) s = Add(m, c) p = Unsqueeze(at, one) q = Unsqueeze(p, one)
  r = Expand(q, wide) g0 = GatherElements <axis = 1> (s, r) y = Squeeze(g0, one)
  t = Transpose <perm = [0, 2, 1]> (s) u = MaxPool <kernel_shape = [2], strides = [2]> (t)
  z = Transpose <perm = [0, 2, 1]> (u)
}"""


@pytest.fixture(scope="module")
def model() -> onnx.ModelProto:
    model = parser.parse_model(TEXT)
    weights = np.random.default_rng(0).standard_normal((8, 8)).astype(np.float32)
    for name, array in {"w": weights, "one": np.array([1]), "wide": np.array([1, 1, 8])}.items():
        model.graph.initializer.append(numpy_helper.from_array(array, name))
    return model


@pytest.fixture(scope="module")
def sessions(model: onnx.ModelProto) -> tuple[Any, dnnf_mlir.Session]:
    """ONNX Runtime's session, and ours of the same model."""
    return onnxruntime.InferenceSession(model.SerializeToString()), dnnf_mlir.Session(model, cache=False)


def feeds(batch: int = 2, length: int = 7, seed: int = 1) -> dict[str, Any]:
    generator = np.random.default_rng(seed)
    x = generator.standard_normal((batch, length, 8)).astype(np.float32)
    return {"x": x, "at": generator.integers(0, length, batch), "flag": np.array(True)}


def assert_equal(found: list[Any], expected: list[Any]) -> None:
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, atol=1e-5)  # sums of 8 products in another order


def test_describes_inputs_and_outputs_alike(sessions: tuple[Any, dnnf_mlir.Session]) -> None:
    theirs, ours = sessions
    for name in ("get_inputs", "get_outputs"):
        pairs = zip(getattr(ours, name)(), getattr(theirs, name)(), strict=True)
        for mine, other in pairs:
            assert (mine.name, mine.type, len(mine.shape)) == (other.name, other.type, len(other.shape))
    assert [node.shape for node in ours.get_inputs()] == [node.shape for node in theirs.get_inputs()]
    assert ours.get_outputs()[1].shape == ["batch", "((length) // 2)", 8]
    assert ours.get_modelmeta().graph_name
    assert ours.get_providers() == ["DnnfExecutionProvider"]


@pytest.mark.parametrize("names", [None, ["z"], ["z", "y"], []])
def test_runs_as_onnxruntime(sessions: tuple[Any, dnnf_mlir.Session], names: list[str] | None) -> None:
    theirs, ours = sessions
    assert_equal(ours.run(names, feeds()), theirs.run(names, feeds()))


def test_options_of_onnxruntime_are_taken(model: onnx.ModelProto) -> None:
    options = onnxruntime.SessionOptions()
    session = dnnf_mlir.Session(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    assert len(session.run(None, feeds(), run_options=onnxruntime.RunOptions())) == 2


def test_several_threads(sessions: tuple[Any, dnnf_mlir.Session]) -> None:
    theirs, ours = sessions
    every = [feeds(1 + seed % 3, 2 + seed % 5, seed) for seed in range(40)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda given: ours.run(None, given), every))
    for given, results in zip(every, found, strict=True):
        assert_equal(results, theirs.run(None, given))


def test_a_module_out_of_a_file(model: onnx.ModelProto, tmp_path: Path) -> None:
    path, weights = tmp_path / "model.vmfb", tmp_path / "model.irpa"
    compiled = dnnf_mlir.compile(model, parameters=weights)
    compiled.save(path)
    given = feeds()
    expected = compiled.run(given)
    assert_equal(dnnf_mlir.load(path, parameters=weights).run(given), expected)
    assert_equal(dnnf_mlir.load(path.read_bytes(), parameters=weights).run(list(given.values())), expected)
    session = dnnf_mlir.Session(path, parameters=weights)
    assert_equal(session.run(["y", "z"], given), expected)
    assert [node.shape for node in session.get_inputs()] == [["batch", "length", 8], ["batch"], []]
    assert session.get_modelmeta().graph_name == "model.vmfb"


def test_a_compiled_model_is_loaded_once(model: onnx.ModelProto, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = dnnf_mlir.compile(model)
    loads = []
    load = type(compiled).load
    monkeypatch.setattr(type(compiled), "load", lambda self, threads=1: loads.append(threads) or load(self, threads))
    assert_equal(compiled.run(feeds()), compiled.run(list(feeds().values())))
    assert loads == [1]


def test_other_forms_of_inputs(sessions: tuple[Any, dnnf_mlir.Session]) -> None:
    theirs, ours = sessions
    given = feeds()
    expected = theirs.run(None, given)
    x = given["x"]
    for other in (np.asfortranarray(x), x[:, ::-1][:, ::-1], x.astype(">f4"), x.tolist()):
        assert_equal(ours.run(None, {"x": other, "at": given["at"].tolist(), "flag": True}), expected)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"x": np.zeros((2, 7, 8))}, r"'x' is float64\[2, 7, 8\], expected float32\[\?, \?, 8\]; convert it"),
        ({"x": np.zeros((2, 7, 9), np.float32)}, r"'x' is float32\[2, 7, 9\], expected"),
        ({"x": None}, "missing: 'x'"),
        ({"y": 1}, "unknown: 'y'"),
        ({"x": [[1], [2, 3]]}, "no array of numbers"),
        ({"at": [0.5, 1.7]}, r"'at' is float64\[2\], expected int64"),
    ],
)
def test_inputs_that_do_not_fit(sessions: tuple[Any, dnnf_mlir.Session], change: dict[str, Any], words: str) -> None:
    given = {name: value for name, value in (feeds() | change).items() if value is not None}
    with pytest.raises(RunError, match=words):
        sessions[1].run(None, given)


def test_unknown_outputs_and_files(sessions: tuple[Any, dnnf_mlir.Session], tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no output 'w'; there are 'y', 'z'"):
        sessions[1].run(["w"], feeds())
    with pytest.raises(RunError, match="no such file"):
        dnnf_mlir.load(tmp_path / "none.vmfb")
    (tmp_path / "bad.vmfb").write_bytes(b"PK\x03\x04 no module")
    with pytest.raises(RunError, match="cannot be loaded"):
        dnnf_mlir.Session(tmp_path / "bad.vmfb")
