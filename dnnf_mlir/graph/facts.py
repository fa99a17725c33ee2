"""The kinds of facts that a class states beside its fields: see :class:`dnnf_mlir.dialect_defs.Operator`."""

import math
from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple, TypeAlias


class Interval(NamedTuple):
    """Numbers from ``low`` to ``high``, both included. It says nothing about NaN."""

    low: float = -math.inf
    high: float = math.inf

    def __add__(self, other: "Interval") -> "Interval":  # type: ignore[override]
        low, high = self.low + other.low, self.high + other.high
        return ANYTHING if math.isnan(low + high) else Interval(low, high)

    def __neg__(self) -> "Interval":
        return Interval(-self.high, -self.low)

    def __sub__(self, other: "Interval") -> "Interval":
        return self + -other

    def __mul__(self, other: "Interval") -> "Interval":  # type: ignore[override]
        corners = [_product(a, b) for a in self for b in other]
        return Interval(min(corners), max(corners))

    def union(self, other: "Interval") -> "Interval":
        """The smallest interval that holds both."""
        return Interval(min(self.low, other.low), max(self.high, other.high))

    def mapped(self, function: Callable[[float], float]) -> "Interval":
        """Where the results of a function lie that never decreases."""
        return Interval(function(self.low), function(self.high))

    def squared(self) -> "Interval":
        """``x * x`` for x in the interval."""
        corners = (self.low * self.low, self.high * self.high)
        return Interval(0 if self.low <= 0 <= self.high else min(corners), max(corners))


ANYTHING = Interval()
NONNEGATIVE = Interval(0)


OperandIntervals: TypeAlias = Callable[[int], Interval]
"""The number of an operand that is present -> where its elements lie."""


class CostClass(Enum):
    """What one element of the result costs."""

    MOVE = "a copy: every element is one of the first operand, or of any where an operator has several"
    ARITHMETIC = "a few instructions for each operand"
    FUNCTION = "an elementary function, tens of instructions: cheaper to store than to compute twice"


class ResultShape(Enum):
    """How the shape of the first result follows from the operands' shapes."""

    FIRST_OPERAND = "that of the first operand"
    BROADCAST = "that of all operands, broadcast as by numpy"
    OTHER = "attributes or other operands determine it"


def one_of(**domains: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """Attributes and the values that they may have."""
    return MappingProxyType(domains)


def _product(a: float, b: float) -> float:
    return 0.0 if a == 0 or b == 0 else a * b
