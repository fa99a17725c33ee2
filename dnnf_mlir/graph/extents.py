"""Arithmetic of sizes for three kinds of numbers at once: int, dynamic size and run-time scalar.

A formula such as ``least(greatest(start, 0), size)`` holds for all of them. For ints and for
:class:`~dnnf_mlir.graph.size.Size` a comparison is a bool: a size decides it, or notes an assumption
(:func:`~dnnf_mlir.graph.size.assumptions`). For run-time numbers it is a condition, which :func:`choose` turns into a
selection.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Any, TypeAlias, TypeVar

import numpy as np

from dnnf_mlir.graph.size import Size, assume, has_data_dependent
from dnnf_mlir.graph.size_relations import maximum, minimum, require_at_least, require_equal

Shape: TypeAlias = tuple[Any, ...]
"""The sizes of a tensor's dimensions, each an int, a Size or a :class:`RunTimeNumber`."""

END = 2**63 - 1
"""ONNX's largest int64, which stands for the end of a dimension of any size."""


class RunTimeNumber:
    """Base of numbers and conditions that only the running module knows.

    Its comparisons are conditions: of ``&``, ``|`` and ``^``, and without a truth value at compile time.
    """

    __array_ufunc__ = None  # numpy's numbers leave arithmetic with these to them

    def __bool__(self) -> bool:
        raise TypeError("a run-time condition has no value at compile time")

    def splat(self, number: Any) -> Any:
        """A number, or a dynamic size, as a run-time number of the same type."""
        raise NotImplementedError

    def equals(self, other: Any) -> Any:
        """The condition that both are the same number."""
        raise NotImplementedError

    def max(self, other: Any) -> Any:
        """The larger number."""
        raise NotImplementedError

    def min(self, other: Any) -> Any:
        """The smaller number."""
        raise NotImplementedError

    def choose(self, then: Any, otherwise: Any) -> Any:
        """Of a condition: ``then`` where it holds, else ``otherwise``; both are computed."""
        raise NotImplementedError

    def ceil_quotient(self, other: Any) -> Any:
        """``self / other`` rounded up, as an integer; floats are divided in double precision."""
        raise NotImplementedError

    def rounded_down(self) -> Any:
        """The largest integer that is no larger."""
        raise NotImplementedError

    def floor_product(self, other: Any) -> Any:
        """``self * other`` rounded down, as an integer; floats of single precision are multiplied exactly."""
        raise NotImplementedError

    def single(self) -> Any:
        """The number in single precision."""
        raise NotImplementedError


class Unknown:
    """An unknown size, or a value that gives one; it equals itself alone and has no arithmetic."""

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return "?"


class Unread(RunTimeNumber):
    """A number, or a condition, that the running module calculates; so is all that is calculated with it."""

    def splat(self, number: Any) -> Any:
        return self

    def _calculated(self, *others: Any) -> Any:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _calculated
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _calculated
    __lt__ = __le__ = __gt__ = __ge__ = _calculated
    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = __neg__ = __invert__ = _calculated
    equals = max = min = choose = ceil_quotient = floor_product = _calculated  # type: ignore[assignment]
    rounded_down = single = _calculated


Formula = TypeVar("Formula", bound=Callable[..., Any])


def unless_unknown(formula: Formula) -> Formula:
    """Makes the result of a formula Unknown where one of its arguments is."""

    def applied(*arguments: Any) -> Any:
        return Unknown() if any(isinstance(argument, Unknown) for argument in arguments) else formula(*arguments)

    applied.__doc__ = formula.__doc__
    return applied  # type: ignore[return-value]


def least(a: Any, b: Any) -> Any:
    """The smaller of two extents."""
    if isinstance(a, RunTimeNumber):
        return a.min(b)
    if isinstance(b, RunTimeNumber):
        return b.min(a)
    return minimum(a, b)


def greatest(a: Any, b: Any) -> Any:
    """The larger of two extents."""
    if isinstance(a, RunTimeNumber):
        return a.max(b)
    if isinstance(b, RunTimeNumber):
        return b.max(a)
    return maximum(a, b)


