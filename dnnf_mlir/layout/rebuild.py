"""Emits operations on permuted tensors, inserting a transpose only where no stored form of a value fits."""

from typing import Any

import numpy as np

from dnnf_mlir.bindings.mlir import ir
from dnnf_mlir.dialect_defs.reorganize import Reshape
from dnnf_mlir.dialect_defs.shuffle import Transpose
from dnnf_mlir.dialect_defs.spatial import SpatialOperator
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.operator import Operator
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.graph.to_mlir import create, create_constant

from .choice import CHANNELS_LAST, LAYOUT, Permutation, identity, inverse, moves_only_ones, permuted_attributes


class LayoutBuilder:
    """Builds a function anew; knows every stored form of each value: a permutation and the MLIR value."""

    def __init__(self, ip: ir.InsertionPoint) -> None:
        self._ip = ip
        self._stored: dict[Value, dict[Permutation, ir.Value]] = {}
        self._row_order: dict[Value, np.ndarray] = {}
        """Values [n, k] stored with permuted columns: stored column i is the value's column order[i]."""

    def define(self, value: Value, permutation: Permutation, stored: ir.Value) -> None:
        """Records that ``stored`` is ``transpose(value, permutation)``."""
        self._stored.setdefault(value, {})[permutation] = stored

    def get(self, value: Value, permutation: Permutation) -> ir.Value:
        """The value stored in the wanted order: an existing form, or a new transpose of one."""
        forms = self._stored.setdefault(value, {})
        if permutation not in forms:
            forms[permutation] = self._convert(value, permutation)
        return forms[permutation]

    def transpose(self, node: Node) -> None:
        """A transpose of the model: no operation, only another name for the stored forms of its operand."""
        back = inverse(node.attributes["perm"])
        source = node.input(0)
        if source.is_constant:
            self.get(source, identity(source.type.rank))
        for permutation, stored in list(self._stored[source].items()):
            self.define(node.output, tuple(back[i] for i in permutation), stored)

    def flatten(self, node: Node) -> None:
        """A reshape to [n, k] whose readers hold weights: read in the stored order, the weights follow."""
        source, value = node.input(0), node.output
        permutation, stored = next(iter(self._stored[source].items()))
        if permutation[0] != 0:
            self.emit(node, None)
            return
        (result,) = self._create(Reshape, [stored], [value.type], {}, node.name)
        columns = np.arange(value.type.shape[1]).reshape(source.type.shape[1:])
        self._row_order[value] = columns.transpose([i - 1 for i in permutation[1:]]).reshape(-1)
        self.define(value, identity(2), result)

    def emit(self, node: Node, permutation: Permutation | None) -> None:
        """The node itself, on operands stored by ``permutation`` (None: as the model has them)."""
        if permutation is None:
            attributes = dict(node.attributes)
            operands = [None if value is None else self.get(value, identity(value.type.rank)) for value in node.inputs]
        else:
            attributes, operands = self._permuted(node, permutation)
        self._follow_columns(node, operands)
        orders = [_stored_order(value, permutation) for value in node.outputs]
        types = [_permuted_type(value.type, order) for value, order in zip(node.outputs, orders, strict=True)]
        results = self._create(node.op, operands, types, attributes, node.name, node.operation)
        for value, order, result in zip(node.outputs, orders, results, strict=True):
            self.define(value, order, result)

    def _permuted(self, node: Node, permutation: Permutation) -> tuple[dict[str, Any], list[ir.Value | None]]:
        rank = len(permutation)
        if issubclass(node.op, SpatialOperator):
            carried = node.op.layout_operands
            operands = [
                None if value is None else self.get(value, permutation if i in carried else identity(value.type.rank))
                for i, value in enumerate(node.inputs)
            ]
            return {**dict(node.op.permuted(node.signature, permutation) or {}), LAYOUT: CHANNELS_LAST}, operands
        # Of the Reshapes, those that keep each size follow a layout.
        attributes = {} if node.op is Reshape else permuted_attributes(node, rank)
        if attributes is None:
            raise ValueError(f"{node!r} cannot follow a layout")
        return attributes, [None if value is None else self._broadcastable(value, permutation) for value in node.inputs]

    def _broadcastable(self, value: Value, permutation: Permutation) -> ir.Value:
        """An operand of an operator that follows the layout; lower ranks get leading ones, as broadcasting does."""
        rank = len(permutation)
        if value.type.rank == rank:
            return self.get(value, permutation)
        if value.type.elements == 1:
            return self.get(value, identity(value.type.rank))
        shape = (1,) * (rank - value.type.rank) + value.type.shape
        if value.constant is not None:
            return self._constant(value.constant.reshape(shape).transpose(permutation), value.name)
        widened = Value(value.type.with_shape(shape), value.name)
        plain = self.get(value, identity(value.type.rank))
        self.define(widened, identity(rank), self._create(Reshape, [plain], [widened.type], {}, value.name)[0])
        return self.get(widened, permutation)

    def _convert(self, value: Value, permutation: Permutation) -> ir.Value:
        if value.constant is not None:
            return self._constant(value.constant.transpose(permutation), value.name)
        stored_order, stored = next(iter(self._stored[value].items()))
        perm = compose_to(stored_order, permutation)
        type_ = _permuted_type(value.type, permutation)
        stored_shape = _permuted_type(value.type, stored_order).shape
        if moves_only_ones(stored_shape, perm):
            return self._create(Reshape, [stored], [type_], {}, value.name)[0]
        return self._create(Transpose, [stored], [type_], {"perm": perm}, value.name)[0]

    def _follow_columns(self, node: Node, operands: list[ir.Value | None]) -> None:
        """Permutes the rows of the weights that multiply a value stored with permuted columns."""
        first = node.inputs[0] if node.inputs else None
        if first is None or first not in self._row_order:
            return
        weights = node.input(1)
        if weights.constant is None:
            raise ValueError(f"{node!r} reads permuted columns without constant weights")
        axis = 1 if node.attributes.get("transB") else 0
        operands[1] = self._constant(np.take(weights.constant, self._row_order[first], axis=axis), weights.name)

    def _constant(self, array: np.ndarray, name: str) -> ir.Value:
        location = ir.Location.name(name, context=self._ip.block.owner.context)
        with location:
            return create_constant(np.asarray(array, order="C"), name, location, self._ip)

    def _create(
        self,
        op: type[Operator],
        operands: list[ir.Value | None],
        types: list[TensorType],
        attributes: dict[str, Any],
        name: str,
        instead_of: Any = None,
    ) -> list[ir.Value]:
        with ir.Location.name(name, context=self._ip.block.owner.context) as location:
            return list(create(op, operands, types, attributes, location, self._ip, instead_of).results)


def compose_to(stored: Permutation, wanted: Permutation) -> Permutation:
    """The transpose that takes a tensor stored in one order to the other."""
    return tuple(stored.index(i) for i in wanted)


def _stored_order(value: Value, permutation: Permutation | None) -> Permutation:
    """Order of a result: permuted when it has the part's rank, as the model has it otherwise."""
    if permutation is None or value.type.rank != len(permutation):
        return identity(value.type.rank)
    return permutation


def _permuted_type(type_: TensorType, permutation: Permutation) -> TensorType:
    return type_.with_shape(tuple(type_.shape[i] for i in permutation))
