"""Relations between sizes: the smaller and the larger one, and what a model requires of sizes.

What a model requires holds whenever it runs: the importer notes it (:func:`requirements`), and the module checks it.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import MappingProxyType
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

_required: ContextVar["Requirements | None"] = ContextVar("requirements", default=None)


@dataclass
class Requirements:
    """What a model requires of sizes.

    - ``sizes``: they must not be negative. For two sizes that must be equal there are both differences.
    - ``equal``: pairs that must be equal, and are so by no algebra.
    - ``decisions``: difference -> whether it is 0, where a model branches by it.
    - ``undecided``: the other differences that a model branches by.
    """

    sizes: list[Size]
    decisions: Mapping[int, bool]
    undecided: list[int]
    equal: list[tuple[int, int]] = field(default_factory=list)

    def equations(self) -> dict[str, int]:
        """Dimensions and what they must equal, where that follows.

        Only a dimension that occurs once, by itself, can be expressed: ``n - m`` gives ``n == m``.
        """
        return dict(filter(None, (_solved(a - b) for a, b in self.equal)))


@contextlib.contextmanager
def requirements(
    decisions: Mapping[int, bool] = MappingProxyType({}), undecided: list[int] | None = None
) -> Iterator[Requirements]:
    """Collects what is required inside; comparisons are assumed as in :func:`~dnnf_mlir.graph.size.assumptions`."""
    with assumptions() as sizes:
        required = Requirements(sizes, decisions, [] if undecided is None else undecided)
        token = _required.set(required)
        try:
            yield required
        finally:
            _required.reset(token)


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
    if not may_equal(a, b):
        return False
    difference = a - b
    required = _required.get()
    if required is not None:
        required.equal.append((a, b))
    return required is not None and assume(difference) and assume(-difference)


def require_multiple(size: Any, factor: int) -> bool:
    """Whether a size is a multiple of a number, or the model requires it; False if it never is."""
    rest = size % factor
    if is_dynamic(rest):
        assume(-rest)
        return True
    return bool(rest == 0)


def decide_equal(a: Any, b: Any) -> bool:
    """Whether two sizes are equal, as decided where the model branches by it.

    What is not decided is noted, and left to the running module: DataDependentSizeError.
    """
    if a == b or not may_equal(a, b):
        return bool(a == b)
    required, difference = _required.get(), max(a - b, b - a, key=str)
    if required is None or has_data_dependent(difference) or difference not in required.decisions:
        if required is not None and difference not in required.undecided:
            required.undecided.append(difference)
        raise DataDependentSizeError(f"whether {a} is {b} is known only when the model runs")
    if required.decisions[difference]:
        return require_equal(a, b)
    assume(difference - 1 if representative(difference) > 0 else -difference - 1)
    return False


def may_equal(a: Any, b: Any) -> bool:
    """Whether two sizes are equal for some inputs, as far as is known."""
    difference = a - b
    if not is_dynamic(difference):
        return bool(difference == 0)
    return not any((bound := least(each)) is not None and bound > 0 for each in (difference, -difference))


def require_same_shape(a: Sequence[int], b: Sequence[int]) -> bool:
    """:func:`require_equal` for all dimensions of two shapes, which have one rank."""
    return len(a) == len(b) and all(map(require_equal, a, b))


def _solved(size: int) -> tuple[str, int] | None:
    """One of the dimensions as an expression of the others, where ``size`` is 0."""
    for name in sorted(symbols_of(size)):
        symbol: Any = Size.free(name)
        for sign in (1, -1):
            other = symbol - sign * size
            if name not in symbols_of(other):
                return name, other
    return None
