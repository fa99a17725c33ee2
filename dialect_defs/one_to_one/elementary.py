"""Elementary functions of one operand.

DISTRIBUTIVE stands at functions that are homomorphisms, ``f(a . b) = f(a) . f(b)``: of the product (Abs, Reciprocal,
Sign, and Sqrt where both are >= 0), of the sum (Neg), between sum and product (Exp, and Log where both are > 0).
"""

import math

from dnnf_mlir.graph.operator import ANYTHING, NONNEGATIVE, Interval, Property

from .elementwise import ElementwiseUnary, Transcendental

_HOMOMORPHISM = frozenset({Property.DISTRIBUTIVE})


class Abs(ElementwiseUnary, name="abs"):
    """``|x|``"""

    f16_safe = True
    interval = NONNEGATIVE
    properties = _HOMOMORPHISM


class Neg(ElementwiseUnary, name="neg"):
    """``-x``"""

    f16_safe = True
    interval = Interval.__neg__
    properties = _HOMOMORPHISM


class Sign(ElementwiseUnary, name="sign"):
    """-1, 0 or 1, of the sign of x."""

    f16_safe = True
    never_decreases = True
    interval = Interval(-1, 1)
    properties = _HOMOMORPHISM


class Reciprocal(ElementwiseUnary, name="reciprocal"):
    """``1 / x``"""

    f16_safe = True
    interval = staticmethod(lambda x: Interval(1 / x.high, 1 / x.low) if x.low > 0 else ANYTHING)
    properties = _HOMOMORPHISM


class Sqrt(ElementwiseUnary, name="sqrt"):
    """Square root; NaN below zero."""

    f16_safe = True
    never_decreases = True
    interval = staticmethod(lambda x: x.mapped(lambda number: math.sqrt(max(number, 0.0))))
    properties = _HOMOMORPHISM


class Exp(Transcendental, name="exp"):
    """``e ** x``"""

    never_decreases = True
    interval = NONNEGATIVE
    properties = _HOMOMORPHISM


class Log(Transcendental, name="log"):
    """Natural logarithm; NaN below zero."""

    properties = _HOMOMORPHISM


class Floor(ElementwiseUnary, name="floor"):
    """The largest integer that is not above x."""

    f16_safe = True
    never_decreases = True


class Ceil(ElementwiseUnary, name="ceil"):
    """The smallest integer that is not below x."""

    f16_safe = True
    never_decreases = True


class Round(ElementwiseUnary, name="round"):
    """To the nearest integer, halves to the even one."""

    f16_safe = True
    never_decreases = True


class Erf(Transcendental, name="erf"):
    """The error function."""

    never_decreases = True
    interval = Interval(-1, 1)


class Sin(Transcendental, name="sin"):
    """Sine of an angle in radians."""

    interval = Interval(-1, 1)


class Cos(Transcendental, name="cos"):
    """Cosine of an angle in radians."""

    interval = Interval(-1, 1)


class Tan(Transcendental, name="tan"):
    """Tangent of an angle in radians."""


class Asin(Transcendental, name="asin"):
    """Arcsine, in radians; NaN outside of [-1, 1]."""


class Acos(Transcendental, name="acos"):
    """Arccosine, in radians; NaN outside of [-1, 1]."""

    interval = NONNEGATIVE


class Atan(Transcendental, name="atan"):
    """Arctangent, in radians."""

    never_decreases = True


class Sinh(Transcendental, name="sinh"):
    """Hyperbolic sine."""

    never_decreases = True


class Cosh(Transcendental, name="cosh"):
    """Hyperbolic cosine."""

    interval = Interval(1, math.inf)


class Tanh(Transcendental, name="tanh"):
    """Hyperbolic tangent."""

    never_decreases = True
    interval = staticmethod(lambda x: x.mapped(math.tanh))


class Asinh(Transcendental, name="asinh"):
    """Inverse hyperbolic sine."""

    never_decreases = True


class Acosh(Transcendental, name="acosh"):
    """Inverse hyperbolic cosine; NaN below 1."""

    interval = NONNEGATIVE


class Atanh(Transcendental, name="atanh"):
    """Inverse hyperbolic tangent; NaN outside of [-1, 1]."""
