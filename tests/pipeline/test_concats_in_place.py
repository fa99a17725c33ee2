"""Concats whose operands are written into the result by the kernels that compute them: no kernel, right numbers."""

from pathlib import Path

import pytest
from device_runners import run_arm64
from small_models import assert_close, compiled_and_checked, expected, inputs, parse

import dnnf_mlir

# Channel counts that are no multiples of the vector length: kernels' tails must not touch the neighbour's part. Every
# operand has an input of its own: those that read the same tensor would be one kernel.
WINDOWS = """g (float[2,6,9,10] x, float[2,6,9,10] xb, float[2,6,9,10] xc, float[2,6,9,10] xd, float[2,6,9,10] xe,
  float[2,6,9,10] xf, float[5,6,3,3] wa, float[7,6,1,1] wb, float[6,1,3,3] wc, float[20,6,3,3] wd,
  float[19] we, float[19,6,1,1] wf, float[4,63,1,1] wz) => (float[2,4,9,10] y) {
  a = Conv <pads = [1, 1, 1, 1]> (x, wa)
  ra = Relu (a)
  b = Conv (xb, wb)
  c = Conv <group = 6, pads = [1, 1, 1, 1]> (xc, wc)
  d = Conv <pads = [1, 1, 1, 1]> (xd, wd)
  td = Tanh (d)
  e = MaxPool <kernel_shape = [3, 3], pads = [1, 1, 1, 1]> (xe)
  f = Conv (xf, wf, we)
  all = Concat <axis = 1> (ra, b, c, td, e, f)
  y = Conv (all, wz)
}"""

WINOGRAD = """g (float[1,64,26,27] x, float[1,64,26,27] z,
  float[70,64,3,3] wa, float[58,64,3,3] wb, float[5,128,1,1] wz) => (float[1,5,26,27] y) {
  a = Conv <pads = [1, 1, 1, 1]> (x, wa)
  b = Conv <pads = [1, 1, 1, 1]> (z, wb)
  ra = Relu (a)
  all = Concat <axis = 1> (b, ra)
  y = Conv (all, wz)
}"""

UPSAMPLED = """g (float[1,6,5,7] x, float[1,9,10,14] z, float[6,11,2,2] wt, float[4,26,1,1] wz)
  => (float[1,4,10,14] y) <float[4] scales = {1, 1, 2, 2}> {
  up = ConvTranspose <strides = [2, 2]> (x, wt)
  near = Resize <mode = "nearest", coordinate_transformation_mode = "asymmetric", nearest_mode = "floor"> (x, , scales)
  s = Sigmoid (z)
  all = Concat <axis = 1> (up, near, s)
  y = Conv (all, wz)
}"""

READ_TWICE = """g (float[1,6,9,9] x, float[13,6,1,1] wa, float[13,13,3,3] wb, float[4,52,1,1] wz)
  => (float[1,4,9,9] y, float[1,13,9,9] sum, float[1,13,9,9] a) {
  c = Conv (x, wa)
  a = Relu (c)
  p = MaxPool <kernel_shape = [3, 3], pads = [1, 1, 1, 1]> (a)
  q = MaxPool <kernel_shape = [5, 5], pads = [2, 2, 2, 2]> (p)
  b = Conv <pads = [1, 1, 1, 1]> (q, wb)
  sum = Add (b, a)
  all = Concat <axis = 1> (p, a, q, sum)
  y = Conv (all, wz)
}"""

POOLED = """g (float[1,6,12,12] x, float[13,6,3,3] wa, float[11,13,3,3] wb, float[11,7,2,2] wu, float[64,20,3,3] wz,
  float[5,64,1,1] wy) => (float[1,5,12,12] y) {
  a = Conv <pads = [1, 1, 1, 1]> (x, wa)
  ra = Relu (a)
  p = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (ra)
  b = Conv <pads = [1, 1, 1, 1]> (p, wb)
  up = ConvTranspose <strides = [2, 2]> (b, wu)
  all = Concat <axis = 1> (ra, up)
  z = Conv <pads = [1, 1, 1, 1]> (all, wz)
  rz = Relu (z)
  y = Conv (rz, wy)
}"""

