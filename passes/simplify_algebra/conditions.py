"""Conditions that rules share."""

import numpy as np

from dnnf_mlir.rewriting import Match, condition, condition_on
from dnnf_mlir.rewriting.facts import interval_of


@condition_on(lambda axes: f"{axes} is one dimension")
def single(match: Match, axes: str) -> str | None:
    """One dimension is reduced."""
    count = len(match.attribute(axes))
    return None if count == 1 else f"{count} dimensions are reduced"


@condition_on(lambda reduced, of, axes="axes": f"{reduced} has size 1 along {axes}")
def kept(match: Match, reduced: str, of: str, axes: str = "axes") -> str | None:
    """A reduced tensor stands where broadcasting to the unreduced one wants it: as with keepdims."""
    shape, found = match.type(of).shape, match.attribute(axes)
    wanted = tuple(1 if axis in found else size for axis, size in enumerate(shape))
    smaller = match.type(reduced).shape
    padded = (1,) * (len(wanted) - len(smaller)) + smaller
    return None if padded == wanted else f"{smaller} does not broadcast along the reduced dimensions of {shape}"


@condition_on(lambda name: f"{name} >= 0")
def nonnegative(match: Match, name: str) -> str | None:
    """A constant without negative elements."""
    return None if np.all(match.constant(name) >= 0) else f"{name} has negative elements"


@condition_on(lambda name: f"{name} != 0")
def nonzero(match: Match, name: str) -> str | None:
    """A constant without zeros."""
    return None if np.all(match.constant(name) != 0) else f"{name} has zeros"


@condition_on(lambda name: f"{name} is finite")
def finite(match: Match, name: str) -> str | None:
    """A constant without infinities and NaN."""
    return None if np.all(np.isfinite(match.constant(name))) else f"{name} is not finite everywhere"


@condition
def reduces_something(match: Match) -> str | None:
    """the reduced dimensions have elements"""
    shape = match.type("x").shape
    return None if all(shape[axis] for axis in match.attribute("axes")) else "nothing is reduced"


@condition_on(lambda name: f"{name.upper()} >= 0")
def nonnegative_value(match: Match, name: str) -> str | None:
    """A tensor that is known to have no negative elements."""
    return None if interval_of(match.value(name)).low >= 0 else f"{name} may be negative"


@condition_on(lambda name: f"{name.upper()} > 0")
def positive_value(match: Match, name: str) -> str | None:
    """A tensor of which every element is known to be greater than zero."""
    return None if interval_of(match.value(name)).low > 0 else f"{name} may be zero or negative"


@condition_on(lambda name: f"{name.upper()} > 0")
def positive_number(match: Match, name: str) -> str | None:
    """A Scalar that is greater than zero and finite."""
    return None if 0 < match.number(name) < np.inf else f"{name} is {match.number(name)}"


@condition_on(lambda first, second: f"{first.upper()} and {second.upper()} have one shape")
def same_shape(match: Match, first: str, second: str) -> str | None:
    """Two tensors of one shape."""
    shapes = match.type(first).shape, match.type(second).shape
    return None if shapes[0] == shapes[1] else f"the shapes {shapes[0]} and {shapes[1]} differ"


_MODERATE = 1e15


@condition_on(lambda *names: f"1e-15 <= {', '.join(name.upper() for name in names)} <= 1e15")
def moderate(match: Match, *names: str) -> str | None:
    """Tensors known to lie between 1e-15 and 1e15: products of two, and their reciprocals, are normal f32 numbers."""
    for name in names:
        low, high = interval_of(match.value(name))
        if not 1 / _MODERATE <= low <= high <= _MODERATE:
            return f"{name} may be too small or too large: a product could overflow or underflow"
    return None


@condition_on(lambda *names: f"{' and '.join(name.upper() for name in names)} are broadcast")
def narrow(match: Match, *names: str) -> str | None:
    """Tensors that are broadcast to the result."""
    for name in names:
        if match.type(name).elements >= match.result.elements:
            return f"{name} is as large as the result"
    return None
