"""Tensor types and constants in IREE's bindings: all integers signless, as IREE's code generators expect."""

import math
from collections.abc import Sequence
from typing import cast

from dnnf_mlir.bindings.iree import arith, ir
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.graph.tensor_type import NARROW_DTYPES, TensorType

from . import sizes


def element_type(dtype: str) -> ir.Type:
    """The signless element type of ``dtype`` (MLIR's spelling; ``ui8`` becomes ``i8``); a byte for narrow types."""
    return ir.Type.parse("i8" if dtype in NARROW_DTYPES else dtype.removeprefix("u"))


def ranked(shape: Sequence[int], dtype: str) -> ir.RankedTensorType:
    """The tensor type of a shape, dynamic dimensions marked."""
    return ir.RankedTensorType.get(sizes.static(shape), element_type(dtype))


def tensor_of(type_: TensorType) -> ir.RankedTensorType:
    """The tensor type, of signless elements."""
    return ranked(type_.shape, type_.dtype)


def element_of(type_: ir.Type) -> ir.Type:
    """The element type of a vector or tensor; a scalar type is its own."""
    return type_.element_type if isinstance(type_, ir.ShapedType) else type_


def with_element(type_: ir.Type, element: ir.Type) -> ir.Type:
    """The scalar type or the vector type of the same shape with another element type."""
    if isinstance(type_, ir.VectorType):
        return ir.VectorType.get(list(type_.shape), element)
    return element


def element_attribute(element: ir.Type, number: float | int | bool) -> ir.Attribute:
    """``number`` as an attribute of that element type; integers wrap to the type's width, infinities stay."""
    if isinstance(element, ir.IntegerType):
        bits = int(number) & ((1 << element.width) - 1)
        signed = bits - (1 << element.width) if element.width > 1 and bits >> (element.width - 1) else bits
        return ir.IntegerAttr.get(element, -bits if element.width == 1 else signed)
    if isinstance(element, ir.IndexType):
        return ir.IntegerAttr.get(element, int(number))
    return ir.FloatAttr.get(element, float(number))


def constant(type_: ir.Type, number: float | int | bool) -> ir.Value:
    """A constant of a scalar type, or of a vector type with every element equal to ``number``.

    A free size is converted to the scalar type.
    """
    if is_dynamic(number):
        return _converted(sizes.current().value(cast("int", number)), type_)
    attribute = element_attribute(element_of(type_), number)
    if isinstance(type_, ir.VectorType):
        attribute = ir.DenseElementsAttr.get_splat(type_, attribute)
    return arith.ConstantOp(type_, attribute).result


def constant_like(value: ir.Value, number: float | int | bool) -> ir.Value:
    """A constant of the type of ``value``, scalar or vector."""
    return constant(value.type, number)


def index(number: int) -> ir.Value:
    """A constant of type ``index``, or the value of a free size."""
    return constant(ir.IndexType.get(), number)


def size_value(size: int) -> ir.Value:
    """A number at the insertion point, or a free size, as a value of type ``index``."""
    return sizes.current().value(size) if is_dynamic(size) else index(size)


def _converted(size: ir.Value, type_: ir.Type) -> ir.Value:
    if isinstance(type_, ir.IndexType):
        return size
    if isinstance(type_, ir.IntegerType):
        return arith.IndexCastOp(type_, size).result
    return arith.SIToFPOp(type_, arith.IndexCastOp(ir.IntegerType.get_signless(64), size).result).result


def is_unsigned(dtype: str) -> bool:
    """Whether numbers of the type have no sign; booleans have none."""
    return dtype.startswith("ui") or dtype == "i1"


def is_part_of_word(type_: TensorType) -> bool:
    """Whether elements have fewer bits than a word of a GPU's memory: see quirks.PART_OF_WORD_STORES."""
    return type_.dtype in ("i1", "i8", "ui8", "i16", "ui16")


def is_float(dtype: str) -> bool:
    """Whether the type is a float that IREE computes with."""
    return dtype in ("f64", "f32", "f16", "bf16")


def lowest(dtype: str) -> float | int:
    """The identity of the maximum: minus infinity, or the smallest integer."""
    if is_float(dtype):
        return -math.inf
    return 0 if is_unsigned(dtype) else -(1 << (_width(dtype) - 1))


def highest(dtype: str) -> float | int:
    """The identity of the minimum: infinity, or the largest integer."""
    if is_float(dtype):
        return math.inf
    return (1 << _width(dtype)) - 1 if is_unsigned(dtype) else (1 << (_width(dtype) - 1)) - 1


def _width(dtype: str) -> int:
    return int(dtype.lstrip("ui"))
