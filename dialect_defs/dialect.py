"""The ``dnnf`` dialect object, its attributes and the base class that holds everything known about an operator.

A subclass of :class:`Operator` is the only place that knows its operator: the fields below become the IRDL definition,
the class methods answer what passes ask. All questions take a :class:`Signature`, plain Python values, so that they can
be asked of an MLIR operation, of a node of the ECG, or of types alone.
"""

# No `from __future__ import annotations` here or in the operator files: the field annotations are evaluated.

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

import numpy as np

from dnnf_mlir.bindings.mlir import ext, ir
from dnnf_mlir.graph.extents import RunTimeNumber, Shape, Unknown, agree, position, reaches
from dnnf_mlir.graph.from_mlir import signature_of
from dnnf_mlir.graph.operator import (
    ANYTHING,
    CostClass,
    Interval,
    MappingType,
    OnnxCall,
    OperandIntervals,
    Property,
    ResultShape,
    Signature,
    one_of,
)
from dnnf_mlir.graph.size import assumptions
from dnnf_mlir.graph.tensor_type import TensorType

from .form import form_problem
from .onnx_schema import attribute_defaults

Tensor: TypeAlias = ir.RankedTensorType


class Dnnf(ext.Dialect, name="dnnf"):
    """Operators named after ONNX, with mapping types and static shapes."""


_MappingKind = functools.reduce(operator.or_, (ir.StringAttr[member.value] for member in MappingType))


class MappingAttribute(Dnnf.Attribute, name="mapping"):
    """``#dnnf.mapping<"one_to_one">``: set by annotate-mapping as the attribute ``dnnf.mapping``."""

    kind: _MappingKind  # type: ignore[valid-type]


@dataclass(frozen=True)
class OnnxNode:
    """What :meth:`Operator.from_onnx` may ask: an ONNX node with types, and values of the constant inputs."""

    op_type: str
    name: str
    inputs: tuple[str, ...]
    input_types: tuple[TensorType | None, ...]
    output_types: tuple[TensorType, ...]
    attributes: Mapping[str, Any]
    constants: Mapping[int, np.ndarray]
    """Values of the inputs known at compile time, by position."""

    def attribute(self, name: str) -> Any:
        """Value of an attribute; the ONNX default where the node leaves it out, None where there is no default."""
        if name in self.attributes:
            return self.attributes[name]
        return attribute_defaults(self.op_type).get(name)

    def input_type(self, index: int) -> TensorType:
        """Type of an input that ONNX requires."""
        type_ = self.input_types[index]
        if type_ is None:
            raise IndexError(f"input {index} of {self.op_type} is absent")
        return type_

    def has_input(self, index: int) -> bool:
        """Whether an optional input is present."""
        return index < len(self.inputs) and bool(self.inputs[index])

    def constant(self, index: int, what: str) -> np.ndarray:
        """Value of an input that must be known at compile time; NotStatic when it is not."""
        if index not in self.constants:
            raise NotStatic(f"its {what} is computed at run time")
        return self.constants[index]


@dataclass(frozen=True)
class ShapeOperands:
    """What :meth:`Operator.shape` may ask: an ONNX node's shapes and numbers, of any kind of extent.

    ``shapes`` has one entry per input, None where it is omitted. ``values`` holds the elements, in row-major order, of
    inputs whose values give the shape; an element may be Unknown. ``selected`` is how many elements a data-dependent
    operator (NonZero) selects.
    """

    op_type: str
    shapes: Sequence[Shape | None]
    values: Mapping[int, Sequence[Any]]
    attributes: Mapping[str, Any]
    results: int = 1
    selected: Any = field(default_factory=Unknown)
    conditions: list[Any] = field(default_factory=list)
    """Run-time conditions that the operands must meet."""

    def has(self, index: int) -> bool:
        """Whether an input is present and has a shape."""
        return index < len(self.shapes) and self.shapes[index] is not None

    def shape(self, index: int = 0) -> Shape:
        """The shape of an input; Mismatch where it is omitted."""
        shape = self.shapes[index] if index < len(self.shapes) else None
        if shape is None:
            raise Mismatch(f"input {index} of {self.op_type} is absent")
        return shape

    def value(self, index: int, length: int | None = None) -> list[Any]:
        """The elements of an input; NotStatic where nothing is known of them, Mismatch for another number of them."""
        if index not in self.values:
            raise NotStatic(f"its input {index} is computed at run time")
        listed = list(self.values[index])
        if length is not None and len(listed) != length:
            raise Mismatch(f"input {index} of {self.op_type} must be a list of {length}, not of {len(listed)}")
        return listed

    def scalar(self, index: int) -> Any:
        """The only element of an input."""
        return self.value(index, 1)[0]

    def attribute(self, name: str) -> Any:
        """Value of an attribute; the ONNX default where it is left out, None where there is no default."""
        if name in self.attributes:
            return self.attributes[name]
        return attribute_defaults(self.op_type).get(name)

    def require(self, condition: Any, words: str) -> None:
        """Mismatch, in these words, where a condition does not hold; one of run-time numbers is noted."""
        if isinstance(condition, RunTimeNumber):
            self.conditions.append(condition)
        elif not condition:
            raise Mismatch(words)

    def require_equal(self, a: Any, b: Any, words: str) -> None:
        """:meth:`require` for two extents that must be the same."""
        self.require(agree(a, b), words)

    def require_at_least(self, extent: Any, bound: Any, words: str) -> None:
        """:meth:`require` for an extent that must not be smaller than another."""
        self.require(reaches(extent, bound), words)


