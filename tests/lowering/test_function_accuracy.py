"""How far elementary functions and activations are from the exact results, in units in the last place (ULP).

``PYTHONPATH=tests python tests/lowering/test_function_accuracy.py`` prints what docs/accuracy.md says.
"""

import argparse
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

import numpy as np
import pytest
from cases import Case, CompiledCases

Array = np.ndarray
TARGETS = ("host", "arm64-linux")
TINY = 2.0**-126  # the smallest normal number
LARGEST = float(np.finfo(np.float32).max)
POINTS = 1 << 17


@dataclass(frozen=True)
class Function:
    """Of an operator: what it computes, exactly, and how near a module comes.

    From ``low`` to ``high`` the error is at most ``ulp``, for results that are normal numbers. Below ``low``, and where
    the result of the model's formula is not normal, it is at most ``absolute``.
    """

    exact: Callable[[Array], Array]
    ulp: float
    low: float = -inf
    high: float = inf
    absolute: float = TINY
    kind: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)


_erfc = np.vectorize(math.erfc, otypes=[np.float64])


def _sigmoid(x: Array) -> Array:
    small = np.exp(-np.abs(x))
    return np.where(x < 0, small, 1) / (1 + small)


def _softplus(x: Array) -> Array:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def _elu(x: Array) -> Array:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def _gelu(x: Array) -> Array:
    return np.where(np.isneginf(x), 0, x * 0.5 * _erfc(-x * math.sqrt(0.5)))


def _gelu_tanh(x: Array) -> Array:
    return np.where(np.isneginf(x), 0, x * _sigmoid(math.sqrt(8 / math.pi) * (x + 0.044715 * x**3)))


# What is measured, rounded up. Near exp's overflow the power of two is the largest one and what remains is larger.
FUNCTIONS = {
    "exp": Function(np.exp, 1.1, -87.3, 88.37),
    "exp_near_overflow": Function(np.exp, 100, 88.37, 88.72, kind="exp"),
    "log": Function(np.log, 1, 0),
    "sqrt": Function(np.sqrt, 0.51, 0),
    "reciprocal": Function(lambda x: 1 / x, 0.51),
    "tanh": Function(np.tanh, 5),
    "erf": Function(np.vectorize(math.erf, otypes=[np.float64]), 3),
    "sigmoid": Function(_sigmoid, 2.6),
    "softplus": Function(_softplus, 2.6),
    "softsign": Function(lambda x: x / (1 + np.abs(x)), 1.6),
    # The tail of negative x is |x| * e^-y, which magnifies what y has lost: the error is bounded absolutely.
    "gelu": Function(_gelu, 3, -1, absolute=8e-8, attributes={"approximate": "none"}),
    "gelu_tanh": Function(_gelu_tanh, 3, -1, absolute=8e-8, kind="gelu", attributes={"approximate": "tanh"}),
    # e^-x overflows below -88.
    "silu": Function(lambda x: x * _sigmoid(x), 2.6, -88, absolute=1e-36, kind="swish", attributes={"alpha": 1.0}),
    "mish": Function(lambda x: x * np.tanh(_softplus(x)), 5, -87, absolute=1e-36),
    "elu": Function(_elu, 1.1, attributes={"alpha": 1.0}),
    "celu": Function(lambda x: 2 * _elu(x / 2), 1.1, attributes={"alpha": 2.0}),
    "selu": Function(
        lambda x: np.where(x > 0, 1.0507 * x, 1.67326 * 1.0507 * _elu(x)),
        2.6,
        attributes={"alpha": 1.67326, "gamma": 1.0507},
    ),
    # The argument is reduced with 72 digits of pi; the quotient has 24.
    "sin": Function(np.sin, 2, -1e5, 1e5),
    "cos": Function(np.cos, 2.2, -1e5, 1e5),
    "tan": Function(np.tan, 4, -1e5, 1e5),
    "asin": Function(np.arcsin, 3, -1, 1),
    "acos": Function(np.arccos, 3, -1, 1),
    "atan": Function(np.arctan, 2),
    "sinh": Function(np.sinh, 1.6, -88, 88),
    "cosh": Function(np.cosh, 1.6, -88, 88),
    "asinh": Function(np.arcsinh, 3, -1e38, 1e38),
    "acosh": Function(np.arccosh, 3, 1, 1e38),
    "atanh": Function(np.arctanh, 3.5, -1, 1),
}
BOUND_OF_SINE = 1 + 2.0**-23  # one unit beyond 1
BOUNDED = {"tanh": 1, "erf": 1, "sin": BOUND_OF_SINE, "cos": BOUND_OF_SINE, "sigmoid": 1}
SPECIAL = np.array([0.0, -0.0, inf, -inf, math.nan, 1, -1], np.float32)
DENORMAL = np.array([2.0**-127, -(2.0**-127), 2.0**-149, -(2.0**-149)], np.float32)
# x * 0 where the limit is 0: as ONNX writes these functions.
NAN_AT_MINUS_INFINITY = ("silu", "mish")


