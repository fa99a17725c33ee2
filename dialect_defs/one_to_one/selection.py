"""Where, Clip, Cast and Identity."""

import numpy as np

from dnnf_mlir.bindings.mlir import ext
from dnnf_mlir.dialect_defs.dialect import Imported, Mismatch, NotStatic, OnnxNode, Tensor
from dnnf_mlir.dialect_defs.following import ElementwiseOperator
from dnnf_mlir.dialect_defs.shapes import broadcast_shape, one_element_type
from dnnf_mlir.graph.attributes import Float
from dnnf_mlir.graph.operator import CostClass, Interval, OnnxCall, OperandIntervals, ResultShape, Signature, one_of
from dnnf_mlir.graph.tensor_type import TensorType

from .elementwise import BroadcastingOperator, ElementwiseUnary


class Where(BroadcastingOperator, name="where"):
    """``y[i] = a[i] if condition[i] else b[i]`` with numpy broadcasting of all three."""

    condition: ext.Operand[Tensor]
    a: ext.Operand[Tensor]
    b: ext.Operand[Tensor]
    y: ext.Result[Tensor]

    f16_safe = True
    interval = staticmethod(lambda condition, a, b: a.union(b))

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        condition, a, b = (signature.input(index) for index in range(3))
        if condition.dtype != "i1":
            raise Mismatch(f"needs a boolean condition, got {condition}")
        return TensorType(broadcast_shape((condition.shape, a.shape, b.shape)), one_element_type((a, b)))


class Clip(ElementwiseUnary, name="clip"):
    """``minimum(max, maximum(min, x))``; an absent bound is an infinity, for integers too."""

    min: Float
    max: Float

    f16_safe = True
    operations_per_element = 2

    @classmethod
    def result_interval(cls, signature: Signature, operand: OperandIntervals) -> Interval:
        low, high = signature.attributes["min"], signature.attributes["max"]
        return operand(0).mapped(lambda x: min(max(x, low), high))

    @classmethod
    def from_onnx(cls, node: OnnxNode) -> Imported:
        return Imported((0,), {"min": _bound(node, 1, "minimum", -np.inf), "max": _bound(node, 2, "maximum", np.inf)})

    @classmethod
    def to_onnx(cls, signature: Signature) -> OnnxCall:
        dtype = signature.input(0).numpy_dtype
        bounds = (signature.attributes["min"], signature.attributes["max"])
        return OnnxCall("Clip", (0, *(None if np.isinf(bound) else np.array(bound, dtype) for bound in bounds)), {})


class Cast(ElementwiseOperator, name="cast"):
    """Element type conversion to the result's type: floats to integers truncate, anything but 0 is true."""

    x: ext.Operand[Tensor]
    y: ext.Result[Tensor]

    f16_safe = True
    result_shape = ResultShape.FIRST_OPERAND
    domains = one_of(round_mode=("up", "down", "nearest"))
    interval = staticmethod(lambda x: x)

    @classmethod
    def from_onnx(cls, node: OnnxNode) -> Imported:
        if node.input_type(0).is_narrow or node.output_types[0].is_narrow:
            raise NotStatic("it converts a type that nothing computes in")
        return Imported((0,), {})

    @classmethod
    def to_onnx(cls, signature: Signature) -> OnnxCall:
        return OnnxCall("Cast", (0,), {"to": signature.output.onnx_element_type})

    @classmethod
    def check(cls, signature: Signature) -> str | None:
        if signature.input(0).shape != signature.output.shape:
            return f"must keep its operand's shape, got {signature.input(0)} -> {signature.output}"
        return None


class Identity(ElementwiseUnary, name="identity"):
    """``x``; the importer removes it unless its result is an output of the model."""

    f16_safe = True
    cost_class = CostClass.MOVE
    operations_per_element = 0


def _bound(node: OnnxNode, index: int, what: str, absent: float) -> float:
    if not node.has_input(index):
        return absent
    value = node.constant(index, what).item()
    if float(value) != value:
        raise NotStatic(f"its {what} {value} has no exact floating point form")
    return float(value)
