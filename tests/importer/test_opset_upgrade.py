"""Operators whose meaning or signature changed over the opsets come out computing what they used to.

ONNX Runtime, which implements the old versions, says what that is.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import NodeProto, TensorProto, helper, numpy_helper
from onnx_models import as_model, evaluate, make_model, prepared

import dnnf_mlir

F = np.float32


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def node(operator: str, *inputs: str, results: int = 1, **attributes: Any) -> NodeProto:
    outputs = ["y", *(f"y{index}" for index in range(1, results))]
    return helper.make_node(operator, ["x", *inputs], outputs, name="old", **attributes)


BATCH_NORMALIZATION = {name: np.array(values, F) for name, values in
                       {"s": [1, 2, 3], "b": [0, 1, -1], "m": [0.5, 0, -0.5], "v": [1, 4, 0.25]}.items()}  # fmt: skip

CASES = {
    "softmax flattens before 13": (node("Softmax", axis=1), 11, {}),
    "softmax of the default axis": (node("Softmax"), 11, {}),
    "log-softmax flattens before 13": (node("LogSoftmax", axis=2), 11, {}),
    "hardmax flattens before 13": (node("Hardmax", axis=1), 11, {}),
    "hardmax of the default axis": (node("Hardmax"), 9, {}),
    "hardmax of an axis from the end": (node("Hardmax", axis=-2), 12, {}),
    "hardmax of all": (node("Hardmax", axis=0), 11, {}),
    "softmax of an axis from the end": (node("Softmax", axis=-2), 11, {}),
    "split with a blank operand": (node("Split", "", results=3, axis=1), 13, {}),
    "dropout with a blank operand": (node("Dropout", "", ""), 13, {}),
    "scatter": (node("Scatter", "at", "u", axis=1), 9, {"at": np.array([[[[2]]]]), "u": np.full((1, 1, 1, 1), 5, F)}),
    "flatten": (node("Flatten", axis=2), 7, {}),
    "concat": (node("Concat", "x", axis=1), 7, {}),
    "instance normalization": (node("InstanceNormalization", "s", "b"), 6, BATCH_NORMALIZATION),
    "mean-variance normalization": (node("MeanVarianceNormalization", axes=[0, 2, 3]), 9, {}),
    "elu": (node("Elu", alpha=0.5), 7, {}),
    "selu": (node("Selu"), 7, {}),
    "hard sigmoid": (node("HardSigmoid", alpha=0.3), 7, {}),
    "thresholded relu": (node("ThresholdedRelu", alpha=0.3), 10, {}),
    "depth to space": (node("SpaceToDepth", blocksize=2), 7, {}),
    "clip as operands": (node("Clip", "", "top"), 11, {"top": np.array(0.5, F)}),
    "pad of a value": (node("Pad", "pads", "value"), 11,
                       {"pads": ints(0, 0, 1, 0, 0, 0, 0, 2), "value": np.array(2, F)}),
    "slice from the end": (node("Slice", "st", "en", "", "sp"), 10,
                           {"st": ints(0, -1, 0, -1), "en": ints(1, -9, 9, -9), "sp": ints(1, -1, 2, -2)}),
    "top-k 10": (node("TopK", "k", results=2, axis=2), 10, {"k": ints(2)}),
    "arg-min": (node("ArgMin", axis=-1, keepdims=0), 11, {}),
    "reduce log-sum": (node("ReduceLogSumExp", axes=[1, 2]), 11, {}),
    "reduce-prod": (node("ReduceProd", axes=[3]), 11, {}),
    "resize 11": (node("Resize", "roi", "scales", mode="linear"), 11,
                  {"roi": np.zeros(0, F), "scales": np.array([1, 1, 2, 2], F)}),
    "upsample 9, linear": (node("Upsample", "scales", mode="linear"), 9, {"scales": np.array([1, 1, 2, 3], F)}),
    "upsample 7 by a fraction": (node("Upsample", scales=[1.0, 1.0, 1.5, 2.5]), 7, {}),
    "upsample 7, linear": (node("Upsample", scales=[1.0, 1.0, 2.0, 1.0], mode="linear"), 7, {}),
    "resize 10, linear": (node("Resize", "scales", mode="linear"), 10, {"scales": np.array([1, 1, 2, 3], F)}),
    "resize 10 by a fraction": (node("Resize", "scales"), 10, {"scales": np.array([1, 1, 1.5, 0.5], F)}),
    "cum-sum": (node("CumSum", "axis"), 11, {"axis": np.array(2)}),
    "one-hot of places": (node("Gather", "at", axis=2), 8, {"at": ints(3, 0)}),
    "average-pool of all": (node("GlobalAveragePool"), 7, {}),
    "max-pool with places": (node("MaxPool", results=2, kernel_shape=[2, 2], strides=[2, 2]), 8, {}),
    "average-pool, upwards": (node("AveragePool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1), 10, {}),
    "squeeze": (node("Squeeze", axes=[0]), 11, {}),
    "squeeze all": (node("Squeeze"), 11, {}),
    "unsqueeze": (node("Unsqueeze", axes=[0, 2]), 11, {}),
    "clip, both bounds": (node("Clip", min=-0.5, max=0.5), 10, {}),
    "clip, one bound": (node("Clip", max=0.5), 10, {}),
    "dropout": (node("Dropout", ratio=0.5), 10, {}),
    "batch normalization 9": (node("BatchNormalization", "s", "b", "m", "v", epsilon=0.1), 9, BATCH_NORMALIZATION),
    "batch normalization 7": (node("BatchNormalization", "s", "b", "m", "v", epsilon=0.1), 8, BATCH_NORMALIZATION),
    "upsample 7": (node("Upsample", scales=[1.0, 1.0, 2.0, 3.0], mode="nearest"), 7, {}),
    "upsample 9": (node("Upsample", "scales", mode="nearest"), 9, {"scales": np.array([1, 1, 2, 2], F)}),
    "resize 10": (node("Resize", "scales", mode="nearest"), 10, {"scales": np.array([1, 1, 2, 2], F)}),
    "reduce-sum": (node("ReduceSum", axes=[1, 3], keepdims=0), 11, {}),
    "reduce-sum of all": (node("ReduceSum", keepdims=0), 11, {}),
    "reduce-mean": (node("ReduceMean", axes=[2]), 13, {}),
    "reduce-max": (node("ReduceMax", axes=[-1], keepdims=0), 12, {}),
    "reduce-l2": (node("ReduceL2", axes=[1]), 17, {}),
    "split": (node("Split", results=2, axis=1, split=[1, 2]), 11, {}),
    "split evenly": (node("Split", results=3, axis=1), 11, {}),
    "split evenly 13": (node("Split", results=2, axis=2), 13, {}),
    "pad": (node("Pad", pads=[0, 0, 1, 2, 0, 0, 0, 1], value=3.0), 10, {}),
    "slice": (node("Slice", axes=[1, 3], starts=[0, -2], ends=[2, 1000]), 9, {}),
    "top-k": (node("TopK", results=2, k=2, axis=3), 9, {}),
    "cast": (node("Cast", to=TensorProto.INT32), 8, {}),
    "reshape": (node("Reshape", "shape"), 8, {"shape": ints(0, -1)}),
    "gemm": (node("Gemm", "w", "c", transB=1), 8, {"w": np.ones((5, 4), F), "c": np.ones(5, F)}),
    "average-pool": (node("AveragePool", kernel_shape=[2, 2], pads=[0, 0, 1, 1]), 9, {}),
    "max-pool": (node("MaxPool", kernel_shape=[2, 2]), 7, {}),
    "prelu": (node("PRelu", "slope"), 7, {"slope": np.full((3, 1, 1), 0.1, F)}),
    "arg-max": (node("ArgMax", axis=1), 10, {}),
    "transpose": (node("Transpose", perm=[0, 2, 3, 1]), 7, {}),
}  # fmt: skip


@pytest.mark.parametrize(("old", "opset", "weights"), CASES.values(), ids=CASES)
def test_same_as_before(old: NodeProto, opset: int, weights: dict[str, np.ndarray]) -> None:
    shape = [3, 4] if old.op_type == "Gemm" else [1, 3, 4, 4]
    model = make_model([old], [("x", shape)], [], weights, opset=opset, ir_version=6)
    for output in old.output:
        model.graph.output.append(onnx.ValueInfoProto(name=output))
    inputs = {"x": np.random.default_rng(1).standard_normal(shape).astype(F)}
    result = prepared(model)
    assert result.opset == onnx.defs.onnx_opset_version()
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    for expected, actual in zip(session.run(list(old.output), inputs), evaluate(as_model(result), inputs), strict=True):
        assert actual.shape == expected.shape
        assert actual.dtype == expected.dtype
        np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


def test_a_scan_of_several_sequences_at_once() -> None:
    """Version 8 scanned the second dimension; the first was the batch's."""
    body = helper.make_graph(
        [helper.make_node("Add", ["before", "part"], ["after"]), helper.make_node("Neg", ["after"], ["row"])],
        "body",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [4]) for name in ("before", "part")],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [4]) for name in ("after", "row")],
    )
    scan = helper.make_node("Scan", ["", "s", "x"], ["y", "z"], body=body, num_scan_inputs=1, directions=[1])
    model = make_model(
        [scan], [("s", [2, 4]), ("x", [2, 3, 4])], [("y", [2, 4]), ("z", [2, 3, 4])], opset=8, ir_version=3
    )
    draw = np.random.default_rng(1).standard_normal
    inputs = {"s": draw((2, 4)).astype(F), "x": draw((2, 3, 4)).astype(F)}
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    for expected, actual in zip(session.run(None, inputs), evaluate(as_model(prepared(model)), inputs), strict=True):
        np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


