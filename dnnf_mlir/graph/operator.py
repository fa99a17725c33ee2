"""What the graph knows of an operator: its class's answers, asked with a signature of plain Python values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np

from .facts import CostClass, Interval, OperandIntervals
from .mapping import MappingType, Property
from .tensor_type import TensorType


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
