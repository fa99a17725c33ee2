"""Scalar arithmetic with Python's operators, for bodies that compute one element from positions and run-time values."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from dnnf_mlir.bindings.iree import arith, ir, math
from dnnf_mlir.emit import elementary
from dnnf_mlir.graph.extents import RunTimeNumber

from .casts import convert
from .element_wise import add, compare, maximum, minimum, multiply
from .types import constant, element_type, is_float, is_unsigned

Number: TypeAlias = "Scalar | float | int | bool"


@dataclass(frozen=True, eq=False)
class Scalar(RunTimeNumber):
    """A value of element type ``dtype``, or of type ``index``. Both operands of an operator have the same type."""

    value: ir.Value
    dtype: str

    def _value(self, other: Number) -> ir.Value:
        if isinstance(other, Scalar):
            if other.dtype != self.dtype:
                raise TypeError(f"{self.dtype} and {other.dtype} in one operation")
            return other.value
        return constant(self.value.type, other)

    def _like(self, value: ir.Value) -> "Scalar":
        return Scalar(value, self.dtype)

    def __add__(self, other: Number) -> "Scalar":
        return self._like(add(self.dtype, self.value, self._value(other)))

    __radd__ = __add__

    def __sub__(self, other: Number) -> "Scalar":
        operation = arith.SubFOp if is_float(self.dtype) else arith.SubIOp
        return self._like(operation(self.value, self._value(other)).result)

    def __rsub__(self, other: Number) -> "Scalar":
        return self._like(self._value(other)) - self

    def __mul__(self, other: Number) -> "Scalar":
        return self._like(multiply(self.dtype, self.value, self._value(other)))

    __rmul__ = __mul__

    def __truediv__(self, other: Number) -> "Scalar":
        """The quotient; integers truncate."""
        operation = arith.DivFOp if is_float(self.dtype) else self._integer(arith.DivSIOp, arith.DivUIOp)
        return self._like(operation(self.value, self._value(other)).result)

    def __rtruediv__(self, other: Number) -> "Scalar":
        return self._like(self._value(other)) / self

    def __floordiv__(self, other: Number) -> "Scalar":
        """The quotient, rounded down."""
        if is_float(self.dtype):
            return (self / other).floor()
        rest = self % other
        return select(rest.differs(0) & (rest < 0).differs(other < 0), self / other - 1, self / other)

    def __rfloordiv__(self, other: Number) -> "Scalar":
        return self._like(self._value(other)) // self

    def ceil_quotient(self, other: Number) -> "Scalar":
        if is_float(self.dtype):
            return _integer(_exact_ceil_quotient(self, self.like(other)))
        rest = self % other
        return select(rest.differs(0) & (rest > 0).equals(other > 0), self / other + 1, self / other)

    def __mod__(self, other: Number) -> "Scalar":
        """The remainder with the sign of the dividend."""
        operation = arith.RemFOp if is_float(self.dtype) else self._integer(arith.RemSIOp, arith.RemUIOp)
        return self._like(operation(self.value, self._value(other)).result)

    def __neg__(self) -> "Scalar":
        return 0 - self

    def _compare(self, relation: str, other: Number) -> "Scalar":
        return Scalar(compare(self.dtype, relation, self.value, self._value(other)), "i1")

    def __lt__(self, other: Number) -> "Scalar":
        return self._compare("lt", other)

    def __le__(self, other: Number) -> "Scalar":
        return self._compare("le", other)

    def __gt__(self, other: Number) -> "Scalar":
        return self._compare("gt", other)

    def __ge__(self, other: Number) -> "Scalar":
        return self._compare("ge", other)

    def like(self, value: Number) -> "Scalar":
        return self._like(self._value(value))

    def equals(self, other: Number) -> "Scalar":
        return self._compare("eq", other)

    def differs(self, other: Number) -> "Scalar":
        return self._compare("ne", other)

    def __and__(self, other: Number) -> "Scalar":
        return self._like(arith.AndIOp(self.value, self._value(other)).result)

    __rand__ = __and__

    def __or__(self, other: Number) -> "Scalar":
        return self._like(arith.OrIOp(self.value, self._value(other)).result)

    __ror__ = __or__

    def __xor__(self, other: Number) -> "Scalar":
        return self._like(arith.XOrIOp(self.value, self._value(other)).result)

    def __invert__(self) -> "Scalar":
        return self ^ -1

    def __lshift__(self, other: Number) -> "Scalar":
        return self._like(arith.ShLIOp(self.value, self._value(other)).result)

    def __rshift__(self, other: Number) -> "Scalar":
        operation = self._integer(arith.ShRSIOp, arith.ShRUIOp)
        return self._like(operation(self.value, self._value(other)).result)

    def _integer(self, signed: type, unsigned: type) -> Callable[..., ir.OpView]:
        return unsigned if is_unsigned(self.dtype) else signed

    def to(self, dtype: str) -> "Scalar":
        """The number in another type, as Cast converts it."""
        if dtype == self.dtype:
            return self
        if dtype == "index":
            return Scalar(arith.IndexCastOp(ir.IndexType.get(), self.to("i64").value).result, dtype)
        if self.dtype == "index":
            return Scalar(arith.IndexCastOp(element_type("i64"), self.value).result, "i64").to(dtype)
        return Scalar(convert(self.value, self.dtype, dtype), dtype)

    def max(self, other: Number) -> "Scalar":
        return self._like(maximum(self._sign, self.value, self._value(other)))

    def min(self, other: Number) -> "Scalar":
        return self._like(minimum(self._sign, self.value, self._value(other)))

    @property
    def _sign(self) -> str:
        return "i64" if self.dtype == "index" else self.dtype

    def choose(self, then: Number, otherwise: Number) -> "Scalar":
        """:func:`select` by this condition; two ints, which have no element type of their own, are i64."""
        return select(self, then if isinstance(then, Scalar) else number(then, _type_of(otherwise)), otherwise)

    def rounded_down(self) -> "Scalar":
        return _integer(self.floor()) if is_float(self.dtype) else self.to("i64")

    def single(self) -> "Scalar":
        return self.to("f32")

    def function(self, operation: type) -> "Scalar":
        """A function of the ``math`` dialect of a floating point number."""
        return self._like(operation(self.value).result)

    def floor(self) -> "Scalar":
        return self.function(math.FloorOp)

    def ceil(self) -> "Scalar":
        return self.function(math.CeilOp)

    def round(self) -> "Scalar":
        """To the nearest whole number, halves to the even one."""
        return self.function(math.RoundEvenOp)

    def sqrt(self) -> "Scalar":
        return self.function(math.SqrtOp)

    def exp(self) -> "Scalar":
        return self.function(math.ExpOp)

    def sin(self) -> "Scalar":
        return self._like(elementary.sin(self.value)) if self.dtype == "f64" else self.function(math.SinOp)

    def cos(self) -> "Scalar":
        """The back end's where it has one: multiples of a quarter turn come out nearest to zero."""
        return self._like(elementary.cos(self.value)) if self.dtype == "f64" else self.function(math.CosOp)

    def abs(self) -> "Scalar":
        return self.function(math.AbsFOp) if is_float(self.dtype) else select(self < 0, -self, self)

    def wrapped(self, extent: Number) -> "Scalar":
        """A position: a negative one counts from the end."""
        return select(self < 0, self + extent, self)

    def inside(self, extent: Number) -> "Scalar":
        """A position, of the nearest element where the number is none: memory outside of a tensor is never touched."""
        return self.wrapped(extent).min(extent - 1).max(0)


