"""Results that a choice among nearly equal scores decides are judged by the scores."""

import numpy as np
from small_models import parse

import dnnf_mlir
from dnnf_mlir.compiler import Compilation
from dnnf_mlir.graph.ecg import Graph
from dnnf_mlir.options import Options
from dnnf_mlir.verify.choices import choice_deviations, steady_deviations
from dnnf_mlir.verify.difference import Deviation

CHOICE = """g (float[64] x) => (float[64] y, float[4,8] z) <int64[1] k = {4}> {
  y = Exp(x) near = Mul(x, tiny) scores = Add(near, one) best, at = TopK(scores, k) rows = Reshape(x, shape)
  twice = Concat <axis = 0> (rows, rows, rows, rows, rows, rows, rows, rows) z = Gather(twice, at)
}"""
"""Scores of 1 and up to a few millionths, of which the best four choose rows."""


def model_graph(scale: float) -> Graph:
    text = CHOICE.replace("tiny)", "w)").replace("one)", "v)").replace("shape)", "s)")
    model = parse(text.replace("{4}>", f"{{4}}, float w = {{{scale}}}, float v = {{1.0}}, int64[2] s = {{8, 8}}>"))
    return Compilation(model, Options(cache=False)).imported


def test_what_a_choice_decides_is_no_measure() -> None:
    graph = model_graph(1e-6)
    [x] = [np.random.default_rng(0).standard_normal(64).astype(np.float32)]
    direct, chosen = graph.outputs
    found = [Deviation(direct, 0.5), Deviation(chosen, 0.5)]
    assert [each.value for each in steady_deviations(graph, [x], found)] == [direct]


def test_scores_that_lie_apart_are() -> None:
    graph = model_graph(1.0)
    x = np.arange(64, dtype=np.float32)
    found = [Deviation(graph.outputs[1], 0.5)]
    assert steady_deviations(graph, [x], found) == found


def test_scores_that_rewriting_changed() -> None:
    x = np.random.default_rng(0).standard_normal(64).astype(np.float32)
    assert choice_deviations(model_graph(1e-6), model_graph(1e-6), [x]) == []
    [deviation] = choice_deviations(model_graph(1.0), model_graph(0.5), [x])
    assert deviation.error > 0.1


def test_a_model_that_chooses_among_equals_compiles() -> None:
    """Products of hundreds of terms whose sums differ in the last digits only."""
    model = parse(
        """g (float[256,64] x, float[64,64] w, float[64,64] w2) => (float[256,8] best, float[256,8,64] y)
        <int64[1] k = {8}, int64[1] two = {2}, float small = {0.0001}, int64[3] shape = {256, 8, 64}> {
          a = MatMul(x, w) b = MatMul(a, w2) near = Mul(b, small) e = Sigmoid(near) best, at = TopK(e, k)
          column = Unsqueeze(at, two) positions = Expand(column, shape)
          line = Unsqueeze(x, two) rows = Expand(line, wide) y = GatherElements <axis = 1> (rows, positions)
        }""".replace("<int64[1] k", "<int64[3] wide = {256, 64, 64}, int64[1] k")
    )
    compiled = dnnf_mlir.compile(model, cache=False)
    assert compiled.verification == "compared with the reference"
