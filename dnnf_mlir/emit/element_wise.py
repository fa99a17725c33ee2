"""Scalar bodies of the element-wise operators: the ``arith`` and ``math`` ops that compute one element.

A body gets the node (for its attributes and types) and one value per operand, None where an optional operand is
absent, and returns the result. The values are scalars or vectors of one shape: constants are made with
:func:`~.types.constant_like` and types with :func:`~.types.with_element`, so that one body serves both.
"""

import functools
from collections.abc import Callable, Sequence
from math import inf, nan
from typing import TypeAlias

from dnnf_mlir.bindings.iree import arith, ir, math
from dnnf_mlir.dialect_defs.one_to_one.arithmetic import Add, Div, Max, Mean, Min, Mod, Mul, Pow, Sub, Sum
from dnnf_mlir.dialect_defs.one_to_one.comparison import Equal, Greater, GreaterOrEqual, IsInf, IsNaN, Less, LessOrEqual
from dnnf_mlir.dialect_defs.one_to_one.elementary import Abs, Neg, Sign
from dnnf_mlir.dialect_defs.one_to_one.identity import Identity
from dnnf_mlir.dialect_defs.one_to_one.logic import (
    And,
    BitShift,
    BitwiseAnd,
    BitwiseNot,
    BitwiseOr,
    BitwiseXor,
    Not,
    Or,
    Xor,
)
from dnnf_mlir.dialect_defs.one_to_one.selection import Cast, Clip, Where
from dnnf_mlir.emit.vectors import maximum as float_maximum
from dnnf_mlir.graph.ecg import Node
from dnnf_mlir.graph.operator import Operator

from .casts import convert
from .types import constant, constant_like, element_type, is_float, is_unsigned, lowest, with_element

Operands: TypeAlias = Sequence[ir.Value | None]
Body: TypeAlias = Callable[[Node, Operands], ir.Value]

BODIES: dict[type[Operator], Body] = {}
"""Operator class -> its body."""


def has_body(node: Node) -> bool:
    """Whether the node is element-wise with one result, so that :func:`apply` computes it."""
    return node.op in BODIES


def apply(node: Node, operands: Operands) -> ir.Value:
    """One element (or vector of elements) of the node's result."""
    return BODIES[node.op](node, operands)


def body(*operators: type[Operator]) -> Callable[[Body], Body]:
    """Registers the decorated function as the body of the operators."""

    def register(function: Body) -> Body:
        BODIES.update(dict.fromkeys(operators, function))
        return function

    return register


def present(operand: ir.Value | None) -> ir.Value:
    """An operand that the operator always has."""
    if operand is None:
        raise ValueError("a required operand is absent")
    return operand


def dtype_of(node: Node) -> str:
    """Element type of the first operand."""
    return node.input(0).type.dtype


def compare(dtype: str, relation: str, a: ir.Value, b: ir.Value) -> ir.Value:
    """``a relation b`` with relation eq, ne, lt, le, gt or ge; false for NaN except ne."""
    if is_float(dtype):
        codes = {"eq": 1, "gt": 2, "ge": 3, "lt": 4, "le": 5, "ne": 13}  # ordered; ne is "unordered or not equal"
        return arith.CmpFOp(_predicate(codes[relation]), a, b).result
    codes = {"eq": 0, "ne": 1, "lt": 2, "le": 3, "gt": 4, "ge": 5}
    code = codes[relation]
    if is_unsigned(dtype) and code >= 2:
        code += 4
    return arith.CmpIOp(_predicate(code), a, b).result


def select(condition: ir.Value, a: ir.Value, b: ir.Value) -> ir.Value:
    return arith.SelectOp(condition, a, b).result


def maximum(dtype: str, a: ir.Value, b: ir.Value) -> ir.Value:
    """The larger one; NaN if either is."""
    if is_float(dtype):
        return float_maximum(a, b)
    return (arith.MaxUIOp if is_unsigned(dtype) else arith.MaxSIOp)(a, b).result


