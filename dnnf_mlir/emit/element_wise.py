"""Scalar bodies of the element-wise operators: the numbers that compute one element.

A body gets one :class:`~.scalar.Scalar` per operand, None where an optional operand is absent, and the attributes that
it names, and returns the result. The numbers are scalars, or vectors of one shape.
"""

import functools
import inspect
from collections.abc import Callable, Sequence
from math import inf, nan

from dnnf_mlir.bindings.iree import ir, math
from dnnf_mlir.dialect_defs.one_to_one import logic
from dnnf_mlir.dialect_defs.one_to_one.arithmetic import Add, Div, Max, Mean, Min, Mod, Mul, Pow, Sub, Sum
from dnnf_mlir.dialect_defs.one_to_one.comparison import Equal, Greater, GreaterOrEqual, IsInf, IsNaN, Less, LessOrEqual
from dnnf_mlir.dialect_defs.one_to_one.elementary import Abs, Neg, Sign
from dnnf_mlir.dialect_defs.one_to_one.selection import Cast, Clip, Identity, Where
from dnnf_mlir.graph.ecg import Node
from dnnf_mlir.graph.operator import Operator

from .scalar import Scalar, fma, select
from .types import constant, element_type, is_float, is_unsigned, lowest, with_element

BODIES: dict[type[Operator], Callable[..., Scalar]] = {}
"""Operator class -> the function of (node, operands ...) that computes the result."""


def has_body(node: Node) -> bool:
    """Whether the node is element-wise with one result, so that :func:`compute` computes it."""
    return node.op in BODIES


def compute(node: Node, operands: Sequence[Scalar | None]) -> Scalar:
    """One element (or vector of elements) of the node's result."""
    return BODIES[node.op](node, *operands)


def apply(node: Node, operands: Sequence[ir.Value | None]) -> ir.Value:
    """:func:`compute` on values whose element types are those of the node, or wider floats."""
    typed = [
        None if value is None or operand is None else Scalar(operand, value.type.dtype)
        for value, operand in zip(node.inputs, operands, strict=True)
    ]
    return compute(node, typed).value


def body(*operators: type[Operator]) -> Callable[[Callable[..., Scalar]], Callable[..., Scalar]]:
    """Registers the body of operators.

    Its keyword-only parameters are the attributes of those names, or the node.
    """

    def register(function: Callable[..., Scalar]) -> Callable[..., Scalar]:
        names = inspect.getfullargspec(function).kwonlyargs

        def of_node(node: Node, *operands: Scalar | None) -> Scalar:
            known = {"node": node, **node.attributes} if names else {}
            return function(*operands, **{name: known[name] for name in names if name in known})

        BODIES.update(dict.fromkeys(operators, of_node))
        return function

    return register


body(Add, Sum)(lambda x, *more: sum(more, x))
body(Sub)(lambda a, b: a - b)
body(Mul)(lambda a, b: a * b)
body(Div)(lambda a, b: a / divisor(a, b))
body(Mean)(lambda x, *more: sum(more, x) / (1 + len(more)))
body(Min)(lambda *operands: functools.reduce(Scalar.min, operands))
body(Max)(lambda *operands: functools.reduce(Scalar.max, operands))
body(Equal)(lambda a, b: a.equals(b))
body(Greater)(lambda a, b: a > b)
body(GreaterOrEqual)(lambda a, b: a >= b)
body(Less)(lambda a, b: a < b)
body(LessOrEqual)(lambda a, b: a <= b)
body(logic.And, logic.BitwiseAnd)(lambda a, b: a & b)
body(logic.Or, logic.BitwiseOr)(lambda a, b: a | b)
body(logic.Xor, logic.BitwiseXor)(lambda a, b: a ^ b)
body(logic.Not, logic.BitwiseNot)(lambda x: ~x)
body(Neg)(lambda x: -x)
body(Abs)(lambda x: x if is_unsigned(x.dtype) else absolute(x))
body(IsNaN)(lambda x: x.differs(x))
body(Identity)(lambda x: x)
body(Cast)(lambda x, *, node: x.to(node.output.type.dtype))
body(Where)(select)


def divisor(a: Scalar, b: Scalar) -> Scalar:
    """``b``, or 1 where dividing the integer ``a`` by it stops the process: by 0, and the least number by -1.

    ONNX leaves undefined what comes of the first; the second overflows to the least number.
    """
    if is_float(b.dtype):
        return b
    stops = b.equals(0)
    if not is_unsigned(b.dtype):
        stops = stops | (a.equals(lowest(a.dtype)) & b.equals(-1))
    return select(stops, 1, b)