class Mismatch(Exception):
    """Operand types and attributes that do not fit each other, in words."""


class NotStatic(Exception):
    """An ONNX node uses a form that the operator's class does not cover; the importer keeps it as dnnf.onnx_node."""


@dataclass(frozen=True)
class Imported:
    """The dnnf form of an ONNX node: which of its inputs stay operands (None = absent), and the attribute values."""

    operands: tuple[int | None, ...]
    attributes: Mapping[str, Any]


class Operator(Dnnf.Operation, traits=[ext.Pure]):
    """Base of all operators. What a class leaves out has the value that is safe for every operator.

    ``onnx_name``: the ONNX operator, by default the class's name; None for operators of our own.
    ``default_mapping``: Table 2's type; ``mapping_type`` refines it by shapes.
    ``properties``: which mathematical properties hold.
    ``shape_inputs``: inputs of the ONNX operator whose values :meth:`shape` asks for.
    ``is_opaque``: passes see operands and results alone. The operator is not folded, rewritten or fused; its results
    may have sizes that only the running model determines.
    ``several_operands``, ``several_results``: any number of them, up to the number of fields.
    ``domains``: attributes of the ONNX operator with a closed set of values, and these values.
    ``result_shape``: how the result's shape follows from the operands' shapes.
    ``cost_class``: what one element of the result costs.
    ``operations_per_element``: floating-point operations for an element of the result, or of what it ``reduces``.
    ``f16_safe``: computing in f16 loses little more than storing the result in f16. The operator rounds few times, and
    no intermediate result is larger than operands and result.
    ``interval``: where all elements of a float result lie; or a function that gives it for the operands' intervals.
    ``never_decreases``: it has one operand, and of two elements the larger one has no smaller result (for attributes
    that are not negative).
    """

    onnx_name = None  # type: str | None
    default_mapping = MappingType.ONE_TO_ONE
    several_operands = False
    several_results = False
    is_opaque = False
    properties = frozenset[Property]()
    domains = one_of()
    result_shape = ResultShape.OTHER
    cost_class = CostClass.ARITHMETIC
    f16_safe = False
    operations_per_element = 0
    reduces = False
    interval = cast("Interval | Callable[..., Interval]", ANYTHING)
    never_decreases = False
    shape_inputs = ()  # type: tuple[int, ...]

    def __init_subclass__(cls, *, name: str | None = None, **options: Any) -> None:
        super().__init_subclass__(name=name, **options)
        if name is not None and "onnx_name" not in cls.__dict__:
            cls.onnx_name = cls.__name__

    @classmethod
    def mapping_type(cls, signature: Signature) -> MappingType:
        """Mapping type for these shapes; broadcast-dependent operators override it."""
        return cls.default_mapping

    @classmethod
    def flops(cls, signature: Signature) -> int:
        """Floating-point operations (a multiply-add is two); 0 for data movement."""
        if not cls.operations_per_element:
            return 0
        return cls.operations_per_element * (signature.input(0) if cls.reduces else signature.output).elements

    @classmethod
    def result_interval(cls, signature: Signature, operand: OperandIntervals) -> Interval:
        """Where the elements of a float result lie, up to rounding; ``operand`` tells it of the operands."""
        if cls.cost_class is CostClass.MOVE:
            read = range(len(signature.inputs)) if cls.several_operands else (0,)
            return functools.reduce(Interval.union, map(operand, read))
        if isinstance(cls.interval, Interval):
            return cls.interval
        return cls.interval(*map(operand, range(len(signature.inputs))))

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        """Type of the result from operands and attributes; None where only the result itself tells it (Reshape).

        Does not look at ``signature.outputs``. Raises Mismatch for operands that do not fit.
        """
        return None

    @classmethod
    def shape(cls, operands: ShapeOperands) -> list[Shape] | None:
        """Shapes of the ONNX operator's results, for every kind of extent; None where :meth:`infer_type` tells them.

        Raises Mismatch for operands that do not fit, NotStatic for values that it must know.
        """
        return None

    @classmethod
    def check(cls, signature: Signature) -> str | None:
        """What is wrong with an operation of these types and attributes, in words; None when it is right.

        May raise Mismatch instead.
        """
        if (reason := cls.outside_domain(signature)) is not None:
            return reason
        expected = cls.infer_type(signature)
        if expected is not None and expected != signature.output:
            return f"operands and attributes give {expected}, but the result is {signature.output}"
        return None

    @classmethod
    def problem(cls, signature: Signature) -> str | None:
        """What :meth:`check` says, a Mismatch in words; what it assumes of sizes, the importer has noted."""
        try:
            with assumptions():
                return cls.check(signature)
        except Mismatch as mismatch:
            return str(mismatch)

    @classmethod
    def outside_domain(cls, signature: Signature) -> str | None:
        """Which attribute has none of its ``domains``' values, in words; None when all have."""
        for name in cls.attribute_names():
            allowed = cls.domains.get(name)
            if allowed is not None and signature.attributes[name] not in allowed:
                *others, last = (f'"{value}"' for value in allowed)
                return f"{name} must be {', '.join(others)} or {last}"
        return None

    @classmethod
    def permuted(cls, signature: Signature, perm: tuple[int, ...]) -> Mapping[str, Any] | None:
        """Attributes of the same operation on operands whose dimensions are permuted (new dim i = old dim perm[i]).

        None (the default) where the operator fixes the meaning of dimensions. An operator that answers follows the
        layout of its neighbours: element-wise operators as they are, Concat with another axis, and so on. Operands of
        lower rank are first brought to the full rank with leading ones.
        """
        return None

    @classmethod
    def from_onnx(cls, node: OnnxNode) -> Imported:
        """Default: ONNX's inputs but ``shape_inputs`` are operands; attributes of the same names, defaults written out.

        An ``axis`` is counted from the first dimension.
        """
        operands = [i for i in range(len(node.inputs)) if i not in cls.shape_inputs]
        attributes = {name: node.attribute(name) for name in cls.attribute_names()}
        if "axis" in attributes:
            attributes["axis"] = position(attributes["axis"], node.input_type(0).rank)
        return Imported(tuple(i if node.has_input(i) else None for i in operands), attributes)

    @classmethod
    def to_onnx(cls, signature: Signature) -> OnnxCall:
        """Default: the inverse of :meth:`from_onnx`'s default."""
        return OnnxCall(
            str(cls.onnx_name),
            tuple(index if present is not None else None for index, present in enumerate(signature.inputs)),
            dict(signature.attributes),
        )

    @classmethod
    def attribute_names(cls) -> tuple[str, ...]:
        """The operator's attributes, in the order of the fields."""
        return tuple(f.name for f in cls._fields if isinstance(f, ext.AttributeDef))

    @classmethod
    def operand_fields(cls) -> "Sequence[ext.OperandDef]":
        """The operand fields, in the order of the definition."""
        return [f for f in cls._fields if isinstance(f, ext.OperandDef)]

    @staticmethod
    def verify_invariants(op: ir.OpView) -> bool:
        """MLIR's verifier: reports the reason of :meth:`check` as a located error."""
        try:
            problem = form_problem(op) or type(op).problem(signature_of(op))
        except TypeError as error:  # a type or an attribute that has no Python form
            problem = str(error)
        if problem is not None:
            op.location.emit_error(f"'{op.OPERATION_NAME}' {problem}")
            return False
        return True
