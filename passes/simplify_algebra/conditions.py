"""Conditions that rules share."""

import numpy as np

from dnnf_mlir.rewriting import Condition, Match, condition
from dnnf_mlir.rewriting.facts import interval_of, is_nonnegative, is_positive


def trailing(axes: str, of: str) -> Condition:
    """The axes are the last dimensions of a tensor."""

    def check(match: Match) -> str | None:
        reduced, rank = match.attribute(axes), match.type(of).rank
        if reduced and tuple(reduced) == tuple(range(rank - len(reduced), rank)):
            return None
        return f"the axes {reduced} are not the last of {rank} dimensions"

    return Condition(f"{axes} are the last dimensions of {of.upper()}", check)


def single(axes: str) -> Condition:
    """One dimension is reduced."""

    def check(match: Match) -> str | None:
        count = len(match.attribute(axes))
        return None if count == 1 else f"{count} dimensions are reduced"

    return Condition(f"{axes} is one dimension", check)


def kept(reduced: str, of: str, axes: str = "axes") -> Condition:
    """A reduced tensor stands where broadcasting to the unreduced one wants it: as with keepdims."""

    def check(match: Match) -> str | None:
        shape, found = match.type(of).shape, match.attribute(axes)
        wanted = tuple(1 if axis in found else size for axis, size in enumerate(shape))
        smaller = match.type(reduced).shape
        padded = (1,) * (len(wanted) - len(smaller)) + smaller
        return None if padded == wanted else f"{smaller} does not broadcast along the reduced dimensions of {shape}"

    return Condition(f"{reduced} has size 1 along {axes}", check)


def nonnegative(name: str) -> Condition:
    """A constant without negative elements."""

    def check(match: Match) -> str | None:
        return None if np.all(match.constant(name) >= 0) else f"{name} has negative elements"

    return Condition(f"{name} >= 0", check)


def nonzero(name: str) -> Condition:
    """A constant without zeros."""

    def check(match: Match) -> str | None:
        return None if np.all(match.constant(name) != 0) else f"{name} has zeros"

    return Condition(f"{name} != 0", check)


def finite(name: str) -> Condition:
    """A constant without infinities and NaN."""

    def check(match: Match) -> str | None:
        return None if np.all(np.isfinite(match.constant(name))) else f"{name} is not finite everywhere"

    return Condition(f"{name} is finite", check)


def unread_shape(*names: str) -> Condition:
    """Tensors of the same shape as the result."""

    def check(match: Match) -> str | None:
        for name in names:
            if match.type(name).shape != match.result.shape:
                return f"{name} is broadcast"
        return None

    return Condition(f"{', '.join(names)} not broadcast", check)


@condition
def reduces_something(match: Match) -> str | None:
    """the reduced dimensions have elements"""
    shape = match.type("x").shape
    return None if all(shape[axis] for axis in match.attribute("axes")) else "nothing is reduced"


def nonnegative_value(name: str) -> Condition:
    """A tensor that is known to have no negative elements."""

    def check(match: Match) -> str | None:
        return None if is_nonnegative(match.value(name)) else f"{name} may be negative"

    return Condition(f"{name.upper()} >= 0", check)


def positive_value(name: str) -> Condition:
    """A tensor of which every element is known to be greater than zero."""

    def check(match: Match) -> str | None:
        return None if is_positive(match.value(name)) else f"{name} may be zero or negative"

    return Condition(f"{name.upper()} > 0", check)


def positive_number(name: str) -> Condition:
    """A Scalar that is greater than zero and finite."""

    def check(match: Match) -> str | None:
        return None if 0 < match.number(name) < np.inf else f"{name} is {match.number(name)}"

    return Condition(f"{name.upper()} > 0", check)


def same_shape(first: str, second: str) -> Condition:
    """Two tensors of one shape."""

    def check(match: Match) -> str | None:
        shapes = match.type(first).shape, match.type(second).shape
        return None if shapes[0] == shapes[1] else f"the shapes {shapes[0]} and {shapes[1]} differ"

    return Condition(f"{first.upper()} and {second.upper()} have one shape", check)


_MODERATE = 1e15


def moderate(*names: str) -> Condition:
    """Tensors known to lie between 1e-15 and 1e15: products of two, and their reciprocals, are normal f32 numbers."""

    def check(match: Match) -> str | None:
        for name in names:
            low, high = interval_of(match.value(name))
            if not 1 / _MODERATE <= low <= high <= _MODERATE:
                return f"{name} may be too small or too large: a product could overflow or underflow"
        return None

    return Condition(f"1e-15 <= {', '.join(name.upper() for name in names)} <= 1e15", check)


def narrow(*names: str) -> Condition:
    """Tensors that are broadcast to the result."""

    def check(match: Match) -> str | None:
        for name in names:
            if match.type(name).elements >= match.result.elements:
                return f"{name} is as large as the result"
        return None

    return Condition(f"{' and '.join(name.upper() for name in names)} are broadcast", check)
