"""Elementary functions of our own, where the back ends' are inaccurate or need more operations.

On scalars and vectors alike, without tables and branches. All compute in single precision: half precision is widened.
Double precision takes the ``math`` dialect's exp and log, which IREE's CPU back end links, and no others. Coefficients
are minimax fits, of relative error below 2e-8 unless said otherwise, by Lawson's reweighted least squares on the
interval that is named. docs/accuracy.md states the errors.
"""

import math as numbers
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from dnnf_mlir.bindings.iree import arith, ir, math

from .double_precision import ARCTANGENT, LOG_ERFC, PI, SINE
from .scalar import Scalar, fma, select
from .types import element_of, with_element

_Function = Callable[[Scalar], Scalar]
_device_functions: ContextVar[bool] = ContextVar(
    "whether exp, sin, cos and nearest are the device's own", default=False
)

# Sums of three single-precision numbers.
_PI = (3.1415927410125732, -8.742277657347586e-08, -3.4302490200117637e-15)
_LN_2 = (0.6931471824645996, -1.9046542121259336e-09)

# (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2.
_EXPONENTIAL = (
    0.4999999701976776,
    0.1666654348373413,
    0.04166720062494278,
    0.008366580121219158,
    0.0013882509665563703,
)
# -ln(erfc(a)) / a for 0 <= a <= 4, where erf(a) has the error 4e-8; the polynomial grows beyond.
_LOG_ERFC = (
    1.128379225730896,
    0.6366164684295654,
    0.10281447321176529,
    -0.019321879372000694,
    0.00020593751105479896,
    0.001251591951586306,
    -0.0003809475456364453,
    4.070087379659526e-05,
)
# At this |x| the exponent in gelu, a * _LOG_ERFC(a), is 88.
_GELU_BOUND = 9.68275
# And that of gelu with the hyperbolic tangent.
_GELU_TANH_BOUND = 10.02981
# (sin(r) - r) / r^3 as a polynomial of r^2 for |r| <= pi / 2.
_SINE = (-0.16666659712791443, 0.008333064615726471, -0.00019809475634247065, 2.605481540740584e-06)
# (atan(x) - x) / x^3 as a polynomial of x^2 for |x| <= 1.
_ARCTANGENT = (
    -0.33333298563957214,
    0.19998548924922943,
    -0.14264242351055145,
    0.10952185839414597,
    -0.0840345099568367,
    0.05795760080218315,
    -0.03117785044014454,
    0.010914608836174011,
    -0.0017936222720891237,
)
# (sinh(x) - x) / x^3 as a polynomial of x^2: Taylor's, for |x| <= 1.
_HYPERBOLIC_SINE = tuple(1 / numbers.factorial(n) for n in (3, 5, 7, 9, 11))


@contextmanager
def device_functions(own: bool) -> Iterator[None]:
    """Inside, with ``own``: exp, sin, cos and nearest are the device's, as GPUs have instructions for them."""
    token = _device_functions.set(own)
    try:
        yield
    finally:
        _device_functions.reset(token)


def _single(own: _Function, double: _Function, on_gpu: _Function | None = None) -> _Function:
    """``own`` on f32 and, widened, on narrower numbers; ``double`` on f64; on GPUs ``on_gpu`` where given."""

    def function(x: Scalar) -> Scalar:
        type_ = x.value.type
        if on_gpu is not None and _device_functions.get():
            return on_gpu(x)
        if isinstance(element_of(type_), ir.F64Type):
            return double(x)
        if isinstance(element_of(type_), ir.F32Type):
            return own(x)
        wide = Scalar(arith.ExtFOp(with_element(type_, ir.F32Type.get()), x.value).result, "f32")
        return x.like(arith.TruncFOp(type_, own(wide).value).result)

    return function


def _nearest(whole: float) -> _Function:
    """By two sums; ``whole`` is the least number from which on floats have no fraction."""

    def function(x: Scalar) -> Scalar:
        size = x.abs()
        return select(size < whole, ((size + whole) - whole).with_sign_of(x), x)

    return function