def select(condition: Scalar, a: Number, b: Number) -> Scalar:
    """``a`` where the condition holds, else ``b``; at least one is a Scalar, both are evaluated."""
    typed = a if isinstance(a, Scalar) else b
    if not isinstance(typed, Scalar):
        raise TypeError("two numbers have no element type")
    then, otherwise = typed._value(a), typed._value(b)
    return Scalar(arith.SelectOp(condition.value, then, otherwise).result, typed.dtype)


def _exact_ceil_quotient(a: Scalar, b: Scalar) -> Scalar:
    """The quotient of floats rounded up, as in double precision, which code outside of dispatches does not have.

    A quotient that was rounded to or over a whole number shows in the sign of ``a - n * b``, which is exact.
    """
    if a.dtype in ("f16", "bf16"):
        a, b = a.to("f32"), b.to("f32")

    def rest(count: Scalar) -> Scalar:
        return Scalar(math.FmaOp((-count).value, b.value, a.value).result, a.dtype)

    above, count = b > 0, (a / b).ceil()
    more, fewer = rest(count), rest(count - 1)
    count = select(more.differs(0) & (more > 0).equals(above), count + 1, count)
    return select(fewer.equals(0) | (fewer > 0).differs(above), count - 1, count)


def _integer(value: Scalar) -> Scalar:
    """A whole float as i64; what is none or too large is -1 or the nearest multiple of 2^62, so that it is defined."""
    limit = float(1 << 62)
    return select(value.equals(value), value, -1.0).max(-limit).min(limit).to("i64")


def _type_of(value: Number) -> str:
    return value.dtype if isinstance(value, Scalar) else "i64"


def number(value: float | int | bool, dtype: str) -> Scalar:
    """A constant."""
    type_ = ir.IndexType.get() if dtype == "index" else element_type(dtype)
    return Scalar(constant(type_, value), dtype)


def all_of(conditions: "list[Scalar]") -> Scalar:
    """Whether all hold; true when there are none."""
    result = number(True, "i1")
    for condition in conditions:
        result = result & condition
    return result
