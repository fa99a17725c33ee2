"""Sizes that are known only when a compiled module runs: integer expressions of a model's free dimensions.

A :class:`Size` stands where an ``int`` stands in a shape. It is a sum of products of free dimensions and of floor
quotients, in a canonical form, so that two sizes are equal for all models' inputs when they compare equal::

    batch * (2 * length) // batch == 2 * length        ((height + 1) // 2 + 1) // 2 == (height + 3) // 4

It is no ``int`` and never becomes one by itself: code that needs a number fails.
"""

import contextlib
import math
import operator
from collections import Counter
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias, cast

from dnnf_mlir.errors import DataDependentSizeError, DynamicSizeError

REPRESENTATIVE = 96
"""What a free dimension is taken to be where a number is needed that changes no result: costs, plans."""

_representatives: ContextVar[Mapping[str, int]] = ContextVar("representatives", default={})  # noqa: B039 (read only)

COUNT = "count_"
"""How the names of sizes begin that a run-time value determines, as how many elements NonZero finds: 0 or more."""

_ABOVE_EVERY_SIZE = (1 << 31) - 1

Monomial: TypeAlias = "tuple[Atom, ...]"


@dataclass(frozen=True)
class Quotient:
    """``numerator // denominator``, rounded down; the denominator is positive."""

    numerator: "Size"
    denominator: int

    @property
    def symbols(self) -> frozenset[str]:
        """The free dimensions that it depends on."""
        return self.numerator.symbols

    def at(self, dims: Mapping[str, int]) -> int:
        """Its value for these free dimensions."""
        return self.numerator.at(dims) // self.denominator

    def __str__(self) -> str:
        return f"({self.numerator}) // {self.denominator}"


@dataclass(frozen=True)
class Minimum:
    """The smaller one of two sizes, at least one dynamic."""

    first: int
    second: int

    @property
    def symbols(self) -> frozenset[str]:
        """The free dimensions that it depends on."""
        return symbols_of(self.first) | symbols_of(self.second)

    def at(self, dims: Mapping[str, int]) -> int:
        """Its value for these free dimensions."""
        return min(at(self.first, dims), at(self.second, dims))

    def __str__(self) -> str:
        return f"min({self.first}, {self.second})"


Atom: TypeAlias = str | Quotient | Minimum


