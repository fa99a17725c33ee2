"""Running models as users of ONNX Runtime do: by name or in order, from several threads, from a file."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper, parser

import dnnf_mlir
from dnnf_mlir.errors import DnnfError, RunError, UsageError

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
        ({"at": [2**70, 1]}, r"'at', a list, is no array of numbers: 1180591620717411303424 is no int64"),
        ({"at": ["1", "a"]}, "'at', a list, is no array of numbers: invalid literal"),
        ({"at": np.array([0, 1], object)}, r"'at' is object\[2\], expected int64"),
        ({"flag": "True"}, r"'flag' is <U4\[\], expected bool"),
        ({1: 2}, "unknown: 1"),
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


class ByArray:
    def __init__(self, array: np.ndarray) -> None:
        self._array = array

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return self._array


class ByDlpack:
    def __init__(self, array: np.ndarray) -> None:
        self._array = array

    def __dlpack__(self, **options: Any) -> Any:
        return self._array.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self._array.__dlpack_device__()


class WithGradient:
    dtype = np.dtype(np.float32)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        raise RuntimeError("Can't call numpy() on Tensor that requires grad")


def test_arrays_of_other_libraries(sessions: tuple[Any, dnnf_mlir.Session]) -> None:
    theirs, ours = sessions
    given = feeds()
    expected = theirs.run(None, given)
    for wrapped in (ByArray, ByDlpack, onnxruntime.OrtValue.ortvalue_from_numpy):
        assert_equal(ours.run(None, given | {"x": wrapped(given["x"])}), expected)
    with pytest.raises(RunError, match="'x', a WithGradient, is no array of numbers: Can't call numpy"):
        ours.run(None, given | {"x": WithGradient()})


def test_lists_of_integers_are_read_as_onnxruntime_does() -> None:
    text = '<ir_version: 8, opset_import: ["" : 17]> g (uint8[n] x) => (uint8[n] y) { y = Identity(x) }'
    model = parser.parse_model(text)
    ours = dnnf_mlir.Session(model)
    theirs = onnxruntime.InferenceSession(model.SerializeToString())
    for fitting in ([1, 255], ["7", "0"]):
        assert_equal(ours.run(None, {"x": fitting}), theirs.run(None, {"x": fitting}))
    for wrong in ([300, -1], [-1], ["300"], [2**70]):
        with pytest.raises(RunError, match="is no uint8"):
            ours.run(None, {"x": wrong})
        with pytest.raises((RuntimeError, OverflowError, ValueError)):
            theirs.run(None, {"x": wrong})


@pytest.mark.parametrize("inputs", [None, 3, "x", np.zeros((3, 2))])
def test_what_is_no_list_of_inputs(sessions: tuple[Any, dnnf_mlir.Session], inputs: Any) -> None:
    with pytest.raises(RunError, match="inputs are arrays by name, or a list of them in order"):
        sessions[1].run(None, inputs)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda path: dnnf_mlir.compile(None), "not NoneType"),
        (lambda path: dnnf_mlir.compile(3, cache=False), "not int"),
        (lambda path: dnnf_mlir.import_onnx([path]), "not list"),
        (lambda path: dnnf_mlir.Session(None), "not NoneType"),
        (lambda path: dnnf_mlir.load(None), "not NoneType"),
        (lambda path: dnnf_mlir.Session(path, nosuch=1), "no option 'nosuch'; there are target, dims"),
        (lambda path: dnnf_mlir.compile(path, target=3), "option 'target' is 3; it must be a name"),
        (lambda path: dnnf_mlir.compile(path, dims={"n": "3"}), "option 'dims' is .*; it must be sizes by name"),
        (lambda path: dnnf_mlir.compile(path, dims=3), "option 'dims'"),
        (lambda path: dnnf_mlir.compile(path, elements={"n": 3}), "option 'elements'"),
        (lambda path: dnnf_mlir.compile(path, iree_flags="--x"), "option 'iree_flags' is '--x'; it must be a list"),
        (lambda path: dnnf_mlir.compile(path, time_limit_s="3"), "option 'time_limit_s'"),
        (lambda path: dnnf_mlir.compile(path, parameters=3), "option 'parameters' is 3; it must be a path"),
        (lambda path: dnnf_mlir.compile(path, verify=None), "option 'verify' is None; it must be True or False"),
        (lambda path: dnnf_mlir.Session(path).run("y", {"x": [1]}), "names of outputs are a list"),
        (lambda path: dnnf_mlir.compile(path).run([[1]], threads=0), "the number of threads is 0"),
        (lambda path: dnnf_mlir.Session(dnnf_mlir.compile(path).vmfb, dims={"n": 1}), "takes no options .*: dims"),
    ],
)
def test_calls_that_do_not_fit(call: Callable[[Path], Any], words: str, tmp_path: Path) -> None:
    text = '<ir_version: 8, opset_import: ["" : 17]> g (uint8[n] x) => (uint8[n] y) { y = Identity(x) }'
    onnx.save(parser.parse_model(text), tmp_path / "model.onnx")
    with pytest.raises(UsageError, match=words) as caught:
        call(tmp_path / "model.onnx")
    assert isinstance(caught.value, DnnfError)
    assert isinstance(caught.value, TypeError)  # as Python's own


def test_compiling_and_running_in_several_threads() -> None:
    def run(channels: int) -> Any:
        body = f"(float[n,{channels}] x) => (float[n] y) {{ y = ReduceMax <axes = [1], keepdims = 0> (x) }}"
        text = f'<ir_version: 8, opset_import: ["" : 17]> g {body}'
        x = np.random.default_rng(channels).standard_normal((5, channels)).astype(np.float32)
        (y,) = dnnf_mlir.compile(parser.parse_model(text), cache=False).run([x])
        return y, x.max(axis=1)

    with ThreadPoolExecutor(3) as pool:
        for found, expected in pool.map(run, (3, 17, 40)):
            np.testing.assert_array_equal(found, expected)
