"""Scalar bodies of the transcendental functions and activations; floating point only unless said otherwise."""

from collections.abc import Callable

from dnnf_mlir.dialect_defs.one_to_one import activations, elementary
from dnnf_mlir.graph.operator import Operator

from .element_wise import body
from .elementary import (
    atan,
    cos,
    erf,
    exp,
    exp_of_negative,
    expm1_of_negative,
    gelu,
    gelu_tanh,
    log1p,
    nearest,
    sin,
    sinh,
    tanh,
)
from .scalar import Scalar, select


def _hard_sigmoid(x: Scalar, alpha: float, beta: float) -> Scalar:
    return (x * alpha + beta).max(0).min(1)


_FUNCTIONS: dict[type[Operator], Callable[..., Scalar]] = {
    elementary.Atan: atan,
    elementary.Ceil: Scalar.ceil,
    elementary.Cos: cos,
    elementary.Cosh: lambda x: (exp(x) + exp(-x)) * 0.5,
    elementary.Erf: erf,
    elementary.Exp: exp,
    elementary.Floor: Scalar.floor,
    elementary.Log: Scalar.log,
    elementary.Reciprocal: lambda x: 1 / x,
    elementary.Round: nearest,
    elementary.Sin: sin,
    elementary.Sinh: sinh,
    elementary.Sqrt: Scalar.sqrt,
    elementary.Tan: lambda x: sin(x) / cos(x),
    elementary.Tanh: tanh,
    activations.Relu: lambda x: x.max(0),  # Also on integers.
    activations.LeakyRelu: lambda x, *, alpha: select(x > 0, x, x * alpha),
    activations.ThresholdedRelu: lambda x, *, alpha: select(x > alpha, x, 0),
    activations.Elu: lambda x, *, alpha: select(x > 0, x, expm1_of_negative(x) * alpha),
    activations.Celu: lambda x, *, alpha: select(x > 0, x, expm1_of_negative(x * (1 / alpha)) * alpha),
    activations.Selu: lambda x, *, alpha, gamma: select(x > 0, x * gamma, expm1_of_negative(x) * (alpha * gamma)),
    activations.Softsign: lambda x: x / (x.splat(1) + x.abs()),
    activations.HardSigmoid: lambda x, *, alpha, beta: _hard_sigmoid(x, alpha, beta),
    activations.HardSwish: lambda x: x * _hard_sigmoid(x, 1 / 6, 0.5),
    activations.SwiGLU: lambda gate, factor, *, alpha: _swish(gate, alpha=alpha) * factor,
    activations.Gelu: lambda x, *, approximate="none": gelu_tanh(x) if approximate == "tanh" else gelu(x),
}
"""Operator class -> its body, as :func:`~.element_wise.body` registers them."""

for _operator, _function in _FUNCTIONS.items():
    body(_operator)(_function)


@body(activations.PRelu)
def _prelu(x: Scalar, slope: Scalar) -> Scalar:
    """Also on integers."""
    product = x * slope
    return select(x < 0, product, x)


@body(activations.Sigmoid)
def _sigmoid(x: Scalar) -> Scalar:
    one = x.splat(1)
    return one / (one + exp(-x))


@body(activations.Swish)
def _swish(x: Scalar, *, alpha: float) -> Scalar:
    """x / (1 + e^(-alpha x))."""
    exponential = exp(x * -alpha)
    return x / (1 + exponential)


@body(activations.Softplus)
def _softplus(x: Scalar) -> Scalar:
    """log(1 + exp(x)) as max(x, 0) + log1p(exp(-|x|)), which does not overflow."""
    small = log1p(exp_of_negative(-x.abs()))
    return x.max(0) + small


@body(activations.Mish)
def _mish(x: Scalar) -> Scalar:
    """x * tanh(softplus(x)) = x * n / (n + 2) with n = e^x (e^x + 2): one exponential instead of three functions.

    From 20 on the factor rounds to 1 in single precision, and n must not overflow; in half precision from 5 on.
    """
    largest = {"f16": 5, "f64": 40}.get(x.dtype, 20)
    exponential = exp(x.min(largest))
    n = exponential * (exponential + 2)
    return x * (n / (n + 2))


@body(elementary.Asin)
def _asin(x: Scalar) -> Scalar:
    """2 * atan(x / (1 + sqrt(1 - x^2))): the back ends have no asin of their own; at |x| = 1 the divisor is 1."""
    one = x.splat(1)
    root = ((one - x) * (one + x)).sqrt()
    return atan(x / (one + root)) * 2


@body(elementary.Acos)
def _acos(x: Scalar) -> Scalar:
    """2 * atan(sqrt((1 - x) / (1 + x))), which does not cancel near 1; at -1 the arctangent is of infinity."""
    one = x.splat(1)
    return atan(((one - x) / (one + x)).sqrt()) * 2


@body(elementary.Asinh)
def _asinh(x: Scalar) -> Scalar:
    """sign(x) * log1p(a + a * q) with a = |x| and q = a / (1 + sqrt(a^2 + 1)), which goes to 1.

    a + a * q = a - 1 + sqrt(a^2 + 1) without the difference; the square is bounded where q has become 1.
    """
    magnitude, one = x.abs(), x.splat(1)
    bounded = magnitude.min(1e9)
    q = bounded / (one + (bounded * bounded + one).sqrt())
    return log1p(magnitude + magnitude * q).with_sign_of(x)


@body(elementary.Acosh)
def _acosh(x: Scalar) -> Scalar:
    """log1p(t + sqrt(t) * sqrt(t + 2)) with t = x - 1: no square that overflows, and NaN below 1."""
    t = x - 1
    return log1p(t + t.sqrt() * (t + 2).sqrt())


@body(elementary.Atanh)
def _atanh(x: Scalar) -> Scalar:
    """sign(x) * log1p(2 a / (1 - a)) / 2 with a = |x|."""
    magnitude = x.abs()
    ratio = magnitude * 2 / (1 - magnitude)
    return (log1p(ratio) * 0.5).with_sign_of(x)
