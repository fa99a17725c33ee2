"""Scalar bodies of the transcendental functions and activations; floating point only unless said otherwise."""

import math as numbers
from collections.abc import Callable

from dnnf_mlir.ecg import Node
from dnnf_mlir.iree_ir import arith, ir, math

from .one_to_one import BODIES, Operands, body, compare, dtype_of, maximum, minimum, present, select
from .types import constant_like

_FUNCTIONS: dict[str, type] = {
    "ceil": math.CeilOp,
    "cos": math.CosOp,
    "erf": math.ErfOp,
    "exp": math.ExpOp,
    "floor": math.FloorOp,
    "log": math.LogOp,
    "round": math.RoundEvenOp,
    "sin": math.SinOp,
    "sqrt": math.SqrtOp,
    "tanh": math.TanhOp,
    "atan": math.AtanOp,
}


def _function(operation: type) -> Callable[[Node, Operands], ir.Value]:
    return lambda node, operands: operation(present(operands[0])).result


BODIES.update({kind: _function(operation) for kind, operation in _FUNCTIONS.items()})


def _add(a: ir.Value, b: ir.Value) -> ir.Value:
    return arith.AddFOp(a, b).result


def _sub(a: ir.Value, b: ir.Value) -> ir.Value:
    return arith.SubFOp(a, b).result


def _mul(a: ir.Value, b: ir.Value) -> ir.Value:
    return arith.MulFOp(a, b).result


def _div(a: ir.Value, b: ir.Value) -> ir.Value:
    return arith.DivFOp(a, b).result


def _exp(x: ir.Value) -> ir.Value:
    return math.ExpOp(x).result


def _scaled(x: ir.Value, factor: float) -> ir.Value:
    return _mul(x, constant_like(x, factor))


def _positive(x: ir.Value) -> ir.Value:
    return arith.CmpFOp(ir.IntegerAttr.get(ir.IntegerType.get_signless(64), 2), x, constant_like(x, 0)).result


def sigmoid(x: ir.Value) -> ir.Value:
    one = constant_like(x, 1)
    return _div(one, _add(one, _exp(arith.NegFOp(x).result)))


def softplus(x: ir.Value) -> ir.Value:
    """log(1 + exp(x)) as max(x, 0) + log1p(exp(-|x|)), which does not overflow."""
    small = math.Log1pOp(_exp(arith.NegFOp(math.AbsFOp(x).result).result)).result
    return _add(maximum("f32", x, constant_like(x, 0)), small)


def _exp_minus_one(x: ir.Value) -> ir.Value:
    return _sub(_exp(x), constant_like(x, 1))


