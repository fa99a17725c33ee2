"""Prefix sums."""

import numpy as np

from dnnf_mlir.bindings.mlir import ext
from dnnf_mlir.dialect_defs.dialect import Imported, OnnxNode, Tensor
from dnnf_mlir.dialect_defs.following import AxisOperator
from dnnf_mlir.dialect_defs.shapes import axis_of
from dnnf_mlir.graph.attributes import Int
from dnnf_mlir.graph.extents import position
from dnnf_mlir.graph.operator import MappingType, OnnxCall, Property, ResultShape, Signature
from dnnf_mlir.graph.tensor_type import TensorType


class CumSum(AxisOperator, name="cum_sum"):
    """Sum of the elements up to each one along ``axis``; ``exclusive``: without itself, ``reverse``: from the end."""

    x: ext.Operand[Tensor]
    y: ext.Result[Tensor]
    axis: Int
    exclusive: Int
    reverse: Int

    result_shape = ResultShape.FIRST_OPERAND
    default_mapping = MappingType.MANY_TO_MANY
    properties = frozenset({Property.DISTRIBUTIVE})
    operations_per_element = 1

    @classmethod
    def from_onnx(cls, node: OnnxNode) -> Imported:
        axis = position(int(node.constant(1, "axis").item()), node.input_type(0).rank)
        attributes = {"exclusive": node.attribute("exclusive"), "reverse": node.attribute("reverse")}
        return Imported((0,), {"axis": axis, **attributes})

    @classmethod
    def to_onnx(cls, signature: Signature) -> OnnxCall:
        attributes = {name: signature.attributes[name] for name in ("exclusive", "reverse")}
        return OnnxCall("CumSum", (0, np.array(signature.attributes["axis"], np.int64)), attributes)

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        axis_of(signature)
        return signature.input(0)