def test_hardmax_in_a_branch() -> None:
    """Operators of old meaning stand in bodies too."""
    text = """<ir_version: 6, opset_import: ["" : 11]> g (float[2,3,4] x, bool c) => (float[2,3,4] y) {
      y = If (c) <then_branch = t () => (float[2,3,4] a) { a = Hardmax <axis = 1> (x) },
                  else_branch = e () => (float[2,3,4] b) { b = Identity(x) }>
    }"""
    model = onnx.parser.parse_model(text)
    x = np.random.default_rng(1).standard_normal((2, 3, 4)).astype(F)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    for flag in (True, False):
        inputs = {"x": x, "c": np.array(flag)}
        (actual,) = evaluate(as_model(prepared(model)), inputs)
        np.testing.assert_array_equal(actual, session.run(None, inputs)[0])


X = np.random.default_rng(5).standard_normal((2, 3, 4)).astype(np.float32)


def in_branch(nodes: list[onnx.NodeProto], version: int, shape: list[int], weights: list[onnx.TensorProto]) -> Any:
    """A model that computes the nodes, from x to y, in the branch that is taken."""
    types = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("y", "other")]
    then = helper.make_graph(nodes, "then", [], types[:1])
    other = helper.make_graph([helper.make_node("Identity", ["x"], ["other"])], "other", [], types[1:])
    node = helper.make_node("If", ["taken"], ["z"], then_branch=then, else_branch=other)
    inputs = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, shape),
        helper.make_tensor_value_info("taken", TensorProto.BOOL, []),
    ]
    result = helper.make_tensor_value_info("z", TensorProto.FLOAT, shape)
    graph = helper.make_graph([node], "g", inputs, [result], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", version)], ir_version=8)


def test_prelu_below_7_in_a_body() -> None:
    """The slope belongs to the channels."""
    slope = np.array([0.1, 0.2, 0.3], np.float32)
    nodes = [helper.make_node("Neg", ["x"], ["n"]), helper.make_node("PRelu", ["n", "slope"], ["y"])]
    model = in_branch(nodes, 6, [2, 3, 4], [numpy_helper.from_array(slope, "slope")])
    (found,) = dnnf_mlir.compile(model, cache=False).run([X, np.array(True)])
    np.testing.assert_allclose(found, np.where(X > 0, -X * slope[:, None], -X), rtol=1e-6)


def test_scan_below_9_in_a_body() -> None:
    """All values have a batch; names of the body do not stand for those outside of it."""
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [4]) for name in ("start", "i", "o", "p")]
    steps = [helper.make_node("Add", ["start", "i"], ["o"]), helper.make_node("Identity", ["o"], ["p"])]
    body = helper.make_graph(steps, "body", values[:2], values[2:])
    node = helper.make_node("Scan", ["", "start", "x"], ["last", "y"], body=body, num_scan_inputs=1)
    start = np.ones((2, 4), np.float32)
    model = in_branch([node], 8, [2, 3, 4], [numpy_helper.from_array(start, "start")])
    (found,) = dnnf_mlir.compile(model, cache=False).run([X, np.array(True)])
    np.testing.assert_allclose(found, X.cumsum(axis=1) + 1, rtol=1e-5)


