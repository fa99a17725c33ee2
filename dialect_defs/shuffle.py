"""Shuffle operators: a permutation of dimensions (paper, Table 2)."""

from dnnf_mlir.bindings.mlir import ext
from dnnf_mlir.graph.attributes import Int, Ints, String
from dnnf_mlir.graph.operator import CostClass, MappingType, Signature, one_of
from dnnf_mlir.graph.size_relations import require_multiple
from dnnf_mlir.graph.tensor_type import TensorType

from .dialect import Imported, Mismatch, OnnxNode, Operator, Tensor
from .spatial import SpatialOperator


class Transpose(Operator, name="transpose"):
    """``y.shape[i] = x.shape[perm[i]]``."""

    x: ext.Operand[Tensor]
    y: ext.Result[Tensor]
    perm: Ints

    cost_class = CostClass.MOVE
    default_mapping = MappingType.SHUFFLE

    @classmethod
    def from_onnx(cls, node: OnnxNode) -> Imported:
        perm = node.attribute("perm")
        return Imported((0,), {"perm": tuple(reversed(range(node.input_type(0).rank)) if perm is None else perm)})

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        perm, operand = signature.attributes["perm"], signature.input(0)
        if sorted(perm) != list(range(operand.rank)):
            raise Mismatch(f"perm {perm} is no permutation of {operand.rank} dimensions")
        return operand.with_shape(tuple(operand.shape[i] for i in perm))


class BlockShuffle(SpatialOperator):
    """Base: moves between channels and blocks of ``blocksize`` x ``blocksize`` positions; two spatial dimensions.

    ``mode`` "DCR": the channels are ordered as (row in block, column in block, channel); "CRD": (channel, row, column).
    """

    x: ext.Operand[Tensor]
    y: ext.Result[Tensor]
    blocksize: Int
    mode: String

    default_mapping = MappingType.SHUFFLE
    cost_class = CostClass.MOVE
    domains = one_of(mode=("DCR", "CRD"))

    @classmethod
    def split_image(cls, signature: Signature) -> tuple[int, int, int, int, int]:
        """Batch, channels, height, width and block size."""
        batch, channels, spatial = cls.split_shape(signature)
        if len(spatial) != 2:
            raise Mismatch(f"needs two spatial dimensions, got {signature.input(0)}")
        if signature.attributes["blocksize"] < 1:
            raise Mismatch("blocksize must be positive")
        return batch, channels, *spatial, signature.attributes["blocksize"]


class DepthToSpace(BlockShuffle, name="depth_to_space"):
    """Blocks of channels become blocks of positions."""

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        batch, channels, height, width, block = cls.split_image(signature)
        if not require_multiple(channels, block * block):
            raise Mismatch(f"{channels} channels are no multiple of {block} x {block}")
        return cls.joined_type(signature, batch, channels // (block * block), (height * block, width * block))


class SpaceToDepth(BlockShuffle, name="space_to_depth"):
    """Blocks of positions become blocks of channels."""

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        batch, channels, height, width, block = cls.split_image(signature)
        if not (require_multiple(height, block) and require_multiple(width, block)):
            raise Mismatch(f"spatial sizes {height} x {width} are no multiples of {block}")
        return cls.joined_type(signature, batch, channels * block * block, (height // block, width // block))
