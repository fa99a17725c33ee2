"""Conditions that rules share."""

import numpy as np

from dnnf_mlir.rewriting import Condition, Match, condition


def trailing(axes: str, of: str) -> Condition:
    """The axes are the last dimensions of a tensor."""

    def check(match: Match) -> str | None:
        found, rank = match.attribute(axes), match.type(of).rank
        if found and tuple(found) == tuple(range(rank - len(found), rank)):
            return None
        return f"the axes {found} are not the last of {rank} dimensions"

    return Condition(f"{axes} are the last dimensions of {of.upper()}", check)


def single(axes: str) -> Condition:
    """One dimension is reduced."""

    def check(match: Match) -> str | None:
        found = match.attribute(axes)
        return None if len(found) == 1 else f"{len(found)} dimensions are reduced"

    return Condition(f"{axes} is one dimension", check)


def kept(reduced: str, of: str, axes: str = "axes") -> Condition:
    """A reduced tensor stands where broadcasting to the unreduced one wants it: as with keepdims."""

    def check(match: Match) -> str | None:
        shape, found = match.type(of).shape, match.attribute(axes)
        wanted = tuple(1 if axis in found else size for axis, size in enumerate(shape))
        given = match.type(reduced).shape
        padded = (1,) * (len(wanted) - len(given)) + given
        return None if padded == wanted else f"{given} does not broadcast along the reduced dimensions of {shape}"

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
