"""Movements between a DequantizeLinear and a QuantizeLinear are done on the integers."""

import numpy as np
import pytest
from onnx import NodeProto, TensorProto, helper

from dnnf_mlir.importer.decompose.qdq import on_integers

MOVES = {
    "DepthToSpace": {"blocksize": 2},
    "SpaceToDepth": {"blocksize": 2},
    "Transpose": {"perm": [0, 2, 3, 1]},
    "Flatten": {},
}


@pytest.mark.parametrize("op_type", MOVES)
def test_moves(op_type: str) -> None:
    assert on_integer_values(op_type, MOVES[op_type]) == ["x"]


@pytest.mark.parametrize("op_type", ["Relu", "LpPool"])
def test_arithmetic_stays(op_type: str) -> None:
    attributes = {"kernel_shape": [1, 1]} if op_type == "LpPool" else {}
    assert on_integer_values(op_type, attributes) == ["real"]


def on_integer_values(op_type: str, attributes: dict[str, int | list[int]]) -> list[str]:
    """What the operator reads in ``Q(op(DQ(x)))``, both of one scale and zero point."""
    constants = {"scale": np.array(0.5, np.float32), "zero": np.array(3, np.uint8)}
    nodes: list[NodeProto] = [
        helper.make_node("DequantizeLinear", ["x", "scale", "zero"], ["real"], "dq", output_dtype=TensorProto.FLOAT),
        helper.make_node(op_type, ["real"], ["moved"], "move", **attributes),
        helper.make_node("QuantizeLinear", ["moved", "scale", "zero"], ["y"], "q"),
    ]
    found, _ = on_integers(nodes, constants, ["y"])
    return [node.input[0] for node in found if node.op_type == op_type]
