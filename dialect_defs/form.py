"""The form of an operation: attributes and counts. MLIR calls our verifiers before IRDL's own tests of these."""

from collections.abc import Sequence

from dnnf_mlir.bindings.mlir import ext, ir
from dnnf_mlir.graph.attributes import Float, Floats, Int, Ints, String
from dnnf_mlir.graph.operator import Operator

_ATTRIBUTES = {
    Int: (ir.IntegerAttr, "an integer"),
    Float: (ir.FloatAttr, "a float"),
    String: (ir.StringAttr, "a string"),
    Ints: (ir.DenseI64ArrayAttr, "array<i64>"),
    Floats: (ir.DenseF64ArrayAttr, "array<f64>"),
}


def form_problem(op: ir.OpView) -> str | None:
    """What is wrong with the attributes' kinds or the number of operands and results, in words."""
    operator: type[Operator] = type(op)
    for field in operator._fields:
        if isinstance(field, ext.AttributeDef):
            kind, words = _ATTRIBUTES[field.constraint]
            if field.name not in op.attributes:
                return f"needs the attribute {field.name}"
            if not isinstance(op.attributes[field.name], kind):
                return f"attribute {field.name} must be {words}"
    results = [field for field in operator._fields if isinstance(field, ext.ResultDef)]
    return _count_problem(
        op, "operand", operator.operand_fields(), len(op.operands), operator._ODS_OPERAND_SEGMENTS is not None
    ) or _count_problem(op, "result", results, len(op.results), operator._ODS_RESULT_SEGMENTS is not None)


def _count_problem(
    op: ir.OpView, what: str, fields: "Sequence[ext.FieldDef]", count: int, segmented: bool
) -> str | None:
    if not segmented:
        return None if count == len(fields) else f"needs {len(fields)} {what}(s), got {count}"
    name = f"{what}SegmentSizes"
    if name not in op.attributes or not isinstance(op.attributes[name], ir.DenseI32ArrayAttr):
        return f"needs the attribute {name}, an array<i32>"
    sizes = list(op.attributes[name])
    if len(sizes) != len(fields) or sum(sizes) != count:
        return f"{name} must have {len(fields)} entries that add up to {count}, got {sizes}"
    for field, size in zip(fields, sizes, strict=True):
        allowed = (1,) if field.variadicity == ext.Variadicity.single else (0, 1)
        if size not in allowed:
            return f"{name} has {size} for {what} {field.name}"
    return None
