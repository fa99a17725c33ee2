"""Builds the ``dnnf`` module of a prepared ONNX model: one ``func.func @main``, one operation per node."""

import itertools
from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
from google.protobuf.json_format import MessageToJson
from onnx import NodeProto

from dnnf_mlir.bindings.mlir import func, ir
from dnnf_mlir.dialect_defs import create_context, operators_by_onnx_name, own_operators
from dnnf_mlir.dialect_defs.dialect import Imported, Mismatch, NotStatic, Operator
from dnnf_mlir.dialect_defs.loop import Loop
from dnnf_mlir.dialect_defs.several import RESULT_LIMIT
from dnnf_mlir.dialect_defs.structure import OnnxNodeOperation
from dnnf_mlir.errors import InvalidModelError, UnsupportedModelError
from dnnf_mlir.graph.from_mlir import REQUIREMENTS, TERMINATOR
from dnnf_mlir.graph.representatives import meeting
from dnnf_mlir.graph.size import is_data_dependent, is_dynamic, symbols_of
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.graph.to_mlir import create, create_constant, mlir_type
from dnnf_mlir.importer.decompose.functions import LOCAL_DOMAIN
from dnnf_mlir.importer.shapes.description import completed, described, tensor_type
from dnnf_mlir.importer.shapes.dynamic import SHAPED_BY

from .graphs import describe, is_loop
from .prepare import PreparedModel


def build_module(model: PreparedModel) -> ir.Module:
    """The model in the dialect, in a fresh context. Weights are shared with ``model``, not copied.

    Function arguments and results carry the model's names as ``dnnf.name``; operations carry the node's name as
    location. Raises UnsupportedModelError for an element type that the dialect does not have.
    """
    requirements = [each.requirements.values() for each in model.with_bodies()]
    with create_context(), ir.Location.name(model.name), meeting(*requirements):
        return _Builder(model, {node.name for node in model.nodes}, {}).build()


_Constants: TypeAlias = "dict[int, tuple[np.ndarray, ir.Value]]"


class _Builder:
    """Builds one graph: a function, or the body of a loop in it.

    ``names`` are those that nodes have already, ``constants`` the arrays of the module, by identity, each with
    a ``dnnf.constant``.
    """

    def __init__(self, model: PreparedModel, names: set[str], constants: _Constants) -> None:
        self._model = model
        self._names = names
        self._constants = constants
        self._classes = {**dict.fromkeys(("", "ai.onnx"), operators_by_onnx_name()), LOCAL_DOMAIN: own_operators()}
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
        self._require(function)
        with ir.InsertionPoint(function.add_entry_block()) as point:
            func.ReturnOp(self._fill(point.block))
        return module

    def _require(self, holder: Any) -> None:
        if self._model.requirements:
            texts = {words: ir.StringAttr.get(str(size)) for words, size in self._model.requirements.items()}
            holder.attributes[REQUIREMENTS] = ir.DictAttr.get(texts)

    def _fill(self, block: ir.Block) -> list[ir.Value]:
        """Adds the nodes at the insertion point, in the block whose arguments the inputs are; gives the outputs."""
        self._values.update(zip(self._model.inputs, block.arguments, strict=True))
        for node in self._model.nodes:
            if is_loop(node):
                self._add_loop(node)
            else:
                self._add(node)
        return [self._value(name) for name in self._model.outputs]

    def _add_loop(self, node: NodeProto) -> None:
        """Adds a ``dnnf.loop``: without a limit the largest number is one, without a condition it holds."""
        limit, condition, *others = node.input
        operands = [
            self._value(limit) if limit else self._constant(np.array(np.iinfo(np.int64).max), "limit"),
            self._value(condition) if condition else self._constant(np.array(True), "condition"),
            *map(self._value, others),
        ]
        states = {attribute.name: attribute.i for attribute in node.attribute}
        outputs = [self._type(name) for name in node.output]
        self._new_counts(size for type_ in outputs for size in type_.shape)
        location = ir.Location.name(node.name)
        self._check_limits(node, len(operands), len(outputs), Loop)
        loop = create(Loop, operands, outputs, states, location)
        body = _Builder(self._model.bodies[node.output[0]], self._names, self._constants)
        body._fill_loop(loop)
        self._values.update(zip(node.output, loop.results, strict=True))

    def _fill_loop(self, loop: ir.Operation) -> None:
        model = self._model
        for inner in model.nodes:
            inner.name = self._unique(inner.name)
        self._require(loop)
        types = [mlir_type(self._type(name)) for name in model.inputs]
        block = ir.Block.create_at_start(loop.regions[0], types, [ir.Location.name(name) for name in model.inputs])
        with ir.InsertionPoint(block):
            ir.Operation.create(TERMINATOR, operands=self._fill(block))

    def _unique(self, name: str) -> str:
        """The name, with a number where another node of the module has it."""
        names = itertools.chain([name], (f"{name}_{number}" for number in itertools.count(2)))
        unique = next(each for each in names if each not in self._names)
        self._names.add(unique)
        return unique

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
            names = [name for name in names if name]  # the opaque node lists its outputs
        if not all(names):
            raise UnsupportedModelError(
                f"{self._model.name}: node '{node.name}' ({node.op_type}) omits an output in the middle"
            )
        self._check_limits(node, len(operands), len(names), op)
        outputs = [self._type(name) for name in names]
        created = create(op, operands, outputs, imported.attributes, ir.Location.name(node.name))
        self._values.update(zip(names, created.results, strict=True))

    def _check_limits(self, node: NodeProto, operands: int, results: int, op: type[Operator]) -> None:
        if operands > len(op.operand_fields()) or (op.several_results and results > RESULT_LIMIT):
            raise UnsupportedModelError(
                f"{self._model.name}: node '{node.name}' ({node.op_type}) has more than "
                f"{len(op.operand_fields())} inputs or {RESULT_LIMIT} outputs; split it into several nodes"
            )

    def _import(self, node: NodeProto) -> tuple[type[Operator], Imported]:
        op = self._classes.get(node.domain, {}).get(node.op_type)
        sizes = [size for name in node.output if name for size in self._type(name).shape]
        counts = self._new_counts(sizes)
        # Sizes that the values of operands determine, or are checked against, are none of a class's.
        if op is not None and not counts and (any(map(is_dynamic, sizes)) or not self._is_shaped_at_run_time(node)):
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

    def _new_counts(self, sizes: Iterable[int]) -> set[str]:
        """The counts in these sizes that no value before has, which are known from now on."""
        counts = {name for size in sizes for name in symbols_of(size) if is_data_dependent(name)} - self._counts
        self._counts |= counts
        return counts

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
            self._values[name] = self._constant(self._model.constants[name], name)
        return self._values[name]

    def _constant(self, array: np.ndarray, name: str) -> ir.Value:
        """A constant of this graph; graphs of one module share its array."""
        location = ir.Location.name(name)
        if id(array) not in self._constants:
            self._constants[id(array)] = array, create_constant(array, name, location)
            return self._constants[id(array)][1]
        _, existing = self._constants[id(array)]
        constant: ir.Value = existing.owner.clone(ip=ir.InsertionPoint.current).results[0]
        return constant

    def _type(self, name: str) -> TensorType:
        return tensor_type(self._model.types[name], name, self._model.name)


def _names(names: list[str]) -> ir.ArrayAttr:
    return ir.ArrayAttr.get([ir.DictAttr.get({"dnnf.name": ir.StringAttr.get(name)}) for name in names])
