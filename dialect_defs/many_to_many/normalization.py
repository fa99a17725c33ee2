"""Normalisation by statistics of the operand itself."""

import math

from dnnf_mlir.bindings.mlir import ext
from dnnf_mlir.dialect_defs.dialect import Imported, OnnxNode, Operator, Tensor
from dnnf_mlir.dialect_defs.following import AxisOperator
from dnnf_mlir.dialect_defs.shapes import axis_of, require_broadcast, require_single_output
from dnnf_mlir.dialect_defs.spatial import SpatialOperator
from dnnf_mlir.graph.attributes import Float, Int
from dnnf_mlir.graph.operator import Interval, MappingType, ResultShape, Signature
from dnnf_mlir.graph.tensor_type import TensorType


class SoftmaxOperator(AxisOperator):
    """Base: normalises along ``axis``."""

    x: ext.Operand[Tensor]
    y: ext.Result[Tensor]
    axis: Int

    default_mapping = MappingType.MANY_TO_MANY
    result_shape = ResultShape.FIRST_OPERAND
    operations_per_element = 5

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        axis_of(signature)
        return signature.input(0)


class Softmax(SoftmaxOperator, name="softmax"):
    """exp(x) / sum(exp(x))"""

    interval = Interval(0, 1)


class SafeSoftmax(SoftmaxOperator, name="safe_softmax"):
    """softmax that is zero, not NaN, in rows of which every element is -infinity: a masked attention's.

    PyTorch's ``_safe_softmax``; ONNX has no operator of its own for it, only definitions by Where.
    """

    onnx_name = None
    interval = Interval(0, 1)


class LogSoftmax(SoftmaxOperator, name="log_softmax"):
    """x - log(sum(exp(x)))"""

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

    result_shape = ResultShape.FIRST_OPERAND
    default_mapping = MappingType.MANY_TO_MANY
    operations_per_element = 8

    @classmethod
    def from_onnx(cls, node: OnnxNode) -> Imported:
        require_single_output(node, "statistics")
        return super().from_onnx(node)

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

    result_shape = ResultShape.FIRST_OPERAND
    default_mapping = MappingType.MANY_TO_MANY
    operations_per_element = 4

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

    result_shape = ResultShape.FIRST_OPERAND
    default_mapping = MappingType.MANY_TO_MANY
    operations_per_element = 8

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        cls.require_channelwise(signature, "scale", "bias")
        return signature.input(0)
