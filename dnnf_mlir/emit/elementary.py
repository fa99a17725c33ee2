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
from dnnf_mlir.emit.double_precision import ARCTANGENT, LOG_ERFC, PI, SINE
from dnnf_mlir.emit.vectors import filled

_Function = Callable[[ir.Value], ir.Value]
_device_functions: ContextVar[bool] = ContextVar("whether exp, sin and cos are the device's own", default=False)

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
    """Inside, with ``own``: exp, sin and cos are the device's, as GPUs have instructions for them."""
    token = _device_functions.set(own)
    try:
        yield
    finally:
        _device_functions.reset(token)


def _single(own: _Function, double: _Function, on_gpu: _Function | None = None) -> _Function:
    """``own`` on f32 and, widened, on narrower numbers; ``double`` on f64; on GPUs ``on_gpu`` where given."""

    def function(x: ir.Value) -> ir.Value:
        element = x.type.element_type if isinstance(x.type, ir.VectorType) else x.type
        if on_gpu is not None and _device_functions.get():
            return on_gpu(x)
        if isinstance(element, ir.F64Type):
            return double(x)
        if isinstance(element, ir.F32Type):
            return own(x)
        wide = arith.ExtFOp(_with_element(x.type, ir.F32Type.get()), x).result
        return arith.TruncFOp(x.type, own(wide)).result

    return function


def _with_element(type_: ir.Type, element: ir.Type) -> ir.Type:
    return ir.VectorType.get(list(type_.shape), element) if isinstance(type_, ir.VectorType) else element


def _add(a: ir.Value, b: ir.Value) -> ir.Value:
    return arith.AddFOp(a, b).result


def _mul(a: ir.Value, b: ir.Value) -> ir.Value:
    return arith.MulFOp(a, b).result


