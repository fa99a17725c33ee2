"""Every element-wise operator alone, on special values too."""

import numpy as np
import pytest
from cases import TOLERANCE, Builder, Case, CompiledCases

from dnnf_mlir.graph.ecg import Value

CASES: dict[str, Case] = {}

_ATTRIBUTES: dict[str, dict[str, object]] = {
    "leaky_relu": {"alpha": 0.1},
    "thresholded_relu": {"alpha": 1.0},
    "elu": {"alpha": 0.7},
    "celu": {"alpha": 2.0},
    "selu": {"alpha": 1.67326, "gamma": 1.0507},
    "hard_sigmoid": {"alpha": 0.2, "beta": 0.5},
    "swish": {"alpha": 1.5},
}
_UNARY = (
    "relu",
    "leaky_relu",
    "thresholded_relu",
    "elu",
    "celu",
    "selu",
    "sigmoid",
    "hard_sigmoid",
    "hard_swish",
    "swish",
    "mish",
    "softplus",
    "softsign",
    "abs",
    "neg",
    "sign",
    "reciprocal",
    "exp",
    "floor",
    "ceil",
    "round",
    "erf",
    "sin",
    "cos",
    "tan",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
)
_RANGES = {"sqrt": (0, 9), "log": (0.01, 9), "asin": (-1, 1), "acos": (-1, 1), "acosh": (1, 9), "atanh": (-0.99, 0.99)}
_BINARY = ("add", "sub", "mul", "div")
_COMPARISONS = ("equal", "greater", "greater_or_equal", "less", "less_or_equal")
_INTEGER_BINARY = ("add", "sub", "mul", "bitwise_and", "bitwise_or", "bitwise_xor")
_SPECIAL = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 2.5, -2.5, 0.5, -0.5], np.float32)


def _unary(kind: str, low: float, high: float) -> Case:
    return lambda b: b.call(kind, b.input(5, 7, low=low, high=high), **_ATTRIBUTES.get(kind, {}))


def _binary(kind: str, dtype: str) -> Case:
    return lambda b: b.call(kind, b.input(4, 1, 6, dtype=dtype), b.input(5, 1, dtype=dtype, low=1, high=4))


def _comparison(kind: str, dtype: str) -> Case:
    return lambda b: b.call(kind, b.input(4, 6, dtype=dtype), b.input(6, dtype=dtype))


def _special(kind: str) -> Case:
    return lambda b: b.call(kind, b.given(_SPECIAL))


CASES |= {kind: _unary(kind, -3, 3) for kind in _UNARY}
CASES |= {kind: _unary(kind, *limits) for kind, limits in _RANGES.items()}
CASES |= {kind: _binary(kind, "f32") for kind in _BINARY}
CASES |= {f"{kind}_of_integers": _binary(kind, "i32") for kind in (*_INTEGER_BINARY, "div")}
CASES |= {f"{kind}_of_bytes": _binary(kind, "ui8") for kind in ("add", "div")}
CASES |= {kind: _comparison(kind, "f32") for kind in _COMPARISONS}
CASES |= {f"{kind}_of_integers": _comparison(kind, "i64") for kind in _COMPARISONS}
CASES |= {f"{kind}_of_bytes": _comparison(kind, "ui8") for kind in _COMPARISONS}
CASES |= {f"{kind}_of_special_values": _special(kind) for kind in ("relu", "abs", "sign", "neg", "round", "is_nan")}
CASES |= {kind: _comparison(kind, "i1") for kind in ("and", "or", "xor")}


def case(function: Case) -> Case:
    CASES[function.__name__] = function
    return function


@case
def prelu(b: Builder) -> Value:
    return b.call("prelu", b.input(4, 5, 6), b.input(5, 1))


@case
def swiglu(b: Builder) -> Value:
    return b.call("swiglu", b.input(4, 5, 6), b.input(4, 5, 6), alpha=1.5)


