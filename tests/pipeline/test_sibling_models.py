"""Whole models in which several operators read one tensor: one kernel with several results, here and on ARM."""

from pathlib import Path

import pytest
from device_runners import run_arm64
from small_models import assert_close, expected, inputs, parse

import dnnf_mlir

# Queries, keys and values of an attention with two heads, by three products.
THREE_PRODUCTS = """
g (float[1,20,48] x, float[48,48] w1, float[48,48] w2, float[48,48] w3, float[48] w4, float[48] w5, float[48] w6)
  => (float[1,2,20,20] scores, float[1,2,20,24] values)
<int64[4] split = {1, 20, 2, 24}, float scale = {0.2}> {
  h = Relu(x)
  q = MatMul(h, w1)
  qb = Add(q, w4)
  qs = Mul(qb, scale)
  qr = Reshape(qs, split)
  qh = Transpose<perm = [0, 2, 1, 3]>(qr)
  k = MatMul(h, w2)
  kb = Add(k, w5)
  kr = Reshape(kb, split)
  kh = Transpose<perm = [0, 2, 3, 1]>(kr)
  v = MatMul(h, w3)
  vb = Add(v, w6)
  vr = Reshape(vb, split)
  values = Transpose<perm = [0, 2, 1, 3]>(vr)
  scores = MatMul(qh, kh)
}"""

# The same by one product and a Split, as GPT-2 is exported.
ONE_PRODUCT = """
g (float[1,20,48] x, float[48,144] w1, float[144] w2) => (float[1,2,20,20] scores, float[1,2,20,24] values)
<int64[4] split = {1, 20, 2, 24}, int64[3] sizes = {48, 48, 48}> {
  h = Relu(x)
  y = MatMul(h, w1)
  b = Add(y, w2)
  q, k, v = Split<axis = 2>(b, sizes)
  qr = Reshape(q, split)
  qh = Transpose<perm = [0, 2, 1, 3]>(qr)
  kr = Reshape(k, split)
  kh = Transpose<perm = [0, 2, 3, 1]>(kr)
  vr = Reshape(v, split)
  values = Transpose<perm = [0, 2, 1, 3]>(vr)
  scores = MatMul(qh, kh)
}"""

# The branches of an Inception module, with one more 1x1 convolution whose sum needs the first one's result.
BRANCHES = """
g (float[1,24,9,10] x, float[16,24,1,1] w1, float[40,24,1,1] w2, float[7,24,3,3] w3, float[16,24,1,1] w4, float[16] w5)
  => (float[1,16,9,10] a, float[1,40,9,10] b, float[1,7,9,10] c, float[1,24,9,10] d, float[1,16,9,10] e) {
  h = Sin(x)
  y1 = Conv(h, w1, w5)
  a = Relu(y1)
  y2 = Conv(h, w2)
  b = HardSwish(y2)
  y3 = Conv<pads = [1, 1, 1, 1]>(h, w3)
  c = Sigmoid(y3)
  d = MaxPool<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>(h)
  y4 = Conv(h, w4)
  e = Add(y4, a)
}"""

MODELS = {"three products": THREE_PRODUCTS, "one product": ONE_PRODUCT, "branches": BRANCHES}


@pytest.mark.parametrize("name", MODELS)
def test_here(name: str) -> None:
    model = parse(MODELS[name])
    feeds = inputs(model)
    compiled = dnnf_mlir.compile(model, cache=False)
    fused = [siblings for siblings in compiled.plan["siblings"] if siblings["decision"] == "fused"]
    assert [len(siblings["anchors"]) for siblings in fused] == [4 if name == "branches" else 3]
    (block,) = [b for b in compiled.plan["blocks"] if set(fused[0]["anchors"]) <= set(b["operators"])]
    assert block["form"] == "kernel"
    # Every block is one dispatch: the kernel of the siblings, what comes before it, and what reads its results.
    views = sum(block["mapping_type"] == "reorganize" for block in compiled.plan["blocks"])
    assert compiled.kernels == len(compiled.plan["blocks"]) - views
    assert_close(compiled.run(list(feeds.values())), expected(model, feeds), 1e-5)


@pytest.mark.arm64
@pytest.mark.parametrize("name", ["one product", "branches"])
def test_arm64(name: str, tmp_path: Path) -> None:
    model = parse(MODELS[name])
    feeds = inputs(model)
    wanted = expected(model, feeds)
    dnnf_mlir.compile(model, target="arm64-linux").save(tmp_path / "model.vmfb")
    assert_close(run_arm64(tmp_path / "model.vmfb", list(feeds.values()), len(wanted)), wanted, 1e-5)
