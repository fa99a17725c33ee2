"""Elementary functions of one operand.

DISTRIBUTIVE stands at functions that are homomorphisms, ``f(a . b) = f(a) . f(b)``: of the product (Abs, Reciprocal,
Sign, and Sqrt where both are >= 0), of the sum (Neg), between sum and product (Exp, and Log where both are > 0).
"""

import math

from dnnf_mlir.dialect_defs.dialect import Signature
from dnnf_mlir.dialect_defs.mapping import Property
from dnnf_mlir.graph.facts import ANYTHING, NONNEGATIVE, CostClass, Interval, OperandIntervals

from .elementwise import ElementwiseUnary

_HOMOMORPHISM = frozenset({Property.DISTRIBUTIVE})


class Transcendental(ElementwiseUnary):
    """Base: functions that a polynomial or a loop of the run-time library computes."""

    cost_class = CostClass.FUNCTION


class Abs(ElementwiseUnary, name="abs"):
    """``|x|``"""

    onnx_name = "Abs"
    f16_safe = True
    interval = NONNEGATIVE
    properties = _HOMOMORPHISM


class Neg(ElementwiseUnary, name="neg"):
    """``-x``"""

    onnx_name = "Neg"
    f16_safe = True

    @classmethod
    def result_interval(cls, signature: Signature, operand: OperandIntervals) -> Interval:
        x = operand(0)
        return Interval(-x.high, -x.low)

    properties = _HOMOMORPHISM


class Sign(ElementwiseUnary, name="sign"):
    """-1, 0 or 1, of the sign of x."""

    onnx_name = "Sign"
    f16_safe = True
    never_decreases = True
    interval = Interval(-1, 1)
    properties = _HOMOMORPHISM


class Reciprocal(ElementwiseUnary, name="reciprocal"):
    """``1 / x``"""

    onnx_name = "Reciprocal"
    f16_safe = True

    @classmethod
    def result_interval(cls, signature: Signature, operand: OperandIntervals) -> Interval:
        x = operand(0)
        return Interval(1 / x.high, 1 / x.low) if x.low > 0 else ANYTHING

    properties = _HOMOMORPHISM


class Sqrt(ElementwiseUnary, name="sqrt"):
    """Square root; NaN below zero."""

    onnx_name = "Sqrt"
    f16_safe = True
    never_decreases = True

    @classmethod
    def result_interval(cls, signature: Signature, operand: OperandIntervals) -> Interval:
        return operand(0).mapped(lambda x: math.sqrt(max(x, 0.0)))

    properties = _HOMOMORPHISM


class Exp(Transcendental, name="exp"):
    """``e ** x``"""

    onnx_name = "Exp"
    never_decreases = True
    interval = NONNEGATIVE
    properties = _HOMOMORPHISM


class Log(Transcendental, name="log"):
    """Natural logarithm; NaN below zero."""

    onnx_name = "Log"
    properties = _HOMOMORPHISM


class Floor(ElementwiseUnary, name="floor"):
    """The largest integer that is not above x."""

    onnx_name = "Floor"
    f16_safe = True
    never_decreases = True


class Ceil(ElementwiseUnary, name="ceil"):
    """The smallest integer that is not below x."""

    onnx_name = "Ceil"
    f16_safe = True
    never_decreases = True


class Round(ElementwiseUnary, name="round"):
    """To the nearest integer, halves to the even one."""

    onnx_name = "Round"
    f16_safe = True
    never_decreases = True


class Erf(Transcendental, name="erf"):
    """The error function."""

    onnx_name = "Erf"
    never_decreases = True
    interval = Interval(-1, 1)


class Sin(Transcendental, name="sin"):
    """Sine of an angle in radians."""

    onnx_name = "Sin"
    interval = Interval(-1, 1)


class Cos(Transcendental, name="cos"):
    """Cosine of an angle in radians."""

    onnx_name = "Cos"
    interval = Interval(-1, 1)


class Tan(Transcendental, name="tan"):
    """Tangent of an angle in radians."""

    onnx_name = "Tan"


class Asin(Transcendental, name="asin"):
    """Arcsine, in radians; NaN outside of [-1, 1]."""

    onnx_name = "Asin"


class Acos(Transcendental, name="acos"):
    """Arccosine, in radians; NaN outside of [-1, 1]."""

    onnx_name = "Acos"
    interval = NONNEGATIVE


class Atan(Transcendental, name="atan"):
    """Arctangent, in radians."""

    onnx_name = "Atan"
    never_decreases = True


class Sinh(Transcendental, name="sinh"):
    """Hyperbolic sine."""

    onnx_name = "Sinh"
    never_decreases = True


class Cosh(Transcendental, name="cosh"):
    """Hyperbolic cosine."""

    onnx_name = "Cosh"
    interval = Interval(1, math.inf)


class Tanh(Transcendental, name="tanh"):
    """Hyperbolic tangent."""

    onnx_name = "Tanh"
    never_decreases = True

    @classmethod
    def result_interval(cls, signature: Signature, operand: OperandIntervals) -> Interval:
        return operand(0).mapped(math.tanh)


class Asinh(Transcendental, name="asinh"):
    """Inverse hyperbolic sine."""

    onnx_name = "Asinh"
    never_decreases = True


class Acosh(Transcendental, name="acosh"):
    """Inverse hyperbolic cosine; NaN below 1."""

    onnx_name = "Acosh"
    interval = NONNEGATIVE


class Atanh(Transcendental, name="atanh"):
    """Inverse hyperbolic tangent; NaN outside of [-1, 1]."""

    onnx_name = "Atanh"