@case
def logical_not(b: Builder) -> Value:
    return b.call("not", b.input(4, 6, dtype="i1"))


@case
def bitwise_not(b: Builder) -> Value:
    return b.call("bitwise_not", b.input(4, 6, dtype="i32", low=-9, high=9))


@case
def bit_shifts(b: Builder) -> list[Value]:
    x, amount = b.input(4, 6, dtype="ui8", low=0, high=255), b.input(6, dtype="ui8", low=0, high=7)
    return [b.call("bit_shift", x, amount, direction=direction) for direction in ("LEFT", "RIGHT")]


@case
def infinities(b: Builder) -> list[Value]:
    x = b.given(_SPECIAL)
    return [b.call("is_inf", x, detect_negative=n, detect_positive=p) for n, p in ((1, 1), (0, 1), (1, 0))]


@case
def mod(b: Builder) -> list[Value]:
    x, y = b.input(30, dtype="i32", low=-9, high=9), b.given(np.array([-4, 5] * 15, np.int32))
    return [b.call("mod", x, y, fmod=fmod) for fmod in (0, 1)]


@case
def mod_of_floats(b: Builder) -> Value:
    return b.call("mod", b.input(30), b.given(np.array([-1.7, 0.8] * 15, np.float32)), fmod=1)


@case
def powers(b: Builder) -> list[Value]:
    x = b.input(4, 6, low=0.1)
    return [b.call("pow", x, b.known(np.float32(e))) for e in (2, 3, 0.5, -1, -0.5, 1.7)]


@case
def power_of_tensors(b: Builder) -> list[Value]:
    x = b.input(4, 6, low=0.1)
    integers = b.input(4, 6, dtype="i32", low=1, high=5)
    return [b.call("pow", x, b.input(6)), b.call("pow", integers, b.input(6, dtype="i32", low=0, high=4))]


@case
def power_of_negative_base(b: Builder) -> Value:
    base = b.given(np.array([[-2.5], [-1], [0], [2]], np.float32))
    return b.call("pow", base, b.given(np.array([0, 1, 2, 3, 0.5, 4], np.float32)))


@case
def variadic(b: Builder) -> list[Value]:
    xs = [b.input(4, 6), b.input(6), b.input(4, 1)]
    return [b.call(kind, *xs) for kind in ("max", "min", "sum", "mean")]


@case
def where(b: Builder) -> Value:
    return b.call("where", b.input(4, 1, dtype="i1"), b.input(6), b.input(4, 6))


@case
def clips(b: Builder) -> list[Value]:
    bounds = ((-1.0, 1.0), (0.5, np.inf), (-np.inf, 0.25))
    return [b.call("clip", b.input(4, 6), min=low, max=high) for low, high in bounds]


@case
def clip_of_integers(b: Builder) -> Value:
    return b.call("clip", b.input(4, 6, dtype="i32", low=-9, high=9), min=-3.0, max=np.inf)


@case
def gelus(b: Builder) -> list[Value]:
    x = b.input(4, 6)
    return [b.call("gelu", x, approximate=kind) for kind in ("none", "tanh")]


@case
def casts(b: Builder) -> list[Value]:
    floats, integers = b.input(8, low=0, high=100), b.input(8, dtype="i64", low=-5, high=5)
    results = [b.call("cast", floats, dtype=dtype) for dtype in ("i32", "ui8", "f16", "f64", "i1", "i64")]
    results += [b.call("cast", integers, dtype=dtype) for dtype in ("f32", "i32", "i8", "i1")]
    return [*results, b.call("cast", b.input(8, dtype="i1"), dtype="f32"), b.call("cast", results[1], dtype="f32")]


@pytest.fixture(scope="module")
def compiled() -> CompiledCases:
    return CompiledCases(CASES).run()


@pytest.mark.parametrize("name", CASES)
def test_operator(compiled: CompiledCases, name: str) -> None:
    assert compiled.error(name) <= TOLERANCE
