"""Reads at positions that are data."""

from dnnf_mlir.bindings.mlir import ext
from dnnf_mlir.dialect_defs.dialect import Imported, Mismatch, OnnxNode, Operator, Tensor
from dnnf_mlir.dialect_defs.shapes import axis_of, require_inside
from dnnf_mlir.graph.attributes import Int
from dnnf_mlir.graph.extents import reaches
from dnnf_mlir.graph.operator import CostClass, MappingType, Signature
from dnnf_mlir.graph.tensor_type import TensorType


class IndexedRead(Operator):
    """Base: reads ``x`` along ``axis`` at ``indices`` (i32 or i64); negative indices count from the end."""

    x: ext.Operand[Tensor]
    indices: ext.Operand[Tensor]
    y: ext.Result[Tensor]
    axis: Int

    default_mapping = MappingType.ONE_TO_MANY
    cost_class = CostClass.MOVE

    @classmethod
    def from_onnx(cls, node: OnnxNode) -> Imported:
        imported = super().from_onnx(node)
        if 1 in node.constants:
            require_inside(node.constants[1], node.input_type(0).shape[imported.attributes["axis"]])
        return imported

    @classmethod
    def checked_axis(cls, signature: Signature) -> int:
        """The axis, once the operands are known to be of the right kind."""
        if signature.input(1).dtype not in ("i32", "i64"):
            raise Mismatch(f"needs i32 or i64 indices, got {signature.input(1)}")
        axis = axis_of(signature)
        if signature.input(0).shape[axis] == 0 and 0 not in signature.input(1).shape:
            raise Mismatch(f"{signature.input(0)} has no elements along axis {axis}")
        return axis


class Gather(IndexedRead, name="gather"):
    """``y[.., i.., ..] = x[.., indices[i..], ..]``. One index takes a slice: One-to-One."""

    @classmethod
    def mapping_type(cls, signature: Signature) -> MappingType:
        return MappingType.ONE_TO_ONE if signature.input(1).elements == 1 else cls.default_mapping

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        axis = cls.checked_axis(signature)
        operand = signature.input(0)
        return operand.with_shape((*operand.shape[:axis], *signature.input(1).shape, *operand.shape[axis + 1 :]))


class GatherElements(IndexedRead, name="gather_elements"):
    """``y[i.., j, k..] = x[i.., indices[i.., j, k..], k..]``."""

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        axis = cls.checked_axis(signature)
        if signature.input(1).rank != signature.input(0).rank:
            raise Mismatch(f"operands must have one rank, got {signature.input(0)} and {signature.input(1)}")
        for i, (size, count) in enumerate(zip(signature.input(0).shape, signature.input(1).shape, strict=True)):
            if i != axis and not reaches(size, count):
                raise Mismatch(f"indices {signature.input(1)} reach beyond {signature.input(0)}")
        return signature.input(0).with_shape(signature.input(1).shape)