def _fma(a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
    return math.FmaOp(a, b, c).result


def _is_less(a: ir.Value, b: ir.Value) -> ir.Value:
    """False for NaN."""
    return arith.CmpFOp(ir.IntegerAttr.get(ir.IntegerType.get_signless(64), 4), a, b).result


def _bounded_below(x: ir.Value, limit: float) -> ir.Value:
    """NaN stays NaN, without the operations that this costs in ``arith.maximumf``."""
    bound = filled(x.type, limit)
    return arith.SelectOp(_is_less(x, bound), bound, x).result


def _bounded_above(x: ir.Value, limit: float) -> ir.Value:
    bound = filled(x.type, limit)
    return arith.SelectOp(_is_less(bound, x), bound, x).result


def _polynomial(x: ir.Value, coefficients: Sequence[float]) -> ir.Value:
    """Horner's scheme; the constant term comes first."""
    result = filled(x.type, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        result = _fma(result, x, filled(x.type, coefficient))
    return result


def _odd(x: ir.Value, coefficients: Sequence[float]) -> ir.Value:
    """x + x^3 * polynomial(x^2)."""
    square = _mul(x, x)
    return _fma(_mul(square, x), _polynomial(square, coefficients), x)


def _power_and_rest(x: ir.Value, highest: int | None = None) -> tuple[ir.Value, ir.Value]:
    """s and p with e^x = s + s * p for x >= -88: s is a power of two, |p| < 0.42, and p = e^x - 1 where s = 1.

    x = k ln(2) + r, s = 2^k, p = e^r - 1. At -88 s is 0: e^x is no normal number. NaN goes through. IREE expands
    ``math.roundeven`` into thirty operations, floor is an instruction. Where x may be above 88, k needs a ``highest``
    value, so that 2^k is finite; s + s * p still overflows where e^x does.
    """
    k = math.FloorOp(_fma(x, filled(x.type, 1 / numbers.log(2)), filled(x.type, 0.5))).result
    if highest is not None:
        k = _bounded_above(k, highest)
    r = x
    for part in _LN_2:
        r = _fma(k, filled(k.type, -part), r)
    p = _fma(_mul(r, r), _polynomial(r, _EXPONENTIAL), r)
    exponent = arith.FPToSIOp(_with_element(k.type, ir.IntegerType.get_signless(32)), k).result
    biased = arith.AddIOp(exponent, filled(exponent.type, 127)).result
    bits = arith.ShLIOp(biased, filled(biased.type, 23)).result
    return arith.BitcastOp(x.type, bits).result, p


def _own_exp(x: ir.Value) -> ir.Value:
    s, p = _power_and_rest(_bounded_below(x, -88), 127)
    return _fma(s, p, s)


def _own_exp_of_negative(x: ir.Value) -> ir.Value:
    s, p = _power_and_rest(_bounded_below(x, -88))
    return _fma(s, p, s)


def _own_expm1(x: ir.Value) -> ir.Value:
    return _expm1_within(_bounded_below(x, -88))


def _expm1_within(x: ir.Value) -> ir.Value:
    s, p = _power_and_rest(x)
    return _fma(s, p, _add(s, filled(s.type, -1)))


def _own_erf(x: ir.Value) -> ir.Value:
    a = _bounded_above(math.AbsFOp(x).result, 4)
    exponent = _mul(arith.NegFOp(a).result, _polynomial(a, _LOG_ERFC))
    return math.CopySignOp(_expm1_within(exponent), x).result


def _own_gelu(x: ir.Value) -> ir.Value:
    """With sqrt(1/2) in the coefficients; the bound makes the exponent -88 and keeps infinities out of the product."""
    size = _bounded_above(math.AbsFOp(x).result, _GELU_BOUND)
    scaled = [c * numbers.sqrt(0.5) ** (i + 1) for i, c in enumerate(_LOG_ERFC)]
    s, p = _power_and_rest(_mul(arith.NegFOp(size).result, _polynomial(size, scaled)))
    return _fma(_mul(size, filled(x.type, -0.5)), _fma(s, p, s), _bounded_below(x, 0))


def _own_gelu_tanh(x: ir.Value) -> ir.Value:
    """max(x, 0) - |x| * t / (1 + t) with t = e^(-2 |z|), z = sqrt(2 / pi) * (x + 0.044715 x^3): x / (1 + e^(-2 z))."""
    size = _bounded_above(math.AbsFOp(x).result, _GELU_TANH_BOUND)
    slope = -numbers.sqrt(8 / numbers.pi)
    factor = _fma(_mul(size, size), filled(x.type, 0.044715 * slope), filled(x.type, slope))
    s, p = _power_and_rest(_mul(size, factor))
    tail = _fma(s, p, s)
    part = arith.DivFOp(tail, _add(tail, filled(x.type, 1))).result
    return _fma(arith.NegFOp(size).result, part, _bounded_below(x, 0))


def _gelu_by_tanh(x: ir.Value) -> ir.Value:
    cube = _mul(_mul(_mul(x, x), x), filled(x.type, 0.044715))
    inner = tanh(_mul(_add(x, cube), filled(x.type, numbers.sqrt(2 / numbers.pi))))
    return _mul(_mul(x, filled(x.type, 0.5)), _add(inner, filled(x.type, 1)))


def _gelu_by_erf(x: ir.Value) -> ir.Value:
    inner = erf(_mul(x, filled(x.type, numbers.sqrt(0.5))))
    return _mul(_mul(x, filled(x.type, 0.5)), _add(inner, filled(x.type, 1)))


def _own_sine(x: ir.Value, shift: float, pi: Sequence[float] = _PI, sine: Sequence[float] = _SINE) -> ir.Value:
    """sin(x + shift * pi), shift 0 or 1/2.

    With k = round(x / pi - shift) and r = x - (k + shift) * pi the sine of x + shift * pi is
    (-1)^k * sin(r + 2 * shift * pi). The three parts of pi and fused multiply-adds keep r exact to the last places up
    to about 1e5. Beyond, k is not the nearest integer any more; r is bounded so that the result stays in [-1, 1].
    """
    k = math.FloorOp(_fma(x, filled(x.type, 1 / numbers.pi), filled(x.type, 0.5 - shift))).result
    halves = math.FloorOp(_mul(k, filled(k.type, 0.5))).result
    is_odd = _fma(halves, filled(k.type, -2), k)
    direction = -1 if shift else 1
    sign = _fma(is_odd, filled(k.type, -2 * direction), filled(k.type, direction))
    multiple = _add(k, filled(k.type, shift)) if shift else k
    r = x
    for part in pi:
        r = _fma(multiple, filled(k.type, -part), r)
    return _odd(_mul(sign, _bounded_below(_bounded_above(r, 2), -2)), sine)


def _own_atan(x: ir.Value, arctangent: Sequence[float] = _ARCTANGENT) -> ir.Value:
    magnitude, one = math.AbsFOp(x).result, filled(x.type, 1)
    is_large = _is_less(one, magnitude)
    small = arith.SelectOp(is_large, arith.DivFOp(one, magnitude).result, magnitude).result
    result = _odd(small, arctangent)
    mirrored = arith.SubFOp(filled(x.type, numbers.pi / 2), result).result
    return math.CopySignOp(arith.SelectOp(is_large, mirrored, result).result, x).result


def _own_sinh(x: ir.Value) -> ir.Value:
    is_large = _is_less(filled(x.type, 1), math.AbsFOp(x).result)
    return arith.SelectOp(is_large, _sinh_by_exponentials(x), _odd(x, _HYPERBOLIC_SINE)).result


def _sinh_by_exponentials(x: ir.Value) -> ir.Value:
    both = arith.SubFOp(exp(x), exp(arith.NegFOp(x).result)).result
    return _mul(both, filled(x.type, 0.5))


def _double_expm1(x: ir.Value) -> ir.Value:
    """e^x - 1 for x <= 0 as (u - 1) * x / log(u) with u = e^x rounded, x itself where u is 1.

    Source: Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 1.14.1 (Kahan).
    """
    x, one = _bounded_below(x, -700), filled(x.type, 1)
    u = math.ExpOp(x).result
    quotient = arith.DivFOp(_mul(_add(u, filled(x.type, -1)), x), math.LogOp(u).result).result
    return arith.SelectOp(_is_less(u, one), quotient, x).result


def _double_erf(x: ir.Value) -> ir.Value:
    a = _bounded_above(math.AbsFOp(x).result, 6)
    rate = _polynomial(_fma(a, filled(a.type, 1 / 3), filled(a.type, -1)), LOG_ERFC)
    return math.CopySignOp(arith.NegFOp(_double_expm1(arith.NegFOp(_mul(a, rate)).result)).result, x).result


def _double_tanh(x: ir.Value) -> ir.Value:
    """-e / (2 + e) with e = e^(-2 |x|) - 1."""
    e = _double_expm1(_mul(math.AbsFOp(x).result, filled(x.type, -2)))
    return math.CopySignOp(arith.DivFOp(e, _add(e, filled(x.type, 2))).result, x).result


def _double_sinh(x: ir.Value) -> ir.Value:
    """-e * (2 + e) / (2 * (1 + e)) with e = e^(-|x|) - 1 up to 1, the difference of exponentials beyond."""
    a, one = math.AbsFOp(x).result, filled(x.type, 1)
    e = _double_expm1(arith.NegFOp(a).result)
    ratio = arith.DivFOp(_mul(e, _add(e, filled(x.type, 2))), _mul(_add(e, one), filled(x.type, -2))).result
    return math.CopySignOp(arith.SelectOp(_is_less(one, a), _sinh_by_exponentials(a), ratio).result, x).result


def _double_log1p(x: ir.Value) -> ir.Value:
    """log(u) * x / (u - 1) with u = 1 + x rounded, x itself where u is 1; infinity stays.

    Source: Higham, 2002, problem 1.5 (Hewlett-Packard, 1982).
    """
    one = filled(x.type, 1)
    u = _add(x, one)
    quotient = _mul(math.LogOp(u).result, arith.DivFOp(x, _add(u, filled(x.type, -1))).result)
    is_one = arith.CmpFOp(ir.IntegerAttr.get(ir.IntegerType.get_signless(64), 1), u, one).result
    is_large = _is_less(filled(x.type, 1e17), x)
    return arith.SelectOp(is_one, x, arith.SelectOp(is_large, math.LogOp(x).result, quotient).result).result


def _is_double(x: ir.Value) -> bool:
    return isinstance(x.type.element_type if isinstance(x.type, ir.VectorType) else x.type, ir.F64Type)


def tanh(x: ir.Value) -> ir.Value:
    """The ``math`` dialect's, which has 5 ULP, but in double precision."""
    return _double_tanh(x) if _is_double(x) else math.TanhOp(x).result


def log1p(x: ir.Value) -> ir.Value:
    """The ``math`` dialect's, but in double precision, where that does not keep small numbers."""
    return _double_log1p(x) if _is_double(x) else math.Log1pOp(x).result


def _exp(x: ir.Value) -> ir.Value:
    return math.ExpOp(x).result


exp = _single(_own_exp, _exp, _exp)
"""2^k * e^r: IREE's own handles every special value with selections of its own."""

exp_of_negative = _single(_own_exp_of_negative, _exp, _exp)
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

sin = _single(lambda x: _own_sine(x, 0), lambda x: _own_sine(x, 0, PI, SINE), on_gpu=lambda x: math.SinOp(x).result)
"""Of an argument reduced by multiples of pi in three parts (Cody and Waite, 1980).

IREE's own reduces by one number: its error grows by 3e-8 with every unit of x, and it leaves [-1, 1].
"""

cos = _single(lambda x: _own_sine(x, 0.5), lambda x: _own_sine(x, 0.5, PI, SINE), on_gpu=lambda x: math.CosOp(x).result)
"""sin(x + pi / 2), the quarter turn inside the reduction."""

atan = _single(_own_atan, lambda x: _own_atan(x, ARCTANGENT))
"""atan(a) = pi / 2 - atan(1 / a) for a > 1."""

sinh = _single(_own_sinh, _double_sinh)
"""(e^x - e^-x) / 2, and a polynomial up to 1, where that would cancel."""

gelu_tanh = _single(_own_gelu_tanh, _gelu_by_tanh)
"""gelu with its approximation by a hyperbolic tangent, and the tail of negative x as in :data:`gelu`."""
