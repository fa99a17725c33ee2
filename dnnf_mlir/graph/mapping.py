"""Mapping types of operators (paper, Table 2)."""

from enum import Enum


class MappingType(Enum):
    """How an operator's output elements depend on its input elements.

    Members are ordered by complexity (paper, section 3.1): the type of an operator with several inputs is the most
    complex of its input/output pairs.
    """

    ONE_TO_ONE = "one_to_one"
    REORGANIZE = "reorganize"
    SHUFFLE = "shuffle"
    ONE_TO_MANY = "one_to_many"
    MANY_TO_MANY = "many_to_many"

    @property
    def complexity(self) -> int:
        """Position in the paper's order, 0 for One-to-One."""
        return _ORDER[self]


_ORDER = {member: position for position, member in enumerate(MappingType)}


class Property(Enum):
    """Mathematical properties that rewriting uses (paper, section 4.2)."""

    ASSOCIATIVE = "associative"
    """``f(f(a, b), c) = f(a, f(b, c))``."""
    COMMUTATIVE = "commutative"
    """``f(a, b) = f(b, a)``."""
    DISTRIBUTIVE = "distributive"
    """It is linear, or a homomorphism, of sums or products."""
