"""Operators on sequences and optionals of tensors, as operators on these tensors and ``SequenceConstruct``.

A position that is a run-time value selects among tensors of one type: a Concat joins them, and a Gather selects.
Tensors may differ in one dimension; the size of the result is then data-dependent.
"""

import numpy as np
from onnx import helper

from dnnf_mlir.graph.size import is_dynamic

from .builder import Decomposition
from .choosing import Choice, choose, choose_part


def insert(c: Decomposition) -> bool:
    """SequenceInsert: before a position, which may be the length; at the end without one."""
    parts, position = c.held(0), c.position(2)
    if c.input(2) and position is None:
        new, count = c.input(1), len(parts)
        stack = _stacked(c, [*parts, new])
        index = _wrapped(c, c.input(2), count)
        if stack is None:
            moved = [_shifted(c, parts, index, i, neighbour=-1) for i in range(count + 1)]
            return _chosen(c, [[*choices, (new, _is_at(c, index, i))] for i, choices in enumerate(moved)])
        places = c.constant(np.arange(count + 1, dtype=np.int64))
        behind = c.op("Sub", places, c.op("Cast", c.op("Greater", places, index), to=_INT64))
        source = c.op("Where", c.op("Equal", places, index), c.ints(count), behind)
        _taken_apart(c, c.op("Gather", stack, source, axis=0), count + 1)
        return True
    at = len(parts) if position is None else _checked(position, len(parts) + 1, len(parts))
    c.sequence([*parts[:at], c.input(1), *parts[at:]])
    return True


def erase(c: Decomposition) -> bool:
    """SequenceErase: at a position; the last without one."""
    parts, position = c.held(0), c.position(1)
    if c.input(1) and position is None:
        stack = _stacked(c, parts)
        index = _wrapped(c, c.input(1), len(parts))
        if stack is None:
            return _chosen(c, [_shifted(c, parts, index, i, neighbour=1) for i in range(len(parts) - 1)])
        places = c.constant(np.arange(len(parts) - 1, dtype=np.int64))
        source = c.op("Add", places, c.op("Cast", c.op("GreaterOrEqual", places, index), to=_INT64))
        _taken_apart(c, c.op("Gather", stack, source, axis=0), len(parts) - 1)
        return True
    at = _checked(-1 if position is None else position, len(parts), len(parts))
    c.sequence([*parts[:at], *parts[at + 1 :]])
    return True


def at(c: Decomposition) -> bool:
    """SequenceAt."""
    parts, position = c.held(0), c.position(1)
    if position is not None:
        c.op("Identity", parts[_checked(position, len(parts), len(parts))], output=c.node.output[0])
        return True
    stack = _stacked(c, parts)
    if stack is None:
        index = _wrapped(c, c.input(1), len(parts))
        choices = [(part, _is_at(c, index, i)) for i, part in enumerate(parts)]
        return bool(parts) and choose_part(c, choices, c.node.output[0]) is not None
    index = c.op("Reshape", c.input(1), c.constant(np.zeros(0, np.int64)), allowzero=0)
    c.op("Gather", stack, index, output=c.node.output[0], axis=0)
    return True


def length(c: Decomposition) -> bool:
    """SequenceLength."""
    c.op("Identity", c.constant(np.array(len(c.held(0)), np.int64)), output=c.node.output[0])
    return True


def has_element(c: Decomposition) -> bool:
    """OptionalHasElement."""
    has = bool(c.input(0)) and c.containers.get(c.input(0), ()) is not None
    c.op("Identity", c.constant(np.array(has)), output=c.node.output[0])
    return True


def content(c: Decomposition) -> bool:
    """Optional and OptionalGetElement of a tensor."""
    if not c.input(0) or c.input(0) in c.containers:
        raise IndexError("the optional has no value")
    c.op("Identity", c.input(0), output=c.node.output[0])
    return True


