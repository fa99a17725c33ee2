"""Numbers that are rounded to integers, next to ONNX Runtime: a byte that rounds the other way is passed on."""

from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

import dnnf_mlir

Array = npt.NDArray[Any]

DYNAMIC_QUANTIZE = helper.make_node("DynamicQuantizeLinear", ["x"], ["y", "scale", "zero"])
HIDDEN = 16


def model_of(node: NodeProto, inputs: dict[str, tuple[int, Any]], weights: dict[str, Array]) -> ModelProto:
    """One node; inputs are an element type and a shape by name."""
    graph = helper.make_graph(
        [node],
        "rounding",
        [helper.make_tensor_value_info(name, *of) for name, of in inputs.items()],
        [helper.make_empty_tensor_value_info(name) for name in node.output],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def by_onnxruntime(model: ModelProto, feeds: dict[str, Array]) -> list[Array]:
    """On one thread: with more, each rounds its own sequences by a step of their own."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return [np.asarray(each) for each in session.run(None, feeds)]


@pytest.mark.parametrize("shape", [("a", "b", "c", 128), ("a", "b", "c", 5), ("a", "b", "c", "d")], ids=str)
def test_bytes_of_dynamic_quantization(shape: tuple[int | str, ...]) -> None:
    """Every byte, and the scale to the last bit, though a quotient by 255 could be a product.

    Not of zeros alone, whose scale is 0 by ONNX's formula, and 1 in ONNX Runtime.
    """
    model = model_of(DYNAMIC_QUANTIZE, {"x": (TensorProto.FLOAT, shape)}, {})
    module = dnnf_mlir.compile(model, cache=False, verify=False).load()
    for seed, leading in enumerate([(1, 1, 1), (2, 3, 1), (3, 17, 19), (1, 40, 7)]):
        random = np.random.default_rng(seed)
        size = (*leading, shape[-1] if isinstance(shape[-1], int) else 33)
        for x in (random.standard_normal(size), np.abs(random.standard_normal(size)), -random.random(size)):
            feeds = {"x": x.astype(np.float32)}
            found = module.run([feeds["x"]])
            for result, wanted in zip(found, by_onnxruntime(model, feeds), strict=True):
                np.testing.assert_array_equal(result, wanted)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_round(dtype: type[np.floating[Any]]) -> None:
    """Halves, numbers beside them, those that are as large as have no fraction, and the sign of zero."""
    limits, random = np.finfo(dtype), np.random.default_rng(0)
    edges = np.array([2.0**power + part for power in (10, 11, 22, 23, 51, 52) for part in (-1.5, -0.5, 0, 0.5, 1)])
    halves = np.arange(-40, 40).astype(dtype) / dtype(2)
    special = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, limits.max, limits.tiny, limits.smallest_subnormal], dtype)
    with np.errstate(over="ignore"):
        parts = [edges.astype(dtype), -edges.astype(dtype), random.standard_normal(99).astype(dtype) * dtype(50)]
    near = [np.nextafter(halves, dtype(side)) for side in (-100, 100)]
    x = np.concatenate([halves, *near, special, *parts])
    node = helper.make_node("Round", ["x"], ["y"])
    model = model_of(node, {"x": (helper.np_dtype_to_tensor_dtype(x.dtype), ["n"])}, {})
    [found] = dnnf_mlir.compile(model, cache=False, verify=False).run([x])
    [wanted] = ReferenceEvaluator(model).run(None, {"x": x})
    np.testing.assert_array_equal(found, wanted)
    known = ~np.isnan(x)
    np.testing.assert_array_equal(np.signbit(found)[known], np.signbit(wanted)[known])


@st.composite
def layers(draw: st.DrawFn) -> tuple[ModelProto, dict[str, Array]]:
    """A DynamicQuantizeLSTM and its inputs, which may be zeros."""
    direction = draw(st.sampled_from(["forward", "reverse", "bidirectional"]))
    directions = 2 if direction == "bidirectional" else 1
    steps, batch, size = draw(st.integers(1, 9)), draw(st.integers(1, 5)), draw(st.integers(1, 40))
    random = np.random.default_rng(draw(st.integers(0, 999)))
    dtype = draw(st.sampled_from([np.int8, np.uint8]))
    columns = 4 * HIDDEN if draw(st.booleans()) else 1
    middle = 128 if dtype == np.uint8 else 0
    weights: dict[str, Array] = {}
    for name, rows in (("w", size), ("r", HIDDEN)):
        bytes_ = random.integers(-120, 121, (directions, rows, 4 * HIDDEN)) + middle
        scale = random.uniform(0.5, 1.0, (directions, columns)) / (127 * rows**0.5) * 2
        weights[name] = bytes_.astype(dtype)
        weights[f"{name}_scale"] = (scale if columns > 1 else scale[:, 0]).astype(np.float32)
        weights[f"{name}_zero"] = np.full(weights[f"{name}_scale"].shape, middle, dtype)
    x = random.standard_normal((steps, batch, size)) * draw(st.sampled_from([1, 1, 0]))
    feeds: dict[str, Array] = {"x": x.astype(np.float32)}
    state = (directions, batch, HIDDEN)
    names = {name: draw(st.booleans()) for name in ("b", "h", "c", "p")}
    if names["b"]:
        weights["b"] = random.standard_normal((directions, 8 * HIDDEN)).astype(np.float32) / 2
    if names["p"]:
        weights["p"] = random.standard_normal((directions, 3 * HIDDEN)).astype(np.float32) / 2
    feeds |= {name: random.standard_normal(state).astype(np.float32) / 2 for name in "hc" if names[name]}
    given_ = [name if names[name] else "" for name in ("b", "h", "c", "p")]
    operands = ["x", "w", "r", given_[0], "", *given_[1:], "w_scale", "w_zero", "r_scale", "r_zero"]
    node = helper.make_node(
        "DynamicQuantizeLSTM",
        operands,
        ["y", "y_h", "y_c"],
        domain="com.microsoft",
        direction=direction,
        hidden_size=HIDDEN,
    )
    free = draw(st.booleans())
    shapes = {"x": ["t", "n", size] if free else [steps, batch, size]}
    shapes |= {name: [directions, "n" if free else batch, HIDDEN] for name in "hc"}
    inputs = {name: (TensorProto.FLOAT, shapes[name]) for name in feeds}
    return model_of(node, inputs, weights), feeds


@settings(max_examples=12, deadline=None)
@given(layers())
def test_rounded_states(case: tuple[ModelProto, dict[str, Array]]) -> None:
    """Most numbers agree to the sixth digit, as no state does that is not rounded; a byte may fall the other way."""
    model, feeds = case
    found = dnnf_mlir.compile(model, cache=False, verify=False).run(list(feeds.values()))
    for result, wanted in zip(found, by_onnxruntime(model, feeds), strict=True):
        assert result.shape == wanted.shape
        error = np.abs(result - wanted)
        assert np.median(error) <= 1e-6
        assert error.max() <= 2e-2
