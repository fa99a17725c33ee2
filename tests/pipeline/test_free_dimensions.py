"""Models with free dimensions: one module computes what ONNX Runtime does, at every size."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper, parser

import dnnf_mlir
from dnnf_mlir.errors import RunError

TOLERANCE = 1e-5  # f32 sums of at most some hundred terms in another order

HEADER = '<ir_version: 8, opset_import: ["" : 17]>\n'

PERCEPTRON = """g (float[batch,32] x) => (float[batch,10] y) {
  h = MatMul(x, w1) h1 = Add(h, b1) r = Relu(h1) o = MatMul(r, w2) t = Tanh(o) y = Add(t, b2)
}"""
PERCEPTRON_WEIGHTS = {"w1": (32, 64), "b1": (64,), "w2": (64, 10), "b2": (10,)}

# The shapes as PyTorch's exporter computes them, positions from a table and from Range, a mask with sizes as data.
ATTENTION = """g (float[batch,length,24] x, int64[batch,length] mask) => (float[batch,length,24] y)
<int64[1] zero = {0}, int64[1] one = {1}, int64[1] heads = {3}, int64[1] rest = {-1}, int64 first = {0},
 int64 second = {1}, int64[2] inner = {1,2}, float low = {-10000.0}> {
  s = Shape(x) b0 = Gather(s, first) l0 = Gather(s, second)
  b = Unsqueeze(b0, zero) l = Unsqueeze(l0, zero)
  places = Slice(table, zero, l, one, one) p = Gather(positions, places) x1 = Add(x, p)
  n = LayerNormalization <axis = -1> (x1, scale, shift)
  q = MatMul(n, w) to_heads = Concat <axis = 0> (b, l, heads, rest)
  q1 = Reshape(q, to_heads) q2 = Transpose <perm = [0, 2, 1, 3]> (q1) k = Transpose <perm = [0, 2, 3, 1]> (q1)
  scores = MatMul(q2, k)
  numbers = Range(first, l0, second) steps = Range(first, b0, second)
  starts = Mul(steps, l0) starts1 = Unsqueeze(starts, one) at = Add(starts1, numbers)
  flat = Reshape(mask, rest) seen = Gather(flat, at) hidden = Equal(seen, first) hidden1 = Unsqueeze(hidden, inner)
  masked = Where(hidden1, low, scores) weights = Softmax <axis = -1> (masked)
  sums = MatMul(weights, q2) back = Transpose <perm = [0, 2, 1, 3]> (sums)
  joined = Concat <axis = 0> (b, l, rest) y1 = Reshape(back, joined) y = Add(y1, x)
}"""
ATTENTION_WEIGHTS = {"positions": (128, 24), "w": (24, 24), "scale": (24,), "shift": (24,)}

CONVOLUTIONS = """g (float[batch,3,height,width] x) => (float[batch,7] y) {
  c = Conv <strides = [2, 2], pads = [1, 1, 1, 1]> (x, w1, b1) r = Relu(c)
  d = Conv <group = 8, pads = [1, 1, 1, 1]> (r, w2) p = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (d)
  m = GlobalAveragePool(p) s = Sigmoid(m) t = Mul(p, s) g = GlobalAveragePool(t) f = Flatten(g) y = Gemm(f, w3)
}"""
CONVOLUTIONS_WEIGHTS = {"w1": (8, 3, 3, 3), "b1": (8,), "w2": (8, 1, 3, 3), "w3": (8, 7)}

# A depthwise and a pointwise convolution, statistics of channels, a Concat that kernels write into.
IMAGES = """g (float[batch,16,height,width] x) => (float[batch,9,height,width] y) {
  d = Conv <group = 16, pads = [1, 1, 1, 1]> (x, w1) r = Relu(d) p = Conv (r, w2)
  i = InstanceNormalization(p, scale, shift) q = Relu(i) c = Conv <pads = [2, 2, 2, 2]> (q, w3) a = Tanh(c)
  j = Concat <axis = 1> (q, a) y = Conv <pads = [1, 1, 1, 1]> (j, w4)
}"""
IMAGES_WEIGHTS = {
    "w1": (16, 1, 3, 3),
    "w2": (12, 16, 1, 1),
    "scale": (12,),
    "shift": (12,),
    "w3": (7, 12, 5, 5),
    "w4": (9, 19, 3, 3),
}


def model(text: str, weights: dict[str, tuple[int, ...]]) -> onnx.ModelProto:
    generator = np.random.default_rng(0)
    result = parser.parse_model(HEADER + text)
    for name, shape in weights.items():
        array = (generator.standard_normal(shape) / 4).astype(np.float32)
        result.graph.initializer.append(numpy_helper.from_array(array, name))
    if "positions" in weights:
        table = np.arange(128, dtype=np.int64)[None]
        result.graph.initializer.append(numpy_helper.from_array(table, "table"))
    return result


def random_inputs(proto: onnx.ModelProto, dims: dict[str, int]) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(1)
    feeds = {}
    for value in proto.graph.input:
        type_ = value.type.tensor_type
        shape = [dims.get(dim.dim_param, dim.dim_value) for dim in type_.shape.dim]
        floats = generator.standard_normal(shape).astype(np.float32)
        feeds[value.name] = floats if type_.elem_type == 1 else (floats > -1).astype(np.int64)
    return feeds


CASES = {
    "perceptron": (PERCEPTRON, PERCEPTRON_WEIGHTS, [{"batch": n} for n in (1, 3, 17, 130)]),
    "attention": (
        ATTENTION,
        ATTENTION_WEIGHTS,
        [{"batch": b, "length": n} for b, n in ((1, 1), (1, 32), (3, 7), (5, 100))],
    ),
    "convolutions": (
        CONVOLUTIONS,
        CONVOLUTIONS_WEIGHTS,
        [{"batch": b, "height": h, "width": w} for b, h, w in ((1, 32, 32), (2, 17, 30), (3, 5, 64))],
    ),
    "images": (
        IMAGES,
        IMAGES_WEIGHTS,
        [{"batch": b, "height": h, "width": w} for b, h, w in ((1, 1, 1), (2, 13, 31), (3, 40, 5))],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_module_for_every_size(name: str) -> None:
    text, weights, sizes = CASES[name]
    proto = model(text, weights)
    compiled = dnnf_mlir.compile(proto, verify=False)
    module = compiled.load()
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    for dims in sizes:
        feeds = random_inputs(proto, dims)
        expected = session.run(None, feeds)[0]
        found = module.run(list(feeds.values()))[0]
        assert found.shape == expected.shape
        assert np.abs(found - expected).max() <= TOLERANCE * np.abs(expected).max(), dims


def test_the_batch_alone_left_free() -> None:
    """The convolutions' images are cut at compile time, also those of a pair that is one kernel; no batch is fine."""
    proto = model(IMAGES, IMAGES_WEIGHTS)
    compiled = dnnf_mlir.compile(proto, verify=False, dims={"height": 14, "width": 14})
    module = compiled.load()
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    for batch in (1, 5):
        feeds = random_inputs(proto, {"batch": batch, "height": 14, "width": 14})
        expected, found = session.run(None, feeds)[0], module.run(list(feeds.values()))[0]
        assert np.abs(found - expected).max() <= TOLERANCE * np.abs(expected).max(), batch
    assert module.run([np.zeros((0, 16, 14, 14), np.float32)])[0].shape == (0, 9, 14, 14)


