"""One of several tensors by run-time conditions; their shapes may differ in one dimension."""

from collections.abc import Mapping, Sequence

from dnnf_mlir.importer.shapes.value_type import ValueType

from .builder import Composite

Choice = tuple[str, str]
"""A tensor, and int64[1] that is 1 where it is the one, and 0 elsewhere."""


def differing_axis(values: Sequence[str], types: Mapping[str, ValueType]) -> int | None:
    """The dimension in which the shapes differ; None where more differs, or nothing."""
    kinds = [types[value] for value in values]
    if len({(kind.elem_type, len(kind.shape)) for kind in kinds}) != 1:
        return None
    sizes = zip(*(kind.shape for kind in kinds), strict=True)
    axes = [axis for axis, of_each in enumerate(sizes) if len(set(of_each)) > 1]
    return axes[0] if len(axes) == 1 else None


def choose(c: Composite, choices: Sequence[Choice]) -> str | None:
    """The tensor that is chosen; None where the shapes differ in more than one dimension."""
    (found, _), *others = choices
    if len({c.types[value] for value, _ in choices}) > 1:
        return choose_part(c, choices)
    for value, is_chosen in others:
        found = c.op("Where", c.op("Equal", is_chosen, c.ints(1)), value, found)
    return found


def choose_part(c: Composite, choices: Sequence[Choice], output: str | None = None) -> str | None:
    """All of one tensor and nothing of the others, one behind the other: a size that the running model determines.

    None where the shapes differ in more than one dimension, or in none.
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
