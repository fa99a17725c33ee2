"""Builds the ``dnnf`` module of a prepared ONNX model: one ``func.func @main``, one operation per node."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.json_format import MessageToJson
from onnx import AttributeProto, NodeProto, TensorProto, helper

from dnnf_mlir.construct import create, create_constant, mlir_type
from dnnf_mlir.dialect_defs import create_context, operators_by_onnx_name
from dnnf_mlir.dialect_defs.dialect import Imported, Mismatch, NotStatic, OnnxNode, Operator
from dnnf_mlir.dialect_defs.several import RESULT_LIMIT
from dnnf_mlir.dialect_defs.structure import OnnxNodeOperation
from dnnf_mlir.errors import InvalidModelError, UnsupportedModelError
from dnnf_mlir.mlir import func, ir
from dnnf_mlir.tensor_type import TensorType

from .graphs import describe
from .prepare import PreparedModel
from .value_type import ValueType

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


def build_module(model: PreparedModel) -> ir.Module:
    """The model in the dialect, in a fresh context. Weights are shared with ``model``, not copied.

    Function arguments and results carry the model's names as ``dnnf.name``; operations carry the node's name as
    location. Raises UnsupportedModelError for an element type that the dialect does not have.
    """
    with create_context(), ir.Location.name(model.name):
        return _Builder(model).build()


class _Builder:
    def __init__(self, model: PreparedModel) -> None:
        self._model = model
        self._classes = operators_by_onnx_name()
        self._values: dict[str, ir.Value] = {}

    def build(self) -> ir.Module:
        model = self._model
        module = ir.Module.create()
        input_types = [mlir_type(self._type(name)) for name in model.inputs]
        output_types = [mlir_type(self._type(name)) for name in model.outputs]
        with ir.InsertionPoint(module.body):
            function = func.FuncOp("main", (input_types, output_types))
        if model.inputs:
            function.attributes["arg_attrs"] = _names(model.inputs)
        if model.outputs:
            function.attributes["res_attrs"] = _names(model.outputs)
        entry = function.add_entry_block()
        self._values.update(zip(model.inputs, entry.arguments, strict=True))
        with ir.InsertionPoint(entry):
            for node in model.nodes:
                self._add(node)
            func.ReturnOp([self._value(name) for name in model.outputs])
        return module

    def _add(self, node: NodeProto) -> None:
        op, imported = self._import(node)
        operands = [
            self._value(node.input[position]) if position is not None and node.input[position] else None
            for position in imported.operands
        ]
        names = list(node.output)
        while names and not names[-1]:
            names.pop()
        if op is OnnxNodeOperation:
            names = [name for name in names if name]  # the carried node says which of its outputs these are
        if not all(names):
            raise UnsupportedModelError(
                f"{self._model.name}: node '{node.name}' ({node.op_type}) omits an output in the middle"
            )
        if len(operands) > len(op.operand_fields()) or (op.several_results and len(names) > RESULT_LIMIT):
            raise UnsupportedModelError(
                f"{self._model.name}: node '{node.name}' ({node.op_type}) has more than "
                f"{len(op.operand_fields())} inputs or {RESULT_LIMIT} outputs; split it into several nodes"
            )
        outputs = [self._type(name) for name in names]
        created = create(op, operands, outputs, imported.attributes, ir.Location.name(node.name))
        self._values.update(zip(names, created.results, strict=True))

    def _import(self, node: NodeProto) -> tuple[type[Operator], Imported]:
        op = self._classes.get(node.op_type) if node.domain in ("", "ai.onnx") else None
        if op is not None:
            try:
                imported = op.from_onnx(self._described(node))
            except NotStatic:
                pass
            except (Mismatch, ValueError, TypeError, IndexError, KeyError) as error:
                # ONNX's checker leaves ranks and lengths of constant operands unchecked: they show here.
                raise InvalidModelError(
                    f"{self._model.name}: {describe(node)}: its operands and attributes do not fit: {error}"
                ) from error
            else:
                return op, _complete(op, imported)
        present = tuple(position for position, name in enumerate(node.input) if name)
        return OnnxNodeOperation, Imported(
            present,
            {"op_type": node.op_type, "domain": node.domain, "node_attributes": MessageToJson(node, indent=None)},
        )

    def _described(self, node: NodeProto) -> OnnxNode:
        constants = self._model.constants
        return OnnxNode(
            node.op_type,
            node.name,
            tuple(node.input),
            tuple(self._type(name) if name else None for name in node.input),
            tuple(self._type(name) for name in node.output if name),
            {attribute.name: _attribute_value(attribute) for attribute in node.attribute},
            {position: constants[name] for position, name in enumerate(node.input) if name in constants},
        )

    def _value(self, name: str) -> ir.Value:
        if name not in self._values:
            location = ir.Location.name(name)
            self._values[name] = create_constant(self._model.constants[name], name, location)
        return self._values[name]

    def _type(self, name: str) -> TensorType:
        value_type = self._model.types[name]
        return TensorType(value_type.shape, self._element_type(name, value_type))

    def _element_type(self, name: str, value_type: ValueType) -> str:
        if value_type.elem_type not in ELEMENT_TYPES:
            spelled = helper.tensor_dtype_to_string(value_type.elem_type).removeprefix("TensorProto.").lower()
            raise UnsupportedModelError(
                f"{self._model.name}: value '{name}' has element type {spelled}, which is not supported; convert the "
                "model to one of the types "
                + ", ".join(sorted(TensorProto.DataType.Name(kind).lower() for kind in ELEMENT_TYPES))
            )
        return ELEMENT_TYPES[value_type.elem_type]


def _complete(op: type[Operator], imported: Imported) -> Imported:
    """Pads the operands with None for the optional ones that the node does not mention."""
    fields = op.operand_fields()
    if op.several_operands:
        return imported
    return Imported(imported.operands + (None,) * (len(fields) - len(imported.operands)), imported.attributes)


def _names(names: list[str]) -> ir.ArrayAttr:
    return ir.ArrayAttr.get([ir.DictAttr.get({"dnnf.name": ir.StringAttr.get(name)}) for name in names])


def _attribute_value(attribute: AttributeProto) -> Any:
    value = helper.get_attribute_value(attribute)
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, list):
        return tuple(part.decode(errors="replace") if isinstance(part, bytes) else part for part in value)
    return value