@pytest.mark.parametrize("name", ["perceptron", "attention", "images"])
def test_products_and_windows_are_kernels(name: str) -> None:
    """Whatever is left free, the blocks that compute most are generated kernels."""
    text, weights, _ = CASES[name]
    compiled = dnnf_mlir.compile(model(text, weights), verify=False)
    slow = [block for block in compiled.plan["blocks"] if block["form"] == "linalg"]
    heavy = ("Conv", "Gemm", "Softmax", "LayerNormalization", "InstanceNormalization")
    assert [block["operators"] for block in slow if any(name.startswith(heavy) for name in block["operators"])] == []
    assert sum(block["form"] == "kernel" for block in compiled.plan["blocks"]) >= 2


def test_sizes_that_the_model_does_not_take() -> None:
    """Too long for the table of positions, and two inputs that must have one size."""
    proto = model(ATTENTION, ATTENTION_WEIGHTS)
    module = dnnf_mlir.compile(proto, verify=False).load()
    with pytest.raises(RunError, match=r"Slice.*length"):
        module.run(list(random_inputs(proto, {"batch": 1, "length": 129}).values()))
    x = random_inputs(proto, {"batch": 2, "length": 4})["x"]
    mask = random_inputs(proto, {"batch": 3, "length": 4})["mask"]
    with pytest.raises(RunError, match="'mask' is not the 'batch'"):
        module.run([x, mask])


def test_some_sizes_given() -> None:
    proto = model(ATTENTION, ATTENTION_WEIGHTS)
    module = dnnf_mlir.compile(proto, verify=False, dims={"length": 8}).load()
    assert module.inputs is not None
    assert module.inputs[0].shape == (None, 8, 24)
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    feeds = random_inputs(proto, {"batch": 4, "length": 8})
    expected = session.run(None, feeds)[0]
    found = module.run(list(feeds.values()))[0]
    assert np.abs(found - expected).max() <= TOLERANCE * np.abs(expected).max()


def test_the_check_covers_several_sizes() -> None:
    """A compiled module is compared with the reference at sizes of one, of few and of many elements."""
    proto = model(PERCEPTRON, PERCEPTRON_WEIGHTS)
    assert dnnf_mlir.compile(proto, cache=False).kernels == 2


def test_a_slice_backwards() -> None:
    """It starts where the size tells, and takes no more than its bounds allow."""
    bounds = "<int64[1] start = {-1}, int64[1] end = {-1000}, int64[1] axis = {0}>"
    proto = parser.parse_model(
        HEADER + f"g (float[n,4] x) => (float[n,4] y) {bounds} {{ [backwards] y = Slice(x, start, end, axis, start) }}"
    )
    module = dnnf_mlir.compile(proto, cache=False).load()
    for size in (1, 5, 999):
        x = np.arange(4 * size, dtype=np.float32).reshape(size, 4)
        np.testing.assert_array_equal(module.run([x])[0], x[::-1])
