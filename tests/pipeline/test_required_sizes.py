"""What a model requires of its dynamic dimensions is checked by the module, and no reason to refuse the file."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper, parser

import dnnf_mlir
from dnnf_mlir.errors import InputValuesError, UnsupportedModelError

TOLERANCE = 1e-5  # of the largest magnitude: f32 sums of at most some hundred terms in another order

HEADER = '<ir_version: 8, opset_import: ["" : 17]>\n'

MODELS: dict[str, tuple[str, dict[str, tuple[int, ...]], list[dict[str, tuple[int, ...]]]]] = {
    "a Concat of two batches": (
        "g (float[n,3] a, float[m,2] b) => (float[n,5] y) { y = Concat <axis = 1> (a, b) }",
        {},
        [{"a": (4, 3), "b": (4, 2)}, {"a": (1, 3), "b": (1, 2)}],
    ),
    "a sum of two lengths": (
        "g (float[n,k] a, float[m,l] b) => (float[n,k] y) { s = Add(a, b) y = Relu(s) }",
        {},
        [{"a": (4, 3), "b": (4, 3)}],
    ),
    "a product whose depth has two names": (
        "g (float[n,k] a, float[l,m] b) => (float[n,m] y) { y = MatMul(a, b) }",
        {},
        [{"a": (4, 30), "b": (30, 2)}],
    ),
    "a dynamic size that weights fix": (
        "g (float[n,k] a) => (float[n,k] y) { y = Add(a, w) }",
        {"w": (5,)},
        [{"a": (4, 5)}],
    ),
    "halves that are enlarged again": (
        """g (float[1,4,h,w] x) => (float[1,4,p,q] y) {
          a = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (x)
          b = MaxPool <kernel_shape = [2, 2], strides = [2, 2], ceil_mode = 1> (x)
          t = Transpose <perm = [0, 1, 3, 2]> (b) u = Transpose <perm = [0, 1, 3, 2]> (t) y = Add(a, u)
        }""",
        {},
        [{"x": (1, 4, 8, 10)}, {"x": (1, 4, 4, 2)}],
    ),
    "a window of 256 samples": (
        "g (float[n,1,samples] x) => (float[n,4,frames] y) { y = Conv <strides = [128]> (x, w) }",
        {"w": (4, 1, 256)},
        [{"x": (2, 1, 1000)}, {"x": (1, 1, 256)}],
    ),
    "a dimension that must be 1": (
        """g (float[n,4,l] x) => (float[n,4] y) <int64[1] two = {2}> {
          c = Conv <strides = [64], kernel_shape = [64]> (x, w) y = Squeeze(c, two)
        }""",
        {"w": (4, 4, 64)},
        [{"x": (3, 4, 64)}, {"x": (3, 4, 100)}],
    ),
    "outer sums": (
        """g (float[n,l,8] x) => (float[n,l,l,8] y) <int64[1] one = {1}, int64[1] two = {2}> {
          a = Unsqueeze(x, one) b = Unsqueeze(x, two) s = Add(a, b) y = Tanh(s)
        }""",
        {},
        [{"x": (3, 5, 8)}, {"x": (1, 7, 8)}],
    ),
    "paddings that depend on the size": (
        """g (float[n,3,h,w] x) => (float[n,m,p,q] y, float[n,m,p,q] z, float[n,m,p,q] u) {
          c = Conv <auto_pad = "SAME_UPPER", strides = [2, 2]> (x, k) y = Relu(c)
          z = MaxPool <auto_pad = "SAME_LOWER", strides = [3, 3], kernel_shape = [3, 3]> (c)
          u = AveragePool <auto_pad = "SAME_UPPER", strides = [2, 2], kernel_shape = [3, 3]> (c)
        }""",
        {"k": (5, 3, 3, 3)},
        [{"x": (2, 3, 9, 12)}, {"x": (1, 3, 20, 17)}, {"x": (1, 3, 3, 3)}],
    ),
    "windows counted upwards": (
        """g (float[n,3,h,w] x) => (float[n,3,p,q] y, float[n,3,p,q] z, float[n,3,p,q] u) {
          y = MaxPool <ceil_mode = 1, kernel_shape = [3, 3], strides = [2, 2]> (x)
          z = MaxPool <ceil_mode = 1, kernel_shape = [1, 2], strides = [2, 3]> (x)
          u = AveragePool <ceil_mode = 1, kernel_shape = [3, 2], strides = [2, 2], pads = [1, 0, 1, 1]> (x)
        }""",
        {},
        [{"x": (2, 3, 9, 12)}, {"x": (1, 3, 20, 17)}, {"x": (1, 3, 4, 5)}],
    ),
    "half of an image, as its sizes say": (
        """g (float[n,4,h,w] x) => (float[n,4,p,q] y) <int64[2] half = {2, 2}> {
          s = Shape <start = 2> (x) t = Div(s, half) f = Cast <to = 1> (t) g1 = Cast <to = 7> (f)
          head = Shape <start = 0, end = 2> (x) sizes = Concat <axis = 0> (head, g1)
          zero = Sub(g1, g1) y = Slice(x, zero, g1, axes)
        }""",
        {},
        [{"x": (1, 4, 8, 11)}],
    ),
}


def model_of(name: str) -> onnx.ModelProto:
    text, weights, _ = MODELS[name]
    model = parser.parse_model(HEADER + text)
    generator = np.random.default_rng(0)
    for weight, shape in weights.items():
        array = generator.standard_normal(shape).astype(np.float32)
        model.graph.initializer.append(numpy_helper.from_array(array, weight))
    if "axes" in text:
        model.graph.initializer.append(numpy_helper.from_array(np.array([2, 3]), "axes"))
    return model


@pytest.mark.parametrize("name", MODELS)
def test_computes_as_onnxruntime(name: str) -> None:
    model = model_of(name)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    module = dnnf_mlir.compile(model, cache=False).load()
    generator = np.random.default_rng(1)
    for shapes in MODELS[name][2]:
        feeds = {key: generator.standard_normal(shape).astype(np.float32) for key, shape in shapes.items()}
        for found, expected in zip(module.run(list(feeds.values())), session.run(None, feeds), strict=True):
            assert found.shape == expected.shape
            np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE * float(np.abs(expected).max(initial=1)))


@pytest.mark.parametrize(
    ("name", "shapes", "words"),
    [
        ("a Concat of two batches", [(4, 3), (5, 2)], "dimension 0 of input 'b'|dimension 0 of input 'a'"),
        ("a window of 256 samples", [(1, 1, 255)], r"\(Conv\).*samples"),
        ("a dimension that must be 1", [(1, 4, 200)], r"\(Squeeze\)"),
    ],
)
def test_other_sizes_are_refused_in_words(name: str, shapes: list[tuple[int, ...]], words: str) -> None:
    module = dnnf_mlir.compile(model_of(name), cache=False).load()
    with pytest.raises(InputValuesError, match=words):
        module.run([np.zeros(shape, np.float32) for shape in shapes])


def test_what_no_size_meets_is_refused() -> None:
    text = "g (float[n,3] x) => (float[n,3] y) { t = Concat <axis = 0> (x, x) y = Add(x, t) }"
    with pytest.raises(UnsupportedModelError, match=r"\(Add\)"):
        dnnf_mlir.compile(parser.parse_model(HEADER + text), cache=False)


def test_a_branch_by_a_size_that_leads_nowhere_is_not_taken() -> None:
    """PyTorch writes ``x.squeeze(2)`` as an If on the size; only where it is 1 what follows fits."""
    text = """g (float[n,4,l] x) => (float[n,5] y) <int64[1] two = {2}, int64 at = {2}, int64 one = {1}> {
      c = Conv <strides = [64], kernel_shape = [64]> (x, w) s = Shape(c) d = Gather(s, at) is_one = Equal(d, one)
      q = If (is_one) <
        then_branch = t () => (float[n,4] a) { a = Squeeze(c, two) },
        else_branch = e () => (float[n,4,m] b) { b = Identity(c) }
      > y = Gemm(q, v)
    }"""
    model = parser.parse_model(HEADER + text)
    generator = np.random.default_rng(0)
    for name, shape in {"w": (4, 4, 64), "v": (4, 5)}.items():
        array = generator.standard_normal(shape).astype(np.float32)
        model.graph.initializer.append(numpy_helper.from_array(array, name))
    feeds = {"x": generator.standard_normal((3, 4, 80)).astype(np.float32)}
    (expected,) = onnxruntime.InferenceSession(model.SerializeToString()).run(None, feeds)
    (found,) = dnnf_mlir.compile(model, cache=False).run(list(feeds.values()))
    np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE * float(np.abs(expected).max()))
