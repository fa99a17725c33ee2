"""If whose branches are much work: the branch taken is computed alone, and its requirements are asserted alone."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest
from onnx import ModelProto, numpy_helper, parser

import dnnf_mlir
from dnnf_mlir.errors import InputValuesError

Array = npt.NDArray[np.generic]
HEADER = '<ir_version: 8, opset_import: ["" : 17]>\n'

# A window of 6 or of 3 samples, an LSTM whose state is handed in and out, and a result that is there already.
DETECTOR = """g (float[N,T] x, float[1,N,4] s, int64 rate) => (float[N] y, float[1,N,4] next, float[N,T] same) {
  k = Constant <value_int = 16> () one = Constant <value_ints = [1]> () fast = Equal(rate, k) u = Unsqueeze(x, one)
  y, next, same = If (fast) <
    then_branch = a () => (float[N] ay, float[1,N,4] ah, float[N,T] x1) {
      ac = Conv <strides = [3]> (u, wide) at = Transpose <perm = [2, 0, 1]> (ac)
      as, ah, acell = LSTM <hidden_size = 4> (at, w, r, , , s, s)
      ay = ReduceMean <axes = [0, 2], keepdims = 0> (ah) x1 = Identity(x)
    },
    else_branch = b () => (float[N] by, float[1,N,4] bh, float[N,T] x2) {
      bc = Conv <strides = [2]> (u, narrow) bt = Transpose <perm = [2, 0, 1]> (bc)
      bs, bh = GRU <hidden_size = 4> (bt, w3, r3, , , s)
      by = ReduceMax <axes = [0, 2], keepdims = 0> (bh) x2 = Neg(x)
    }
  >
}"""

NESTED = """g (float[N,4] x, int64 rate) => (float[N,4] y) {
  k = Constant <value_int = 16> () l = Constant <value_int = 20> () fast = Equal(rate, k) large = Greater(rate, l)
  y = If (fast) <
    then_branch = a () => (float[N,4] ay) { ay = MatMul(x, m) },
    else_branch = b () => (float[N,4] by) {
      z = MatMul(x, m)
      by = If (large) <
        then_branch = c () => (float[N,4] cy) { p = MatMul(z, m) cy = Add(p, x) },
        else_branch = d () => (float[N,4] dy) { dy = Relu(z) }
      >
    }
  >
}"""


def model_of(text: str, weights: dict[str, Sequence[int]]) -> ModelProto:
    model = parser.parse_model(HEADER + text)
    random = np.random.default_rng(0)
    for name, shape in weights.items():
        array = (random.standard_normal(shape) / 2).astype(np.float32)
        model.graph.initializer.append(numpy_helper.from_array(array, name))
    return model


def detector() -> ModelProto:
    shapes = {"wide": (5, 1, 6), "narrow": (5, 1, 3), "w": (1, 16, 5), "r": (1, 16, 4), "w3": (1, 12, 5)}
    return model_of(DETECTOR, {**shapes, "r3": (1, 12, 4)})


def feeds_of(batch: int, samples: int, rate: int) -> dict[str, Array]:
    random = np.random.default_rng(samples)
    return {
        "x": random.standard_normal((batch, samples)).astype(np.float32),
        "s": random.standard_normal((1, batch, 4)).astype(np.float32),
        "rate": np.array(rate, np.int64),
    }


def check(module: Any, model: ModelProto, feeds: dict[str, Array]) -> None:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    for found, wanted in zip(module.run(list(feeds.values())), session.run(None, feeds), strict=True):
        assert found.shape == wanted.shape
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


def test_dynamic_sizes() -> None:
    model = detector()
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*not compared")
        module = dnnf_mlir.compile(model, cache=False).load()
    for batch, samples in ((1, 6), (3, 24), (2, 61)):
        for rate in (16, 8):
            check(module, model, feeds_of(batch, samples, rate))


def test_what_the_other_branch_asks_is_not_asked() -> None:
    """Four samples fill no window of six."""
    model = detector()
    module = dnnf_mlir.compile(model, cache=False).load()
    check(module, model, feeds_of(2, 4, 8))
    with pytest.raises(InputValuesError, match="Conv"):
        module.run(list(feeds_of(2, 4, 16).values()))


def test_known_sizes() -> None:
    model = detector()
    module = dnnf_mlir.compile(model, dims={"N": 2, "T": 24}, cache=False).load()
    for rate in (16, 8):
        check(module, model, feeds_of(2, 24, rate))


def test_nested() -> None:
    model = model_of(NESTED, {"m": (4, 4)})
    module = dnnf_mlir.compile(model, cache=False).load()
    for batch, rate in ((1, 16), (5, 8), (20, 30)):
        feeds = feeds_of(batch, 4, rate)
        del feeds["s"]
        check(module, model, feeds)


def test_each_branch_is_a_loop() -> None:
    compiled = dnnf_mlir.compile(detector(), cache=False, verify=False)
    names = [name for block in compiled.plan["blocks"] for name in block["operators"]]
    assert sum(name.endswith(("/else", "/then")) for name in names if "limit" not in name) == 2


def test_little_work_is_done_in_both() -> None:
    text = NESTED.replace("MatMul(x, m)", "Mul(x, x)").replace("MatMul(z, m)", "Mul(z, z)")
    compiled = dnnf_mlir.compile(model_of(text, {}), cache=False, verify=False)
    assert len(compiled.plan["blocks"]) == 1


def test_a_branch_that_does_not_fit_the_sizes() -> None:
    """The module is verified with the rate that it knows, and refuses the other one."""
    model = detector()
    slow = model_of(DETECTOR.replace("k = Constant <value_int = 16> () one", "k = Constant <value_int = 8> () one"), {})
    slow.graph.initializer.extend(model.graph.initializer)
    then, otherwise = slow.graph.node[-1].attribute
    then.name, otherwise.name = otherwise.name, then.name
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*not compared")
        module = dnnf_mlir.compile(slow, dims={"N": 2, "T": 4}, cache=False).load()
    check(module, slow, feeds_of(2, 4, 8))
    with pytest.raises(InputValuesError, match="is not to be taken"):
        module.run(list(feeds_of(2, 4, 16).values()))


def test_a_name_for_what_a_branch_gives() -> None:
    """The branches' results have other numbers of rows, which the Identity behind does not determine."""
    model = parser.parse_model(
        HEADER
        + """g (float[n,512] x, bool c) => (float[m,512] y) <int64[1] zero = {0}, int64[1] one = {1}> {
          r = If (c) <
            then_branch = t () => (float[k,512] a) { s = Slice(x, zero, one, zero) p = MatMul(s, w) a = Tanh(p) },
            else_branch = e () => (float[l,512] b) { q = MatMul(x, w) b = Neg(q) }
          > y = Identity(r)
        }"""
    )
    weights = np.random.default_rng(0).standard_normal((512, 512)).astype(np.float32) / 512
    model.graph.initializer.append(numpy_helper.from_array(weights, "w"))
    module = dnnf_mlir.compile(model, cache=False).load()
    x = np.arange(5 * 512, dtype=np.float32).reshape(5, 512) / 512
    np.testing.assert_allclose(module.run([x, np.array(True)])[0], np.tanh(x[:1] @ weights), rtol=0, atol=1e-5)
    np.testing.assert_allclose(module.run([x, np.array(False)])[0], -x @ weights, rtol=0, atol=1e-5)
