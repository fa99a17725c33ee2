"""ONNX nodes and types as the dialect's operators ask for them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from onnx import AttributeProto, NodeProto, TensorProto, helper

from dnnf_mlir.dialect_defs.dialect import Imported, OnnxNode, Operator
from dnnf_mlir.errors import UnsupportedModelError
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.importer.shapes.value_type import ValueType

ELEMENT_TYPES: Mapping[int, str] = {
    TensorProto.DOUBLE: "f64",
    TensorProto.FLOAT: "f32",
    TensorProto.FLOAT16: "f16",
    TensorProto.BFLOAT16: "bf16",
    TensorProto.INT64: "i64",
    TensorProto.INT32: "i32",
    TensorProto.INT16: "i16",
    TensorProto.INT8: "i8",
    TensorProto.UINT64: "ui64",
    TensorProto.UINT32: "ui32",
    TensorProto.UINT16: "ui16",
    TensorProto.UINT8: "ui8",
    TensorProto.BOOL: "i1",
    TensorProto.FLOAT8E4M3FN: "f8E4M3FN",
    TensorProto.FLOAT8E4M3FNUZ: "f8E4M3FNUZ",
    TensorProto.FLOAT8E5M2: "f8E5M2",
    TensorProto.FLOAT8E5M2FNUZ: "f8E5M2FNUZ",
    TensorProto.FLOAT8E8M0: "f8E8M0FNU",
    TensorProto.FLOAT4E2M1: "f4E2M1FN",
    TensorProto.INT4: "i4",
    TensorProto.UINT4: "ui4",
    TensorProto.INT2: "i2",
    TensorProto.UINT2: "ui2",
}
"""ONNX element type -> the dialect's."""


def tensor_type(value_type: ValueType, value: str, model: str) -> TensorType:
    """The dialect's type of a value; UnsupportedModelError for an element type that the dialect does not have."""
    if value_type.elem_type not in ELEMENT_TYPES:
        spelled = helper.tensor_dtype_to_string(value_type.elem_type).removeprefix("TensorProto.").lower()
        raise UnsupportedModelError(
            f"{model}: value '{value}' has element type {spelled}, which is not supported; convert the "
            "model to one of the types "
            + ", ".join(sorted(TensorProto.DataType.Name(kind).lower() for kind in ELEMENT_TYPES))
        )
    return TensorType(value_type.shape, ELEMENT_TYPES[value_type.elem_type])


def described(
    node: NodeProto, types: Mapping[str, ValueType], constants: Mapping[str, np.ndarray], model: str
) -> OnnxNode:
    """A node with the types of its inputs and outputs; ``model`` is the model's name in messages."""
    return OnnxNode(
        node.op_type,
        node.name,
        tuple(node.input),
        tuple(tensor_type(types[name], name, model) if name else None for name in node.input),
        tuple(tensor_type(types[name], name, model) for name in node.output if name),
        {attribute.name: _attribute_value(attribute) for attribute in node.attribute},
        {position: constants[name] for position, name in enumerate(node.input) if name in constants},
    )


def completed(op: type[Operator], imported: Imported) -> Imported:
    """Pads the operands with None for the optional ones that the node does not mention."""
    fields = op.operand_fields()
    if op.several_operands:
        return imported
    return Imported(imported.operands + (None,) * (len(fields) - len(imported.operands)), imported.attributes)


def _attribute_value(attribute: AttributeProto) -> Any:
    value = helper.get_attribute_value(attribute)
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, list):
        return tuple(part.decode(errors="replace") if isinstance(part, bytes) else part for part in value)
    return value
