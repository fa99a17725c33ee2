"""Element types of four and two bits and floats of eight bits: computed in wider types, stored one to a byte."""

from functools import cache

import numpy as np

from dnnf_mlir.bindings.iree import arith, ir
from dnnf_mlir.emit.constants import ConstantPool
from dnnf_mlir.emit.control import Array
from dnnf_mlir.emit.scalar import Scalar, number, select
from dnnf_mlir.graph.tensor_type import NUMPY_DTYPES

_NARROW_INTEGERS = {"i4": 4, "ui4": 4, "i2": 2, "ui2": 2}


class NarrowCodec:
    """Decodes and encodes elements of a narrow type; its tables must exist before the body that uses them."""

    def __init__(self, pool: ConstantPool, dtype: str) -> None:
        self._dtype = dtype
        if dtype not in _NARROW_INTEGERS:
            values, middles = _tables(dtype)
            self._values = Array(pool.get(values), "f32")
            self._middles = Array(pool.get(middles), "f32")

    def decode(self, code: Scalar, target: str) -> Scalar:
        """The number that a stored byte stands for, in a wide type."""
        bits = _NARROW_INTEGERS.get(self._dtype)
        if bits is None:
            return self._values.read(Scalar(code.value, "ui8").to("index")).to(target)
        return narrowed(code, bits, self._dtype.startswith("ui")).to(target)

    def encode(self, x: Scalar, *, saturate: bool = True, round_mode: str = "up") -> Scalar:
        """The byte of the nearest number, halves to the even code; integers truncate and keep their low bits."""
        bits = _NARROW_INTEGERS.get(self._dtype)
        if bits is not None:
            whole = x.to("i64") if x.dtype in NUMPY_DTYPES and NUMPY_DTYPES[x.dtype].kind in "fV" else x
            return Scalar(narrowed(whole.to("i8"), bits, self._dtype.startswith("ui")).value, self._dtype)
        x = x.to("f32")
        code = self._scale(x, round_mode) if self._dtype == "f8E8M0FNU" else self._float(x, saturate)
        return Scalar(code.to("i8").value, self._dtype)

    def _float(self, x: Scalar, saturate: bool) -> Scalar:
        form = _FORMS[self._dtype]
        size = x.abs()
        code = number(0, "i64")
        for step in (128, 64, 32, 16, 8, 4, 2, 1):
            if step > form.codes:
                continue
            probe = code + (step - 1)
            within = probe < form.codes
            middle = self._middles.read(probe.min(form.codes - 1).to("index"))
            next_is_even = (code & 1).equals(step & 1)
            passes = within & ((size > middle) | (size.equals(middle) & next_is_even))
            code = select(passes, code + step, code)
        largest = form.codes - 1  # the last code stands for what is too large
        beyond = number(largest if saturate else form.overflow, "i64")
        infinite = size.equals(float("inf"))
        code = select((code > largest) | infinite, beyond, code)
        sign = 1 << (form.bits - 1)
        negative = (x < 0) | (x.equals(0) & (1 / x < 0))
        signed = select(negative, code | sign, code)
        if form.unsigned_zero:
            signed = select(code.equals(0), number(0, "i64"), signed)
            signed = select(code.equals(form.nan), number(form.nan, "i64"), signed)
        return select(x.differs(x), number(form.nan, "i64"), signed)

    @staticmethod
    def _scale(x: Scalar, round_mode: str) -> Scalar:
        """A power of two: the exponent's bits, rounded by the fraction's."""
        bits = Scalar(arith.BitcastOp(ir.IntegerType.get_signless(32), x.value).result, "i32")
        exponent, fraction = (bits >> 23) & 255, bits & 0x7FFFFF
        up = {"up": fraction > 0, "down": number(False, "i1"), "nearest": fraction >= 0x400000}[round_mode]
        up = up & (exponent < 254)
        return select(x.differs(x), number(255, "i32"), exponent + select(up, number(1, "i32"), 0))


def narrowed(code: Scalar, bits: int, unsigned: bool) -> Scalar:
    """An i8 with the value of its low bits."""
    low = Scalar(code.value, "i8") & ((1 << bits) - 1)
    if unsigned:
        return low
    half = 1 << (bits - 1)
    return (low ^ half) - half


class _Form:
    """The codes of an eight- or four-bit float: ``codes`` - 1 is the largest finite one, ``overflow`` what follows."""

    def __init__(self, bits: int, codes: int, overflow: int, nan: int, unsigned_zero: bool = False) -> None:
        self.bits = bits
        self.codes = codes
        self.overflow = overflow
        self.nan = nan
        self.unsigned_zero = unsigned_zero


_FORMS = {
    "f8E4M3FN": _Form(8, 0x7F, 0x7F, 0x7F),
    "f8E4M3FNUZ": _Form(8, 0x80, 0x80, 0x80, unsigned_zero=True),
    "f8E5M2": _Form(8, 0x7C, 0x7C, 0x7E),
    "f8E5M2FNUZ": _Form(8, 0x80, 0x80, 0x80, unsigned_zero=True),
    "f4E2M1FN": _Form(4, 8, 7, 8),
}


@cache
def _tables(dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """f32[256]: the number of each byte; f32[codes]: between each finite magnitude and the next."""
    storage = np.arange(256, dtype=np.uint8) & np.uint8(15 if dtype == "f4E2M1FN" else 255)
    values = storage.view(NUMPY_DTYPES[dtype]).astype(np.float32)
    if dtype not in _FORMS:
        return values, np.zeros(1, np.float32)
    finite = values[: _FORMS[dtype].codes].astype(np.float64)
    following = np.append(finite[1:], 2 * finite[-1] - finite[-2])
    return values, ((finite + following) / 2).astype(np.float32)
