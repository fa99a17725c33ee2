"""Loops are evaluated iteration by iteration, by the graphs of their bodies."""

from collections.abc import Mapping

import numpy as np
import onnxruntime
import pytest
from onnx import parser

from dnnf_mlir.bindings.mlir import ir
from dnnf_mlir.graph.ecg import Graph
from dnnf_mlir.graph.from_mlir import read_graph
from dnnf_mlir.importer import import_onnx
from dnnf_mlir.passes.base import functions
from dnnf_mlir.verify.reference import EvaluationError, evaluate_graph

HEADER = '<ir_version: 8, opset_import: ["" : 17]>\n'

STACKED = """g (int64 n, bool c, float[2,3] x)
 => (float[2,3] y, float[t] scalars, float[t,3] rows, float[t,2,3] all) {
  y, scalars, rows, all = Loop (n, CONDITION, x) <body = b (int64 i, bool g, float[2,3] s)
   => (bool h, float[2,3] o, float u, float[3] v, float[2,3] w) {
    h = Identity(g) o = Add(s, s) u = ReduceSum <keepdims = 0> (o) v = ReduceMax <axes = [0], keepdims = 0> (o)
    w = Neg(o)
  }>
}"""

ENDED_BY_A_CONDITION = """g (int64 n, bool c, float x) => (float y, int64[t] numbers) <float limit = {20.0}> {
  y, numbers = Loop (n, c, x) <body = b (int64 i, bool g, float s) => (bool h, float o, int64 j) {
    o = Add(s, s) h = Less(o, limit) j = Identity(i)
  }>
}"""

INSIDE_ANOTHER = """g (int64 n, bool c, float[3] x) => (float[3] y) {
  y = Loop (n, c, x) <body = b (int64 i, bool g, float[3] s) => (bool h, float[3] o) {
    h = Identity(g) next = Add(i, n)
    o = Loop (next, g, s) <body = inner (int64 j, bool p, float[3] t) => (bool q, float[3] u) {
      q = Identity(p) u = Add(t, x)
    }>
  }>
}"""


def evaluate(text: str, given: Mapping[str, np.ndarray], *, float64: bool = False) -> list[np.ndarray]:
    module = import_onnx(parser.parse_model(HEADER + text))
    return evaluate_graph(main(module), list(given.values()), float64=float64)


def main(module: ir.Module) -> Graph:
    return read_graph(next(functions(module.operation)))


def by_onnx_runtime(text: str, given: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    proto = parser.parse_model(HEADER + text)
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    results: list[np.ndarray] = session.run(None, dict(given))
    return results


def compare(text: str, given: Mapping[str, np.ndarray]) -> None:
    for found, expected in zip(evaluate(text, given), by_onnx_runtime(text, given), strict=True):
        assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
        np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("condition", ["c", ""])
@pytest.mark.parametrize("iterations", [3, 1, 0])
def test_scan_outputs(iterations: int, condition: str) -> None:
    """Scalars, vectors and matrices along a new dimension, of no iteration too."""
    x = np.random.default_rng(0).random((2, 3), np.float32)
    compare(STACKED.replace("CONDITION", condition), {"n": np.array(iterations), "c": np.array(True), "x": x})


def test_unused_scan_outputs_are_not_computed() -> None:
    proto = parser.parse_model(HEADER + STACKED.replace("CONDITION", "c"))
    del proto.graph.output[2:]
    proto.graph.node[0].output[2] = ""
    del proto.graph.node[0].output[3:]
    module = import_onnx(proto)
    [loop] = [node for node in main(module).nodes if node.body is not None]
    assert [value.type.rank for value in loop.outputs] == [2, 1]
    assert not any(node.kind == "neg" for node in loop.body.nodes)


@pytest.mark.parametrize(("limit", "start"), [(10, 1.5), (2, 1.5), (10, 30.0), (0, 1.5)])
@pytest.mark.parametrize("condition", [True, False])
def test_conditions(limit: int, start: float, condition: bool) -> None:
    compare(ENDED_BY_A_CONDITION, {"n": np.array(limit), "c": np.array(condition), "x": np.array(start, np.float32)})


def test_loops_inside_loops() -> None:
    x = np.random.default_rng(0).random(3, np.float32)
    compare(INSIDE_ANOTHER, {"n": np.array(3), "c": np.array(True), "x": x})


def test_double_precision() -> None:
    given = {"n": np.array(3), "c": np.array(True), "x": np.full(3, 0.1, np.float32)}
    [found] = evaluate(INSIDE_ANOTHER, given, float64=True)
    np.testing.assert_allclose(found, 13 * np.full(3, 0.1, np.float32).astype(np.float64), rtol=1e-15)


def test_errors_name_the_loop_and_the_node_in_it() -> None:
    text = """g (int64 n, float[3] x, int64[1] to) => (float[3] y) <bool c = {1}> {
      y = Loop (n, c, x) <body = b (int64 i, bool g, float[3] s) => (bool h, float[3] o) {
        h = Identity(g) [wide] t = Gather(s, to) o = Add(t, s)
      }>
    }"""
    given = {"n": np.array(1), "x": np.zeros(3, np.float32), "to": np.array([7])}
    with pytest.raises(EvaluationError, match=r"\(Loop\): node 'wide' \(Gather\)"):
        evaluate(text, given)
