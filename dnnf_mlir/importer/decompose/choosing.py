"""Selects one of several tensors by run-time conditions; their shapes may differ in one dimension."""

from collections.abc import Mapping, Sequence

from dnnf_mlir.importer.shapes.value_type import ValueType

from .builder import Decomposition

Choice = tuple[str, str]
"""(tensor, int64[1] flag: 1 if chosen, else 0)."""


def differing_axis(values: Sequence[str], types: Mapping[str, ValueType]) -> int | None:
    """The only dimension in which the shapes differ; None if there is no such dimension, or several."""
    kinds = [types[value] for value in values]
    if len({(kind.elem_type, len(kind.shape)) for kind in kinds}) != 1:
        return None
    sizes = zip(*(kind.shape for kind in kinds), strict=True)
    axes = [axis for axis, of_each in enumerate(sizes) if len(set(of_each)) > 1]
    return axes[0] if len(axes) == 1 else None


def choose(c: Decomposition, choices: Sequence[Choice]) -> str | None:
    """The chosen tensor; None if the shapes differ in more than one dimension."""
    (chosen, _), *others = choices
    if len({c.types[value] for value, _ in choices}) > 1:
        return choose_part(c, choices)
    for value, is_chosen in others:
        chosen = c.op("Where", c.op("Equal", is_chosen, c.ints(1)), value, chosen)
    return chosen


def choose_part(c: Decomposition, choices: Sequence[Choice], output: str | None = None) -> str | None:
    """Concatenates the chosen tensor with empty slices of the others; the size is data-dependent.

    None unless the shapes differ in exactly one dimension.
    """
    axis = differing_axis([value for value, _ in choices], c.types)
    if axis is None:
        return None
    parts = []
    for value, is_chosen in choices:
        if c.types[value].shape[axis] != 0:
            size = c.op("Shape", value, start=axis, end=axis + 1)
            parts.append(c.op("Slice", value, c.ints(0), c.op("Mul", size, is_chosen), c.ints(axis)))
    return c.op("Concat", *parts, output=output, axis=axis)
