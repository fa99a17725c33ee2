"""Normalisation by statistics of the operand itself."""

import math

from dnnf_mlir.bindings.mlir import ext
from dnnf_mlir.dialect_defs.dialect import Float, Imported, Int, Mismatch, OnnxNode, Operator, Signature, Tensor
from dnnf_mlir.dialect_defs.following import AxisOperator
from dnnf_mlir.dialect_defs.mapping import MappingType
from dnnf_mlir.dialect_defs.shapes import axis_of, normalized_axis, require_broadcast, require_single_output
from dnnf_mlir.dialect_defs.spatial import SpatialOperator
from dnnf_mlir.graph.facts import Interval, ResultShape
from dnnf_mlir.graph.size_relations import require_same_shape
from dnnf_mlir.graph.tensor_type import TensorType


class SoftmaxOperator(AxisOperator):
    """Base: normalises along ``axis``."""

    x: ext.Operand[Tensor]
    y: ext.Result[Tensor]
    axis: Int

    default_mapping = MappingType.MANY_TO_MANY
    result_shape = ResultShape.FIRST_OPERAND

    @classmethod
    def flops(cls, signature: Signature) -> int:
        return 5 * signature.output.elements

    @classmethod
    def from_onnx(cls, node: OnnxNode) -> Imported:
        return Imported((0,), {"axis": normalized_axis(node.attribute("axis"), node.input_type(0).rank)})

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        axis_of(signature)
        return signature.input(0)


class Softmax(SoftmaxOperator, name="softmax"):
    """exp(x) / sum(exp(x))"""

    onnx_name = "Softmax"
    interval = Interval(0, 1)


class SafeSoftmax(SoftmaxOperator, name="safe_softmax"):
    """softmax that is zero, not NaN, in rows of which every element is -infinity: a masked attention's.

    PyTorch's ``_safe_softmax``; ONNX has no operator of its own for it, only definitions by Where.
    """

    interval = Interval(0, 1)


class LogSoftmax(SoftmaxOperator, name="log_softmax"):
    """x - log(sum(exp(x)))"""

    onnx_name = "LogSoftmax"
    interval = Interval(-math.inf, 0)


class LayerNormalization(Operator, name="layer_normalization"):
    """``(x - mean) / sqrt(variance + epsilon) * scale + bias`` over the dimensions from ``axis`` on.

    Scale and bias broadcast to x. Statistics are computed in f32, or in x's type where that is wider.
    """

    x: ext.Operand[Tensor]
    scale: ext.Operand[Tensor]
    bias: ext.Operand[Tensor] | None
    y: ext.Result[Tensor]
    axis: Int
    epsilon: Float

    onnx_name = "LayerNormalization"
    result_shape = ResultShape.FIRST_OPERAND
    default_mapping = MappingType.MANY_TO_MANY

    @classmethod
    def flops(cls, signature: Signature) -> int:
        return 8 * signature.output.elements

    @classmethod
    def from_onnx(cls, node: OnnxNode) -> Imported:
        require_single_output(node, "statistics")
        axis = normalized_axis(node.attribute("axis"), node.input_type(0).rank)
        operands = (0, 1, 2 if node.has_input(2) else None)
        return Imported(operands, {"axis": axis, "epsilon": node.attribute("epsilon")})

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        axis_of(signature)
        operand = signature.input(0)
        for name, parameter in zip(("scale", "bias"), signature.inputs[1:], strict=True):
            require_broadcast(name, parameter, operand.shape)
        return operand


class RMSNormalization(Operator, name="rms_normalization"):
    """``x / sqrt(mean(x^2) + epsilon) * scale`` over the dimensions from ``axis`` on; the scale broadcasts to x."""

    x: ext.Operand[Tensor]
    scale: ext.Operand[Tensor]
    y: ext.Result[Tensor]
    axis: Int
    epsilon: Float

    onnx_name = "RMSNormalization"
    result_shape = ResultShape.FIRST_OPERAND
    default_mapping = MappingType.MANY_TO_MANY

    @classmethod
    def flops(cls, signature: Signature) -> int:
        return 4 * signature.output.elements

    @classmethod
    def from_onnx(cls, node: OnnxNode) -> Imported:
        axis = normalized_axis(node.attribute("axis"), node.input_type(0).rank)
        return Imported((0, 1), {"axis": axis, "epsilon": node.attribute("epsilon")})

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        axis_of(signature)
        require_broadcast("scale", signature.input(1), signature.input(0).shape)
        return signature.input(0)


class InstanceNormalization(SpatialOperator, name="instance_normalization"):
    """``(x - mean) / sqrt(variance + epsilon) * scale + bias`` per channel of each batch element."""

    x: ext.Operand[Tensor]
    scale: ext.Operand[Tensor]
    bias: ext.Operand[Tensor]
    y: ext.Result[Tensor]
    epsilon: Float

    onnx_name = "InstanceNormalization"
    result_shape = ResultShape.FIRST_OPERAND
    default_mapping = MappingType.MANY_TO_MANY

    @classmethod
    def flops(cls, signature: Signature) -> int:
        return 8 * signature.output.elements

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        _, channels, _ = cls.split_shape(signature)
        for index, name in enumerate(("scale", "bias"), start=1):
            if not require_same_shape(signature.input(index).shape, (channels,)):
                raise Mismatch(f"{name} needs one entry for each of {channels} channels, got {signature.input(index)}")
        return signature.input(0)
