"""One fused block as one ``flow.dispatch.region``."""

from collections.abc import Iterable, Sequence
from math import prod

import numpy as np

from dnnf_mlir.bindings.iree import flow, ir
from dnnf_mlir.emit.shapes import empty, insert_slice
from dnnf_mlir.emit.sizes import dynamic, shape_of
from dnnf_mlir.emit.types import element_type
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.graph.views import is_reshape
from dnnf_mlir.kernels.nest.fused_work import reshape as view
from dnnf_mlir.lowering.api import CHECKED, FOLDS, OUTSIDE, STRUCTURED, is_composed
from dnnf_mlir.lowering.linalg.composition import GenericComposition
from dnnf_mlir.lowering.linalg.index_maps import Access, Dim, Expression, Loop, Output, Read, iterate, leaves, regroup

from .api import ModuleLowering, Region


class DispatchRegion(Region):
    """Generates the operations that compute ``results`` from what is outside the block.

    Tensors inside have any shape with the row-major order of their value: reshapes between operations are free. Where
    IREE could not tile what follows together with what stands (:meth:`cut`), the block becomes two dispatches.
    """

    def __init__(
        self,
        lowering: ModuleLowering,
        nodes: Iterable[Node],
        results: Sequence[Value],
        name: str,
        point: ir.InsertionPoint,
    ) -> None:
        self.lowering = lowering
        self.nodes = set(nodes)
        self.required = list(results)
        self._tensors: dict[Value, ir.Value] = {}
        self._partial: dict[Node, list[ir.Value]] = {}
        self._made: dict[ir.Value, None] = {}
        self._moved: dict[ir.Value, ir.Value] = {}
        self._open: list[Node] = []
        self._has_anchor = False
        self._anchors: set[ir.Value] = set()
        self.location = ir.Location.name(name)
        with point, self.location:
            self._draft = flow.DispatchRegionOp([], [], [])
        self.body = self._draft.body.blocks.append()

    def lower(self) -> None:
        """Builds the dispatch and binds the results."""
        with ir.InsertionPoint(self.body), self.location:
            for value in reversed(self.required):
                if self.computes(value):
                    self.cut()
                    self.tensor(value, self._rows(value))
            written = self._write_parts()
        made = [tensor for value, tensor in self._tensors.items() if value in self.required and value not in written]
        self._finish([*made, *dict.fromkeys(written.values())])
        for value, whole in written.items():
            self.lowering.wrote(self.lowering.parts(value)[0], self._moved[whole])
        self._draft.operation.erase()

    def check(self, node: Node) -> None:
        """Emits what a node checks of run-time values, instead of computing anything."""
        CHECKED[node.op](self, node)
        self._draft.operation.erase()

    def _rows(self, value: Value) -> tuple[int, int] | None:
        """Number and length of the contiguous pieces of a value that is a part of a Concat's result and no more."""
        parts = self.lowering.parts(value)
        if value not in self.required or not parts or self.lowering.in_place.needs_tensor(value, ()):
            return None
        return prod(value.type.shape[: parts[0].axis]), prod(value.type.shape[parts[0].axis :])

    def _write_parts(self) -> dict[Value, ir.Value]:
        """Ends the dispatch with what writes results into Concats' results, and returns these.

        A result stays a tensor of its own where that has another use, or does not consist of whole rows.
        """
        written: dict[Value, ir.Value] = {}
        used = [tensor for value, tensor in self._tensors.items() if value in self.required]
        for value, tensor in self._tensors.items():
            rows, shape = self._rows(value), shape_of(tensor)
            if rows is None or tensor not in self._made or used.count(tensor) > 1 or 1 in shape or shape[-1] != rows[1]:
                continue
            part = self.lowering.parts(value)[0]
            with self.outside():
                length = prod(part.concat.output.type.shape[part.axis :])
                whole = view(self.lowering.whole(part.concat), (*shape[:-1], length))
            inner = rows[1] // value.type.shape[part.axis]
            written[value] = insert_slice(tensor, whole, [0] * (len(shape) - 1) + [part.start * inner])
        return written

    def cut(self) -> None:
        self._finish([*self._made, *self._tensors.values()])

    def _finish(self, made: list[ir.Value]) -> None:
        """Moves the operations so far into a dispatch that returns ``made``; IREE drops what nobody reads."""
        yielded = list(dict.fromkeys(made))
        if yielded:
            for operations in connected(list(self.body.operations)):
                results = {result for op in operations for result in op.results}
                read = [tensor for tensor in yielded if tensor in results]
                if read:
                    self._dispatch(operations, read)
            for value, tensor in self._tensors.items():
                if tensor in self._moved:
                    self.lowering.bind(value, self._moved[tensor])
        self._tensors.clear()
        self._made.clear()
        self._has_anchor = False

    def _dispatch(self, operations: list[ir.Operation], yielded: list[ir.Value]) -> None:
        """Moves operations of the body into a dispatch that returns ``yielded``."""
        with ir.InsertionPoint(self._draft), self.location:
            sizes = [size for tensor in yielded for size in dynamic(shape_of(tensor))]
            final = flow.DispatchRegionOp([tensor.type for tensor in yielded], sizes, [])
        body = final.body.blocks.append()
        for op in operations:
            body.append(op)
        with ir.InsertionPoint(body), self.location:
            flow.ReturnOp(yielded)
        self._moved.update(zip(yielded, final.results, strict=True))

    def made(self, tensors: Iterable[ir.Value]) -> None:
        self._made.update(dict.fromkeys(tensors))

    def computes(self, value: Value) -> bool:
        inside = value.producer in self.nodes or value in self.lowering.deferred
        return inside and value not in self._tensors and not self.lowering.is_bound(value)

    def is_inside(self, source: Value | ir.Value) -> bool:
        return source in self._tensors if isinstance(source, Value) else source in self._made

    def is_anchor(self, source: Value | ir.Value) -> bool:
        tensor = self._tensors.get(source) if isinstance(source, Value) else source
        return tensor in self._made and tensor in self._anchors

    def tensor_of(self, source: Value | ir.Value) -> ir.Value:
        return self.tensor(source) if isinstance(source, Value) else self._moved.get(source, source)

    def tensor(self, value: Value, shape: tuple[int, ...] | None = None) -> ir.Value:
        if value in self._tensors:
            return self._tensors[value]
        node = value.producer
        if node is None or not self.computes(value):
            return self.lowering.tensor(value)
        if value in self.lowering.deferred and value not in self.required:
            self.lowering.materialize([value], set(), value.name, self.outside())
            return self.lowering.tensor(value)
        if value.type.elements == 0:
            self.lowering.bind(value, self._without_elements(value.type))
            return self.lowering.tensor(value)
        self._open.append(node)
        composed = False
        before = OUTSIDE[node.op](self, node) if node.op in OUTSIDE else None
        if before is not None:
            for output, tensor in zip(node.outputs, before if isinstance(before, list) else [before], strict=True):
                self.lowering.bind(output, tensor)
        elif is_reshape(node):
            self._alias(value, node.input(0), shape)
        elif is_composed(node) and self._compose(value, shape):
            composed = True
        else:
            for output, tensor in zip(node.outputs, self.partial(node), strict=True):
                if tensor in self._moved.values():  # the operator has ended the dispatch behind itself
                    self.lowering.bind(output, tensor)
                else:
                    self._tensors.setdefault(output, tensor)
        self._open.pop()
        if composed and self._open and value in self.required:
            self.cut()  # quirks.LAST_DISTRIBUTED
        return self._tensors[value] if value in self._tensors else self.lowering.tensor(value)

    def shaped(self, value: Value, shape: Sequence[int] | None = None) -> ir.Value:
        target = value.type.shape if shape is None else tuple(shape)
        if value.constant is not None:
            return self.lowering.pool.derive(value.constant, ("reshape", target), lambda a: a.reshape(target))
        tensor = self.tensor(value, target)
        # quirks.CHAINED_ANCHORS
        if self.is_inside(value) and (self._has_anchor or shape_of(tensor) != target):
            self.cut()
            tensor = self.tensor(value)
        return tensor if self.is_inside(value) else self.reshape_outside(tensor, target)

    def all_shaped(self, *wanted: tuple[Value, Sequence[int]]) -> list[ir.Value]:
        tensors = [self.shaped(value, shape) for value, shape in wanted]
        return [self.tensor_of(tensor) for tensor in tensors]

    def partial(self, node: Node) -> list[ir.Value]:
        if node not in self._partial:
            self._partial[node] = STRUCTURED[node.op](self, node)
            self.made(self._partial[node])
            self._has_anchor = True
            if node.op not in FOLDS:
                self._anchors.update(self._partial[node])
        return [self._moved.get(tensor, tensor) for tensor in self._partial[node]]

    def reshape_outside(self, tensor: ir.Value, shape: Sequence[int]) -> ir.Value:
        return self.lowering.reshape(tensor, tuple(shape), ir.InsertionPoint(self._draft))

    def materialize_before(self, value: Value) -> ir.Value:
        if self.computes(value):
            self.lowering.materialize([value], self.nodes, value.name, self.outside())
        return self.reshape_outside(self.lowering.tensor(value), value.type.shape)

    def composition(self) -> GenericComposition:
        return GenericComposition(self)

    def _without_elements(self, type_: TensorType) -> ir.Value:
        """A tensor that has a dimension of size 0."""
        if type_.is_static:
            return self.lowering.pool.get(np.zeros(type_.shape, type_.numpy_dtype))
        with self.outside():
            return empty(type_.shape, element_type(type_.dtype))

    def outside(self) -> ir.InsertionPoint:
        return ir.InsertionPoint(self._draft)

    def _alias(self, value: Value, operand: Value, shape: tuple[int, ...] | None) -> None:
        tensor = self.tensor(operand, shape)
        if self.is_inside(operand):
            self._tensors[value] = tensor
        else:
            self.lowering.bind(value, tensor)

    def _compose(self, value: Value, shape: tuple[int, ...] | None) -> bool:
        """Generates the tree of operators under ``value``, and every result of the block that fits its loops.

        False when the operator cannot be composed after all.
        """
        composition = GenericComposition(self, value)
        access = iterate(value.type.shape)
        stored = access
        if shape is not None and shape != value.type.shape:
            stored = iterate(shape)
            groups = regroup([loop for dim in stored for loop in dim.loops], value.type.shape)
            if groups is None:
                return self._compose(value, None)
            access = tuple(Dim(group) for group in groups)
        root = composition.expand(value, access)
        if root is None:
            return False
        if self._is_copy(value, root, access, shape):
            return True
        for other in self.required:
            if self._is_sibling(other, value) and other not in composition.further:
                composition.read(other, access)
        for operand in composition.values_read():
            self.tensor(operand)
        # Results that are the same expression share a tensor: quirks.EQUAL_RESULTS.
        numbers: dict[tuple[Expression, tuple[Loop, ...]], int] = {(root, tuple(leaves(access))): 0}
        outputs, positions = [Output(stored, value.type.dtype, fixed=shape)], {value: 0}
        for other, (at, expression) in composition.further.items():
            if other in self._tensors or self._is_copy(other, expression, at, None):
                continue
            positions[other] = numbers.setdefault((expression, tuple(leaves(at))), len(outputs))
            if positions[other] == len(outputs):
                outputs.append(Output(at, other.type.dtype))
        tensors = composition.emit(outputs, [expression for expression, _ in numbers])
        self._tensors.update({v: tensors[position] for v, position in positions.items()})
        return True

    def _is_copy(self, value: Value, expression: Expression, access: Access, shape: tuple[int, ...] | None) -> bool:
        """Gives the value the tensor that its expression reads element after element, if it does no more than that."""
        if not (isinstance(expression, Read) and isinstance(expression.source, Value)):
            return False
        if not expression.keeps_order(access):
            return False
        self._alias(value, expression.source, shape)
        return True

    def _is_sibling(self, other: Value, value: Value) -> bool:
        """Whether a further result can be computed in the loops of ``value``.

        It has the same shape, does not depend on what is being generated, and needs no operation of its own.
        """
        if other is value or other.type.shape != value.type.shape or not self.computes(other):
            return False
        sources = self.sources(other)
        if other.producer is None or not is_composed(other.producer) or sources & set(self._open):
            return False
        needed = {node for node in sources if node.op in STRUCTURED}
        return needed <= self.sources(value)

    def sources(self, value: Value) -> set[Node]:
        found: dict[Node, None] = {}
        pending = [value.producer] if self.computes(value) else []
        while pending:
            node = pending.pop()
            if node is not None and node not in found and any(self.computes(value) for value in node.outputs):
                found[node] = None
                pending.extend(node.predecessors())
        return set(found)


def connected(operations: Sequence[ir.OpView]) -> list[list[ir.Operation]]:
    """The operations in groups that share no tensors, in order: what is independent is not one kernel."""
    group_of: dict[ir.Value, list[ir.Operation]] = {}
    groups: list[list[ir.Operation]] = []
    for op in operations:
        joined: list[ir.Operation] = []
        for source in {id(group_of[v]): group_of[v] for v in _operands(op) if v in group_of}.values():
            joined.extend(source)
            groups = [group for group in groups if group is not source]
        joined.append(op.operation)
        groups.append(joined)
        group_of.update((result, joined) for member in joined for result in member.results)
    order = {op.operation: position for position, op in enumerate(operations)}
    return [sorted(group, key=order.__getitem__) for group in groups]


def _operands(op: ir.OpView) -> list[ir.Value]:
    """The operands of an operation and of what its regions hold."""
    found: list[ir.Value] = []

    def visit(nested: ir.Operation) -> ir.WalkResult:
        found.extend(nested.operands)
        return ir.WalkResult.ADVANCE

    op.operation.walk(visit)
    return found