def minimum(dtype: str, a: ir.Value, b: ir.Value) -> ir.Value:
    """The smaller one; NaN if either is."""
    return _typed(dtype, arith.MinimumFOp, arith.MinSIOp, arith.MinUIOp)(a, b).result


def add(dtype: str, a: ir.Value, b: ir.Value) -> ir.Value:
    return (arith.AddFOp if is_float(dtype) else arith.AddIOp)(a, b).result


def multiply(dtype: str, a: ir.Value, b: ir.Value) -> ir.Value:
    return (arith.MulFOp if is_float(dtype) else arith.MulIOp)(a, b).result


def _predicate(code: int) -> ir.Attribute:
    return ir.IntegerAttr.get(ir.IntegerType.get_signless(64), code)


def _typed(dtype: str, for_float: type, signed: type, unsigned: type) -> type:
    if is_float(dtype):
        return for_float
    return unsigned if is_unsigned(dtype) else signed


def _binary(op: type[Operator], for_float: type, signed: type, unsigned: type | None = None) -> None:
    def function(node: Node, operands: Operands) -> ir.Value:
        chosen = _typed(dtype_of(node), for_float, signed, unsigned or signed)
        result: ir.Value = present(operands[0])
        for operand in operands[1:]:
            result = chosen(result, present(operand)).result
        return result

    BODIES[op] = function


def _comparison(op: type[Operator], relation: str) -> None:
    def function(node: Node, operands: Operands) -> ir.Value:
        return compare(dtype_of(node), relation, present(operands[0]), present(operands[1]))

    BODIES[op] = function


def _bitwise(op: type[Operator], operation: type) -> None:
    def function(node: Node, operands: Operands) -> ir.Value:
        return operation(present(operands[0]), present(operands[1])).result

    BODIES[op] = function


_binary(Add, arith.AddFOp, arith.AddIOp)
_binary(Sub, arith.SubFOp, arith.SubIOp)
_binary(Mul, arith.MulFOp, arith.MulIOp)
_binary(Min, arith.MinimumFOp, arith.MinSIOp, arith.MinUIOp)
_binary(Sum, arith.AddFOp, arith.AddIOp)
_comparison(Equal, "eq")
_comparison(Greater, "gt")
_comparison(GreaterOrEqual, "ge")
_comparison(Less, "lt")
_comparison(LessOrEqual, "le")
_bitwise(And, arith.AndIOp)
_bitwise(BitwiseAnd, arith.AndIOp)
_bitwise(Or, arith.OrIOp)
_bitwise(BitwiseOr, arith.OrIOp)
_bitwise(Xor, arith.XOrIOp)
_bitwise(BitwiseXor, arith.XOrIOp)


@body(Div)
def _div(node: Node, operands: Operands) -> ir.Value:
    dtype, a, b = dtype_of(node), present(operands[0]), present(operands[1])
    return _typed(dtype, arith.DivFOp, arith.DivSIOp, arith.DivUIOp)(a, divisor(dtype, a, b)).result


def divisor(dtype: str, a: ir.Value, b: ir.Value) -> ir.Value:
    """``b``, or 1 where dividing the integer ``a`` by it stops the process: by 0, and the least number by -1.

    ONNX leaves undefined what comes of the first; the second overflows to the least number.
    """
    if is_float(dtype):
        return b
    stops = compare(dtype, "eq", b, constant_like(b, 0))
    if not is_unsigned(dtype):
        least = compare(dtype, "eq", a, constant_like(a, lowest(dtype)))
        overflows = arith.AndIOp(least, compare(dtype, "eq", b, constant_like(b, -1))).result
        stops = arith.OrIOp(stops, overflows).result
    return select(stops, constant_like(b, 1), b)


@body(Max)
def _max(node: Node, operands: Operands) -> ir.Value:
    return functools.reduce(lambda a, b: maximum(dtype_of(node), a, b), map(present, operands))