def test_dft_below_20_in_a_body() -> None:
    """The transform is along dimension 1."""
    signal = np.ascontiguousarray(X.reshape(2, 3, 2, 2))
    model = in_branch([helper.make_node("DFT", ["x"], ["y"])], 17, [2, 3, 2, 2], [])
    (found,) = dnnf_mlir.compile(model, cache=False).run([signal, np.array(True)])
    expected = np.fft.fft(signal[..., 0] + 1j * signal[..., 1], axis=1)
    np.testing.assert_allclose(found, np.stack([expected.real, expected.imag], -1), atol=1e-5)


@pytest.mark.parametrize(
    ("operator", "attributes", "expected"),
    [
        ("Softmax", {"axis": 1}, lambda x: np.exp(x) / np.exp(x).sum((1, 2), keepdims=True)),
        ("Hardmax", {"axis": 1}, lambda x: (x == x.max((1, 2), keepdims=True)).astype(np.float32)),
        ("ReduceSum", {"axes": [1]}, lambda x: x.sum(1, keepdims=True)),
        ("Relu", {}, lambda x: np.maximum(x, 0)),
    ],
)
def test_functions_of_another_opset_keep_their_own(
    operator: str, attributes: dict[str, Any], expected: Callable[[np.ndarray], np.ndarray]
) -> None:
    """The function's import decides, as ONNX says; ONNX Runtime reads its nodes as the model's opset does."""
    node = helper.make_node(operator, ["a"], ["b"], **attributes)
    function = helper.make_function("own", "F", ["a"], ["b"], [node], [helper.make_opsetid("", 11)])
    graph = helper.make_graph(
        [helper.make_node("F", ["x"], ["y"], domain="own")],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, X.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("own", 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=9, functions=[function])
    (found,) = dnnf_mlir.compile(model, cache=False).run([X])
    np.testing.assert_allclose(found, expected(X), rtol=1e-5)
