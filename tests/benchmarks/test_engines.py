"""The engines that models are compared on."""

import functools
import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from dnnf_mlir.bench.engines import OTHER_ENGINES, Session, stock_iree, time_interleaved
from dnnf_mlir.bench.engines.session import Array
from dnnf_mlir.errors import RunError

WEIGHTS = np.random.default_rng(1).standard_normal((8, 4)).astype(np.float32)


def _save(path: Path, opset: int = 17, operator: str = "Relu") -> Path:
    """relu(x @ WEIGHTS) and the product itself, with a free batch dimension."""
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["x", "w"], ["product"]),
            helper.make_node(operator, ["product"], ["y"]),
        ],
        "some graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 8])],
        [
            helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 4]),
            helper.make_tensor_value_info("product", TensorProto.FLOAT, ["batch", 4]),
        ],
        [onnx.numpy_helper.from_array(WEIGHTS, "w")],
        value_info=[],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8), path)
    return path


@pytest.fixture
def feeds() -> dict[str, Array]:
    return {"x": np.random.default_rng(2).standard_normal((3, 8)).astype(np.float32)}


def _check(session: Session, feeds: dict[str, Array]) -> None:
    session.invoke()
    y, product = session.results()
    np.testing.assert_allclose(product, feeds["x"] @ WEIGHTS, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(y, np.maximum(feeds["x"] @ WEIGHTS, 0), rtol=1e-4, atol=1e-5)
    assert session.compile_s > 0


def test_onnxruntime(tmp_path: Path, feeds: dict[str, Array]) -> None:
    session = OTHER_ENGINES["onnxruntime"](_save(tmp_path / "m.onnx"), feeds, 1)
    _check(session, feeds)
    assert session.peak_transient_bytes is not None


@pytest.mark.parametrize("opset", [11, 17])
def test_stock_iree(tmp_path: Path, feeds: dict[str, Array], opset: int, monkeypatch: pytest.MonkeyPatch) -> None:
    model = _save(tmp_path / "m.onnx", opset)
    session = stock_iree.open_session(model, feeds, 1, cache=tmp_path / "cache")
    _check(session, feeds)
    assert session.peak_transient_bytes is not None
    assert session.peak_transient_bytes >= 2 * 3 * 4 * 4
    assert tuple(session.details["flags"]) in stock_iree.FLAG_SETS  # type: ignore[arg-type]
    assert session.details["kernels"]
    # The second time nothing is compiled.
    monkeypatch.delattr(stock_iree, "compile_module")
    _check(stock_iree.open_session(model, feeds, 1, cache=tmp_path / "cache"), feeds)


def test_stock_iree_that_fails_is_remembered_with_its_reason(
    tmp_path: Path, feeds: dict[str, Array], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = _save(tmp_path / "m.onnx")
    with pytest.raises(RunError, match="fails with every flag set"):
        stock_iree.open_session(model, feeds, 1, time_limit_s=0.01, cache=tmp_path / "cache")
    monkeypatch.delattr(stock_iree, "compile_module")
    with pytest.raises(RunError, match="did not finish within 0"):
        stock_iree.open_session(model, feeds, 1, cache=tmp_path / "cache")
    records = [json.loads(path.read_text()) for path in (tmp_path / "cache").rglob("*.json")]
    assert len(records) == len(stock_iree.FLAG_SETS)


@pytest.mark.parametrize("engine", ["onnxruntime", "iree"])
def test_unloadable_model(
    engine: str, tmp_path: Path, feeds: dict[str, Array], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    with pytest.raises(RunError):
        OTHER_ENGINES[engine](_save(tmp_path / "m.onnx", operator="NoSuchOperator"), feeds, 1)


def test_turns_are_taken() -> None:
    order: list[str] = []
    timings = time_interleaved({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, runs=3, warmup=1)
    assert order == ["a", "b", "a", "b", "a", "b", "a", "b"]
    assert all(0 < timing.min_ms <= timing.median_ms for timing in timings.values())


def test_a_slow_engine_is_not_repeated() -> None:
    order: list[str] = []
    calls = {name: functools.partial(order.append, name) for name in "ab"}
    time_interleaved(calls, runs=3, warmup=3, budget_s=0.0)
    assert order == ["a", "b", "a", "b"]
