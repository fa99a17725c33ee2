"""Scalar bodies of the transcendental functions and activations; floating point only unless said otherwise."""

from collections.abc import Callable

from dnnf_mlir.dialect_defs.one_to_one.activations import (
    Celu,
    Elu,
    Gelu,
    HardSigmoid,
    HardSwish,
    LeakyRelu,
    Mish,
    PRelu,
    Relu,
    Selu,
    Sigmoid,
    Softplus,
    Softsign,
    SwiGLU,
    Swish,
    ThresholdedRelu,
)
from dnnf_mlir.dialect_defs.one_to_one.elementary import (
    Acos,
    Acosh,
    Asin,
    Asinh,
    Atan,
    Atanh,
    Ceil,
    Cos,
    Cosh,
    Erf,
    Exp,
    Floor,
    Log,
    Reciprocal,
    Round,
    Sin,
    Sinh,
    Sqrt,
    Tan,
    Tanh,
)
from dnnf_mlir.graph.ecg import Node
from dnnf_mlir.graph.operator import Operator

from . import elementary
from .element_wise import BODIES, body
from .elementary import exp, expm1_of_negative, log1p
from .scalar import Scalar, select

_FUNCTIONS: dict[type[Operator], Callable[[Scalar], Scalar]] = {
    Atan: elementary.atan,
    Ceil: Scalar.ceil,
    Cos: elementary.cos,
    Erf: elementary.erf,
    Exp: elementary.exp,
    Floor: Scalar.floor,
    Log: Scalar.log,
    Round: Scalar.round,
    Sin: elementary.sin,
    Sinh: elementary.sinh,
    Sqrt: Scalar.sqrt,
    Tanh: elementary.tanh,
}


def _function(function: Callable[[Scalar], Scalar]) -> Callable[[Node, Scalar], Scalar]:
    return lambda node, x: function(x)


BODIES.update({op: _function(function) for op, function in _FUNCTIONS.items()})


@body(Relu)
def _relu(node: Node, x: Scalar) -> Scalar:
    """Also on integers."""
    return x.max(0)


@body(LeakyRelu)
def _leaky_relu(node: Node, x: Scalar) -> Scalar:
    return select(x > 0, x, x * node.attributes["alpha"])


@body(PRelu)
def _prelu(node: Node, x: Scalar, slope: Scalar) -> Scalar:
    """Also on integers."""
    product = x * slope
    return select(x < 0, product, x)


@body(ThresholdedRelu)
def _thresholded_relu(node: Node, x: Scalar) -> Scalar:
    return select(x > node.attributes["alpha"], x, 0)


@body(Elu)
def _elu(node: Node, x: Scalar) -> Scalar:
    return select(x > 0, x, expm1_of_negative(x) * node.attributes["alpha"])


@body(Celu)
def _celu(node: Node, x: Scalar) -> Scalar:
    alpha = node.attributes["alpha"]
    return select(x > 0, x, expm1_of_negative(x * (1 / alpha)) * alpha)


@body(Selu)
def _selu(node: Node, x: Scalar) -> Scalar:
    alpha, gamma = node.attributes["alpha"], node.attributes["gamma"]
    return select(x > 0, x * gamma, expm1_of_negative(x) * (alpha * gamma))


@body(Sigmoid)
def _sigmoid(node: Node, x: Scalar) -> Scalar:
    one = x.splat(1)
    return one / (one + exp(-x))


@body(Swish)
def _swish(node: Node, x: Scalar) -> Scalar:
    """x / (1 + e^(-alpha x))."""
    exponential = exp(x * -node.attributes["alpha"])
    return x / (1 + exponential)


@body(SwiGLU)
def _swiglu(node: Node, gate: Scalar, value: Scalar) -> Scalar:
    return _swish(node, gate) * value


