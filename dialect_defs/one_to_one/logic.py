"""Logical operators (i1 operands) and bitwise ones (integers)."""

from dnnf_mlir.graph.attributes import String
from dnnf_mlir.graph.operator import Property, Signature, one_of

from .elementwise import ElementwiseBinary, ElementwiseUnary

_ALL = frozenset(Property)


class LogicalBinary(ElementwiseBinary):
    """Base: both operands are booleans."""

    f16_safe = True

    @classmethod
    def check(cls, signature: Signature) -> str | None:
        if signature.input(0).dtype != "i1":
            return f"needs boolean operands, got {signature.input(0)}"
        return super().check(signature)


class And(LogicalBinary, name="and"):
    """``a and b``"""

    properties = _ALL


class Or(LogicalBinary, name="or"):
    """``a or b``"""

    properties = _ALL


class Xor(LogicalBinary, name="xor"):
    """Whether a and b differ."""

    properties = frozenset({Property.ASSOCIATIVE, Property.COMMUTATIVE})


class Not(ElementwiseUnary, name="not"):
    """``not x``"""

    f16_safe = True
    properties = frozenset({Property.DISTRIBUTIVE})

    @classmethod
    def check(cls, signature: Signature) -> str | None:
        if signature.input(0).dtype != "i1":
            return f"needs a boolean operand, got {signature.input(0)}"
        return super().check(signature)


class IntegerBinary(ElementwiseBinary):
    """Base: both operands are integers."""

    f16_safe = True

    @classmethod
    def check(cls, signature: Signature) -> str | None:
        if not _is_integer(signature):
            return f"needs integer operands, got {signature.input(0)}"
        return super().check(signature)


class BitwiseAnd(IntegerBinary, name="bitwise_and"):
    """The bits that a and b have."""

    properties = _ALL


class BitwiseOr(IntegerBinary, name="bitwise_or"):
    """The bits that a or b has."""

    properties = _ALL


class BitwiseXor(IntegerBinary, name="bitwise_xor"):
    """The bits that differ."""

    properties = frozenset({Property.ASSOCIATIVE, Property.COMMUTATIVE})


class BitwiseNot(ElementwiseUnary, name="bitwise_not"):
    """All bits inverted."""

    f16_safe = True
    properties = frozenset({Property.DISTRIBUTIVE})

    @classmethod
    def check(cls, signature: Signature) -> str | None:
        if not _is_integer(signature):
            return f"needs an integer operand, got {signature.input(0)}"
        return super().check(signature)


class BitShift(IntegerBinary, name="bit_shift"):
    """Shifts a by b bits to the left or right. A left shift commutes with ReduceSum."""

    direction: String

    properties = frozenset({Property.DISTRIBUTIVE})
    domains = one_of(direction=("LEFT", "RIGHT"))


def _is_integer(signature: Signature) -> bool:
    operand = signature.input(0)
    return not operand.is_float and operand.dtype != "i1"
