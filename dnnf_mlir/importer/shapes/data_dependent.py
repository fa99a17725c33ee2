"""Results whose shape depends on the values of the operands: each size that these determine is a new symbol.

What follows calculates with the symbol as with a dynamic dimension (:mod:`dnnf_mlir.graph.size`). In the module the
same shape function, of run-time scalars, says how large it is: see ``dnnf_mlir/lowering/onnx_node/run_time_shapes.py``.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, helper

from dnnf_mlir.dialect_defs import operators_by_onnx_name
from dnnf_mlir.dialect_defs.dialect import Mismatch, NotStatic, ShapeOperands
from dnnf_mlir.dialect_defs.onnx_shapes import elements, shape_function, shape_inputs
from dnnf_mlir.errors import DynamicSizeError
from dnnf_mlir.graph.extents import Unknown, Unread, equal
from dnnf_mlir.graph.size import has_data_dependent, is_dynamic
from dnnf_mlir.importer.shapes.value_type import ValueType

_COUNTED = frozenset(["NonZero", "NonMaxSuppression", "Compress", "Unique"])
"""Operators that find only while they compute how large their results are."""

_RESULTS = {"TopK": (0, TensorProto.INT64), "Unique": (0, *[TensorProto.INT64] * 3)}
"""Operator -> the element type of each result, 0 for the first input's; by default all have that."""

_TYPED_BY = {"OneHot": 2}
"""Operator -> the input whose element type the result has, if that is not the first one."""


@dataclass(frozen=True)
class Counting:
    """A node with an unknown shape, and where its sizes come from.

    Attributes:
        node: with every attribute that has a default.
        types: those of its inputs.
        constants: the values that are known.
        new: makes a symbol for a size.
        equal: has the module check that two sizes are the same.
    """

    node: NodeProto
    types: Mapping[str, ValueType]
    constants: Mapping[str, np.ndarray]
    new: Callable[[], int]
    equal: Callable[[int, int], None]

    def type(self, index: int) -> ValueType:
        """Element type and shape of an input."""
        return self.types[self.node.input[index]]

    def constant(self, index: int) -> list[int] | None:
        """The elements of an input that is known."""
        array = self.constants.get(self.node.input[index])
        return None if array is None else [int(item) for item in array.reshape(-1)]

    def shapes(self, values: Mapping[int, Sequence[Any]]) -> list[tuple[int, ...]] | None:
        """The shapes of the results with a new symbol for each size that is Unknown; None for an uncovered form.

        ``values`` are those of inputs by position; of others, the constants or Unknown. Raises ValueError for inputs
        that do not fit.
        """
        op_type = self.node.op_type
        op = operators_by_onnx_name().get(op_type)
        function = shape_function(op_type, op)
        if function is None:
            return None
        shapes = None
        # Which dimensions have which size may depend on values too, as on the axes of a reduction.
        for unknown in (Unknown, Unread):
            listed_values = {i: self._values(i, unknown) for i in shape_inputs(op_type, op)} | dict(values)
            operands = _CheckedByModule(
                op_type,
                [self.types[name].shape if name else None for name in self.node.input],
                {i: list(listed) for i, listed in listed_values.items() if listed is not None},
                {attribute.name: _value(helper.get_attribute_value(attribute)) for attribute in self.node.attribute},
                len(self.node.output),
                equal_in_module=self.equal,
            )
            try:
                shapes = function(operands)
                break
            except (NotStatic, DynamicSizeError, TypeError):
                continue
            except Mismatch as error:
                raise ValueError(str(error)) from error
        symbols: dict[Unknown, int] = {}
        return None if shapes is None else [tuple(self._symbol(size, symbols) for size in shape) for shape in shapes]

    def _symbol(self, size: Any, symbols: dict[Unknown, int]) -> int:
        if isinstance(size, Unread):
            return self.new()
        if not isinstance(size, Unknown):
            return int(size) if not is_dynamic(size) else size
        if size not in symbols:
            symbols[size] = self.new()
        return symbols[size]

    def _values(self, index: int, unknown: Callable[[], Any]) -> list[Any] | None:
        """The elements of a constant, or as many unknown ones as the input has; None where that is not known."""
        name = self.node.input[index] if index < len(self.node.input) else ""
        if name in self.constants:
            return elements(self.constants[name])
        if not name or not self.types[name].is_static:
            return None
        return [unknown() for _ in range(math.prod(self.types[name].shape))]


@dataclass(frozen=True)
class _CheckedByModule(ShapeOperands):
    """Operands whose sizes the running module compares."""

    equal_in_module: Callable[[int, int], None] = lambda a, b: None

    def require_equal(self, a: Any, b: Any, words: str) -> None:
        if (is_dynamic(a) or is_dynamic(b)) and not (isinstance(a, Unread) or isinstance(b, Unread)):
            if not equal(a, b):
                self.equal_in_module(a, b)
        else:
            super().require_equal(a, b, words)


def counted_types(counting: Counting) -> list[ValueType] | None:
    """The types of a node's results with new symbols in them; None for an operator that is none of these.

    Raises ValueError for inputs and attributes that do not fit.
    """
    node = counting.node
    if node.domain or not (node.op_type in _COUNTED or _shape_inputs(node.op_type)):
        return None
    shapes = counting.shapes({})
    if shapes is None:
        return None
    if node.op_type == "Split":
        axis = next((attribute.i for attribute in node.attribute if attribute.name == "axis"), 0)
        whole, parts = counting.type(0).shape[axis], sum(shape[axis] for shape in shapes)
        if not equal(parts, whole):
            counting.equal(parts, whole)
    integers = node.op_type in ("NonZero", "NonMaxSuppression")
    first = TensorProto.INT64 if integers else counting.type(_TYPED_BY.get(node.op_type, 0)).elem_type
    kinds = _RESULTS.get(node.op_type, (0,) * len(shapes))
    return [ValueType(kind or first, shape) for kind, shape in zip(kinds, shapes, strict=True)]


def _shape_inputs(op_type: str) -> tuple[int, ...]:
    return shape_inputs(op_type, operators_by_onnx_name().get(op_type))


def is_up_to(c: Counting) -> bool:
    """Whether the node is a Range of int64 from 0 in steps of 1: as long as its limit says."""
    if c.node.op_type != "Range" or c.node.domain or c.type(1).elem_type != TensorProto.INT64:
        return False
    return c.constant(0) == [0] and c.constant(2) == [1]


def listed_shape(c: Counting, sizes: Sequence[Any]) -> tuple[int, ...] | None:
    """The shape of an Expand's, Reshape's, Resize's or Tile's result from a list of numbers, some data-dependent.

    None for a form that is not covered. Raises ValueError for a list that does not fit.
    """
    if c.node.op_type == "Reshape":
        sizes = [c.new() if not is_dynamic(size) and size == -1 else size for size in sizes]
    if c.node.op_type in ("Expand", "Resize"):  # they need not be the result's: a 1 keeps the operand's
        sizes = [Unread() if has_data_dependent(size) else size for size in sizes]
    shapes = c.shapes({3 if c.node.op_type == "Resize" else 1: sizes})
    return None if shapes is None else shapes[0]


def _value(value: Any) -> Any:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
