"""Scalar bodies of the transcendental functions and activations; floating point only unless said otherwise."""

from collections.abc import Callable

from dnnf_mlir.bindings.iree import arith, ir, math
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
    Swish,
    ThresholdedRelu,
)
from dnnf_mlir.dialect_defs.one_to_one.arithmetic import Mul
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
from dnnf_mlir.emit import elementary
from dnnf_mlir.graph.ecg import Node
from dnnf_mlir.graph.operator import Operator

from .element_wise import BODIES, Operands, body, compare, dtype_of, maximum, minimum, present, select
from .types import constant_like

_OPERATIONS: dict[type[Operator], type] = {
    Ceil: math.CeilOp,
    Floor: math.FloorOp,
    Log: math.LogOp,
    Round: math.RoundEvenOp,
    Sqrt: math.SqrtOp,
}
_FUNCTIONS: dict[type[Operator], Callable[[ir.Value], ir.Value]] = {
    Atan: elementary.atan,
    Cos: elementary.cos,
    Erf: elementary.erf,
    Exp: elementary.exp,
    Sin: elementary.sin,
    Sinh: elementary.sinh,
    Tanh: elementary.tanh,
}


def _function(function: Callable[[ir.Value], ir.Value]) -> Callable[[Node, Operands], ir.Value]:
    return lambda node, operands: function(present(operands[0]))


def _result(operation: type) -> Callable[[ir.Value], ir.Value]:
    return lambda x: operation(x).result


BODIES.update({op: _function(_result(operation)) for op, operation in _OPERATIONS.items()})
BODIES.update({op: _function(function) for op, function in _FUNCTIONS.items()})


def _add(a: ir.Value, b: ir.Value) -> ir.Value:
    return arith.AddFOp(a, b).result


def _sub(a: ir.Value, b: ir.Value) -> ir.Value:
    return arith.SubFOp(a, b).result


def _mul(a: ir.Value, b: ir.Value) -> ir.Value:
    return arith.MulFOp(a, b).result


def _div(a: ir.Value, b: ir.Value) -> ir.Value:
    return arith.DivFOp(a, b).result


def _scaled(x: ir.Value, factor: float) -> ir.Value:
    return _mul(x, constant_like(x, factor))


def _positive(x: ir.Value) -> ir.Value:
    return arith.CmpFOp(ir.IntegerAttr.get(ir.IntegerType.get_signless(64), 2), x, constant_like(x, 0)).result


def sigmoid(x: ir.Value) -> ir.Value:
    one = constant_like(x, 1)
    return _div(one, _add(one, elementary.exp(arith.NegFOp(x).result)))


def softplus(x: ir.Value) -> ir.Value:
    """log(1 + exp(x)) as max(x, 0) + log1p(exp(-|x|)), which does not overflow."""
    small = elementary.log1p(elementary.exp_of_negative(arith.NegFOp(math.AbsFOp(x).result).result))
    return _add(maximum("f32", x, constant_like(x, 0)), small)


