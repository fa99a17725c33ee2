"""Comparisons and tests: boolean results of numeric operands."""

from dnnf_mlir.graph.attributes import Int
from dnnf_mlir.graph.operator import Property

from .elementwise import BinaryPredicate, UnaryPredicate


class Equal(BinaryPredicate, name="equal"):
    """``a == b``"""

    properties = frozenset({Property.COMMUTATIVE})


class Greater(BinaryPredicate, name="greater"):
    """``a > b``; false for NaN."""


class GreaterOrEqual(BinaryPredicate, name="greater_or_equal"):
    """``a >= b``; false for NaN."""


class Less(BinaryPredicate, name="less"):
    """``a < b``; false for NaN."""


class LessOrEqual(BinaryPredicate, name="less_or_equal"):
    """``a <= b``; false for NaN."""


class IsNaN(UnaryPredicate, name="is_nan"):
    """Whether x is no number."""


class IsInf(UnaryPredicate, name="is_inf"):
    """Whether x is an infinity of a sign that is looked for."""

    detect_negative: Int
    detect_positive: Int
