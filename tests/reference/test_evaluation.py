"""Evaluation of nodes and graphs; the single operators are tested by tests/dialect."""

import numpy as np
import pytest
from google.protobuf.json_format import MessageToJson
from onnx import helper

from dnnf_mlir.dialect_defs import operators_by_onnx_name
from dnnf_mlir.dialect_defs.structure import OnnxNodeOperation
from dnnf_mlir.graph.ecg import Graph, Node, Value
from dnnf_mlir.graph.operator import Signature
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.verify.reference import evaluate, evaluate_graph, evaluate_node, evaluate_values

OPS = operators_by_onnx_name()
VECTOR = TensorType((3,), "f32")


def node(name: str, *inputs: Value, output: TensorType = VECTOR) -> Node:
    return Node(OPS[name], list(inputs), [Value(output, name)], name=name)


def constant(array: np.ndarray) -> Value:
    return Value(TensorType.of(array), "constant", constant=array)


def test_graph() -> None:
    """One value read twice by one node, a constant, a value that is read later again, and an unused node."""
    x = Value(VECTOR, "x")
    square = node("Mul", x, x)
    shifted = node("Add", square.output, constant(np.array(1, np.float32)))
    unused = node("Exp", shifted.output)
    result = node("Sub", shifted.output, square.output)
    graph = Graph([x], [result.output, x, shifted.output], [square, shifted, unused, result])
    array = np.array([1, 2, 3], np.float32)
    difference, same, sums = evaluate_graph(graph, [array])
    np.testing.assert_array_equal(difference, [1, 1, 1])
    np.testing.assert_array_equal(same, array)
    np.testing.assert_array_equal(sums, [2, 5, 10])


def test_constant_outputs_and_inner_values() -> None:
    x = Value(VECTOR, "x")
    half = constant(np.array([0.5] * 3, np.float32))
    product = node("Mul", x, half)
    result = node("Neg", product.output)
    graph = Graph([x], [half, result.output], [product, result])
    array = np.array([1, 2, 3], np.float32)
    np.testing.assert_array_equal(evaluate_graph(graph, [array])[0], [0.5] * 3)
    values = evaluate_values(graph, [array], [product.output])
    assert list(values) == [product.output]
    np.testing.assert_array_equal(values[product.output], array / 2)


def test_only_what_is_wanted_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    x = Value(VECTOR, "x")
    wanted, unwanted = node("Exp", x), node("Log", x)
    evaluated = []
    monkeypatch.setattr(
        "dnnf_mlir.verify.reference.evaluation.evaluate_node",
        lambda node, arrays, **options: evaluated.append(node) or evaluate_node(node, arrays, **options),
    )
    evaluate_values(Graph([x], [wanted.output], [unwanted, wanted]), [np.ones(3, np.float32)], [wanted.output])
    assert evaluated == [wanted]


def test_double_precision() -> None:
    x = Value(VECTOR, "x")
    tiny = node("Add", x, constant(np.array(1e-9, np.float32)))
    erf = node("Erf", tiny.output)
    graph = Graph([x], [tiny.output, erf.output], [tiny, erf])
    single = evaluate_graph(graph, [np.ones(3, np.float32)])
    double = evaluate_graph(graph, [np.ones(3, np.float32)], float64=True)
    assert [array.dtype for array in single] == [np.float32] * 2
    assert [array.dtype for array in double] == [np.float64] * 2
    assert (single[0] == 1).all()
    assert (double[0] > 1).all()
    assert abs(double[1][0] - 0.8427007933) < 1e-9


def test_carried_onnx_node() -> None:
    """An absent input in the middle, and attributes that have no class."""
    proto = helper.make_node("Clip", ["x", "", "high"], ["y"])
    attributes = {"op_type": "Clip", "domain": "", "node_attributes": MessageToJson(proto)}
    arrays = [np.array([1, 2, 3], np.float32), np.array(2, np.float32)]
    signature = Signature(tuple(TensorType.of(array) for array in arrays), (VECTOR,), attributes)
    np.testing.assert_array_equal(evaluate(OnnxNodeOperation, signature, arrays)[0], [1, 2, 2])
    shrink = helper.make_node("Shrink", ["x"], ["y"], lambd=1.5, bias=0.5)
    attributes = {"op_type": "Shrink", "domain": "", "node_attributes": MessageToJson(shrink)}
    signature = Signature((VECTOR,), (VECTOR,), attributes)
    np.testing.assert_array_equal(evaluate(OnnxNodeOperation, signature, arrays[:1])[0], [0, 1.5, 2.5])


def test_wrong_result_type_is_an_error() -> None:
    signature = Signature((VECTOR,), (TensorType((4,), "f32"),))
    with pytest.raises(ValueError, match=r"dnnf\.relu gives shape"):
        evaluate(OPS["Relu"], signature, [np.ones(3, np.float32)])


@pytest.mark.parametrize("dtype", ["f16", "bf16"])
def test_half_precision_convolution(dtype: str) -> None:
    """4096 products of ones: exact in single precision, not when summed in half precision."""
    types = tuple(TensorType(shape, dtype) for shape in ((1, 4096, 1), (1, 4096, 1)))
    arrays = [np.ones(type_.shape, type_.numpy_dtype) for type_ in types]
    attributes = {"strides": (1,), "pads": (0, 0), "dilations": (1,), "group": 1, "layout": "channels_first"}
    signature = Signature((*types, None), (TensorType((1, 1, 1), dtype),), attributes)
    result = evaluate(OPS["Conv"], signature, [*arrays, None])[0]
    assert result.dtype == types[0].numpy_dtype
    assert float(result[0, 0, 0]) == 4096
