"""Matrix products and Einstein sums."""

import math

from dnnf_mlir.bindings.mlir import ext
from dnnf_mlir.dialect_defs.dialect import Mismatch, Operator, Tensor
from dnnf_mlir.dialect_defs.several import several_operands
from dnnf_mlir.dialect_defs.shapes import broadcast_shape, one_element_type, require_broadcast, require_bytes
from dnnf_mlir.graph.attributes import Float, Int, String
from dnnf_mlir.graph.operator import MappingType, Property, Signature
from dnnf_mlir.graph.size_relations import require_equal
from dnnf_mlir.graph.tensor_type import TensorType

from .einsum_notation import Equation


class MatrixProduct(Operator):
    """Base: numpy's matmul; batch dimensions broadcast; a vector is a row on the left and a column on the right."""

    a: ext.Operand[Tensor]
    b: ext.Operand[Tensor]
    y: ext.Result[Tensor]

    default_mapping = MappingType.MANY_TO_MANY

    @classmethod
    def flops(cls, signature: Signature) -> int:
        return 2 * signature.output.elements * signature.input(0).shape[-1]


class MatMul(MatrixProduct, name="matmul"):
    """``a @ b``"""

    properties = frozenset({Property.ASSOCIATIVE, Property.DISTRIBUTIVE})

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        a, b = signature.input(0), signature.input(1)
        return TensorType(_product_shape(a, b), one_element_type((a, b)))


class MatMulInteger(MatrixProduct, name="matmul_integer"):
    """``(a - a_zero_point) * (b - b_zero_point)`` of 8-bit integers, summed in 32 bits.

    A zero point is one number, or one for each row of ``a`` ([..., rows, 1]), each column of ``b``; without it, 0.
    """

    a_zero_point: ext.Operand[Tensor] | None
    b_zero_point: ext.Operand[Tensor] | None

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        a, b = signature.input(0), signature.input(1)
        require_bytes(signature, ("a", "b"))
        for operand, zero_point in zip((a, b), signature.inputs[2:], strict=True):
            require_broadcast("zero point", zero_point, operand.shape)
        return TensorType(_product_shape(a, b), "i32")


class Gemm(Operator, name="gemm"):
    """``alpha * A * B + beta * c`` of matrices; ``transA``, ``transB``: A, B is the operand transposed."""

    a: ext.Operand[Tensor]
    b: ext.Operand[Tensor]
    c: ext.Operand[Tensor] | None
    y: ext.Result[Tensor]
    alpha: Float
    beta: Float
    transA: Int
    transB: Int

    default_mapping = MappingType.MANY_TO_MANY
    properties = frozenset({Property.DISTRIBUTIVE})

    @classmethod
    def flops(cls, signature: Signature) -> int:
        inner = signature.input(0).shape[0 if signature.attributes["transA"] else 1]
        return 2 * signature.output.elements * inner + (signature.inputs[2] is not None) * signature.output.elements

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        a, b, c = signature.input(0), signature.input(1), signature.inputs[2]
        if a.rank != 2 or b.rank != 2:
            raise Mismatch(f"needs two matrices, got {a} and {b}")
        rows, inner = reversed(a.shape) if signature.attributes["transA"] else a.shape
        inner_b, columns = reversed(b.shape) if signature.attributes["transB"] else b.shape
        if not require_equal(inner, inner_b):
            raise Mismatch(f"inner dimensions differ: {inner} and {inner_b}")
        require_broadcast("c", c, (rows, columns))
        return TensorType((rows, columns), one_element_type([a, b] if c is None else [a, b, c]))


class Einsum(several_operands(), name="einsum"):
    """numpy's einsum; repeated letters of one operand take its diagonal."""

    y: ext.Result[Tensor]
    equation: String

    default_mapping = MappingType.MANY_TO_MANY

    @classmethod
    def flops(cls, signature: Signature) -> int:
        sizes = Equation.of(signature).sizes
        return max(2, len(signature.inputs)) * math.prod(sizes.values())

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        types = [signature.input(index) for index in range(len(signature.inputs))]
        return TensorType(Equation.of(signature).result_shape, one_element_type(types))


def _product_shape(a: TensorType, b: TensorType) -> tuple[int, ...]:
    if not a.rank or not b.rank:
        raise Mismatch(f"operands need a dimension, got {a} and {b}")
    rows, columns = a.shape[-2:-1], b.shape[-1:] if b.rank > 1 else ()
    inner = b.shape[-2] if b.rank > 1 else b.shape[0]
    if not require_equal(a.shape[-1], inner):
        raise Mismatch(f"inner dimensions differ: {a} and {b}")
    batch = broadcast_shape((a.shape[:-2], b.shape[:-2]))
    return (*batch, *rows, *columns)
