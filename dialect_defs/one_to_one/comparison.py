"""Comparisons and tests: boolean results of numeric operands."""

from dnnf_mlir.dialect_defs.dialect import Int
from dnnf_mlir.dialect_defs.mapping import Property

from .elementwise import BinaryPredicate, UnaryPredicate


class Equal(BinaryPredicate, name="equal"):
    """``a == b``"""

    onnx_name = "Equal"
    properties = frozenset({Property.COMMUTATIVE})


class Greater(BinaryPredicate, name="greater"):
    """``a > b``; false for NaN."""

    onnx_name = "Greater"


class GreaterOrEqual(BinaryPredicate, name="greater_or_equal"):
    """``a >= b``; false for NaN."""

    onnx_name = "GreaterOrEqual"


class Less(BinaryPredicate, name="less"):
    """``a < b``; false for NaN."""

    onnx_name = "Less"


class LessOrEqual(BinaryPredicate, name="less_or_equal"):
    """``a <= b``; false for NaN."""

    onnx_name = "LessOrEqual"


class IsNaN(UnaryPredicate, name="is_nan"):
    """Whether x is no number."""

    onnx_name = "IsNaN"


class IsInf(UnaryPredicate, name="is_inf"):
    """Whether x is an infinity of a sign that is looked for."""

    detect_negative: Int
    detect_positive: Int

    onnx_name = "IsInf"