nearest = _single(_nearest(2.0**23), _nearest(2.0**52), Scalar.round)
"""To the nearest whole number, halves to the even one; infinities, NaN and the sign of zero stay.

See quirks.ROUND_EXPANDED. GPUs keep the instruction: their compilers may take a sum and its difference for nothing.
"""


def _bounded_below(x: Scalar, limit: float) -> Scalar:
    """NaN stays NaN, without the operations that this costs in ``arith.maximumf``."""
    bound = x.splat(limit)
    return select(x < bound, bound, x)


def _bounded_above(x: Scalar, limit: float) -> Scalar:
    bound = x.splat(limit)
    return select(bound < x, bound, x)


def _polynomial(x: Scalar, coefficients: Sequence[float]) -> Scalar:
    """Horner's scheme; the constant term comes first."""
    result = x.splat(coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        result = fma(result, x, coefficient)
    return result


def _odd(x: Scalar, coefficients: Sequence[float]) -> Scalar:
    """x + x^3 * polynomial(x^2)."""
    square = x * x
    cube = square * x
    return fma(cube, _polynomial(square, coefficients), x)


def _power_and_rest(x: Scalar, highest: int | None = None) -> tuple[Scalar, Scalar]:
    """s and p with e^x = s + s * p for x >= -88: s is a power of two, |p| < 0.42, and p = e^x - 1 where s = 1.

    x = k ln(2) + r, s = 2^k, p = e^r - 1. At -88 s is 0: e^x is no normal number. NaN goes through. The floor is an
    instruction. Where x may be above 88, k needs a ``highest`` value, so that 2^k is finite; s + s * p still overflows
    where e^x does.
    """
    k = fma(x, 1 / numbers.log(2), 0.5).floor()  # quirks.ROUND_EXPANDED
    if highest is not None:
        k = _bounded_above(k, highest)
    r = x
    for part in _LN_2:
        r = fma(k, -part, r)
    p = fma(r * r, _polynomial(r, _EXPONENTIAL), r)
    exponent = Scalar(
        arith.FPToSIOp(with_element(k.value.type, ir.IntegerType.get_signless(32)), k.value).result, "i32"
    )
    bits = (exponent + 127) << 23
    return x.like(arith.BitcastOp(x.value.type, bits.value).result), p


def _own_exp(x: Scalar) -> Scalar:
    s, p = _power_and_rest(_bounded_below(x, -88), 127)
    return fma(s, p, s)


def _own_exp_of_negative(x: Scalar) -> Scalar:
    s, p = _power_and_rest(_bounded_below(x, -88))
    return fma(s, p, s)


def _own_expm1(x: Scalar) -> Scalar:
    return _expm1_within(_bounded_below(x, -88))


def _expm1_within(x: Scalar) -> Scalar:
    s, p = _power_and_rest(x)
    return fma(s, p, s + -1)


def _own_erf(x: Scalar) -> Scalar:
    a = _bounded_above(x.abs(), 4)
    exponent = -a * _polynomial(a, _LOG_ERFC)
    return _expm1_within(exponent).with_sign_of(x)


def _own_gelu(x: Scalar) -> Scalar:
    """With sqrt(1/2) in the coefficients; the bound makes the exponent -88 and keeps infinities out of the product."""
    size = _bounded_above(x.abs(), _GELU_BOUND)
    scaled = [c * numbers.sqrt(0.5) ** (i + 1) for i, c in enumerate(_LOG_ERFC)]
    s, p = _power_and_rest(-size * _polynomial(size, scaled))
    half = size * -0.5
    return fma(half, fma(s, p, s), _bounded_below(x, 0))


def _own_gelu_tanh(x: Scalar) -> Scalar:
    """max(x, 0) - |x| * t / (1 + t) with t = e^(-2 |z|), z = sqrt(2 / pi) * (x + 0.044715 x^3): x / (1 + e^(-2 z))."""
    size = _bounded_above(x.abs(), _GELU_TANH_BOUND)
    slope = -numbers.sqrt(8 / numbers.pi)
    factor = fma(size * size, 0.044715 * slope, slope)
    s, p = _power_and_rest(size * factor)
    tail = fma(s, p, s)
    part = tail / (tail + 1)
    return fma(-size, part, _bounded_below(x, 0))


def _gelu_by_tanh(x: Scalar) -> Scalar:
    cube = x * x * x * 0.044715
    inner = tanh((x + cube) * numbers.sqrt(2 / numbers.pi))
    return x * 0.5 * (inner + 1)


def _gelu_by_erf(x: Scalar) -> Scalar:
    inner = erf(x * numbers.sqrt(0.5))
    return x * 0.5 * (inner + 1)


def _own_sine(x: Scalar, shift: float, pi: Sequence[float] = _PI, sine: Sequence[float] = _SINE) -> Scalar:
    """sin(x + shift * pi), shift 0 or 1/2.

    With k = round(x / pi - shift) and r = x - (k + shift) * pi the sine of x + shift * pi is
    (-1)^k * sin(r + 2 * shift * pi). The three parts of pi and fused multiply-adds keep r exact to the last places up
    to about 1e5. Beyond, k is not the nearest integer any more; r is bounded so that the result stays in [-1, 1].
    """
    k = fma(x, 1 / numbers.pi, 0.5 - shift).floor()
    halves = (k * 0.5).floor()
    is_odd = fma(halves, -2, k)
    direction = -1 if shift else 1
    sign = fma(is_odd, -2 * direction, direction)
    multiple = k + shift if shift else k
    r = x
    for part in pi:
        r = fma(multiple, -part, r)
    return _odd(sign * _bounded_below(_bounded_above(r, 2), -2), sine)


def _own_atan(x: Scalar, arctangent: Sequence[float] = _ARCTANGENT) -> Scalar:
    magnitude, one = x.abs(), x.splat(1)
    is_large = one < magnitude
    small = select(is_large, one / magnitude, magnitude)
    result = _odd(small, arctangent)
    return select(is_large, numbers.pi / 2 - result, result).with_sign_of(x)


def _own_sinh(x: Scalar) -> Scalar:
    is_large = x.splat(1) < x.abs()
    return select(is_large, _sinh_by_exponentials(x), _odd(x, _HYPERBOLIC_SINE))


def _sinh_by_exponentials(x: Scalar) -> Scalar:
    return (exp(x) - exp(-x)) * 0.5


def _double_expm1(x: Scalar) -> Scalar:
    """e^x - 1 for x <= 0 as (u - 1) * x / log(u) with u = e^x rounded, x itself where u is 1.

    Source: Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 1.14.1 (Kahan).
    """
    x, one = _bounded_below(x, -700), x.splat(1)
    u = x.exp()
    quotient = (u + -1) * x / u.log()
    return select(u < one, quotient, x)


def _double_erf(x: Scalar) -> Scalar:
    a = _bounded_above(x.abs(), 6)
    rate = _polynomial(fma(a, 1 / 3, -1), LOG_ERFC)
    return (-_double_expm1(-(a * rate))).with_sign_of(x)


def _double_tanh(x: Scalar) -> Scalar:
    """-e / (2 + e) with e = e^(-2 |x|) - 1."""
    e = _double_expm1(x.abs() * -2)
    return (e / (e + 2)).with_sign_of(x)


def _double_sinh(x: Scalar) -> Scalar:
    """-e * (2 + e) / (2 * (1 + e)) with e = e^(-|x|) - 1 up to 1, the difference of exponentials beyond."""
    a, one = x.abs(), x.splat(1)
    e = _double_expm1(-a)
    ratio = e * (e + 2) / ((e + one) * -2)
    return select(one < a, _sinh_by_exponentials(a), ratio).with_sign_of(x)


def _double_log1p(x: Scalar) -> Scalar:
    """log(u) * x / (u - 1) with u = 1 + x rounded, x itself where u is 1; infinity stays.

    Source: Higham, 2002, problem 1.5 (Hewlett-Packard, 1982).
    """
    one = x.splat(1)
    u = x + one
    quotient = u.log() * (x / (u + -1))
    is_one = u.equals(one)
    is_large = x.splat(1e17) < x
    return select(is_one, x, select(is_large, x.log(), quotient))


def _is_double(x: Scalar) -> bool:
    return isinstance(element_of(x.value.type), ir.F64Type)


def tanh(x: Scalar) -> Scalar:
    """The ``math`` dialect's, which has 5 ULP, but in double precision."""
    return _double_tanh(x) if _is_double(x) else x.function(math.TanhOp)


def log1p(x: Scalar) -> Scalar:
    """The ``math`` dialect's, but in double precision, where that does not keep small numbers."""
    return _double_log1p(x) if _is_double(x) else x.function(math.Log1pOp)


def device_sin(x: Scalar) -> Scalar:
    """The ``math`` dialect's: multiples of a quarter turn come out nearest to zero. Ours in double precision."""
    return sin(x) if _is_double(x) else _math_sin(x)


def device_cos(x: Scalar) -> Scalar:
    """As :func:`device_sin`."""
    return cos(x) if _is_double(x) else _math_cos(x)


def _math_sin(x: Scalar) -> Scalar:
    return x.function(math.SinOp)


def _math_cos(x: Scalar) -> Scalar:
    return x.function(math.CosOp)


exp = _single(_own_exp, Scalar.exp, Scalar.exp)
"""2^k * e^r: IREE's own handles every special value with selections of its own."""

exp_of_negative = _single(_own_exp_of_negative, Scalar.exp, Scalar.exp)
"""e^x for x <= 0."""

expm1_of_negative = _single(_own_expm1, _double_expm1)
"""e^x - 1 for x <= 0: 2^k * (e^r - 1) + (2^k - 1), which cancels nothing near 0.

Source: Muller, Elementary Functions, 2016, chapter 11 (range reduction); ln(2) in two parts after Cody and Waite.
"""

erf = _single(_own_erf, _double_erf)
"""sign(x) * (1 - erfc(a)) with a = |x| and erfc(a) = e^(-a * P(a)): one exponential and no division.

IREE's own divides and selects every coefficient of three rational approximations.
"""

gelu = _single(_own_gelu, _gelu_by_erf)
"""x / 2 * (1 + erf(x / sqrt(2))) as max(x, 0) - |x| / 2 * e^(-a * P(a)), a = |x| / sqrt(2): see :data:`erf`.

The tail of negative x does not come from a difference of numbers near 1.
"""

sin = _single(lambda x: _own_sine(x, 0), lambda x: _own_sine(x, 0, PI, SINE), on_gpu=_math_sin)
"""Of an argument reduced by multiples of pi in three parts (Cody and Waite, 1980).

IREE's own reduces by one number: its error grows by 3e-8 with every unit of x, and it leaves [-1, 1].
"""

cos = _single(lambda x: _own_sine(x, 0.5), lambda x: _own_sine(x, 0.5, PI, SINE), on_gpu=_math_cos)
"""sin(x + pi / 2), the quarter turn inside the reduction."""

atan = _single(_own_atan, lambda x: _own_atan(x, ARCTANGENT))
"""atan(a) = pi / 2 - atan(1 / a) for a > 1."""

sinh = _single(_own_sinh, _double_sinh)
"""(e^x - e^-x) / 2, and a polynomial up to 1, where that would cancel."""

gelu_tanh = _single(_own_gelu_tanh, _gelu_by_tanh)
"""gelu with its approximation by a hyperbolic tangent, and the tail of negative x as in :data:`gelu`."""
