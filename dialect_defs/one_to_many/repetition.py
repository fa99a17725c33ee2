"""Expand and Tile: the same elements again."""

import numpy as np

from dnnf_mlir.bindings.mlir import ext
from dnnf_mlir.dialect_defs.dialect import Imported, OnnxNode, Operator, ShapeOperands, Tensor
from dnnf_mlir.dialect_defs.shapes import require_broadcast, require_length
from dnnf_mlir.graph.attributes import Ints
from dnnf_mlir.graph.extents import RunTimeNumber, Shape, agree, choose, equal, equals_beside
from dnnf_mlir.graph.operator import CostClass, MappingType, OnnxCall, Signature
from dnnf_mlir.graph.tensor_type import TensorType


class Expand(Operator, name="expand"):
    """numpy's broadcast_to: the result type tells the shape. Reorganize where only dimensions of 1 are added."""

    x: ext.Operand[Tensor]
    y: ext.Result[Tensor]

    cost_class = CostClass.MOVE
    default_mapping = MappingType.ONE_TO_MANY
    shape_inputs = (1,)

    @classmethod
    def shape(cls, operands: ShapeOperands) -> list[Shape]:
        """ONNX Expand: x's shape and the sizes listed, aligned at the end, of which one may be 1 where they differ."""
        x, target = operands.shape(), operands.value(1)
        rank = max(len(x), len(target))
        pairs = zip((1,) * (rank - len(x)) + x, [1] * (rank - len(target)) + target, strict=True)
        sizes = []
        for size, wanted in pairs:
            is_one = equal(wanted, 1)
            if not (isinstance(size, int) and size == 1):
                if is_one is not True:
                    fits = is_one | agree(wanted, size)
                    if isinstance(wanted, RunTimeNumber):
                        fits = fits | equals_beside(size, 1, wanted)
                    operands.require(fits, f"{x} does not broadcast to {target}")
                # Of a known size each fitting one makes it again.
                wanted = size if isinstance(size, int) else choose(is_one, size, wanted)
            sizes.append(wanted)
        return [tuple(sizes)]

    @classmethod
    def mapping_type(cls, signature: Signature) -> MappingType:
        same = signature.input(0).elements == signature.output.elements
        return MappingType.REORGANIZE if same else cls.default_mapping

    @classmethod
    def to_onnx(cls, signature: Signature) -> OnnxCall:
        return OnnxCall("Expand", (0, np.array(signature.output.shape, np.int64)), {})

    @classmethod
    def check(cls, signature: Signature) -> str | None:
        operand, output = signature.input(0), signature.output
        if operand.dtype != output.dtype:
            return f"{operand} does not broadcast to {output}"
        require_broadcast("operand", operand, output.shape)
        return None


class Tile(Operator, name="tile"):
    """numpy's tile: ``repeats`` has one entry per dimension."""

    x: ext.Operand[Tensor]
    y: ext.Result[Tensor]
    repeats: Ints

    cost_class = CostClass.MOVE
    default_mapping = MappingType.ONE_TO_MANY
    shape_inputs = (1,)

    @classmethod
    def shape(cls, operands: ShapeOperands) -> list[Shape]:
        """ONNX Tile: ``size * repeats``, by dimension."""
        x = operands.shape()
        repeats = operands.value(1, len(x))
        for count in repeats:
            operands.require(count >= 0, f"repeats {repeats} are negative")
        return [tuple(size * count for size, count in zip(x, repeats, strict=True))]

    @classmethod
    def from_onnx(cls, node: OnnxNode) -> Imported:
        return Imported((0,), {"repeats": tuple(node.constant(1, "repeats").tolist())})

    @classmethod
    def to_onnx(cls, signature: Signature) -> OnnxCall:
        return OnnxCall("Tile", (0, np.array(signature.attributes["repeats"], np.int64)), {})

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        operand, repeats = signature.input(0), signature.attributes["repeats"]
        require_length("repeats", repeats, operand.rank)
        return operand.with_shape(tuple(size * count for size, count in zip(operand.shape, repeats, strict=True)))
