"""Relations between sizes: the smaller and the larger one, and what a model requires of sizes.

What a model requires holds whenever it runs: the importer notes it (:func:`requirements`), and the module checks it.
"""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from contextvars import ContextVar
from typing import Any, cast

from dnnf_mlir.errors import DataDependentSizeError

from .size import (
    Minimum,
    Size,
    assume,
    assumptions,
    has_data_dependent,
    holds,
    is_dynamic,
    least,
    representative,
    symbols_of,
)

_equalities: ContextVar[bool] = ContextVar("equalities", default=False)


@contextlib.contextmanager
def requirements() -> Iterator[list[Size]]:
    """:func:`~dnnf_mlir.graph.size.assumptions` that may be equations: a size and its opposite are not negative."""
    token = _equalities.set(True)
    try:
        with assumptions() as collected:
            yield collected
    finally:
        _equalities.reset(token)


def minimum(a: int, b: int) -> int:
    """The smaller size; a comparison of dynamic dimensions, as all, may be assumed: that it is at most the other."""
    if not (has_data_dependent(a) or has_data_dependent(b)):
        smaller, larger = (a, b) if representative(a) <= representative(b) else (b, a)
        return smaller if smaller <= larger else larger
    return exact_minimum(a, b)


def maximum(a: int, b: int) -> int:
    """The larger size, as :func:`minimum`."""
    return -minimum(-a, -b)


def exact_minimum(a: int, b: int) -> int:
    """The smaller size; nothing is assumed."""
    for smaller, larger in ((a, b), (b, a)):
        bound = least(larger - smaller)
        if bound is not None and bound >= 0:
            return smaller
        with contextlib.suppress(DataDependentSizeError):
            if has_data_dependent(larger - smaller) and holds(larger - smaller):
                return smaller
    first, second = sorted((a, b), key=lambda size: (is_dynamic(size), str(size)))
    return cast("int", Size({(Minimum(first, second),): 1}))


def exact_maximum(a: int, b: int) -> int:
    """The larger size; nothing is assumed."""
    return -exact_minimum(-a, -b)


def require_at_least(size: Any, bound: Any) -> bool:
    """Whether a size is at least the bound, for all sizes or because the model requires it; False if it never is."""
    difference = size - bound
    if not is_dynamic(difference) or has_data_dependent(difference):
        return bool(size >= bound)
    if (opposite := least(-difference)) is not None and opposite >= 1:
        return False
    if (known := least(difference)) is None or known < 0:
        assume(difference)
    return True


def require_equal(a: Any, b: Any) -> bool:
    """Whether two sizes are equal, by their expressions or because the model requires it; False if they never are."""
    if a == b or not (is_dynamic(a) or is_dynamic(b)) or has_data_dependent(a) or has_data_dependent(b):
        return bool(a == b)
    difference = a - b
    if not is_dynamic(difference) or any((bound := least(each)) and bound > 0 for each in (difference, -difference)):
        return False
    return _equalities.get() and assume(difference) and assume(-difference)


def require_same_shape(a: Sequence[int], b: Sequence[int]) -> bool:
    """:func:`require_equal` for all dimensions of two shapes, which have one rank."""
    return len(a) == len(b) and all(map(require_equal, a, b))


def equations(assumed: Iterable[int]) -> Iterator[tuple[str, int]]:
    """A dimension and what it equals, for each pair of opposite sizes that must both not be negative.

    Only a dimension that occurs once, by itself, can be expressed: ``n - m`` gives ``n == m``.
    """
    sizes = list(assumed)
    for i, size in enumerate(sizes):
        if -size in sizes[:i]:
            yield from _solved(size)


def _solved(size: int) -> Iterator[tuple[str, int]]:
    """One of the dimensions as an expression of the others, where ``size`` is 0."""
    for name in sorted(symbols_of(size)):
        symbol: Any = Size.free(name)
        for sign in (1, -1):
            other = symbol - sign * size
            if name not in symbols_of(other):
                yield name, other
                return
