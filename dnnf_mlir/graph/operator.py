"""What is known of operators: mapping types, facts of their classes, and what a class answers for a signature."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple, Protocol, TypeAlias

import numpy as np

from dnnf_mlir.graph.tensor_type import TensorType


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


@dataclass(frozen=True)
class Signature:
    """Types, attribute values and constness of one operation's operands, detached from MLIR.

    ``inputs`` has one entry per operand in the order of the class's fields, None where an optional one is absent, and
    variadic operands flattened. ``attributes`` holds Python values (int, float, str, bool, tuple of int or
    float, ndarray).
    """

    inputs: tuple[TensorType | None, ...]
    outputs: tuple[TensorType, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    constant_inputs: frozenset[int] = frozenset()

    def input(self, index: int) -> TensorType:
        """Operand type that the caller knows to be present."""
        found = self.inputs[index]
        if found is None:
            raise IndexError(f"operand {index} is absent")
        return found

    @property
    def output(self) -> TensorType:
        """Type of the only result, or of the first of several."""
        return self.outputs[0]


@dataclass(frozen=True)
class OnnxCall:
    """The ONNX form of a dnnf operation. An input is an operand's number, the array of a constant, or None (absent)."""

    op_type: str
    inputs: tuple[int | np.ndarray | None, ...]
    attributes: Mapping[str, Any]
    """Python values, or whole ``AttributeProto`` messages."""
    domain: str = ""
    present: tuple[bool, ...] = ()
    """For each output of the ONNX node whether it is a result; empty where all are."""


class Operator(Protocol):
    """An operator's class as the graph asks it; :class:`dnnf_mlir.dialect_defs.Operator` defines and explains it."""

    OPERATION_NAME: ClassVar[str]
    onnx_name: ClassVar[str | None]
    default_mapping: ClassVar[MappingType]
    several_operands: ClassVar[bool]
    several_results: ClassVar[bool]
    is_opaque: ClassVar[bool]
    properties: ClassVar[frozenset[Property]]
    cost_class: ClassVar[CostClass]
    f16_safe: ClassVar[bool]
    _fields: ClassVar[Sequence[Any]]
    """Definitions of operands, results and attributes, in order (the bindings' ``FieldDef``)."""
    _ODS_OPERAND_SEGMENTS: ClassVar[Any]
    _ODS_RESULT_SEGMENTS: ClassVar[Any]

    @classmethod
    def mapping_type(cls, signature: Signature) -> MappingType:
        """Mapping type for these shapes (paper, Table 2)."""

    @classmethod
    def flops(cls, signature: Signature) -> int:
        """Floating-point operations (a multiply-add is two)."""

    @classmethod
    def result_interval(cls, signature: Signature, operand: OperandIntervals) -> Interval:
        """Where the elements of a float result lie; ``operand`` tells it of the operands."""

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        """Type of the result; None where only the result itself tells it."""

    @classmethod
    def problem(cls, signature: Signature) -> str | None:
        """What is wrong with an operation of these types and attributes, in words; None when it is right."""

    @classmethod
    def check(cls, signature: Signature) -> str | None:
        """What is wrong with an operation of this signature; None when it is right."""

    @classmethod
    def permuted(cls, signature: Signature, perm: tuple[int, ...]) -> Mapping[str, Any] | None:
        """Attributes of the same operation on permuted operands; None where there are none."""

    @classmethod
    def to_onnx(cls, signature: Signature) -> OnnxCall:
        """The ONNX form of the operation."""

    @classmethod
    def attribute_names(cls) -> tuple[str, ...]:
        """Names of the attributes, in order."""

    @classmethod
    def operand_fields(cls) -> Sequence[Any]:
        """Definitions of the operands, in order (the bindings' ``OperandDef``)."""
