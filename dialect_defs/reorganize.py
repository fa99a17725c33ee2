"""Reorganize operators: elements keep their row-major order, the shape changes (paper, Table 2)."""

import math

import numpy as np

from dnnf_mlir.bindings.mlir import ext
from dnnf_mlir.graph.size import is_free

from .dialect import Imported, NotStatic, OnnxCall, OnnxNode, Operator, Signature, Tensor
from .facts import CostClass
from .mapping import MappingType


class ReorganizeOperator(Operator):
    """Base: the result has the operand's elements in the same order; the result type tells the new shape."""

    x: ext.Operand[Tensor]
    y: ext.Result[Tensor]

    default_mapping = MappingType.REORGANIZE
    cost_class = CostClass.MOVE

    @classmethod
    def check(cls, signature: Signature) -> str | None:
        operand, output = signature.input(0), signature.output
        if operand.elements != output.elements or operand.dtype != output.dtype:
            return f"must keep the elements and their type, got {operand} -> {output}"
        return None

    @classmethod
    def from_onnx(cls, node: OnnxNode) -> Imported:
        before, after = (math.prod(type_.shape) for type_ in (node.input_type(0), node.output_types[0]))
        if before != after and (is_free(before) or is_free(after)):
            raise NotStatic("its number of elements is compared when the model runs")
        return Imported((0,), {})

    @classmethod
    def to_onnx(cls, signature: Signature) -> OnnxCall:
        return OnnxCall("Reshape", (0, np.array(signature.output.shape, np.int64)), {"allowzero": 1})


class Reshape(ReorganizeOperator, name="reshape"):
    """To any shape of as many elements."""

    onnx_name = "Reshape"


class Flatten(ReorganizeOperator, name="flatten"):
    """To two dimensions."""

    onnx_name = "Flatten"


class Squeeze(ReorganizeOperator, name="squeeze"):
    """Without some dimensions of size 1."""

    onnx_name = "Squeeze"


class Unsqueeze(ReorganizeOperator, name="unsqueeze"):
    """With further dimensions of size 1."""

    onnx_name = "Unsqueeze"
