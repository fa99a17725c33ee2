"""Typed numbers of the emitted code, with Python's operators: the one arithmetic vocabulary for ``arith`` and ``math``.

::

    y = (x * 0.5 + 1).max(0)      ->      %c = arith.constant 0.5 : f32
                                          %0 = arith.mulf %x, %c : f32
                                          ...

IREE's integers are signless: signed and unsigned numbers differ by the operations only. So a :class:`Scalar` knows its
element type in MLIR's spelling with the sign (``"i8"``, ``"ui8"``), and chooses the operation by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dnnf_mlir.bindings.iree import arith, ir, math
from dnnf_mlir.graph.extents import RunTimeNumber

from .casts import convert
from .types import constant, element_type, is_float, is_unsigned

Number: TypeAlias = "Scalar | float | int | bool"
"""A number of the emitted code, or one known while emitting, a dynamic dimension's size included."""


@dataclass(frozen=True, eq=False)
class Scalar(RunTimeNumber):
    """A number of element type ``dtype`` or of type ``index``; or a vector of numbers, each computed alike.

    Both operands of an operator have the same ``dtype``, else TypeError. A Python number becomes a constant of the type
    of ``value``, which may be wider than ``dtype``: kernels compute f16 in single precision. Adding 0 to an ``index``
    and multiplying it by 1 emit nothing.
    """

    value: ir.Value
    dtype: str

    def splat(self, number: float | int | bool) -> "Scalar":
        """A constant of this type, scalar or vector."""
        return Scalar(constant(self.value.type, number), self.dtype)

    def like(self, value: ir.Value) -> "Scalar":
        """Another value of this type."""
        return Scalar(value, self.dtype)

    def operand(self, other: Number) -> ir.Value:
        """``other`` as the second operand of an operation on this number; TypeError where the types differ."""
        if isinstance(other, Scalar):
            if other.dtype != self.dtype:
                raise TypeError(f"{self.dtype} and {other.dtype} in one operation")
            return other.value
        return constant(self.value.type, other)

    def _is_index_and(self, other: Number, number: int) -> bool:
        """Whether this is an index and ``other`` is known to be ``number``."""
        return self.dtype == "index" and isinstance(other, int) and other == number

    @property
    def _is_narrow(self) -> bool:
        """Whether it is an integer that is divided, compared and shifted in 32 bits: see quirks.NARROW_INTEGERS."""
        return self.dtype in ("i8", "ui8", "i16", "ui16")

    @property
    def _wide(self) -> "Scalar":
        return self.to("ui32" if is_unsigned(self.dtype) else "i32")

    def _operation(self, for_float: type, signed: type, unsigned: type | None = None) -> type:
        if is_float(self.dtype):
            return for_float
        return unsigned if unsigned is not None and is_unsigned(self.dtype) else signed

    def __add__(self, other: Number) -> "Scalar":
        if self._is_index_and(other, 0):
            return self
        return self.like(self._operation(arith.AddFOp, arith.AddIOp)(self.value, self.operand(other)).result)

    def __radd__(self, other: float | int | bool) -> "Scalar":
        return self if self._is_index_and(other, 0) else self.splat(other) + self

    def __sub__(self, other: Number) -> "Scalar":
        if self._is_index_and(other, 0):
            return self
        return self.like(self._operation(arith.SubFOp, arith.SubIOp)(self.value, self.operand(other)).result)

    def __rsub__(self, other: float | int | bool) -> "Scalar":
        return self.splat(other) - self

    def __mul__(self, other: Number) -> "Scalar":
        if self._is_index_and(other, 1):
            return self
        return self.like(self._operation(arith.MulFOp, arith.MulIOp)(self.value, self.operand(other)).result)

    __rmul__ = __mul__

    def __truediv__(self, other: Number) -> "Scalar":
        """The quotient; integers truncate."""
        if self._is_narrow:
            return (self._wide / _wide(other)).to(self.dtype)
        operation = self._operation(arith.DivFOp, arith.DivSIOp, arith.DivUIOp)
        return self.like(operation(self.value, self.operand(other)).result)

    def __rtruediv__(self, other: float | int | bool) -> "Scalar":
        return self.splat(other) / self

    def __floordiv__(self, other: Number) -> "Scalar":
        """The quotient of integers, rounded down."""
        if self._is_index_and(other, 1):
            return self
        if self._is_narrow:
            return (self._wide // _wide(other)).to(self.dtype)
        operation = arith.DivUIOp if is_unsigned(self.dtype) else arith.FloorDivSIOp
        return self.like(operation(self.value, self.operand(other)).result)

    def __rfloordiv__(self, other: float | int | bool) -> "Scalar":
        return self.splat(other) // self

    def ceil_quotient(self, other: Number) -> "Scalar":
        """``self / other`` rounded up, as i64; floats as if in double precision."""
        divisor = other if isinstance(other, Scalar) else self.splat(other)
        if is_float(self.dtype):
            return _integer(_exact_ceil_quotient(self, divisor))
        rest = self % divisor
        return select(rest.differs(0) & (rest > 0).equals(divisor > 0), self / divisor + 1, self / divisor)

    def __mod__(self, other: Number) -> "Scalar":
        """The remainder with the sign of the dividend, as C's ``%`` and ``fmod``."""
        if self._is_narrow:
            return (self._wide % _wide(other)).to(self.dtype)
        operation = self._operation(arith.RemFOp, arith.RemSIOp, arith.RemUIOp)
        return self.like(operation(self.value, self.operand(other)).result)

    def __neg__(self) -> "Scalar":
        return self.function(arith.NegFOp) if is_float(self.dtype) else 0 - self

    def compare(self, relation: str, other: Number) -> "Scalar":
        """i1: ``self relation other`` with relation eq, ne, lt, le, gt or ge; false for NaN except ne."""
        if self._is_narrow:
            return self._wide.compare(relation, _wide(other))
        b = self.operand(other)
        if is_float(self.dtype):
            codes = {"eq": 1, "gt": 2, "ge": 3, "lt": 4, "le": 5, "ne": 13}  # ordered; ne is "unordered or not equal"
            return Scalar(arith.CmpFOp(_predicate(codes[relation]), self.value, b).result, "i1")
        code = ("eq", "ne", "lt", "le", "gt", "ge").index(relation)
        if is_unsigned(self.dtype) and code >= 2:
            code += 4
        return Scalar(arith.CmpIOp(_predicate(code), self.value, b).result, "i1")

    def __lt__(self, other: Number) -> "Scalar":
        return self.compare("lt", other)

    def __le__(self, other: Number) -> "Scalar":
        return self.compare("le", other)

    def __gt__(self, other: Number) -> "Scalar":
        return self.compare("gt", other)

    def __ge__(self, other: Number) -> "Scalar":
        return self.compare("ge", other)

    def equals(self, other: Number) -> "Scalar":
        """i1; ``==`` stays Python's identity."""
        return self.compare("eq", other)

    def differs(self, other: Number) -> "Scalar":
        """i1; true for NaN."""
        return self.compare("ne", other)

    def __and__(self, other: Number) -> "Scalar":
        return self.like(arith.AndIOp(self.value, self.operand(other)).result)

    __rand__ = __and__

    def __or__(self, other: Number) -> "Scalar":
        return self.like(arith.OrIOp(self.value, self.operand(other)).result)

    __ror__ = __or__

    def __xor__(self, other: Number) -> "Scalar":
        return self.like(arith.XOrIOp(self.value, self.operand(other)).result)

    def __invert__(self) -> "Scalar":
        return self ^ -1

    def __lshift__(self, other: Number) -> "Scalar":
        if self._is_narrow:
            return (self._wide << _wide(other)).to(self.dtype)
        return self.like(arith.ShLIOp(self.value, self.operand(other)).result)

    def __rshift__(self, other: Number) -> "Scalar":
        if self._is_narrow:
            return (self._wide >> _wide(other)).to(self.dtype)
        operation = arith.ShRUIOp if is_unsigned(self.dtype) else arith.ShRSIOp
        return self.like(operation(self.value, self.operand(other)).result)

    def to(self, dtype: str) -> "Scalar":
        """The number in another type, as ONNX Cast converts it: floats truncate towards zero, not 0 is true."""
        if dtype == self.dtype:
            return self
        if dtype == "index":
            return Scalar(arith.IndexCastOp(ir.IndexType.get(), self.to("i64").value).result, dtype)
        if self.dtype == "index":
            return Scalar(arith.IndexCastOp(element_type("i64"), self.value).result, "i64").to(dtype)
        return Scalar(convert(self.value, self.dtype, dtype), dtype)

    def max(self, other: Number) -> "Scalar":
        """The larger one; NaN if either is."""
        if is_float(self.dtype):
            return self.like(float_maximum(self.value, self.operand(other)))
        operation = arith.MaxUIOp if is_unsigned(self.dtype) else arith.MaxSIOp
        return self.like(operation(self.value, self.operand(other)).result)

    def min(self, other: Number) -> "Scalar":
        """The smaller one; NaN if either is."""
        operation = self._operation(arith.MinimumFOp, arith.MinSIOp, arith.MinUIOp)
        return self.like(operation(self.value, self.operand(other)).result)

    def function(self, operation: type) -> "Scalar":
        """An operation of one operand and result, of this type."""
        return self.like(operation(self.value).result)

    def floor(self) -> "Scalar":
        """The largest whole number that is not above a float."""
        return self.function(math.FloorOp)

    def ceil(self) -> "Scalar":
        """The smallest whole number that is not below a float."""
        return self.function(math.CeilOp)

    def round(self) -> "Scalar":
        """To the nearest whole number, halves to the even one."""
        return self.function(math.RoundEvenOp)

    def sqrt(self) -> "Scalar":
        """The square root of a float."""
        return self.function(math.SqrtOp)

    def exp(self) -> "Scalar":
        """The ``math`` dialect's; :func:`~.elementary.exp` is ours."""
        return self.function(math.ExpOp)

    def log(self) -> "Scalar":
        """The natural logarithm of a float."""
        return self.function(math.LogOp)

    def abs(self) -> "Scalar":
        """The magnitude of a float or signed integer."""
        return self.function(math.AbsFOp) if is_float(self.dtype) else select(self < 0, -self, self)

    def choose(self, then: Number, otherwise: Number) -> "Scalar":
        """:func:`select` by this condition; two ints, which have no element type of their own, are i64."""
        if not isinstance(then, Scalar):
            then = otherwise.splat(then) if isinstance(otherwise, Scalar) else number(then, "i64")
        return select(self, then, otherwise)

    def rounded_down(self) -> "Scalar":
        """The largest integer that is no larger, as i64."""
        return _integer(self.floor()) if is_float(self.dtype) else self.to("i64")

    def floor_product(self, other: Number) -> "Scalar":
        """``self * other`` in single precision, rounded down as if in double precision, as i64."""
        a = self.single()
        b = other.single() if isinstance(other, Scalar) else number(other, "f32")
        product = a * b
        whole, rest = product.floor(), fma(a, b, -product)
        return _integer(select(whole.equals(product) & (rest < 0), whole - 1, whole))

    def single(self) -> "Scalar":
        """The number as f32."""
        return self.to("f32")

    def with_sign_of(self, other: "Scalar") -> "Scalar":
        """The magnitude of this float with the sign of another."""
        return self.like(math.CopySignOp(self.value, self.operand(other)).result)

    def wrapped(self, extent: Number) -> "Scalar":
        """A position: a negative one counts from the end."""
        return select(self < 0, self + extent, self)

    def inside(self, extent: Number) -> "Scalar":
        """A position, of the nearest element where the number is none: memory outside of a tensor is never touched."""
        return self.wrapped(extent).min(extent - 1).max(0)


def fma(a: Scalar, b: Number, c: Number) -> Scalar:
    """``a * b + c`` of floats, rounded once."""
    return a.like(math.FmaOp(a.value, a.operand(b), a.operand(c)).result)


def select(condition: Scalar, a: Number, b: Number) -> Scalar:
    """``a`` where the condition holds, else ``b``; at least one is a Scalar, both are evaluated."""
    typed = a if isinstance(a, Scalar) else b
    if not isinstance(typed, Scalar):
        raise TypeError("two numbers have no element type")
    then, otherwise = typed.operand(a), typed.operand(b)
    return Scalar(arith.SelectOp(condition.value, then, otherwise).result, typed.dtype)


def number(value: float | int | bool, dtype: str) -> Scalar:
    """A constant."""
    type_ = ir.IndexType.get() if dtype == "index" else element_type(dtype)
    return Scalar(constant(type_, value), dtype)


def _exact_ceil_quotient(a: Scalar, b: Scalar) -> Scalar:
    """The quotient of floats rounded up, as in double precision, which code outside of dispatches does not have.

    A quotient that was rounded to or over a whole number shows in the sign of ``a - n * b``, which is exact.
    """
    if a.dtype in ("f16", "bf16"):
        a, b = a.to("f32"), b.to("f32")
    above, count = b > 0, (a / b).ceil()
    more, fewer = (fma(-candidate, b, a) for candidate in (count, count - 1))
    count = select(more.differs(0) & (more > 0).equals(above), count + 1, count)
    return select(fewer.equals(0) | (fewer > 0).differs(above), count - 1, count)


def _integer(value: Scalar) -> Scalar:
    """A whole float as i64; what is none or too large is -1 or the nearest multiple of 2^62, so that it is defined."""
    limit = float(1 << 62)
    return select(value.equals(value), value, -1.0).max(-limit).min(limit).to("i64")


def _wide(number: Number) -> Number:
    return number._wide if isinstance(number, Scalar) else number


def all_of(conditions: Sequence[Scalar]) -> Scalar:
    """Whether all hold; true when there are none."""
    result = number(True, "i1")
    for condition in conditions:
        result = result & condition
    return result


def float_maximum(a: ir.Value, b: ir.Value) -> ir.Value:
    """The larger one of two floats, or of each pair in two vectors; NaN if either is. LLVM removes the signs again."""
    # quirks.HALF_VECTOR_MAXIMUM
    if isinstance(a.type, ir.VectorType) and isinstance(a.type.element_type, ir.F16Type):
        smaller = arith.MinimumFOp(arith.NegFOp(a).result, arith.NegFOp(b).result).result
        return arith.NegFOp(smaller).result
    return arith.MaximumFOp(a, b).result


def _predicate(code: int) -> ir.Attribute:
    return ir.IntegerAttr.get(ir.IntegerType.get_signless(64), code)
