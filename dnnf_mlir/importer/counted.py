"""Results whose shape depends on the values of the operands: each size that these determine is a new symbol.

What follows calculates with the symbol as with a free dimension (:mod:`dnnf_mlir.size`). In the module the operator's
own code says how large it is: see ``dnnf_mlir/lowering/counted.py``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from onnx import NodeProto, TensorProto, helper

from dnnf_mlir.importer.value_type import ValueType


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

    def attribute(self, name: str) -> int | None:
        """An integer attribute, None where it is absent."""
        found = [attribute for attribute in self.node.attribute if attribute.name == name]
        return int(helper.get_attribute_value(found[0])) if found else None

    def along(self, axis: int, size: int, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape with another size in one dimension."""
        axis %= len(shape)
        return (*shape[:axis], size, *shape[axis + 1 :])


Counter: TypeAlias = Callable[[Counting], list[ValueType] | None]
"""The types of all outputs, present or not; None where the form is not covered."""


def counted_types(counting: Counting) -> list[ValueType] | None:
    """The types of a node's results with new symbols in them; None for an operator that is none of these."""
    counter = None if counting.node.domain else _COUNTERS.get(counting.node.op_type)
    return None if counter is None else counter(counting)


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
    shape = kind.shape
    for axis in axes:
        shape = c.along(axis, c.new(), shape)
    return [ValueType(kind.elem_type, shape)]


def _split(c: Counting) -> list[ValueType]:
    """Sizes are run-time values, which add up to the whole."""
    kind, axis = c.type(0), c.attribute("axis") or 0
    parts = [c.new() for _ in c.node.output]
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