@body(Mod)
def _mod(a: Scalar, b: Scalar, *, fmod: int = 0) -> Scalar:
    """The result has the sign of the divisor, with ``fmod`` that of the dividend."""
    remainder = _double_remainder(a, b) if a.dtype == "f64" else a % divisor(a, b)
    if fmod or is_unsigned(a.dtype):
        return remainder
    zero = a.splat(0)
    differs = (remainder < zero) ^ (b < zero)
    return select(remainder.differs(zero) & differs, remainder + b, remainder)


def _double_remainder(a: Scalar, b: Scalar) -> Scalar:
    """C's fmod of doubles, for quotients below 2^53."""
    # quirks.DOUBLE_REMAINDER
    size, divisor = a.abs(), b.abs()
    quotient = (size / divisor).floor()
    rest = fma(-quotient, divisor, size)
    rest = select(rest < 0, rest + divisor, rest)
    return select(divisor.equals(inf), size, rest).with_sign_of(a)


@body(logic.BitShift)
def _bit_shift(x: Scalar, count: Scalar, *, direction: str) -> Scalar:
    """A count of the type's width or more, or a negative one, shifts every bit out; signs shift in from the left."""
    width = int(x.dtype.lstrip("ui"))
    is_left = direction == "LEFT"
    within = Scalar(count.value, f"ui{width}") < width
    bounded = select(within, count, width - 1)
    shifted = x << bounded if is_left else x >> bounded
    return shifted if not is_left and not is_unsigned(x.dtype) else select(within, shifted, 0)


@body(Pow)
def _pow(x: Scalar, exponent: Scalar, *, node: Node) -> Scalar:
    """Small constant exponents are products and roots; the exponent may have a type of its own."""
    array = node.input(1).constant
    if array is not None and array.size == 1:
        power = float(array.reshape(-1)[0])
        if power.is_integer() and 0 < power <= 8:
            return _power(x, int(power))
        if power == 0.5 and is_float(x.dtype):
            return x.sqrt()
        if power in (-1.0, -2.0, -0.5) and is_float(x.dtype):
            base = x.sqrt() if power == -0.5 else _power(x, int(-power))
            return 1 / base
    if is_float(x.dtype):
        return _real_power(x, exponent.to(x.dtype))
    if is_float(exponent.dtype):
        return _real_power(x.to(exponent.dtype), exponent).to(x.dtype)
    return _integer_power(x, exponent.to(x.dtype))


def _real_power(x: Scalar, exponent: Scalar) -> Scalar:
    """C's pow for finite numbers: the back ends' own gives NaN for every negative base and for 0 to the 0."""
    # quirks.REAL_POWER
    zero, one = x.splat(0), x.splat(1)
    magnitude = x.like(math.PowFOp(x.abs().value, exponent.value).result)
    half = exponent * 0.5
    is_even = half.floor().equals(half)
    signed = select(is_even, magnitude, -magnitude)
    is_whole = exponent.floor().equals(exponent)
    of_negative = select(is_whole, signed, nan)
    result = select(x < zero, of_negative, magnitude)
    return select(exponent.equals(zero), one, result)


def _integer_power(x: Scalar, exponent: Scalar) -> Scalar:
    """By squaring, over the six low bits of the exponent: a larger power of anything but 0, 1 and -1 overflows."""
    result = x.splat(1)
    for bit in range(6):
        taken = (exponent & (1 << bit)).differs(0)
        result = select(taken, result * x, result)
        x = x * x
    return result


def _power(x: Scalar, power: int) -> Scalar:
    if power == 1:
        return x
    half = _power(x, power // 2)
    square = half * half
    return square * x if power % 2 else square


@body(Clip)
def _clip(x: Scalar, *_: Scalar | None, min: float, max: float) -> Scalar:
    """An infinite bound is none."""
    if min != -inf:
        x = x.max(min)
    return x.min(max) if max != inf else x


def absolute(x: Scalar) -> Scalar:
    """The magnitude of a float or a signed integer."""
    return x.abs() if is_float(x.dtype) else x.function(math.AbsIOp)


@body(Sign)
def _sign(x: Scalar) -> Scalar:
    zero = x.splat(0)
    negative = x if is_unsigned(x.dtype) else select(x < zero, -1, x)
    return select(x > zero, 1, negative)


@body(IsInf)
def _is_inf(x: Scalar, *, detect_positive: int = 1, detect_negative: int = 1) -> Scalar:
    result = Scalar(constant(with_element(x.value.type, element_type("i1")), False), "i1")
    for is_detected, infinity in ((detect_positive, inf), (detect_negative, -inf)):
        if is_detected:
            result = result | x.equals(infinity)
    return result
