"""Shapes learned backwards: an element-wise operator's operand has the shape that its result is declared with."""

import pytest
from onnx import TensorProto, helper

from dnnf_mlir.importer.shapes.backward import shapes_from_results


@pytest.mark.parametrize("op_type", ["Relu", "Celu", "Swish", "Cast", "Softmax", "LayerNormalization", "Hardmax"])
def test_of_the_first_operand(op_type: str) -> None:
    attributes = {"to": TensorProto.FLOAT} if op_type == "Cast" else {}
    assert learned(op_type, ["x"], **attributes) == {"x": [2, 3]}


def test_of_the_operand_that_the_slope_broadcasts_to() -> None:
    assert learned("PRelu", ["x", "one"]) == {"x": [2, 3]}


def test_of_a_broadcast_with_one_element() -> None:
    assert learned("Add", ["one", "x"]) == {"x": [2, 3]}


def test_not_of_a_broadcast_of_two_unknown_shapes() -> None:
    assert learned("Add", ["x", "x"]) == {}


def learned(op_type: str, operands: list[str], **attributes: int) -> dict[str, list[int]]:
    """The shapes learned from a result declared as [2, 3]; ``x`` has any shape, ``one`` one element."""
    unknown = [helper.make_tensor_value_info("x", TensorProto.FLOAT, None)]
    one = helper.make_tensor("one", TensorProto.FLOAT, [], [1.0])
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, [2, 3])
    node = helper.make_node(op_type, operands, ["y"], **attributes)
    graph = helper.make_graph([node], "g", unknown, [result], [one])
    types = shapes_from_results(helper.make_model(graph), {"y": result.type})
    return {name: [size.dim_value for size in proto.tensor_type.shape.dim] for name, proto in types.items()}
