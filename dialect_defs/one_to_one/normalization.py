"""Normalisation by statistics that were fixed in training."""

from dnnf_mlir.bindings.mlir import ext
from dnnf_mlir.dialect_defs.dialect import Imported, NotStatic, OnnxNode, Tensor
from dnnf_mlir.dialect_defs.shapes import require_single_output
from dnnf_mlir.dialect_defs.spatial import SpatialOperator
from dnnf_mlir.graph.attributes import Float
from dnnf_mlir.graph.operator import Property, ResultShape, Signature
from dnnf_mlir.graph.tensor_type import TensorType


class BatchNormalization(SpatialOperator, name="batch_normalization"):
    """Inference form: ``(x - mean) / sqrt(variance + epsilon) * scale + bias``, per channel."""

    x: ext.Operand[Tensor]
    scale: ext.Operand[Tensor]
    bias: ext.Operand[Tensor]
    mean: ext.Operand[Tensor]
    variance: ext.Operand[Tensor]
    y: ext.Result[Tensor]
    epsilon: Float

    result_shape = ResultShape.FIRST_OPERAND
    properties = frozenset({Property.DISTRIBUTIVE})
    operations_per_element = 4

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        cls.require_channelwise(signature, "scale", "bias", "mean", "variance")
        return signature.input(0)

    @classmethod
    def from_onnx(cls, node: OnnxNode) -> Imported:
        if node.attribute("training_mode"):
            raise NotStatic("it is in training mode")
        require_single_output(node, "running statistics")
        if node.input_type(0).rank < 2:
            raise NotStatic("its operand has no channel dimension")
        return super().from_onnx(node)
