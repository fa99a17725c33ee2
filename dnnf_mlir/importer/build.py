"""Builds the ``dnnf`` module of a prepared ONNX model: one ``func.func @main``, one operation per node."""

from google.protobuf.json_format import MessageToJson
from onnx import NodeProto

from dnnf_mlir.bindings.mlir import func, ir
from dnnf_mlir.dialect_defs import create_context, operators_by_onnx_name
from dnnf_mlir.dialect_defs.dialect import Imported, Mismatch, NotStatic, Operator
from dnnf_mlir.dialect_defs.several import RESULT_LIMIT
from dnnf_mlir.dialect_defs.structure import OnnxNodeOperation
from dnnf_mlir.errors import InvalidModelError, UnsupportedModelError
from dnnf_mlir.graph.size import is_count, is_free, symbols_of
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.graph.to_mlir import create, create_constant, mlir_type
from dnnf_mlir.importer.shapes.description import completed, described, tensor_type
from dnnf_mlir.importer.shapes.dynamic import SHAPED_BY

from .graphs import describe
from .prepare import PreparedModel


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
        self._counts = {
            name for value in model.inputs for size in model.types[value].shape for name in symbols_of(size)
        }

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
        if model.requirements:
            texts = {words: ir.StringAttr.get(str(size)) for words, size in model.requirements.items()}
            function.attributes["dnnf.requirements"] = ir.DictAttr.get(texts)
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
        sizes = [size for name in node.output if name for size in self._type(name).shape]
        counts = {name for size in sizes for name in symbols_of(size) if is_count(name)} - self._counts
        self._counts |= counts
        # Sizes that the values of operands determine, or are checked against, are none of a class's.
        if op is not None and not counts and (any(map(is_free, sizes)) or not self._is_shaped_at_run_time(node)):
            try:
                imported = op.from_onnx(described(node, self._model.types, self._model.constants, self._model.name))
            except NotStatic:
                pass
            except (Mismatch, ValueError, TypeError, IndexError, KeyError) as error:
                # ONNX's checker leaves ranks and lengths of constant operands unchecked: they show here.
                raise InvalidModelError(
                    f"{self._model.name}: {describe(node)}: its operands and attributes do not fit: {error}"
                ) from error
            else:
                return op, completed(op, imported)
        present = tuple(position for position, name in enumerate(node.input) if name)
        return OnnxNodeOperation, Imported(
            present,
            {"op_type": node.op_type, "domain": node.domain, "node_attributes": MessageToJson(node, indent=None)},
        )

    def _is_shaped_at_run_time(self, node: NodeProto) -> bool:
        """Whether values that nobody knows yet say what the declared shape of the result should be."""
        shapes = node.input[SHAPED_BY.get(node.op_type, len(node.input)) :]
        return any(name in self._values and name not in self._model.constants for name in shapes)

    def _value(self, name: str) -> ir.Value:
        if name not in self._values:
            if name not in self._model.constants:
                raise UnsupportedModelError(
                    f"{self._model.name}: '{name}' is computed from sizes that are left free and used as data; give "
                    "these sizes with --dim"
                )
            location = ir.Location.name(name)
            self._values[name] = create_constant(self._model.constants[name], name, location)
        return self._values[name]

    def _type(self, name: str) -> TensorType:
        return tensor_type(self._model.types[name], name, self._model.name)


def _names(names: list[str]) -> ir.ArrayAttr:
    return ir.ArrayAttr.get([ir.DictAttr.get({"dnnf.name": ir.StringAttr.get(name)}) for name in names])