def concat(c: Decomposition) -> bool:
    """ConcatFromSequence."""
    parts, axis = c.held(0), c.attributes["axis"]
    if not parts:
        raise IndexError("the sequence is empty")
    if c.attributes["new_axis"]:
        parts = [c.op("Unsqueeze", part, c.ints(axis)) for part in parts]
    c.op("Concat", *parts, output=c.node.output[0], axis=axis)
    return True


def split(c: Decomposition) -> bool:
    """SplitToSequence: into parts of one size, the last smaller, or of sizes that are given."""
    x, axis = c.input(0), c.attributes["axis"]
    size = c.shape(0)[axis]
    given = c.known.get(c.input(1))
    if c.input(1) and given is None:
        if len(c.shape(1)) != 1 or c.shape(1) == (0,):
            return False
        sizes_given = c.op("Cast", c.input(1), to=_INT64)
        c.sequence(c.split(x, c.shape(1)[0], axis, sizes_given))
        return True
    if given is not None and given.ndim == 1:
        sizes = given.tolist()
        if is_dynamic(size):
            c.sequence(c.split(x, len(sizes), axis, c.ints(*sizes)))  # it compares their sum with the whole
            return True
    elif is_dynamic(size):
        return False
    else:
        whole = 1 if given is None else int(given)
        if whole < 1:
            raise IndexError(f"the parts have the size {whole}")
        sizes = [min(whole, size - start) for start in range(0, size, whole)]
    if min(sizes, default=0) < 0 or sum(sizes) != size:
        raise IndexError(f"parts of the sizes {sizes} are not the whole of {size}")
    parts = c.parts(x, sizes, axis)
    if given is None and not c.attributes["keepdims"]:
        parts = [c.op("Squeeze", part, c.ints(axis)) for part in parts]
    c.sequence(parts)
    return True


_INT64 = int(helper.np_dtype_to_tensor_dtype(np.dtype(np.int64)))


def _checked(position: int, choices: int, count: int) -> int:
    """A non-negative position; raises IndexError outside the sequence."""
    if not -count <= position < choices:
        raise IndexError(f"there is no position {position} in a sequence of {count} tensors")
    return position % count if position < 0 else position


def _stacked(c: Decomposition, parts: list[str]) -> str | None:
    """The tensors along a new first dimension; None where their types differ, or there are none."""
    if len({c.types[part] for part in parts}) != 1:
        return None
    return c.op("Concat", *(c.op("Unsqueeze", part, c.ints(0)) for part in parts), axis=0)


def _wrapped(c: Decomposition, position: str, count: int) -> str:
    """A non-negative run-time position: int64[1]."""
    index = c.op("Cast", c.op("Reshape", position, c.ints(1), allowzero=0), to=_INT64)
    return c.op("Where", c.op("Less", index, c.ints(0)), c.op("Add", index, c.ints(count)), index)


def _is_at(c: Decomposition, index: str, position: int, relation: str = "Equal") -> str:
    """int64[1]: 1 where the position is the one (``Less``, ``Greater``: smaller or larger than the index)."""
    return c.op("Cast", c.op(relation, c.ints(position), index), to=_INT64)


def _shifted(c: Decomposition, parts: list[str], index: str, i: int, *, neighbour: int) -> list[Choice]:
    """The candidates for position ``i`` when the tensors from the index on move by one: itself, or a neighbour."""
    choices = [(parts[i], _is_at(c, index, i, "Less"))] if i < len(parts) else []
    if i + neighbour >= 0:
        choices.append((parts[i + neighbour], _is_at(c, index, i, "Greater" if neighbour < 0 else "GreaterOrEqual")))
    return choices


def _chosen(c: Decomposition, elements: list[list[Choice]]) -> bool:
    """Makes the result the sequence of the chosen tensors; False if shapes differ in more than one dimension."""
    chosen = [part for choices in elements if (part := choose(c, choices)) is not None]
    if len(chosen) == len(elements):
        c.sequence(chosen)
    return len(chosen) == len(elements)


def _taken_apart(c: Decomposition, stack: str, count: int) -> None:
    c.sequence([c.op("Squeeze", part, c.ints(0)) for part in c.parts(stack, [1] * count, 0)])
