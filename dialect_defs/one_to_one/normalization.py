"""Normalisation by statistics that were fixed in training."""

from dnnf_mlir.bindings.mlir import ext
from dnnf_mlir.dialect_defs.dialect import Float, Imported, Mismatch, NotStatic, OnnxNode, Signature, Tensor
from dnnf_mlir.dialect_defs.mapping import Property
from dnnf_mlir.dialect_defs.shapes import require_single_output
from dnnf_mlir.dialect_defs.spatial import SpatialOperator
from dnnf_mlir.graph.facts import ResultShape
from dnnf_mlir.graph.size_relations import require_same_shape
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

    onnx_name = "BatchNormalization"
    result_shape = ResultShape.FIRST_OPERAND
    properties = frozenset({Property.DISTRIBUTIVE})

    @classmethod
    def flops(cls, signature: Signature) -> int:
        return 4 * signature.output.elements

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        _, channels, _ = cls.split_shape(signature)
        for index, name in enumerate(("scale", "bias", "mean", "variance"), start=1):
            if not require_same_shape(signature.input(index).shape, (channels,)):
                raise Mismatch(f"{name} needs one entry for each of {channels} channels, got {signature.input(index)}")
        return signature.input(0)

    @classmethod
    def from_onnx(cls, node: OnnxNode) -> Imported:
        if node.attribute("training_mode"):
            raise NotStatic("it is in training mode")
        require_single_output(node, "running statistics")
        if node.input_type(0).rank < 2:
            raise NotStatic("its operand has no channel dimension")
        return super().from_onnx(node)
