"""Small ONNX models made by hand, and the way back from a prepared model to one that can be evaluated."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from dnnf_mlir.importer.prepare import PreparedModel, prepare
from dnnf_mlir.importer.read.loading import load_model

OPSET = 17

Shape = Sequence[int | str | None] | None
Value = tuple[str, Shape] | tuple[str, Shape, int]


def value_info(value: Value) -> onnx.ValueInfoProto:
    """A value from (name, shape) or (name, shape, element type); float32 by default, no shape if None."""
    name, shape, *elem_type = value
    return helper.make_tensor_value_info(name, elem_type[0] if elem_type else TensorProto.FLOAT, shape)


def make_model(
    nodes: Sequence[NodeProto],
    inputs: Sequence[Value],
    outputs: Sequence[Value],
    weights: dict[str, np.ndarray] | None = None,
    opset: int = OPSET,
    **fields: Any,
) -> ModelProto:
    """A model of ONNX's own operators."""
    graph = helper.make_graph(
        list(nodes),
        "graph",
        [value_info(value) for value in inputs],
        [value_info(value) for value in outputs],
        [numpy_helper.from_array(array, name) for name, array in (weights or {}).items()],
    )
    fields.setdefault("ir_version", 8)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], **fields)


def chain(*operators: str, shape: Shape = (2, 3)) -> ModelProto:
    """Unary operators in a row, from x to y, shapes unchanged."""
    names = ["x", *(f"v{index}" for index in range(1, len(operators))), "y"]
    nodes = [
        helper.make_node(operator, [names[index]], [names[index + 1]], name=f"node{index}")
        for index, operator in enumerate(operators)
    ]
    return make_model(nodes, [("x", shape)], [("y", shape)])


def prepared(model: ModelProto, **dims: int) -> PreparedModel:
    """Load and prepare."""
    return prepare(load_model(model, name="test.onnx"), dims)


def operators(model: PreparedModel) -> list[str]:
    """Operator types in order."""
    return [node.op_type for node in model.nodes]


def as_model(model: PreparedModel, weights_as_inputs: bool = False) -> ModelProto:
    """The prepared model as an ONNX model again; large weights may become inputs, to do without their values."""
    weights = [name for name, array in model.constants.items() if weights_as_inputs and array.nbytes > 1024]
    graph = helper.make_graph(
        model.nodes,
        "prepared",
        [helper.make_tensor_value_info(name, *model.types[name]) for name in [*model.inputs, *weights]],
        [helper.make_tensor_value_info(name, *model.types[name]) for name in model.outputs],
        [numpy_helper.from_array(array, name) for name, array in model.constants.items() if name not in weights],
    )
    imports = [helper.make_opsetid(domain, version) for domain, version in model.opsets.items()]
    return helper.make_model(graph, opset_imports=imports)


def evaluate(model: ModelProto, inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
    """The model's outputs by ONNX's reference implementation."""
    return [np.asarray(array) for array in ReferenceEvaluator(model).run(None, inputs)]