@body("relu")
def _relu(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    return maximum(dtype_of(node), x, constant_like(x, 0))


@body("leaky_relu")
def _leaky_relu(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    return select(_positive(x), x, _scaled(x, node.attributes["alpha"]))


@body("p_relu", "prelu")
def _prelu(node: Node, operands: Operands) -> ir.Value:
    """Also on integers."""
    dtype, x, slope = dtype_of(node), present(operands[0]), present(operands[1])
    product = BODIES["mul"](node, (x, slope))
    return select(compare(dtype, "lt", x, constant_like(x, 0)), product, x)


@body("thresholded_relu")
def _thresholded_relu(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    above = compare(dtype_of(node), "gt", x, constant_like(x, node.attributes["alpha"]))
    return select(above, x, constant_like(x, 0))


@body("elu")
def _elu(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    return select(_positive(x), x, _scaled(_exp_minus_one(x), node.attributes["alpha"]))


@body("celu")
def _celu(node: Node, operands: Operands) -> ir.Value:
    x, alpha = present(operands[0]), node.attributes["alpha"]
    return select(_positive(x), x, _scaled(_exp_minus_one(_scaled(x, 1 / alpha)), alpha))


@body("selu")
def _selu(node: Node, operands: Operands) -> ir.Value:
    x, alpha, gamma = present(operands[0]), node.attributes["alpha"], node.attributes["gamma"]
    return select(_positive(x), _scaled(x, gamma), _scaled(_exp_minus_one(x), alpha * gamma))


@body("sigmoid")
def _sigmoid(node: Node, operands: Operands) -> ir.Value:
    return sigmoid(present(operands[0]))


@body("silu", "swish")
def _silu(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    alpha = node.attributes.get("alpha", 1.0)
    return _mul(x, sigmoid(x if alpha == 1.0 else _scaled(x, alpha)))


@body("softplus")
def _softplus(node: Node, operands: Operands) -> ir.Value:
    return softplus(present(operands[0]))


@body("mish")
def _mish(node: Node, operands: Operands) -> ir.Value:
    """x * tanh(softplus(x)) = x * n / (n + 2) with n = e^x (e^x + 2): one exponential instead of three functions.

    From 20 on the factor rounds to 1, and e^x must not overflow.
    """
    x = present(operands[0])
    exponential = _exp(minimum("f32", x, constant_like(x, 20)))
    n = _mul(exponential, _add(exponential, constant_like(x, 2)))
    return _mul(x, _div(n, _add(n, constant_like(x, 2))))


@body("softsign")
def _softsign(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    return _div(x, _add(constant_like(x, 1), math.AbsFOp(x).result))


@body("hard_sigmoid")
def _hard_sigmoid(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    return _hard_sigmoid_of(x, node.attributes["alpha"], node.attributes["beta"])


def _hard_sigmoid_of(x: ir.Value, alpha: float, beta: float) -> ir.Value:
    line = _add(_scaled(x, alpha), constant_like(x, beta))
    return minimum("f32", maximum("f32", line, constant_like(x, 0)), constant_like(x, 1))


@body("hard_swish")
def _hard_swish(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    return _mul(x, _hard_sigmoid_of(x, 1 / 6, 0.5))


@body("gelu")
def _gelu(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    if node.attributes.get("approximate", "none") == "tanh":
        cube = _scaled(_mul(_mul(x, x), x), 0.044715)
        inner = math.TanhOp(_scaled(_add(x, cube), numbers.sqrt(2 / numbers.pi))).result
    else:
        inner = math.ErfOp(_scaled(x, numbers.sqrt(0.5))).result
    return _mul(_scaled(x, 0.5), _add(inner, constant_like(x, 1)))


@body("shrink")
def _shrink(node: Node, operands: Operands) -> ir.Value:
    dtype, x = dtype_of(node), present(operands[0])
    threshold, bias = node.attributes["lambd"], node.attributes["bias"]
    below = compare(dtype, "lt", x, constant_like(x, -threshold))
    above = compare(dtype, "gt", x, constant_like(x, threshold))
    shifted = constant_like(x, bias)
    zero = constant_like(x, 0)
    low, high = BODIES["add"](node, (x, shifted)), BODIES["sub"](node, (x, shifted))
    return select(below, low, select(above, high, zero))


@body("reciprocal")
def _reciprocal(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    return _div(constant_like(x, 1), x)


@body("rsqrt")
def _rsqrt(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    return _div(constant_like(x, 1), math.SqrtOp(x).result)


@body("square")
def _square(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    return BODIES["mul"](node, (x, x))


@body("tan")
def _tan(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    return _div(math.SinOp(x).result, math.CosOp(x).result)


@body("sinh")
def _sinh(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    return _scaled(_sub(_exp(x), _exp(arith.NegFOp(x).result)), 0.5)


@body("cosh")
def _cosh(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    return _scaled(_add(_exp(x), _exp(arith.NegFOp(x).result)), 0.5)


def _asin(x: ir.Value) -> ir.Value:
    """2*atan2(x, 1 + sqrt(1 - x^2)): the back ends have no asin of their own; at |x| = 1 the divisor is 1."""
    one = constant_like(x, 1)
    root = math.SqrtOp(_mul(_sub(one, x), _add(one, x))).result
    return _scaled(math.AtanOp(_div(x, _add(one, root))).result, 2)


@body("asin")
def _asin_body(node: Node, operands: Operands) -> ir.Value:
    return _asin(present(operands[0]))


@body("acos")
def _acos(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    return _sub(constant_like(x, numbers.pi / 2), _asin(x))


@body("asinh")
def _asinh(node: Node, operands: Operands) -> ir.Value:
    """sign(x) * log(|x| + sqrt(x^2 + 1)): the sum has no cancellation."""
    x = present(operands[0])
    magnitude = math.AbsFOp(x).result
    root = math.SqrtOp(_add(_mul(x, x), constant_like(x, 1))).result
    return math.CopySignOp(math.LogOp(_add(magnitude, root)).result, x).result


@body("acosh")
def _acosh(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    one = constant_like(x, 1)
    root = math.SqrtOp(_mul(_sub(x, one), _add(x, one))).result
    return math.LogOp(_add(x, root)).result


@body("atanh")
def _atanh(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    one = constant_like(x, 1)
    return _scaled(math.LogOp(_div(_add(one, x), _sub(one, x))).result, 0.5)
