"""Builds dnnf IR from plain Python values: the inverse of :mod:`dnnf_mlir.graph.from_mlir`."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dnnf_mlir.bindings.mlir import ext, ir

from .attributes import build_attribute
from .from_mlir import REQUIREMENTS
from .operator import Operator
from .size import is_dynamic
from .tensor_type import TensorType
from .weights import attribute_of


def element_type(dtype: str) -> ir.Type:
    """MLIR's element type of that name (``f32``, ``i64``, ``ui8``)."""
    return ir.Type.parse(dtype)


def mlir_type(type_: TensorType) -> ir.Type:
    """MLIR's tensor type; dynamic sizes stand in its encoding, as :func:`.from_mlir.tensor_type` reads them."""
    if type_.is_static:
        return ir.RankedTensorType.get(type_.shape, element_type(type_.dtype))
    dynamic = ir.ShapedType.get_dynamic_size()
    shape = [dynamic if is_dynamic(size) else size for size in type_.shape]
    names = [ir.StringAttr.get(str(size) if is_dynamic(size) else "") for size in type_.shape]
    return ir.RankedTensorType.get(shape, element_type(type_.dtype), ir.ArrayAttr.get(names))


def create(
    op: type[Operator],
    operands: Sequence[ir.Value | None],
    outputs: Sequence[TensorType],
    attributes: Mapping[str, Any],
    location: ir.Location | None = None,
    ip: ir.InsertionPoint | None = None,
    instead_of: Any = None,
) -> ir.Operation:
    """Creates an operation; ``operands`` follows the operator's fields, None where an optional one is absent.

    A loop takes the body of the loop ``instead_of``, which loses it; without one its region is empty.
    """
    definitions = [field for field in op._fields if isinstance(field, ext.AttributeDef)]
    named = {field.name: build_attribute(field.constraint, attributes[field.name]) for field in definitions}
    if op._ODS_OPERAND_SEGMENTS is not None:
        named["operandSegmentSizes"] = _segment_sizes(op, operands)
    if op._ODS_RESULT_SEGMENTS is not None:
        limit = sum(isinstance(field, ext.ResultDef) for field in op._fields)
        named["resultSegmentSizes"] = segments(len(outputs), limit)
    regions = sum(isinstance(field, ext.RegionDef) for field in op._fields)
    created = ir.Operation.create(
        op.OPERATION_NAME,
        results=[mlir_type(type_) for type_ in outputs],
        operands=[value for value in operands if value is not None],
        attributes=named,
        regions=regions,
        loc=location,
        ip=ip,
    )
    if regions and instead_of is not None:
        instead_of.regions[0].blocks[0].append_to(created.regions[0])
        if REQUIREMENTS in instead_of.attributes:
            created.attributes[REQUIREMENTS] = instead_of.attributes[REQUIREMENTS]
    return created


def create_constant(
    array: np.ndarray, name: str, location: ir.Location | None = None, ip: ir.InsertionPoint | None = None
) -> ir.Value:
    """A ``dnnf.constant`` over the array's memory."""
    type_ = TensorType.of(array)
    return ir.Operation.create(
        "dnnf.constant",
        results=[mlir_type(type_)],
        attributes={"value": attribute_of(array, name, element_type(type_.dtype))},
        loc=location,
        ip=ip,
    ).results[0]


def erase_unused_constants(holder: Any) -> None:
    """Removes the ``dnnf.constant`` operations of a function, or of a loop's body, that nothing reads any more."""
    for op in list(holder.regions[0].blocks[0].operations):
        if op.operation.name == "dnnf.constant" and not list(op.operation.results[0].uses):
            op.operation.erase()


def segments(present: int, fields: int) -> ir.Attribute:
    """The segment sizes of ``fields`` optional operands or results; the first ones are present."""
    return ir.DenseI32ArrayAttr.get([1] * present + [0] * (fields - present))


def _segment_sizes(op: type[Operator], operands: Sequence[ir.Value | None]) -> ir.Attribute:
    fields = op.operand_fields()
    sizes = [int(value is not None) for value in operands]
    return ir.DenseI32ArrayAttr.get(sizes + [0] * (len(fields) - len(sizes)))
