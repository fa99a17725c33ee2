"""Conversion between element types as ONNX Cast defines it, on scalars and on vectors.

Between floats and integers of less than 32 bits there is a signed one of 32, which vector units convert in one
instruction (quirks.UNSIGNED_CONVERSION).
"""

from dnnf_mlir.bindings.iree import arith, ir

from .types import constant_like, element_type, is_float, is_unsigned, with_element

_WIDE = frozenset({"i32", "ui32", "i64", "ui64", "i1"})


def convert(value: ir.Value, source: str, target: str) -> ir.Value:
    """``value`` of element type ``source`` as ``target``; floats truncate towards zero, anything not 0 is true."""
    if source == target:
        return value
    if target == "i1":
        return _is_not_zero(value, source)
    if {is_float(source), is_float(target)} == {True, False} and source not in _WIDE and target not in _WIDE:
        return convert(convert(value, source, "i32"), "i32", target)
    type_ = with_element(value.type, element_type(target))
    if is_float(source):
        if is_float(target):
            return _float_to_float(value, source, target, type_)
        return (arith.FPToUIOp if is_unsigned(target) else arith.FPToSIOp)(type_, value).result
    if is_float(target):
        return (arith.UIToFPOp if is_unsigned(source) else arith.SIToFPOp)(type_, value).result
    return _int_to_int(value, source, target, type_)


def _is_not_zero(value: ir.Value, source: str) -> ir.Value:
    code = ir.IntegerAttr.get(ir.IntegerType.get_signless(64), 13 if is_float(source) else 1)  # une, ne
    return (arith.CmpFOp if is_float(source) else arith.CmpIOp)(code, value, constant_like(value, 0)).result


def _float_to_float(value: ir.Value, source: str, target: str, type_: ir.Type) -> ir.Value:
    widths = {"f64": 64, "f32": 32, "f16": 16, "bf16": 16}
    if widths[source] < widths[target]:
        return arith.ExtFOp(type_, value).result
    if widths[source] > widths[target]:
        return arith.TruncFOp(type_, value).result
    wide = arith.ExtFOp(with_element(value.type, element_type("f32")), value).result
    return arith.TruncFOp(type_, wide).result


def _int_to_int(value: ir.Value, source: str, target: str, type_: ir.Type) -> ir.Value:
    source_width, target_width = (int(dtype.lstrip("ui")) for dtype in (source, target))
    if source_width == target_width:
        return value
    if source_width > target_width:
        return arith.TruncIOp(type_, value).result
    return (arith.ExtUIOp if is_unsigned(source) else arith.ExtSIOp)(type_, value).result