@body(Mean)
def _mean(node: Node, operands: Operands) -> ir.Value:
    total = BODIES[Sum](node, operands)
    return arith.DivFOp(total, constant_like(total, len(operands))).result


@body(Not, BitwiseNot)
def _not(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    return arith.XOrIOp(x, constant_like(x, -1)).result


@body(Identity)
def _identity(node: Node, operands: Operands) -> ir.Value:
    return present(operands[0])


@body(Cast)
def _cast(node: Node, operands: Operands) -> ir.Value:
    return convert(present(operands[0]), dtype_of(node), node.output.type.dtype)


@body(Where)
def _where(node: Node, operands: Operands) -> ir.Value:
    return select(present(operands[0]), present(operands[1]), present(operands[2]))


@body(Mod)
def _mod(node: Node, operands: Operands) -> ir.Value:
    """The result has the sign of the divisor, with ``fmod`` that of the dividend."""
    dtype, a, b = dtype_of(node), present(operands[0]), present(operands[1])
    if dtype == "f64":
        remainder = _double_remainder(a, b)
    else:
        remainder = _typed(dtype, arith.RemFOp, arith.RemSIOp, arith.RemUIOp)(a, divisor(dtype, a, b)).result
    if node.attributes.get("fmod", 0) or is_unsigned(dtype):
        return remainder
    zero = constant_like(a, 0)
    differs = arith.XOrIOp(compare(dtype, "lt", remainder, zero), compare(dtype, "lt", b, zero)).result
    wrong = arith.AndIOp(compare(dtype, "ne", remainder, zero), differs).result
    return select(wrong, add(dtype, remainder, b), remainder)


def _double_remainder(a: ir.Value, b: ir.Value) -> ir.Value:
    """C's fmod of doubles, which IREE's CPU back end calls but does not link: for quotients below 2^53."""
    size, divisor = math.AbsFOp(a).result, math.AbsFOp(b).result
    quotient = math.FloorOp(arith.DivFOp(size, divisor).result).result
    rest = math.FmaOp(arith.NegFOp(quotient).result, divisor, size).result
    rest = select(compare("f64", "lt", rest, constant_like(rest, 0)), arith.AddFOp(rest, divisor).result, rest)
    rest = select(compare("f64", "eq", divisor, constant_like(divisor, inf)), size, rest)
    return math.CopySignOp(rest, a).result


@body(BitShift)
def _bit_shift(node: Node, operands: Operands) -> ir.Value:
    """A count of the type's width or more, or a negative one, shifts every bit out; signs shift in from the left."""
    dtype, x, count = dtype_of(node), present(operands[0]), present(operands[1])
    width = int(dtype.lstrip("ui"))
    is_left = node.attributes["direction"] == "LEFT"
    shift = arith.ShLIOp if is_left else arith.ShRUIOp if is_unsigned(dtype) else arith.ShRSIOp
    within = compare("ui" + str(width), "lt", count, constant_like(count, width))
    shifted = shift(x, select(within, count, constant_like(count, width - 1))).result
    if not is_left and not is_unsigned(dtype):
        return shifted
    return select(within, shifted, constant_like(x, 0))


@body(Pow)
def _pow(node: Node, operands: Operands) -> ir.Value:
    """Small constant exponents are products and roots; the exponent may have a type of its own."""
    dtype, x, exponent = dtype_of(node), present(operands[0]), present(operands[1])
    known = node.input(1).constant
    if known is not None and known.size == 1:
        power = float(known.reshape(-1)[0])
        if power.is_integer() and 0 < power <= 8:
            return _power(dtype, x, int(power))
        if power == 0.5 and is_float(dtype):
            return math.SqrtOp(x).result
        if power in (-1.0, -2.0, -0.5) and is_float(dtype):
            base = math.SqrtOp(x).result if power == -0.5 else _power(dtype, x, int(-power))
            return arith.DivFOp(constant_like(x, 1), base).result
    if is_float(dtype):
        return _real_power(dtype, x, convert(exponent, node.input(1).type.dtype, dtype))
    exponent_dtype = node.input(1).type.dtype
    if is_float(exponent_dtype):
        return convert(_real_power(exponent_dtype, convert(x, dtype, exponent_dtype), exponent), exponent_dtype, dtype)
    return _integer_power(x, convert(exponent, exponent_dtype, dtype))


def _real_power(dtype: str, x: ir.Value, exponent: ir.Value) -> ir.Value:
    """C's pow for finite numbers: the back ends' own gives NaN for every negative base and for 0 to the 0."""
    zero, one = constant_like(x, 0), constant_like(x, 1)
    magnitude = math.PowFOp(math.AbsFOp(x).result, exponent).result
    half = arith.MulFOp(exponent, constant_like(x, 0.5)).result
    is_even = compare(dtype, "eq", math.FloorOp(half).result, half)
    signed = select(is_even, magnitude, arith.NegFOp(magnitude).result)
    is_whole = compare(dtype, "eq", math.FloorOp(exponent).result, exponent)
    of_negative = select(is_whole, signed, constant_like(x, nan))
    result = select(compare(dtype, "lt", x, zero), of_negative, magnitude)
    return select(compare(dtype, "eq", exponent, zero), one, result)


def _integer_power(x: ir.Value, exponent: ir.Value) -> ir.Value:
    """By squaring, over the six low bits of the exponent: a larger power of anything but 0, 1 and -1 overflows."""
    result = constant_like(x, 1)
    for bit in range(6):
        masked = arith.AndIOp(exponent, constant_like(exponent, 1 << bit)).result
        taken = compare("i64", "ne", masked, constant_like(exponent, 0))
        result = select(taken, arith.MulIOp(result, x).result, result)
        x = arith.MulIOp(x, x).result
    return result


def _power(dtype: str, x: ir.Value, power: int) -> ir.Value:
    if power == 1:
        return x
    half = _power(dtype, x, power // 2)
    square = multiply(dtype, half, half)
    return multiply(dtype, square, x) if power % 2 else square


@body(Clip)
def _clip(node: Node, operands: Operands) -> ir.Value:
    """An infinite bound is none."""
    dtype, x = dtype_of(node), present(operands[0])
    low, high = node.attributes["min"], node.attributes["max"]
    if low != -inf:
        x = maximum(dtype, x, constant_like(x, low))
    return minimum(dtype, x, constant_like(x, high)) if high != inf else x


@body(Abs)
def _abs(node: Node, operands: Operands) -> ir.Value:
    dtype, x = dtype_of(node), present(operands[0])
    if is_unsigned(dtype):
        return x
    return (math.AbsFOp if is_float(dtype) else math.AbsIOp)(x).result


@body(Neg)
def _neg(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    if is_float(dtype_of(node)):
        return arith.NegFOp(x).result
    return arith.SubIOp(constant_like(x, 0), x).result


@body(Sign)
def _sign(node: Node, operands: Operands) -> ir.Value:
    dtype, x = dtype_of(node), present(operands[0])
    zero = constant_like(x, 0)
    negative = x if is_unsigned(dtype) else select(compare(dtype, "lt", x, zero), constant_like(x, -1), x)
    return select(compare(dtype, "gt", x, zero), constant_like(x, 1), negative)


@body(IsNaN)
def _is_nan(node: Node, operands: Operands) -> ir.Value:
    x = present(operands[0])
    return compare(dtype_of(node), "ne", x, x)


@body(IsInf)
def _is_inf(node: Node, operands: Operands) -> ir.Value:
    dtype, x = dtype_of(node), present(operands[0])
    found = constant(with_element(x.type, element_type("i1")), False)
    for attribute, infinity in (("detect_positive", float("inf")), ("detect_negative", float("-inf"))):
        if node.attributes.get(attribute, 1):
            found = arith.OrIOp(found, compare(dtype, "eq", x, constant_like(x, infinity))).result
    return found