def numbers(function: Function) -> Array:
    """SPECIAL, DENORMAL, all finite bit patterns alike, and numbers close together in the interesting part."""
    generator = np.random.default_rng(0)
    bits = generator.integers(0, 1 << 32, POINTS, np.uint32).view(np.float32)
    low, high = max(function.low, -110), min(function.high, 110)
    dense = [np.linspace(low, high, POINTS), np.linspace(max(low, -10), min(high, 10), POINTS)]
    edges = np.clip([low, high], -LARGEST, LARGEST)
    return np.concatenate([SPECIAL, DENORMAL, bits[np.isfinite(bits)], *dense, edges]).astype(np.float32)


def case(name: str) -> Case:
    function = FUNCTIONS[name]
    return lambda b: b.call(function.kind or name, b.given(numbers(function)), **function.attributes)


@dataclass(frozen=True)
class Outcome:
    """What a module computed for one function's numbers."""

    function: Function
    x: Array
    found: Array
    exact: Array

    @property
    def is_normal(self) -> Array:
        """Where neither argument nor result are denormal, infinite or NaN."""
        size = np.abs(self.exact)
        return np.isfinite(self.x) & ((self.x == 0) | (np.abs(self.x) >= 2 * TINY)) & (size >= TINY) & (size <= LARGEST)

    @property
    def ulps(self) -> Array:
        """The errors in the interval that has a bound."""
        chosen = self.is_normal & (self.x >= self.function.low) & (self.x <= self.function.high)
        exact = self.exact[chosen]
        last_place = np.ldexp(1.0, np.frexp(exact)[1] - 24)
        return np.abs(self.found[chosen] - exact) / last_place

    @property
    def absolute(self) -> float:
        """The largest error where the bound is absolute."""
        low = (self.x < self.function.low) & np.isfinite(self.x) if self.function.absolute > TINY else False
        chosen = low | (np.isfinite(self.x) & (np.abs(self.exact) < TINY))
        return float(np.abs(self.found[chosen] - self.exact[chosen]).max(initial=0))


def outcomes(target: str) -> dict[str, Outcome]:
    compiled = CompiledCases({name: case(name) for name in FUNCTIONS}, target)
    result = {}
    with np.errstate(all="ignore"):
        for (name, function), x, found in zip(FUNCTIONS.items(), compiled.arrays, compiled.found, strict=True):
            result[name] = Outcome(function, x, found.astype(np.float64), function.exact(x.astype(np.float64)))
    return result


@pytest.fixture(scope="module", params=TARGETS)
def computed(request: pytest.FixtureRequest) -> dict[str, Outcome]:
    return outcomes(request.param)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_error(computed: dict[str, Outcome], name: str) -> None:
    outcome = computed[name]
    assert outcome.ulps.size > POINTS / 2
    assert outcome.ulps.max() <= outcome.function.ulp
    assert outcome.absolute <= outcome.function.absolute


@pytest.mark.parametrize("name", FUNCTIONS)
def test_special_values(computed: dict[str, Outcome], name: str) -> None:
    outcome = computed[name]
    expected = outcome.exact[: len(SPECIAL)].copy()
    if name in NAN_AT_MINUS_INFINITY:
        expected[np.isneginf(SPECIAL)] = math.nan
    np.testing.assert_allclose(outcome.found[: len(SPECIAL)], expected, rtol=1e-6, atol=TINY)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_denormal_numbers_count_as_zero(computed: dict[str, Outcome], name: str) -> None:
    """On x86-64 and aarch64 alike: IREE has the processor flush them."""
    outcome = computed[name]
    found = outcome.found[len(SPECIAL) :][: len(DENORMAL)]
    of_zero = outcome.found[np.where(DENORMAL > 0, 0, 1)]
    assert (np.isclose(found, of_zero, rtol=1e-6, atol=2 * TINY, equal_nan=True)).all()


@pytest.mark.parametrize("name", BOUNDED)
def test_range(computed: dict[str, Outcome], name: str) -> None:
    outcome = computed[name]
    assert np.abs(outcome.found[np.isfinite(outcome.x)]).max() <= BOUNDED[name]


def test_half_precision() -> None:
    """Own functions compute in single precision: one rounding to half precision is all that is lost."""
    names = ("exp", "erf", "gelu", "sin", "cos", "atan", "elu")
    x = np.linspace(-5, 5, 1001).astype(np.float16)

    def half(name: str) -> Case:
        return lambda b: b.call(name, b.given(x), **FUNCTIONS[name].attributes)

    compiled = CompiledCases({name: half(name) for name in names}).run()
    for name, found in zip(names, compiled.found, strict=True):
        exact = FUNCTIONS[name].exact(x.astype(np.float64))
        last_place = np.ldexp(1.0, np.maximum(np.frexp(exact)[1] - 11, -24))
        error = np.abs(found.astype(np.float64) - exact)
        assert found.dtype == np.float16 and (error <= 0.51 * last_place + 8e-8).all(), name


def main() -> None:
    argparse.ArgumentParser(description="Print the largest errors of the elementary functions.").parse_args()
    found = [outcomes(target) for target in TARGETS]
    print("| function | from | to |", " | ".join(f"{target}: ULP | absolute" for target in TARGETS), "|")  # noqa: T201
    for name, function in FUNCTIONS.items():
        measured = [f"{o[name].ulps.max():.2f} | {o[name].absolute:.1e}" for o in found]
        print(f"| {name} | {function.low:g} | {function.high:g} |", " | ".join(measured), "|")  # noqa: T201


if __name__ == "__main__":
    main()
