"""What exporters write out ends as one operator."""

import numpy as np
import pytest
from expressions import Builder

from dnnf_mlir.graph.ecg import Graph, Value
from dnnf_mlir.passes.simplify_algebra.families import all_rules
from dnnf_mlir.rewriting import simplify
from dnnf_mlir.verify.reference import evaluate_graph


def kinds_after(graph: Graph) -> list[str]:
    """Operators after rewriting; asserts that the graph computes the same."""
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=value.type.shape).astype(np.float32) for value in graph.inputs]
    before = evaluate_graph(graph, arrays, float64=True)
    simplify(graph, all_rules())
    for a, b in zip(before, evaluate_graph(graph, arrays, float64=True), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    return [node.kind for node in graph.nodes]


def mean(b: Builder, x: Value) -> Value:
    return b.apply("ReduceMean", x, axes=(2,), keepdims=1)


@pytest.mark.parametrize("square", ["Pow", "Mul"])
@pytest.mark.parametrize("root", ["Div", "Reciprocal"])
def test_layer_normalization(square: str, root: str) -> None:
    b = Builder()
    x = b.input(2, 3, 8)
    deviation = b.apply("Sub", x, mean(b, x))
    second = b.constant(2) if square == "Pow" else deviation
    variance = mean(b, b.apply(square, deviation, second))
    spread = b.apply("Sqrt", b.apply("Add", variance, b.constant(1e-5)))
    if root == "Div":
        normal = b.apply("Div", deviation, spread)
    else:
        normal = b.apply("Mul", deviation, b.apply("Reciprocal", spread))
    scaled = b.apply("Mul", normal, b.constant(np.arange(8) + 1))
    graph = b.graph(b.apply("Add", scaled, b.constant(np.arange(8))))
    assert kinds_after(graph) == ["layer_normalization"]


def test_layer_normalization_by_moments_with_the_scale_on_the_deviation() -> None:
    b = Builder()
    x = b.input(2, 3, 8)
    average = mean(b, x)
    variance = b.apply("Sub", mean(b, b.apply("Mul", x, x)), b.apply("Mul", average, average))
    inverse = b.apply("Reciprocal", b.apply("Sqrt", b.apply("Add", variance, b.constant(0.1))))
    factor = b.apply("Mul", inverse, b.constant(np.arange(8) + 1))
    graph = b.graph(b.apply("Mul", b.apply("Sub", x, average), factor))
    assert kinds_after(graph) == ["layer_normalization"]


@pytest.mark.parametrize("root", ["Div", "Reciprocal", "Pow"])
@pytest.mark.parametrize("scaled_first", [False, True])
def test_rms_normalization(root: str, scaled_first: bool) -> None:
    """Of PyTorch and Llama (Pow, Sqrt, Reciprocal), of TensorFlow (the scale on the reciprocal root)."""
    b = Builder()
    x = b.input(2, 3, 8)
    scale = b.constant(np.arange(8) + 1)
    square = b.apply("Mul", x, x) if root == "Pow" else b.apply("Pow", x, b.constant(2))
    total = b.apply("Add", mean(b, square), b.constant(1e-5))
    if root == "Pow":
        factor = b.apply("Pow", total, b.constant(-0.5))
    else:
        factor = b.apply("Sqrt", total) if root == "Div" else b.apply("Reciprocal", b.apply("Sqrt", total))
    if scaled_first and root != "Div":
        y = b.apply("Mul", x, b.apply("Mul", factor, scale))
    else:
        y = b.apply("Mul", b.apply("Div" if root == "Div" else "Mul", x, factor), scale)
    assert kinds_after(b.graph(y)) == ["rms_normalization"]


def test_layer_normalization_with_the_mean_in_the_bias() -> None:
    """X * (R * G) + (B - M * (R * G)), R the reciprocal root, as TensorFlow has it."""
    b = Builder()
    x = b.input(2, 3, 8)
    average = mean(b, x)
    deviation = b.apply("Sub", x, average)
    variance = mean(b, b.apply("Mul", deviation, deviation))
    root = b.apply("Reciprocal", b.apply("Sqrt", b.apply("Add", variance, b.constant(1e-3))))
    factor = b.apply("Mul", root, b.constant(np.arange(8) + 1))
    shift = b.apply("Sub", b.constant(np.arange(8)), b.apply("Mul", average, factor))
    graph = b.graph(b.apply("Add", b.apply("Mul", x, factor), shift))
    assert kinds_after(graph) == ["layer_normalization"]


def test_instance_normalization() -> None:
    b = Builder()
    x = b.input(2, 3, 4, 5)
    average = b.apply("ReduceMean", x, axes=(2, 3), keepdims=1)
    deviation = b.apply("Sub", x, average)
    variance = b.apply("ReduceMean", b.apply("Mul", deviation, deviation), axes=(2, 3), keepdims=1)
    normal = b.apply("Div", deviation, b.apply("Sqrt", b.apply("Add", variance, b.constant(1e-5))))
    scaled = b.apply("Mul", normal, b.constant(np.arange(3).reshape(3, 1, 1) + 1))
    graph = b.graph(b.apply("Add", scaled, b.constant(np.arange(3).reshape(3, 1, 1))))
    assert kinds_after(graph) == ["instance_normalization"]


@pytest.mark.parametrize("approximate", ["erf", "tanh"])
def test_gelu(approximate: str) -> None:
    b = Builder()
    x = b.input(2, 3)
    if approximate == "erf":
        inner = b.apply("Erf", b.apply("Mul", x, b.constant(0.5**0.5)))
    else:
        cube = b.apply("Mul", b.apply("Pow", x, b.constant(3)), b.constant(0.044715))
        inner = b.apply("Tanh", b.apply("Mul", b.apply("Add", x, cube), b.constant(0.7978845608)))
    half = b.apply("Mul", x, b.constant(0.5))
    assert kinds_after(b.graph(b.apply("Mul", half, b.apply("Add", inner, b.constant(1))))) == ["gelu"]


def test_softmax() -> None:
    b = Builder()
    x = b.input(2, 5)
    e = b.apply("Exp", b.apply("Sub", x, b.apply("ReduceMax", x, axes=(1,), keepdims=1)))
    graph = b.graph(b.apply("Div", e, b.apply("ReduceSum", e, axes=(1,), keepdims=1)))
    assert kinds_after(graph) == ["softmax"]


def test_a_sum_that_is_broadcast_the_other_way_is_no_softmax() -> None:
    b = Builder()
    x = b.input(4, 4)
    e = b.apply("Exp", x)
    graph = b.graph(b.apply("Div", e, b.apply("ReduceSum", e, axes=(1,), keepdims=0)))
    assert "softmax" not in kinds_after(graph)


def test_hard_swish() -> None:
    b = Builder()
    x = b.input(2, 3)
    clipped = b.apply("Clip", b.apply("Add", x, b.constant(3)), min=0.0, max=6.0)
    graph = b.graph(b.apply("Div", b.apply("Mul", x, clipped), b.constant(6)))
    assert kinds_after(graph) == ["hard_swish"]


def test_batch_normalization_goes_into_the_convolution() -> None:
    b = Builder()
    x = b.input(1, 2, 5, 5)
    w = b.constant(np.random.default_rng(1).normal(size=(3, 2, 3, 3)))
    attributes = {"layout": "channels_first", "strides": (1, 1), "pads": (1, 1, 1, 1), "dilations": (1, 1), "group": 1}
    y = b.apply("Conv", x, w, None, **attributes)  # type: ignore[arg-type]
    vectors = [b.constant(np.arange(3) + i) for i in (1, 2, 3, 4)]
    graph = b.graph(b.apply("BatchNormalization", y, *vectors, epsilon=1e-3, layout="channels_first"))
    assert kinds_after(graph) == ["conv"]


@pytest.mark.parametrize("split_scale", [False, True])
def test_the_scale_of_attention_goes_into_the_projections(split_scale: bool) -> None:
    """Eager attention scales the scores, scaled_dot_product_attention both operands by the root."""
    b = Builder()
    x = b.input(1, 6, 8)
    rng = np.random.default_rng(2)

    def projected(perm: tuple[int, ...]) -> Value:
        y = b.apply("MatMul", x, b.constant(rng.normal(size=(8, 8))))
        y = b.apply("Add", y, b.constant(rng.normal(size=8)))
        return b.apply("Transpose", b.apply("Reshape", y, shape=(1, 6, 2, 4)), perm=perm)

    q, k = projected((0, 2, 1, 3)), projected((0, 2, 3, 1))
    if split_scale:
        q, k = (b.apply("Mul", part, b.constant(0.5**0.5)) for part in (q, k))
    scores = b.apply("MatMul", q, k)
    if not split_scale:
        scores = b.apply("Div", scores, b.constant(2))
    kinds = kinds_after(b.graph(scores))
    assert "mul" not in kinds and "div" not in kinds
