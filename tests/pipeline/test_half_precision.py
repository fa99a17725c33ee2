"""Models in half precision, as they come or narrowed by the compiler, become generated kernels and compute right."""

from pathlib import Path

import numpy as np
import pytest
from device_runners import run_arm64
from onnx import ModelProto
from small_models import Array, assert_close, inputs, parse
from test_concats_in_place import POOLED, WINDOWS

import dnnf_mlir
from dnnf_mlir.compiler import Compilation
from dnnf_mlir.verify.compare import wrong_values
from dnnf_mlir.verify.reference import evaluate_graph

TOLERANCE = 1e-2
"""Some ten tensors one after the other, each rounded to 11 bits and summed up in f16."""

IMAGE = """
g (float[1,3,20,20] x, float[16,3,3,3] w1, float[16] w2, float[16,1,3,3] w3, float[16] w4, float[4,16,1,1] w5,
   float[4] w6, float[16,4,1,1] w7, float[16] w8, float[12,16,3,3] w9, float[12,12,2,2] w10, float[12,12,1,1] w11,
   float[12,10] w12, float[10] w13)
  => (float[1,10] y, float[1,12,20,20] z)
{
  a = Conv<pads = [1, 1, 1, 1]>(x, w1, w2)
  b = Relu(a)
  c = Conv<pads = [1, 1, 1, 1], group = 16>(b, w3, w4)
  d = HardSwish(c)
  e = GlobalAveragePool(d)
  f = Conv(e, w5, w6)
  h = Relu(f)
  i = Conv(h, w7, w8)
  j = Sigmoid(i)
  k = Mul(d, j)
  l = Conv<pads = [1, 1, 1, 1]>(k, w9)
  m = Tanh(l)
  n = MaxPool<kernel_shape = [2, 2], strides = [2, 2]>(m)
  u = ConvTranspose<strides = [2, 2]>(n, w10)
  z = Conv(u, w11)
  o = GlobalAveragePool(n)
  p = Flatten(o)
  y = Gemm(p, w12, w13)
}
"""

ATTENTION = """
g (float[1,12,32] x, float[32,32] w1, float[32,32] w2, float[32,32] w3, float[32,32] w4, float[32] w5,
   float[32] w6, float[32,64] w7, float[64,32] w8, float w9) => (float[1,12,32] y)
<int64[4] heads = {1, 12, 4, 8}, int64[3] whole = {1, 12, 32}> {
  q = MatMul(x, w1)
  qh = Reshape(q, heads)
  qt = Transpose<perm = [0, 2, 1, 3]>(qh)
  k = MatMul(x, w2)
  kh = Reshape(k, heads)
  kt = Transpose<perm = [0, 2, 3, 1]>(kh)
  v = MatMul(x, w3)
  vh = Reshape(v, heads)
  vt = Transpose<perm = [0, 2, 1, 3]>(vh)
  s = MatMul(qt, kt)
  t = Mul(s, w9)
  a = Softmax<axis = 3>(t)
  b = MatMul(a, vt)
  c = Transpose<perm = [0, 2, 1, 3]>(b)
  d = Reshape(c, whole)
  e = MatMul(d, w4)
  f = Add(e, x)
  n = LayerNormalization<axis = -1>(f, w5, w6)
  h = MatMul(n, w7)
  i = Gelu(h)
  j = MatMul(i, w8)
  y = Add(j, f)
}
"""

MODELS = {"image": IMAGE, "attention": ATTENTION, "windows into a Concat": WINDOWS, "pools into a Concat": POOLED}


def _model(name: str, type_: str) -> ModelProto:
    return parse(MODELS[name].replace("float", type_), opset=20)


def _reference(model: ModelProto, feeds: list[Array]) -> list[Array]:
    compilation = Compilation(model)
    results = evaluate_graph(compilation.graph(compilation.module), feeds, float64=True)
    return [each.astype(np.float16) for each in results]


def _anchored(plan: dict) -> set[str]:
    """The forms of the blocks with a dominant operator."""
    return {block["form"] for block in plan["blocks"] if block["anchor"] is not None}


@pytest.mark.parametrize("name", MODELS)
def test_models_of_half_precision(name: str) -> None:
    """Verified against the reference while they are compiled."""
    model = _model(name, "float16")
    feeds = list(inputs(model).values())
    compiled = dnnf_mlir.compile(model, cache=False)
    assert _anchored(compiled.plan) == {"kernel"}
    assert_close(compiled.run(feeds), _reference(model, feeds), TOLERANCE)


def test_casts_at_the_borders_are_apart_from_kernels() -> None:
    """As converters write them that keep a model's inputs and outputs."""
    model = parse("""
g (float[4,48] x, float16[48,40] w1, float16[40] w2, float16[40,20] w3) => (float[4,20] y) {
  half = Cast<to = 10>(x)
  a = MatMul(half, w1)
  b = Add(a, w2)
  c = Tanh(b)
  d = MatMul(c, w3)
  y = Cast<to = 1>(d)
}""")
    feeds = list(inputs(model).values())
    compiled = dnnf_mlir.compile(model, cache=False)
    assert _anchored(compiled.plan) == {"kernel"}
    found = [array.astype(np.float16) for array in compiled.run(feeds)]
    assert_close(found, _reference(model, feeds), TOLERANCE)


def test_verification_tells_rounding_from_errors() -> None:
    model = _model("attention", "float16")
    compilation = Compilation(model)
    graph, feeds = compilation.graph(compilation.module), list(inputs(model).values())
    [exact] = evaluate_graph(graph, feeds)
    noise = np.random.default_rng(0).uniform(-1, 1, exact.shape) * np.abs(exact).max()
    assert wrong_values(graph, feeds, graph.outputs, [(exact + 0.02 * noise).astype(np.float16)]) == []
    assert len(wrong_values(graph, feeds, graph.outputs, [(exact + 0.2 * noise).astype(np.float16)])) == 1


@pytest.mark.parametrize("target", ["host", pytest.param("arm64-linux", marks=pytest.mark.arm64)])
@pytest.mark.parametrize("name", MODELS)
def test_narrowed_models(name: str, target: str, tmp_path: Path) -> None:
    model = _model(name, "float")
    feeds = [array.astype(np.float16) for array in inputs(model).values()]
    compiled = dnnf_mlir.compile(model, target=target, precision="f16", cache=False)
    assert _anchored(compiled.plan) == {"kernel"}
    wanted = _reference(model, [array.astype(np.float32) for array in feeds])
    if target == "host":
        found = compiled.run(feeds)
    else:
        compiled.save(tmp_path / "model.vmfb")
        found = run_arm64(tmp_path / "model.vmfb", feeds, len(wanted))
    assert_close(found, wanted, TOLERANCE)
    forms = [block["form"] for block in compiled.plan["blocks"]]
    assert forms.count("in place") == ("into a Concat" in name)