@body(Relu)
def _relu(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    return maximum(dtype_of(node), x, constant_like(x, 0))


@body(LeakyRelu)
def _leaky_relu(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    return select(_positive(x), x, _scaled(x, node.attributes["alpha"]))


@body(PRelu)
def _prelu(node: Node, operands: Operands) -> ir.Value:
    """Also on integers."""
    dtype, x, slope = dtype_of(node), present(operands[0]), present(operands[1])
    product = BODIES[Mul](node, (x, slope))
    return select(compare(dtype, "lt", x, constant_like(x, 0)), product, x)


@body(ThresholdedRelu)
def _thresholded_relu(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    above = compare(dtype_of(node), "gt", x, constant_like(x, node.attributes["alpha"]))
    return select(above, x, constant_like(x, 0))


@body(Elu)
def _elu(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    return select(_positive(x), x, _scaled(elementary.expm1_of_negative(x), node.attributes["alpha"]))


@body(Celu)
def _celu(node: Node, operands: Operands) -> ir.Value:
    x, alpha = present(operands[0]), node.attributes["alpha"]
    return select(_positive(x), x, _scaled(elementary.expm1_of_negative(_scaled(x, 1 / alpha)), alpha))


@body(Selu)
def _selu(node: Node, operands: Operands) -> ir.Value:
    x, alpha, gamma = present(operands[0]), node.attributes["alpha"], node.attributes["gamma"]
    return select(_positive(x), _scaled(x, gamma), _scaled(elementary.expm1_of_negative(x), alpha * gamma))


@body(Sigmoid)
def _sigmoid(node: Node, operands: Operands) -> ir.Value:
    return sigmoid(present(operands[0]))


@body(Swish)
def _swish(node: Node, operands: Operands) -> ir.Value:
    """x / (1 + e^(-alpha x))."""
    x = present(operands[0])
    exponential = elementary.exp(_scaled(x, -node.attributes["alpha"]))
    return _div(x, _add(constant_like(x, 1), exponential))


@body(Softplus)
def _softplus(node: Node, operands: Operands) -> ir.Value:
    return softplus(present(operands[0]))


@body(Mish)
def _mish(node: Node, operands: Operands) -> ir.Value:
    """x * tanh(softplus(x)) = x * n / (n + 2) with n = e^x (e^x + 2): one exponential instead of three functions.

    From 20 on the factor rounds to 1 in single precision, and n must not overflow; in half precision from 5 on.
    """
    x = present(operands[0])
    largest = {"f16": 5, "f64": 40}.get(dtype_of(node), 20)
    exponential = elementary.exp(minimum(dtype_of(node), x, constant_like(x, largest)))
    n = _mul(exponential, _add(exponential, constant_like(x, 2)))
    return _mul(x, _div(n, _add(n, constant_like(x, 2))))


@body(Softsign)
def _softsign(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    return _div(x, _add(constant_like(x, 1), math.AbsFOp(x).result))


@body(HardSigmoid)
def _hard_sigmoid(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    return _hard_sigmoid_of(x, node.attributes["alpha"], node.attributes["beta"])


def _hard_sigmoid_of(x: ir.Value, alpha: float, beta: float) -> ir.Value:
    line = _add(_scaled(x, alpha), constant_like(x, beta))
    return minimum("f32", maximum("f32", line, constant_like(x, 0)), constant_like(x, 1))


@body(HardSwish)
def _hard_swish(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    return _mul(x, _hard_sigmoid_of(x, 1 / 6, 0.5))


@body(Gelu)
def _gelu(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    is_by_tanh = node.attributes.get("approximate", "none") == "tanh"
    return elementary.gelu_tanh(x) if is_by_tanh else elementary.gelu(x)


@body(Reciprocal)
def _reciprocal(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    return _div(constant_like(x, 1), x)


@body(Tan)
def _tan(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    return _div(elementary.sin(x), elementary.cos(x))


@body(Cosh)
def _cosh(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    return _scaled(_add(elementary.exp(x), elementary.exp(arith.NegFOp(x).result)), 0.5)


@body(Asin)
def _asin(node: Node, operands: Operands) -> ir.Value:
    """2 * atan(x / (1 + sqrt(1 - x^2))): the back ends have no asin of their own; at |x| = 1 the divisor is 1."""
    x = present(operands[0])
    one = constant_like(x, 1)
    root = math.SqrtOp(_mul(_sub(one, x), _add(one, x))).result
    return _scaled(elementary.atan(_div(x, _add(one, root))), 2)


@body(Acos)
def _acos(node: Node, operands: Operands) -> ir.Value:
    """2 * atan(sqrt((1 - x) / (1 + x))), which does not cancel near 1; at -1 the arctangent is of infinity."""
    x = present(operands[0])
    one = constant_like(x, 1)
    root = math.SqrtOp(_div(_sub(one, x), _add(one, x))).result
    return _scaled(elementary.atan(root), 2)


@body(Asinh)
def _asinh(node: Node, operands: Operands) -> ir.Value:
    """sign(x) * log1p(a + a * q) with a = |x| and q = a / (1 + sqrt(a^2 + 1)), which goes to 1.

    a + a * q = a - 1 + sqrt(a^2 + 1) without the difference; the square is bounded where q has become 1.
    """
    x = present(operands[0])
    magnitude, one = math.AbsFOp(x).result, constant_like(x, 1)
    bounded = minimum("f32", magnitude, constant_like(x, 1e9))
    q = _div(bounded, _add(one, math.SqrtOp(_add(_mul(bounded, bounded), one)).result))
    return math.CopySignOp(elementary.log1p(_add(magnitude, _mul(magnitude, q))), x).result


@body(Acosh)
def _acosh(node: Node, operands: Operands) -> ir.Value:
    """log1p(t + sqrt(t) * sqrt(t + 2)) with t = x - 1: no square that overflows, and NaN below 1."""
    t = _sub(present(operands[0]), constant_like(present(operands[0]), 1))
    roots = _mul(math.SqrtOp(t).result, math.SqrtOp(_add(t, constant_like(t, 2))).result)
    return elementary.log1p(_add(t, roots))


@body(Atanh)
def _atanh(node: Node, operands: Operands) -> ir.Value:
    """sign(x) * log1p(2 a / (1 - a)) / 2 with a = |x|."""
    x = present(operands[0])
    magnitude = math.AbsFOp(x).result
    ratio = _div(_scaled(magnitude, 2), _sub(constant_like(x, 1), magnitude))
    return math.CopySignOp(_scaled(elementary.log1p(ratio), 0.5), x).result
