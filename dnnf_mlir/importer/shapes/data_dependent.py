"""Results whose shape depends on the values of the operands: each size that these determine is a new symbol.

What follows calculates with the symbol as with a dynamic dimension (:mod:`dnnf_mlir.graph.size`). In the module the
operator's own code says how large it is: see ``dnnf_mlir/lowering/onnx_node``.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from onnx import NodeProto, TensorProto, helper

from dnnf_mlir.graph.size import is_free
from dnnf_mlir.importer.shapes.value_type import ValueType


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
        return self.types[self.node.input[index]]

    def has(self, index: int) -> bool:
        return index < len(self.node.input) and bool(self.node.input[index])

    def constant(self, index: int) -> list[int] | None:
        """The elements of an input that is known."""
        array = self.constants.get(self.node.input[index])
        return None if array is None else [int(item) for item in array.reshape(-1)]

    def expect_length(self, index: int, length: int) -> None:
        """ValueError for an input that is not a list of so many elements."""
        if self.has(index) and self.type(index).shape != (length,):
            raise ValueError(f"input {index} must be a list of {length}, not {self.type(index)}")

    def attribute(self, name: str) -> int | None:
        """An integer attribute, None where it is absent."""
        found = [attribute for attribute in self.node.attribute if attribute.name == name]
        return int(helper.get_attribute_value(found[0])) if found else None

    def along(self, axis: int, size: int, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape with another size in one dimension; IndexError where there is no such dimension."""
        if not -len(shape) <= axis < len(shape):
            raise IndexError(f"there is no dimension {axis} in {len(shape)}")
        axis %= len(shape)
        return (*shape[:axis], size, *shape[axis + 1 :])


Counter: TypeAlias = Callable[[Counting], list[ValueType] | None]
"""The types of all outputs, present or not; None where the form is not covered."""


def counted_types(counting: Counting) -> list[ValueType] | None:
    """The types of a node's results with new symbols in them; None for an operator that is none of these.

    Raises IndexError or ValueError for inputs and attributes that do not fit.
    """
    counter = None if counting.node.domain else _COUNTERS.get(counting.node.op_type)
    return None if counter is None else counter(counting)


def is_up_to(c: Counting) -> bool:
    """Whether the node is a Range of int64 from 0 in steps of 1: as long as its limit says."""
    if c.node.op_type != "Range" or c.node.domain or c.type(1).elem_type != TensorProto.INT64:
        return False
    return c.constant(0) == [0] and c.constant(2) == [1]


def listed_shape(c: Counting, sizes: Sequence[int]) -> tuple[int, ...] | None:
    """The shape of a Reshape's, Resize's or Tile's result from a list of numbers, some of which are counts.

    None for a form that is not covered. Raises IndexError or ValueError for a list that does not fit.
    """
    operand = c.type(0).shape
    if c.node.op_type == "Tile":
        c.expect_length(1, len(operand))
        return tuple(size * count for size, count in zip(operand, sizes, strict=True))
    if c.node.op_type == "Resize":
        attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in c.node.attribute}
        if attributes.get("keep_aspect_ratio_policy", b"stretch") != b"stretch":
            return None
        axes = attributes.get("axes") or range(len(operand))
        c.expect_length(3, len(axes))
        for axis, size in zip(axes, sizes, strict=True):
            operand = c.along(axis, size, operand)
        return operand
    copied = not c.attribute("allowzero")
    shape = [operand[i] if copied and not is_free(size) and size == 0 else size for i, size in enumerate(sizes)]
    shape = [c.new() if not is_free(size) and size == -1 else size for size in shape]
    if math.prod(shape) != math.prod(operand):
        c.equal(math.prod(shape), math.prod(operand))
    return tuple(shape)


def _non_zero(c: Counting) -> list[ValueType]:
    return [ValueType(TensorProto.INT64, (len(c.type(0).shape), c.new()))]


def _non_max_suppression(c: Counting) -> list[ValueType]:
    return [ValueType(TensorProto.INT64, (c.new(), 3))]


def _compress(c: Counting) -> list[ValueType]:
    kind, axis = c.type(0), c.attribute("axis")
    shape = (c.new(),) if axis is None else c.along(axis, c.new(), kind.shape)
    return [ValueType(kind.elem_type, shape)]


def _unique(c: Counting) -> list[ValueType]:
    kind, axis, found = c.type(0), c.attribute("axis"), c.new()
    shape = (found,) if axis is None else c.along(axis, found, kind.shape)
    numbers = ValueType(TensorProto.INT64, (found,))
    # One entry of the third result for each element (slice) of the operand.
    flat = int(np.prod(kind.shape, dtype=object)) if kind.is_static else np.prod(np.array(kind.shape, object))
    every = flat if axis is None else kind.shape[axis % len(kind.shape)]
    return [ValueType(kind.elem_type, shape), numbers, ValueType(TensorProto.INT64, (every,)), numbers]


def _top_k(c: Counting) -> list[ValueType]:
    kind = c.type(0)
    shape = c.along(c.attribute("axis") or 0, c.new(), kind.shape)
    return [ValueType(kind.elem_type, shape), ValueType(TensorProto.INT64, shape)]


def _range(c: Counting) -> list[ValueType]:
    return [ValueType(c.type(0).elem_type, (c.new(),))]


def _slice(c: Counting) -> list[ValueType] | None:
    """Bounds are run-time values, axes and steps are known."""
    kind = c.type(0)
    axes = c.constant(3) if c.has(3) else list(range(c.type(1).shape[0]))
    if axes is None or (c.has(4) and c.constant(4) is None):
        return None
    for index in (1, 2, 4):
        c.expect_length(index, len(axes))
    shape = kind.shape
    for axis in axes:
        shape = c.along(axis, c.new(), shape)
    return [ValueType(kind.elem_type, shape)]


def _pad(c: Counting) -> list[ValueType] | None:
    """Widths are run-time values; the dimensions that they belong to are known."""
    kind = c.type(0)
    axes = c.constant(3) if c.has(3) else list(range(len(kind.shape)))
    if axes is None:
        return None
    c.expect_length(1, 2 * len(axes))
    if c.constant(1) is not None:
        raise ValueError("more is padded away than there is")
    shape = kind.shape
    for axis in axes:
        shape = c.along(axis, c.new(), shape)
    return [ValueType(kind.elem_type, shape)]


def _split(c: Counting) -> list[ValueType]:
    """Sizes are run-time values, which add up to the whole."""
    kind, axis = c.type(0), c.attribute("axis") or 0
    parts = [c.new() for _ in c.node.output]
    c.expect_length(1, len(parts))
    c.along(axis, 0, kind.shape)
    c.equal(sum(parts), kind.shape[axis])
    return [ValueType(kind.elem_type, c.along(axis, part, kind.shape)) for part in parts]


_COUNTERS: Mapping[str, Counter] = {
    "NonZero": _non_zero,
    "NonMaxSuppression": _non_max_suppression,
    "Compress": _compress,
    "Unique": _unique,
    "TopK": _top_k,
    "Range": _range,
    "Slice": _slice,
    "Pad": _pad,
    "Split": _split,
}