PRODUCTS = """g (float[3,5,7] x, float[3,5,7] v, float[3,5,4] z, float[7,9] wa, float[7,6] wb, float[19,2] wz)
  => (float[3,5,2] y) {
  a = MatMul (x, wa)
  b = MatMul (v, wb)
  s = Softmax (z)
  all = Concat <axis = 2> (a, s, b)
  y = MatMul (all, wz)
}"""

HEADS = """g (float[1,6,5,5] x, float[1,6,3,3] z, float[1,7,4] more, float[8,6,3,3] wa, float[12,6,3,3] wb)
  => (float[1,84,4] all) <int64[3] shape = {1, -1, 4}> {
  a = Conv <pads = [1, 1, 1, 1]> (x, wa)
  b = Conv <pads = [1, 1, 1, 1]> (z, wb)
  ta = Transpose <perm = [0, 2, 3, 1]> (a)
  tb = Transpose <perm = [0, 2, 3, 1]> (b)
  ra = Reshape (ta, shape)
  rb = Reshape (tb, shape)
  all = Concat <axis = 1> (ra, rb, more)
}"""

# name -> model, kernels (transposes at the model's borders among them), how many Concats are in place
CASES = {
    "windows with tails": (WINDOWS, 9, 1),
    # Winograd's kernel reads channels last: the Transposes of x and z are kernels of their own.
    "winograd": (WINOGRAD, 5, 1),
    "upsampled and element-wise": (UPSAMPLED, 5, 1),
    "pooled and joined": (POOLED, 5, 1),
    "parts read elsewhere and returned": (READ_TWICE, 7, 1),
    "products and softmax": (PRODUCTS, 4, 1),
    "heads that follow each other": (HEADS, 2, 1),
}


@pytest.mark.parametrize("name", CASES)
def test_no_kernel_for_the_concat(name: str) -> None:
    text, kernels, joined = CASES[name]
    compiled = compiled_and_checked(parse(text), cache=False)
    forms = [block["form"] for block in compiled.plan["blocks"]]
    assert (compiled.kernels, forms.count("in place")) == (kernels, joined)


# What leaves a Concat a kernel -> the model's body, and a word of the reason.
APART = {
    "one value twice": ("a = Exp (x) b = Conv (x, wa) y = Concat <axis = 1> (a, b, a)", "two of its operands"),
    "a second reader of an element-wise kernel": (
        "a = Exp (x) b = Conv (a, wa) y = Concat <axis = 1> (a, b)",
        "also read elsewhere",
    ),
}


@pytest.mark.parametrize("name", APART)
def test_concats_that_stay(name: str) -> None:
    body, reason = APART[name]
    channels = 18 if "twice" in name else 12
    text = f"g (float[2,6,5,7] x, float[6,6,3,3] wa) => (float[2,{channels},5,7] y) {{ {body} }}"
    text = text.replace("Conv (", "Conv <pads = [1, 1, 1, 1]> (")
    blocks = compiled_and_checked(parse(text), cache=False).plan["blocks"]
    [block] = [block for block in blocks if "reason" in block]
    assert block["form"] == "linalg"
    assert reason in block["reason"]


def test_the_plan_tells_who_writes_where() -> None:
    plan = compiled_and_checked(parse(PRODUCTS)).plan
    starts = [part["start"] for block in plan["blocks"] for part in block.get("writes_into", ())]
    assert sorted(starts) == [0, 9, 13]
    assert plan["intermediate_bytes_after"] == 3 * 5 * 19 * 4


@pytest.mark.arm64
@pytest.mark.parametrize("name", ["windows with tails", "upsampled and element-wise"])
def test_arm64(name: str, tmp_path: Path) -> None:
    model = parse(CASES[name][0])
    feeds = inputs(model)
    compiled = dnnf_mlir.compile(model, target="arm64-linux")
    assert compiled.kernels == CASES[name][1]
    compiled.save(tmp_path / "model.vmfb")
    assert_close(run_arm64(tmp_path / "model.vmfb", list(feeds.values())), expected(model, feeds))
