"""The compiled function's interface: inputs and outputs of all kinds, in the model's order."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from small_models import assert_close, compiled_and_checked, expected, inputs, parse

import dnnf_mlir
from dnnf_mlir.errors import RunError, TargetError

BOUNDARIES = {
    "an output is an input": "g (float[2,3] x, float[2,3] z) => (float[2,3] z, float[2,3] y) { y = Relu(x) }",
    "an output is a constant": """
g (float[2] x) => (float[2] c, float[2] y) <float[2] c = {1, 2}> { y = Add(x, c) }""",
    "no inputs": "g () => (float[2] y) <float[2] c = {1, -2}> { y = Relu(c) }",
    "one value is two outputs": "g (float[3] x) => (float[3] y, float[3] z) { y = Exp(x)  z = Identity(y) }",
    "an input is not used": "g (float[3] unused, float[3] x) => (float[3] y) { y = Neg(x) }",
    "scalars": "g (float x, int64 i) => (float y, int64 j) { y = Mul(x, x)  j = Add(i, i) }",
    "nothing but a reshape": """
g (float[2,6] x) => (float[3,4] y) <int64[2] shape = {3, 4}> { y = Reshape(x, shape) }""",
    "an inner value is an output": """
g (float[1,4,6,6] x, float[4,4,3,3] w1) => (float[1,4,6,6] a, float[1,4,6,6] y) {
  a = Conv<pads = [1, 1, 1, 1]>(x, w1)
  y = Relu(a)
}""",
    "double precision": "g (double[2,3] x, double[3,4] w1) => (double[2,4] y) { y = MatMul(x, w1) }",
    "half precision": "g (float16[2,3] x) => (float16[2,3] y, float[2,3] z) { y = Relu(x)  z = Cast<to = 1>(x) }",
    "small integers": """
g (uint8[2,3] x, int8[2,3] i, int32[2,3] j) => (uint8[2,3] y, int8[2,3] k, int32[2,3] l, float[2,3] f)
<uint8 one = {1}> {
  y = Add(x, one)
  k = Neg(i)
  l = Mul(j, j)
  f = Cast<to = 1>(x)
}""",
    "empty tensors": "g (float[0,3] x, float[3,4] w1) => (float[0,4] y) { y = MatMul(x, w1) }",
}

FREE = """
g (float[batch,3,size,size] x, float[4,3,3,3] w1) => (float[batch,4,size,size] y) {
  y = Conv<pads = [1, 1, 1, 1]>(x, w1)
}"""


@pytest.mark.parametrize("name", BOUNDARIES)
def test_boundaries(name: str) -> None:
    compiled_and_checked(parse(BOUNDARIES[name]))


def test_free_dimensions() -> None:
    model = parse(FREE)
    partly = dnnf_mlir.compile(model, dims={"size": 5})
    for batch in (1, 3):
        x = np.random.default_rng(batch).standard_normal((batch, 3, 5, 5)).astype(np.float32)
        assert_close(partly.run([x]), expected(model, {"x": x}))
    x = np.random.default_rng(0).standard_normal((2, 3, 5, 5)).astype(np.float32)
    compiled = dnnf_mlir.compile(model, dims={"batch": 2, "size": 5})
    assert_close(compiled.run([x]), expected(model, {"x": x}))
    with pytest.raises(RunError, match="5"):
        compiled.run([x[:, :, :4]])


def test_names_stand_in_the_module() -> None:
    text = "g (float[2] image, float[2] prior) => (float[2] score) { score = Add(image, prior) }"
    module = dnnf_mlir.compile(parse(text)).load()
    assert [tensor.name for tensor in module.inputs or ()] == ["image", "prior"]
    assert [tensor.name for tensor in module.outputs or ()] == ["score"]


def test_sources(tmp_path: Path) -> None:
    """A path, the file's contents and the proto give the same module."""
    model = parse("g (float[2,3] x, float[3,4] w1) => (float[2,4] y) { y = MatMul(x, w1) }")
    onnx.save(model, tmp_path / "model.onnx")
    feeds = inputs(model)
    wanted = expected(model, feeds)
    for source in (tmp_path / "model.onnx", str(tmp_path / "model.onnx"), model.SerializeToString(), model):
        assert_close(dnnf_mlir.compile(source).run(list(feeds.values())), wanted)


def test_saved_module_runs(tmp_path: Path) -> None:
    model = parse(BOUNDARIES["an inner value is an output"])
    compiled = dnnf_mlir.compile(model)
    compiled.save(tmp_path / "model.vmfb")
    assert (tmp_path / "model.vmfb").read_bytes() == compiled.vmfb


def test_several_threads() -> None:
    model = parse(FREE.replace("batch", "2").replace("size", "16"))
    feeds = inputs(model)
    assert_close(dnnf_mlir.compile(model).run(list(feeds.values()), threads=2), expected(model, feeds))


def test_unknown_options() -> None:
    model = parse("g (float[2] x) => (float[2] y) { y = Relu(x) }")
    with pytest.raises(TargetError, match=r"'phone'.*arm64-android"):
        dnnf_mlir.compile(model, target="phone")
    with pytest.raises(TargetError, match=r"'f8'.*f16"):
        dnnf_mlir.compile(model, precision="f8")


def test_constants_are_shared() -> None:
    """Two outputs of one constant are both there."""
    model = parse("g (float[2] x) => (float[2] y) { y = Relu(x) }")
    constant = numpy_helper.from_array(np.array([3.0, 4.0], np.float32), "c")
    model.graph.initializer.append(constant)
    for name in ("c", "c"):
        model.graph.output.append(onnx.helper.make_tensor_value_info(name, 1, [2]))
    [_, first, second] = dnnf_mlir.compile(model).run([np.ones(2, np.float32)])
    np.testing.assert_array_equal(first, [3, 4])
    np.testing.assert_array_equal(second, [3, 4])


HALF = """
g (float[1,3,8,8] x, float[8,3,3,3] w1, float[8] w2, float[8,10] w3) => (float[1,10] y) <float low = {-1000000000.0}> {
  a = Conv<pads = [1, 1, 1, 1]>(x, w1, w2)
  b = Relu(a)
  p = GlobalAveragePool(b)
  f = Flatten(p)
  m = MatMul(f, w3)
  n = Max(m, low)
  y = Softmax(n)
}"""


@pytest.mark.parametrize("fuse", [True, False])
def test_half_precision(fuse: bool) -> None:
    """``f16`` narrows everything, inputs and outputs too; what f16 cannot hold becomes its largest number."""
    model = parse(HALF)
    [x] = inputs(model).values()
    [found] = dnnf_mlir.compile(model, precision="f16", fuse=fuse).run([x.astype(np.float16)])
    assert found.dtype == np.float16
    assert_close([found.astype(np.float32)], expected(model, {"x": x}), 1e-2)


def test_random_numbers() -> None:
    """What depends on them is not compared with the reference, which draws others."""
    model = parse(
        "g (float[2,40] x) => (float[2,40] y, float[2,40] z) { r = RandomUniformLike(x)  y = Add(r, x)  z = Neg(x) }"
    )
    [x] = inputs(model).values()
    y, z = dnnf_mlir.compile(model).run([x])
    assert np.all((y - x > -1e-6) & (y - x < 1 + 1e-6))
    assert np.ptp(y - x) > 0.5
    np.testing.assert_array_equal(z, -x)
