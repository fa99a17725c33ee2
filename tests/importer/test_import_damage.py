"""Damaged files: whatever happens to the bytes, the result is a model or one error for the user."""

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import ModelProto, TensorProto, helper
from onnx_models import make_model

from dnnf_mlir.errors import DnnfError
from dnnf_mlir.importer.prepare import prepare
from dnnf_mlir.importer.read.embedded import WireError, without_weights
from dnnf_mlir.importer.read.loading import load_model


def branch(operator: str) -> onnx.GraphProto:
    output = helper.make_tensor_value_info("inner", TensorProto.FLOAT, [2, 3, 8, 8])
    return helper.make_graph([helper.make_node(operator, ["r", "r"], ["inner"])], operator, [], [output])


def current_model() -> ModelProto:
    """Shape arithmetic, a branch, and operators whose result's size is in their inputs' values."""
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"], name="conv", pads=[1, 1, 1, 1]),
        helper.make_node("Shape", ["c"], ["s"]),
        helper.make_node("Gather", ["s", "zero"], ["batch"], axis=0),
        helper.make_node("Unsqueeze", ["batch", "axis"], ["batch_1d"]),
        helper.make_node("Concat", ["batch_1d", "rest"], ["target"], axis=0),
        helper.make_node("Reshape", ["c", "target"], ["flat"]),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("If", ["condition"], ["f"], then_branch=branch("Add"), else_branch=branch("Mul")),
        helper.make_node("Resize", ["f", "", "scales"], ["large"], mode="nearest"),
        helper.make_node("MaxPool", ["large"], ["m"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node(
            "ConstantOfShape", ["size"], ["k"], value=helper.make_tensor("v", TensorProto.FLOAT, [1], [2])
        ),
        helper.make_node("Range", ["zero", "five", "one"], ["range"]),
        helper.make_node("Tile", ["range", "size"], ["tiled"]),
        helper.make_node("Cast", ["range"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", ["floats"], ["sum"], keepdims=0),
        helper.make_node("Add", ["m", "k"], ["biased"]),
        helper.make_node("Add", ["biased", "sum"], ["y"], name="last"),
        helper.make_node("Softmax", ["flat"], ["z"], axis=1),
    ]
    weights = {
        "w": np.ones((3, 3, 3, 3), np.float32),
        "zero": np.array(0),
        "one": np.array(1),
        "five": np.array(5),
        "axis": np.array([0]),
        "rest": np.array([-1]),
        "size": np.array([8]),
        "condition": np.array(True),
        "scales": np.array([1, 1, 2, 2], np.float32),
    }
    model = make_model(nodes, [("x", [2, 3, 8, 8])], [("y", [2, 3, 8, 8]), ("z", [2, 192])], weights)
    model.graph.value_info.append(helper.make_tensor_value_info("c", TensorProto.FLOAT, [2, 3, 8, 8]))
    return model


def old_model() -> ModelProto:
    """Operators that the version converter changes."""
    nodes = [
        helper.make_node("BatchNormalization", ["x", "w", "w", "w", "w"], ["b"], name="norm"),
        helper.make_node("Upsample", ["b", "scales"], ["u"], mode="nearest"),
        helper.make_node("Slice", ["u"], ["s"], axes=[2], starts=[1], ends=[3]),
        helper.make_node("Pad", ["s"], ["p"], pads=[0] * 7 + [1]),
        helper.make_node("Clip", ["p"], ["c"], min=0.0, max=6.0),
        helper.make_node("Squeeze", ["c"], ["q"], axes=[0]),
        helper.make_node("Softmax", ["q"], ["y"], axis=1),
    ]
    weights = {"w": np.ones(3, np.float32), "scales": np.array([1, 1, 2, 2], np.float32)}
    return make_model(nodes, [("x", [1, 3, 4, 4])], [("y", [3, 2, 9])], weights, opset=9, ir_version=4)


MODELS = {"current": current_model().SerializeToString(), "old": old_model().SerializeToString()}


def outcome(content: bytes) -> str:
    try:
        prepare(load_model(content))
    except DnnfError as error:
        assert str(error).startswith("<bytes>: "), error
        return type(error).__name__
    return "prepared"


@pytest.mark.parametrize("content", MODELS.values(), ids=MODELS)
def test_whole(content: bytes) -> None:
    assert outcome(content) == "prepared"


@pytest.mark.parametrize("content", MODELS.values(), ids=MODELS)
def test_cut_off_anywhere(content: bytes) -> None:
    assert {outcome(content[:length]) for length in range(len(content))} == {"InvalidModelError"}


@settings(max_examples=1000, deadline=5000, derandomize=True, database=None)
@given(st.sampled_from(list(MODELS.values())), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=4))
def test_changed_bytes(content: bytes, changes: list[tuple[float, int]]) -> None:
    damaged = bytearray(content)
    for place, value in changes:
        damaged[int(place * (len(damaged) - 1))] = value
    outcome(bytes(damaged))


@settings(max_examples=500, deadline=5000, derandomize=True, database=None)
@given(st.sampled_from(list(MODELS.values())), st.floats(0, 1), st.integers(0, 40), st.binary(max_size=10))
def test_replaced_bytes(content: bytes, place: float, length: int, replacement: bytes) -> None:
    start = int(place * len(content))
    outcome(content[:start] + replacement + content[start + length :])


@settings(max_examples=200, deadline=5000, derandomize=True, database=None)
@given(st.binary(max_size=200))
def test_noise(content: bytes) -> None:
    assert outcome(content) == "InvalidModelError"


@settings(max_examples=300, deadline=5000, derandomize=True, database=None)
@given(st.integers(0, 3), st.integers(0, 2000), st.booleans())
def test_positions_of_weights(prefix: int, size: int, in_constant: bool) -> None:
    """Taking the weights out of the bytes and putting them back gives the same model, wherever they lie."""
    values = np.arange(size, dtype=np.uint8)
    tensor = onnx.numpy_helper.from_array(values, "w")
    tensor.data_location = TensorProto.DEFAULT  # the default, but written: the weight's new location must override it
    nodes = [helper.make_node("Identity", ["w"], ["y"])]
    if in_constant:
        nodes.insert(0, helper.make_node("Constant", [], ["w"], value=tensor))
    model = make_model(nodes, [], [("y", [size], TensorProto.UINT8)], producer_name="p" * prefix)
    if not in_constant:
        model.graph.initializer.append(tensor)
    content = model.SerializeToString()
    rest = without_weights(memoryview(content), 100)
    if size >= 300:
        assert len(rest) < len(content)
    result = prepare(load_model(content))
    assert np.array_equal(result.constants["y"], values)


@pytest.mark.parametrize("content", [b"\x3a\x05ab", b"\x3a", b"\xff" * 12, b"\x0b", b"\x09abc"])
def test_wire_errors(content: bytes) -> None:
    with pytest.raises(WireError):
        without_weights(memoryview(content), 0)
