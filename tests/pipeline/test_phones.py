"""Whole models for phones, run without a phone: ARM under qemu, Vulkan on Mesa's software driver."""

import functools
from pathlib import Path

import numpy as np
import pytest
from device_runners import run_arm64, run_vulkan
from onnx import ModelProto
from small_models import Array, assert_close, expected, inputs, parse

import dnnf_mlir
from benchmarks import models
from dnnf_mlir.errors import UnsupportedModelError

WHOLE = ["efficientnet_b0", "tinybert"]

# One operator of each kind on the integers that ONNX uses for indices and shapes: Android's GPU baseline has none of
# 64 bits.
WIDE_INTEGERS = """
g (int64[4,8] x, float[4,8] f, float[16,8] w_table) => (int64[4,8] sum, bool[4,8] equal, float[4,8,8] rows, int64[4,1]
   place, float[8,4] turned, int64[4,16] both, int64[4,8] chosen, int64[4,8] cut, int64 total)
<int64 three = {3}> {
  sum = Add(x, three)
  equal = Equal(x, three)
  rows = Gather(w_table, x)
  place = ArgMax<axis = 1>(f)
  t = Transpose<perm = [1, 0]>(x)
  turned = Cast<to = 1>(t)
  both = Concat<axis = 1>(x, sum)
  chosen = Where(equal, x, three)
  cut = Cast<to = 7>(f)
  total = ReduceSum<keepdims = 0>(x)
}
"""


@functools.cache
def _case(name: str) -> tuple[ModelProto, list[Array], list[Array]]:
    """A model, its inputs and ONNX Runtime's outputs."""
    model = models.load(name)
    feeds = models.inputs(model)
    return model, list(feeds.values()), expected(model, feeds)


@pytest.mark.arm64
@pytest.mark.parametrize("name", WHOLE)
def test_arm64(name: str, tmp_path: Path) -> None:
    model, feeds, wanted = _case(name)
    dnnf_mlir.compile(model, target="arm64-linux").save(tmp_path / "model.vmfb")
    assert_close(run_arm64(tmp_path / "model.vmfb", feeds, len(wanted)), wanted, 1e-4)


@pytest.mark.arm64
@pytest.mark.parametrize("name", WHOLE)
def test_arm64_in_half_precision(name: str, tmp_path: Path) -> None:
    """Every anchor has a kernel, and rounding to f16 layer by layer moves the outputs by percents at most."""
    model, feeds, wanted = _case(name)
    compiled = dnnf_mlir.compile(model, target="arm64-linux", precision="f16")
    assert {block["form"] for block in compiled.plan["blocks"] if block["anchor"] is not None} == {"kernel"}
    compiled.save(tmp_path / "model.vmfb")
    narrow = [each.astype(np.float16) if each.dtype == np.float32 else each for each in feeds]
    found = run_arm64(tmp_path / "model.vmfb", narrow, len(wanted))
    assert_close([each.astype(np.float32) for each in found], wanted, 4e-2)


@pytest.mark.vulkan
@pytest.mark.parametrize("name", WHOLE)
def test_vulkan(name: str, tmp_path: Path) -> None:
    model, feeds, wanted = _case(name)
    dnnf_mlir.compile(model, target="vulkan-android").save(tmp_path / "model.vmfb")
    assert_close(run_vulkan(tmp_path / "model.vmfb", feeds, len(wanted)), wanted, 1e-3)


@pytest.mark.vulkan
@pytest.mark.parametrize("fuse", [True, False])
def test_wide_integers_on_vulkan(fuse: bool, tmp_path: Path) -> None:
    model = parse(WIDE_INTEGERS)
    feeds = {**inputs(model), "f": 5 * inputs(model)["f"].astype(np.float32)}
    wanted = expected(model, feeds)
    dnnf_mlir.compile(model, target="vulkan-android", fuse=fuse).save(tmp_path / "model.vmfb")
    assert_close(run_vulkan(tmp_path / "model.vmfb", list(feeds.values()), len(wanted)), wanted, 1e-3)


# Neither inputs nor results fill whole words of memory, in which the Android baseline keeps them.
BYTES = """
g (int8[3,5] a, uint8[7] b, bool[2,3,3] c, int16[5] d, float[2,3,3] x)
  => (int8[3,5] negative, float[7] wide, float[2,3,3] chosen, bool[2,3,3] less, int16[5] other, uint8[7] same) {
  negative = Neg(a)
  wide = Cast<to = 1>(b)
  zero = Neg(x)
  chosen = Where(c, x, zero)
  less = Less(x, zero)
  other = Neg(d)
  same = Identity(b)
}
"""


@pytest.mark.vulkan
def test_bytes_beside_whole_words_on_vulkan(tmp_path: Path) -> None:
    model = parse(BYTES)
    generator = np.random.default_rng(0)
    feeds: dict[str, Array] = {
        "a": generator.integers(-100, 100, (3, 5), np.int8),
        "b": generator.integers(0, 255, 7, np.uint8),
        "c": generator.random((2, 3, 3)) < 0.5,
        "d": generator.integers(-9999, 9999, 5, np.int16),
        "x": generator.standard_normal((2, 3, 3)).astype(np.float32),
    }
    x = feeds["x"]
    wanted = [-feeds["a"], feeds["b"].astype(np.float32), np.where(feeds["c"], x, -x), x < -x, -feeds["d"], feeds["b"]]
    dnnf_mlir.compile(model, target="vulkan-android").save(tmp_path / "model.vmfb")
    for found, right in zip(run_vulkan(tmp_path / "model.vmfb", list(feeds.values()), 6), wanted, strict=True):
        np.testing.assert_array_equal(found, right)


def test_half_precision_where_a_gpu_need_not_have_it() -> None:
    with pytest.raises(UnsupportedModelError, match="'x' is of half precision, which target vulkan-android need not"):
        dnnf_mlir.compile(parse(HALF), target="vulkan-android", precision="f16")


HALF = """
g (float[1,4,8,8] x, float[8,4,3,3] w1, float[8] w2, float[8,10] w3) => (float[1,10] y) {
  a = Conv<pads = [1, 1, 1, 1]>(x, w1, w2)
  b = Relu(a)
  p = GlobalAveragePool(b)
  f = Flatten(p)
  y = MatMul(f, w3)
}"""


@pytest.mark.vulkan
def test_half_precision_on_mali(tmp_path: Path) -> None:
    model = parse(HALF)
    feeds = inputs(model)
    dnnf_mlir.compile(model, target="vulkan-mali", precision="f16").save(tmp_path / "model.vmfb")
    [found] = run_vulkan(tmp_path / "model.vmfb", [feeds["x"].astype(np.float16)], subgroup_size=16)
    assert found.dtype == np.float16
    assert_close([found.astype(np.float32)], expected(model, feeds), 1e-2)