def ceil_quotient(a: Any, b: Any) -> Any:
    """``a / b`` rounded up, an integer; of a dynamic size only by a number. Floats are divided in double precision."""
    if isinstance(a, RunTimeNumber):
        return a.ceil_quotient(b)
    if isinstance(b, RunTimeNumber):
        return b.splat(a).ceil_quotient(b)
    if _is_float(a) or _is_float(b):
        return math.ceil(float(a) / float(b))
    return -(-a // b) if b > 0 else -(a // -b)


def exact_quotient(a: Any, b: Any) -> Any:
    """``a / b`` where ``b`` divides ``a``; 0 elements may be divided by 0."""
    if isinstance(a, RunTimeNumber) or isinstance(b, RunTimeNumber):
        return a // greatest(b, 1)
    return a // b if isinstance(b, Size) or b else 0


def rounded_down(value: Any) -> Any:
    """The largest integer that is no larger; what is no float stays."""
    if isinstance(value, RunTimeNumber):
        return value.rounded_down()
    return math.floor(value) if _is_float(value) else value


def floor_product(a: Any, b: Any) -> Any:
    """``a * b`` rounded down, of single-precision numbers as in double precision, where such a product is exact."""
    if isinstance(a, RunTimeNumber):
        return a.floor_product(b)
    if isinstance(b, RunTimeNumber):
        return b.floor_product(a)
    for size, number in ((a, b), (b, a)):
        if isinstance(size, Size):
            numerator, denominator = float(number).as_integer_ratio()
            return size * numerator // denominator
    return math.floor(float(a) * float(b))


def single(value: Any, beside: Any = 0) -> Any:
    """A number in single precision; of a dynamic size only beside a run-time number, else TypeError."""
    if isinstance(beside, RunTimeNumber) and not isinstance(value, RunTimeNumber):
        value = beside.splat(value)
    return value.single() if isinstance(value, RunTimeNumber) else np.float32(value)


def whole_beside_sizes(numbers: Sequence[Any]) -> list[Any]:
    """The numbers; whole floats are ints if there are dynamic sizes among them, whose arithmetic has no others."""
    if not any(isinstance(number, Size) for number in numbers):
        return list(numbers)
    return [int(number) if _is_float(number) and float(number).is_integer() else number for number in numbers]


def _is_float(value: object) -> bool:
    return isinstance(value, float | np.floating)


def equal(a: Any, b: Any) -> Any:
    """The condition that two extents are the same; a dynamic size is the same as itself alone."""
    if isinstance(a, RunTimeNumber):
        return a.equals(b)
    return b.equals(a) if isinstance(b, RunTimeNumber) else a == b


def equals_beside(size: Any, number: int, beside: Any) -> Any:
    """:func:`equal`; beside a run-time number a dynamic size is compared when the module runs."""
    return equal(beside.splat(size) if isinstance(beside, RunTimeNumber) else size, number)


def agree(a: Any, b: Any) -> Any:
    """The condition that two extents are the same, which sizes may be required to meet."""
    is_run_time = isinstance(a, RunTimeNumber) or isinstance(b, RunTimeNumber)
    return equal(a, b) if is_run_time else require_equal(a, b)


def reaches(a: Any, b: Any) -> Any:
    """The condition that an extent is at least another, which sizes may be required to meet."""
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return True
    if isinstance(b, RunTimeNumber):
        return b.splat(a) >= b
    if isinstance(a, RunTimeNumber):
        return a >= b
    # A data-dependent size is compared as soon as the running module knows it.
    return assume(a - b) if has_data_dependent(a - b) else require_at_least(a, b)


def negated(condition: Any) -> Any:
    """Whether a condition does not hold."""
    return condition ^ True


def choose(condition: Any, then: Any, otherwise: Any) -> Any:
    """``then`` where the condition holds, else ``otherwise``."""
    if isinstance(condition, RunTimeNumber):
        return condition.choose(then, otherwise)
    return then if condition else otherwise


def product(extents: Iterable[Any]) -> Any:
    """The number of elements of a shape."""
    return reduce(lambda a, b: a * b, extents, 1)


def position(value: Any, size: Any) -> Any:
    """A position in a dimension, as ONNX counts: a negative one from the end."""
    return choose(value < 0, value + size, value)


def marked(axes: Sequence[Any], rank: int) -> list[Any]:
    """For each of ``rank`` dimensions the condition that it is one of the axes, which are not negative."""
    return [reduce(lambda selected, axis: selected | equal(axis, dimension), axes, False) for dimension in range(rank)]


def by_dimension(values: Sequence[Any], places: Sequence[Any], rank: int, default: Any) -> list[Any]:
    """What each dimension gets when ``values`` belong to the dimensions at ``places``."""
    sizes = [default] * rank
    for value, place in zip(values, places, strict=True):
        sizes = [choose(equal(place, dimension), value, other) for dimension, other in enumerate(sizes)]
    return sizes


def remaining(shape: Sequence[Any], dropped: Sequence[Any], count: int) -> Shape:
    """The ``count`` sizes of the dimensions that are not dropped, in order; which these are may be run-time values."""
    found: list[Any] = [1] * count
    place: Any = 0
    for extent, gone in zip(shape, dropped, strict=True):
        found = [choose(equal(place, i) & negated(gone), extent, size) for i, size in enumerate(found)]
        place = place + choose(gone, 0, 1)
    return tuple(found)