class Size:
    """A sum of products of atoms: free dimensions, each at least 1, counts, each at least 0, quotients and minima.

    Arithmetic gives an ``int`` where all dynamic dimensions cancel. A size equals no number. A comparison that neither
    holds nor fails for all sizes raises DynamicSizeError. Inside :func:`assumptions` it comes out as for representative
    sizes, and that is noted. A size is taken to be larger than 0 and 1: what is right for many elements is right for
    one. Nothing is assumed of data-dependent sizes: such a comparison raises DataDependentSizeError.
    """

    def __init__(self, terms: Mapping[Monomial, int]) -> None:
        self.terms: dict[Monomial, int] = dict(sorted(terms.items(), key=_order))

    @staticmethod
    def free(name: str) -> int:
        """The size of the free dimension of that name; typed as the ``int`` that it stands for."""
        return cast("int", Size({(name,): 1}))

    @cached_property
    def symbols(self) -> frozenset[str]:
        """The free dimensions that the size depends on."""
        atoms = {atom for monomial in self.terms for atom in monomial}
        return frozenset().union(*({a} if isinstance(a, str) else a.symbols for a in atoms))

    def at(self, dims: Mapping[str, int]) -> int:
        """The size for these free dimensions."""
        return sum(
            factor * math.prod(dims[atom] if isinstance(atom, str) else atom.at(dims) for atom in monomial)
            for monomial, factor in self.terms.items()
        )

    @cached_property
    def least(self) -> int | None:
        """A lower bound; None if unknown."""
        for monomial, factor in self.terms.items():
            if factor < 0 and len(monomial) == 1 and isinstance(monomial[0], Minimum):
                # min(a, b) is at most a, and at most b
                rest = self - Size({monomial: factor})
                parts = [least(rest + factor * part) for part in (monomial[0].first, monomial[0].second)]
                return max((bound for bound in parts if bound is not None), default=None)
        bounds = (_least_sum(self.terms), _least_sum(_without_quotients(self)))
        return max((math.ceil(bound) for bound in bounds if bound is not None), default=None)

    def __add__(self, other: Any) -> Any:
        if not _is_number(other):
            return NotImplemented
        terms = dict(self.terms)
        for monomial, factor in terms_of(other).items():
            terms[monomial] = terms.get(monomial, 0) + factor
        return _normal(terms)

    def __mul__(self, other: Any) -> Any:
        if not _is_number(other):
            return NotImplemented
        terms: dict[Monomial, int] = {}
        for a, factor_a in self.terms.items():
            for b, factor_b in terms_of(other).items():
                product = tuple(sorted((*a, *b), key=str))
                terms[product] = terms.get(product, 0) + factor_a * factor_b
        return _normal(terms)

    def __floordiv__(self, other: Any) -> Any:
        if not _is_number(other):
            return NotImplemented
        exact = quotient(cast("int", self), other)
        if exact is not None:
            return exact
        if isinstance(other, Size):
            raise DynamicSizeError(f"({self}) // ({other}) has no closed form")
        whole = {m: f // other for m, f in self.terms.items() if m and f % other == 0}
        return _normal(whole) + _quotient({m: f for m, f in self.terms.items() if m not in whole}, other)

    def __rfloordiv__(self, other: int) -> Any:
        raise DynamicSizeError(f"{other} // ({self}) has no closed form")

    def __mod__(self, other: Any) -> Any:
        return self - (self // other) * other if quotient(cast("int", self), other) is None else 0

    def __neg__(self) -> Any:
        return self * -1

    def __sub__(self, other: Any) -> Any:
        return self + other * -1 if _is_number(other) else NotImplemented

    def __rsub__(self, other: Any) -> Any:
        return self * -1 + other

    __radd__, __rmul__ = __add__, __mul__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Size) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(tuple(self.terms.items()))

    def __ge__(self, other: Any) -> bool:
        if isinstance(other, int) and other <= 2 and _collected.get() is None:
            return True
        return holds(self - other)

    def __gt__(self, other: Any) -> bool:
        return bool(self >= other + 1)

    def __le__(self, other: Any) -> bool:
        return not self > other

    def __lt__(self, other: Any) -> bool:
        return not self >= other

    def __str__(self) -> str:
        products = []
        for monomial, factor in self.terms.items():
            atoms = [atom if isinstance(atom, str) else f"({atom})" for atom in monomial]
            products.append(" * ".join([str(factor)] * (factor != 1 or not atoms) + atoms))
        return " + ".join(products)

    __repr__ = __str__


def is_dynamic(size: object) -> bool:
    """Whether the size of a dimension is known only at run time."""
    return isinstance(size, Size)


def is_data_dependent(name: str) -> bool:
    """Whether the symbol of that name stands for a size that a run-time value determines."""
    return name.startswith(COUNT)


def has_data_dependent(size: int) -> bool:
    """Whether the size depends on run-time values."""
    return any(map(is_data_dependent, symbols_of(size)))


def symbols_of(size: int) -> frozenset[str]:
    """The free dimensions that the size depends on."""
    return size.symbols if isinstance(size, Size) else frozenset()


def is_symbol(size: object) -> bool:
    """Whether the size is a dynamic dimension itself, not an expression of several or of numbers."""
    return isinstance(size, Size) and size.terms == {(str(size),): 1}


def representative(size: int) -> int:
    """The size with every dynamic dimension at :data:`REPRESENTATIVE`, or as :func:`representatives` says."""
    chosen = _representatives.get()
    return at(size, {name: chosen.get(name, REPRESENTATIVE) for name in symbols_of(size)})


@contextlib.contextmanager
def representatives(chosen: Mapping[str, int]) -> Iterator[None]:
    """Takes these dimensions to be so large, as a model must that needs 256 samples in a window."""
    token = _representatives.set(chosen)
    try:
        yield
    finally:
        _representatives.reset(token)


def at(size: int, dims: Mapping[str, int]) -> int:
    """The size for these free dimensions."""
    return size.at(dims) if isinstance(size, Size) else size


def quotient(a: int, b: int) -> int | None:
    """``a / b`` where ``b`` divides ``a`` for all sizes; None where it is not known to."""
    if a == b:
        return 1
    if not isinstance(a, Size):
        return a // b if not is_dynamic(b) and b and a % b == 0 else None
    (monomial, factor), *others = terms_of(b).items()
    if others or not factor or any(f % factor for f in a.terms.values()):
        return None
    terms: dict[Monomial, int] = {}
    for term, f in a.terms.items():
        if Counter(monomial) - Counter(term):
            return None
        terms[tuple(sorted((Counter(term) - Counter(monomial)).elements(), key=str))] = f // factor
    return cast("int", _normal(terms))


_collected: ContextVar[list[Size] | None] = ContextVar("assumptions", default=None)


@contextlib.contextmanager
def assumptions() -> Iterator[list[Size]]:
    """Collects what comparisons inside assume: sizes that must not be negative."""
    collected: list[Size] = []
    token = _collected.set(collected)
    try:
        yield collected
    finally:
        _collected.reset(token)


def assume(difference: int) -> bool:
    """Notes that a difference is not negative; False outside of :func:`assumptions`."""
    collected = _collected.get()
    if collected is not None and isinstance(difference, Size) and difference not in collected:
        collected.append(difference)
    return collected is not None


def holds(difference: int) -> bool:
    """Whether a difference is at least 0: for all sizes, or by assumption."""
    if not isinstance(difference, Size):
        return difference >= 0
    if difference.least is not None and difference.least >= 0:
        return True
    opposite: Any = -difference - 1
    if opposite.least is not None and opposite.least >= 0:
        return False
    constant = difference.terms.get((), 0)
    if abs(constant) >= _ABOVE_EVERY_SIZE:
        return constant > 0
    if has_data_dependent(cast("int", difference)):
        raise DataDependentSizeError(f"whether {difference} is negative is known only when the model runs")
    if _collected.get() is None:
        raise DynamicSizeError(f"whether {difference} is negative depends on the sizes of the inputs")
    holds = representative(cast("int", difference)) >= 0
    assume(cast("int", difference) if holds else opposite)
    return holds


def least(size: "Size | int") -> int | None:
    """A lower bound, None where there is none known."""
    return size.least if isinstance(size, Size) else size


def _least_sum(terms: Mapping[Monomial, int | Fraction]) -> int | Fraction | None:
    """A lower bound of a sum, from one of each product."""
    bounds = [_least_of(monomial, factor) for monomial, factor in terms.items()]
    finite = [bound for bound in bounds if bound is not None]
    return sum(finite) if len(finite) == len(bounds) else None


def _without_quotients(size: "Size") -> dict[Monomial, int | Fraction]:
    """A sum that is at most the size: ``(n - k + 1) / k <= n // k <= n / k``."""
    bound: dict[Monomial, int | Fraction] = {}
    for monomial, factor in size.terms.items():
        parts: Mapping[Monomial, int | Fraction] = {monomial: factor}
        if len(monomial) == 1 and isinstance(monomial[0], Quotient):
            inner = monomial[0]
            numerator = inner.numerator if factor < 0 else inner.numerator - inner.denominator + 1
            share = Fraction(abs(factor), inner.denominator)
            within = _without_quotients(-numerator if factor < 0 else numerator)
            parts = {term: share * part for term, part in within.items()}
        for term, part in parts.items():
            bound[term] = bound.get(term, 0) + part
    return {term: part for term, part in bound.items() if part}


def _least_of(monomial: Monomial, factor: int | Fraction) -> int | Fraction | None:
    """A lower bound of a product."""
    if factor < 0 and monomial:
        return None
    product = factor
    for atom in monomial:
        bound = _least_of_atom(atom)
        if bound is None or (bound < 0 and len(monomial) > 1):
            return None
        product *= bound
    return product


def _least_of_atom(atom: Atom) -> int | None:
    match atom:
        case str():
            return 0 if is_data_dependent(atom) else 1
        case Quotient(numerator, denominator):
            bound = numerator.least
            return None if bound is None else bound // denominator
        case Minimum(first, second):
            bounds = [least(first), least(second)]
            finite = [bound for bound in bounds if bound is not None]
            return min(finite) if len(finite) == len(bounds) else None


def _order(item: tuple[Monomial, int]) -> tuple[int, str]:
    """Products of many factors first, the constant last."""
    return -len(item[0]), str(item[0])


def _is_number(value: object) -> bool:
    """Whether it is a size or an integer: a run-time number defines arithmetic with sizes itself."""
    return isinstance(value, Size) or hasattr(value, "__index__")


def terms_of(value: Any) -> dict[Monomial, int]:
    """The size's products of atoms, and the factor of each."""
    return value.terms if isinstance(value, Size) else {(): operator.index(value)}


def _normal(terms: Mapping[Monomial, int]) -> Any:
    """The size of these terms; an int if static."""
    kept = {monomial: factor for monomial, factor in terms.items() if factor}
    return Size(kept) if any(kept) else kept.get((), 0)


def _quotient(terms: Mapping[Monomial, int], denominator: int) -> Any:
    """``terms // denominator``, canonical: a quotient of a quotient is one quotient, and a numerator begins positively.

    Its constant is at least 0 and less than the denominator: ``(n + 5) // 2 == (n + 1) // 2 + 2``.
    """
    numerator = _normal(terms)
    if not isinstance(numerator, Size):
        return numerator // denominator
    constant = numerator.terms.get((), 0)
    rest = {monomial: factor for monomial, factor in numerator.terms.items() if monomial}
    (first, factor), *others = rest.items()
    if factor < 0:
        # p // k == -((k - 1 - p) // k)
        return -_quotient(terms_of(-numerator + denominator - 1), denominator)
    if factor == 1 and not others and len(first) == 1 and isinstance(first[0], Quotient):
        inner = first[0]
        merged = inner.numerator + constant * inner.denominator
        return _quotient(terms_of(merged), inner.denominator * denominator)
    whole, constant = divmod(constant, denominator)
    atom = Quotient(Size(rest | {(): constant}) if constant else Size(rest), denominator)
    return _normal({(atom,): 1, (): whole})