@body(Softplus)
def _softplus(node: Node, x: Scalar) -> Scalar:
    """log(1 + exp(x)) as max(x, 0) + log1p(exp(-|x|)), which does not overflow."""
    small = log1p(elementary.exp_of_negative(-x.abs()))
    return x.max(0) + small


@body(Mish)
def _mish(node: Node, x: Scalar) -> Scalar:
    """x * tanh(softplus(x)) = x * n / (n + 2) with n = e^x (e^x + 2): one exponential instead of three functions.

    From 20 on the factor rounds to 1 in single precision, and n must not overflow; in half precision from 5 on.
    """
    largest = {"f16": 5, "f64": 40}.get(x.dtype, 20)
    exponential = exp(x.min(largest))
    n = exponential * (exponential + 2)
    return x * (n / (n + 2))


@body(Softsign)
def _softsign(node: Node, x: Scalar) -> Scalar:
    return x / (x.splat(1) + x.abs())


@body(HardSigmoid)
def _hard_sigmoid(node: Node, x: Scalar) -> Scalar:
    return _hard_sigmoid_of(x, node.attributes["alpha"], node.attributes["beta"])


def _hard_sigmoid_of(x: Scalar, alpha: float, beta: float) -> Scalar:
    return (x * alpha + beta).max(0).min(1)


@body(HardSwish)
def _hard_swish(node: Node, x: Scalar) -> Scalar:
    return x * _hard_sigmoid_of(x, 1 / 6, 0.5)


@body(Gelu)
def _gelu(node: Node, x: Scalar) -> Scalar:
    is_by_tanh = node.attributes.get("approximate", "none") == "tanh"
    return elementary.gelu_tanh(x) if is_by_tanh else elementary.gelu(x)


@body(Reciprocal)
def _reciprocal(node: Node, x: Scalar) -> Scalar:
    return 1 / x


@body(Tan)
def _tan(node: Node, x: Scalar) -> Scalar:
    return elementary.sin(x) / elementary.cos(x)


@body(Cosh)
def _cosh(node: Node, x: Scalar) -> Scalar:
    return (exp(x) + exp(-x)) * 0.5


@body(Asin)
def _asin(node: Node, x: Scalar) -> Scalar:
    """2 * atan(x / (1 + sqrt(1 - x^2))): the back ends have no asin of their own; at |x| = 1 the divisor is 1."""
    one = x.splat(1)
    root = ((one - x) * (one + x)).sqrt()
    return elementary.atan(x / (one + root)) * 2


@body(Acos)
def _acos(node: Node, x: Scalar) -> Scalar:
    """2 * atan(sqrt((1 - x) / (1 + x))), which does not cancel near 1; at -1 the arctangent is of infinity."""
    one = x.splat(1)
    return elementary.atan(((one - x) / (one + x)).sqrt()) * 2


@body(Asinh)
def _asinh(node: Node, x: Scalar) -> Scalar:
    """sign(x) * log1p(a + a * q) with a = |x| and q = a / (1 + sqrt(a^2 + 1)), which goes to 1.

    a + a * q = a - 1 + sqrt(a^2 + 1) without the difference; the square is bounded where q has become 1.
    """
    magnitude, one = x.abs(), x.splat(1)
    bounded = magnitude.min(1e9)
    q = bounded / (one + (bounded * bounded + one).sqrt())
    return log1p(magnitude + magnitude * q).with_sign_of(x)


@body(Acosh)
def _acosh(node: Node, x: Scalar) -> Scalar:
    """log1p(t + sqrt(t) * sqrt(t + 2)) with t = x - 1: no square that overflows, and NaN below 1."""
    t = x - 1
    return log1p(t + t.sqrt() * (t + 2).sqrt())


@body(Atanh)
def _atanh(node: Node, x: Scalar) -> Scalar:
    """sign(x) * log1p(2 a / (1 - a)) / 2 with a = |x|."""
    magnitude = x.abs()
    ratio = magnitude * 2 / (1 - magnitude)
    return (log1p(ratio) * 0.5).with_sign_of(x)
