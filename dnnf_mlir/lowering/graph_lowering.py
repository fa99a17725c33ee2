"""Lowers a graph into a function, block by block."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from math import prod
from typing import TypeAlias

from dnnf_mlir.bindings.iree import flow, func, ir
from dnnf_mlir.emit import quirks, shapes
from dnnf_mlir.emit.constants import ConstantPool, Parameters
from dnnf_mlir.emit.quirks import Quirk
from dnnf_mlir.emit.sizes import FunctionSizes, dynamic
from dnnf_mlir.emit.types import is_part_of_word, tensor_of
from dnnf_mlir.errors import DynamicSizeError, UnsupportedModelError
from dnnf_mlir.graph.ecg import Block, Graph, Node, Value
from dnnf_mlir.graph.in_place import InPlace, Part, starts
from dnnf_mlir.graph.views import is_reshape, is_subview, view_chain
from dnnf_mlir.kernels.nest.fused_work import reshape as view
from dnnf_mlir.lowering.api import CHECKED, is_composed, is_supported
from dnnf_mlir.targets import Backend

from .api import ModuleLowering
from .block import DispatchRegion
from .gpu_memory import require_elements
from .gpu_words import whole_words
from .interface import signed, signless
from .plain import make_plain
from .size_order import after_their_sizes, determining

BlockLowering: TypeAlias = Callable[[Block, ModuleLowering], bool]
"""Another form for a block: binds the block's outputs and returns True, or leaves it to the linalg form."""

PlainReason: TypeAlias = Callable[[Block], str | None]
"""Why a block gets the plain form (:mod:`.plain`); None for one that does not."""


def never(block: Block) -> None:
    """A :data:`PlainReason` for no block."""


@contextlib.contextmanager
def naming_block(block: Block) -> Iterator[None]:
    """Says of which block a size is needed that is left free."""
    try:
        yield
    except (DynamicSizeError, TypeError) as error:
        if all(value.type.is_static for node in block.nodes for value in (*node.operands, *node.outputs)):
            raise
        reason = str(error) if isinstance(error, DynamicSizeError) else "it needs sizes that are known at compile time"
        names = ", ".join(f"'{node.name}' ({node.op.onnx_name})" for node in block.nodes)
        raise DynamicSizeError(
            f"node {names}: cannot be compiled for all sizes: {reason}; give sizes with --dim"
        ) from error


def check_supported(nodes: Iterable[Node]) -> None:
    """Raises UnsupportedModelError that names every node without a lowering."""
    missing = [node for node in nodes if not is_supported(node)]
    if missing:
        named = [f"node '{node.name}' ({node.attributes.get('op_type', node.op.onnx_name)})" for node in missing]
        raise UnsupportedModelError("\n  ".join(["operators without a lowering:", *named]))


class GraphLowering(ModuleLowering):
    """What the lowerings of all blocks share: tensors of values between blocks, constants, the insertion point."""

    def __init__(
        self,
        graph: Graph,
        function: func.FuncOp,
        given: Sequence[ir.Value],
        backend: Backend,
        in_place: InPlace | None = None,
        parameters: Parameters | None = None,
        block: ir.Block | None = None,
    ) -> None:
        self.graph = graph
        self.backend = backend
        self.in_place = in_place or InPlace()
        self._wholes: dict[Node, ir.Value] = {}
        self._written: set[Part] = set()
        self._function = function
        self._functions = 0
        self.pool = ConstantPool(function.entry_block, parameters)
        self.insertion_point = ir.InsertionPoint(block or function.entry_block)
        with self.insertion_point:
            arguments = [signless(argument, v.type) for v, argument in zip(graph.inputs, given, strict=True)]
            if self.has(quirks.PART_OF_WORD_READS):
                arguments = [whole_words(argument, v.type) for v, argument in zip(graph.inputs, arguments, strict=True)]
        self._tensors: dict[Value, ir.Value] = dict(zip(graph.inputs, arguments, strict=True))
        self._cache: dict[Hashable, ir.Value] = {}
        self.deferred: set[Value] = set()
        """Values that the blocks which use them compute: views, and what a GPU cannot store.

        They are made a tensor only where one is needed.
        """
        self.checked: set[Node] = set()
        """Nodes whose lowering has checked what they demand of run-time values."""
        self._block_lowering: BlockLowering | None = None
        self._plain_reason: PlainReason = never
        self.is_plain = False
        """Whether the block that is being lowered gets the plain form."""
        self._replaced: list[ir.Operation] = []
        """Kept, so that no new value takes the address of an old one."""
        self.missing: list[str] = []
        """A line for each node that cannot be lowered in its form: found on the way, told at the end, all at once."""

    def has(self, quirk: Quirk) -> bool:
        return quirk.affects(self.backend)

    def add_function(self, source: ir.Module) -> func.FuncOp:
        found = next(op for op in source.body.operations if isinstance(op, func.FuncOp))
        function: func.FuncOp = found.operation.clone(ip=ir.InsertionPoint(self._function))
        self._functions += 1
        function.operation.attributes["sym_name"] = ir.StringAttr.get(f"part_{self._functions}")
        function.operation.attributes["sym_visibility"] = ir.StringAttr.get("private")
        return function

    def tensor(self, value: Value) -> ir.Value:
        if value.constant is not None:
            return self.pool.get(value.constant)
        if value in self.deferred:
            self.materialize([value], set(), value.name, self.insertion_point)
        if value not in self._tensors and value in self.in_place.parts:
            return self._part(value, self.in_place.parts[value][0])
        return self._tensors[value]

    def shaped(self, value: Value) -> ir.Value:
        return self.reshape(self.tensor(value), value.type.shape, self.insertion_point)

    def bind(self, value: Value, tensor: ir.Value) -> None:
        self._tensors[value] = tensor
        self.deferred.discard(value)

    def is_bound(self, value: Value) -> bool:
        return value in self._tensors

    def reshape(self, tensor: ir.Value, shape: tuple[int, ...], point: ir.InsertionPoint) -> ir.Value:
        return self.cached((tensor, shape), point, lambda: shapes.reshape(tensor, shape, outside=True))

    def cached(self, key: Hashable, point: ir.InsertionPoint, create: Callable[[], ir.Value]) -> ir.Value:
        if key not in self._cache:
            with point:
                self._cache[key] = create()
        return self._cache[key]

    def needs_tensor(self, value: Value, block: Block) -> bool:
        return self.in_place.needs_tensor(value, self.graph.outputs, block.nodes)

    def parts(self, value: Value) -> Sequence[Part]:
        return self.in_place.parts.get(value, ())

    def whole(self, concat: Node) -> ir.Value:
        if concat not in self._wholes:
            with self.insertion_point:
                # No tensor.empty: quirks.EQUAL_EMPTY.
                self._wholes[concat] = flow.TensorAllocaOp(
                    tensor_of(concat.output.type), dynamic(concat.output.type.shape)
                ).result
        return self._wholes[concat]

    def wrote(self, part: Part, whole: ir.Value) -> None:
        self._written.add(part)
        with self.insertion_point:
            self._wholes[part.concat] = view(whole, part.concat.output.type.shape)

    def _join(self, concat: Node) -> None:
        """Writes the parts that no kernel has written, outside all dispatches, and binds the result."""
        axis = concat.attributes["axis"]
        shape = concat.output.type.shape
        outer, inner = prod(shape[:axis]), prod(shape[axis + 1 :])
        with self.insertion_point:
            for value, start in zip(concat.operands, starts(concat), strict=True):
                part = Part(concat, start)
                if part in self._written or not value.type.elements:
                    continue
                extent = value.type.shape[axis] * inner
                whole = view(self.whole(concat), (outer, shape[axis] * inner))
                data = view(self.tensor(value), (outer, extent))
                self.wrote(part, shapes.insert_slice(data, whole, [0, start * inner]))
        self.bind(concat.output, self.whole(concat))

    def _part(self, value: Value, part: Part) -> ir.Value:
        """A copy of what was written into a part of a Concat's result."""
        offsets = [part.start if i == part.axis else 0 for i in range(value.type.rank)]
        with self.insertion_point:
            return shapes.extract_slice(self.whole(part.concat), offsets, value.type.shape)

    def lower_block(self, block: Block) -> None:
        if block.nodes[0] in self.in_place.joined:
            self._join(block.nodes[0])
            return
        nodes = set(block.nodes)
        results = block.outputs(self.graph.outputs) or determining(block)
        bases = {value: _base(value, nodes) for value in results}
        if all(map(is_subview, nodes)) and not self._are_tensors(bases.values()):
            self.deferred.update(value for node in nodes for value in node.outputs)
            return
        is_unstored = self.has(quirks.PART_OF_WORD_STORES) and all(is_part_of_word(value.type) for value in results)
        if is_unstored and all(map(is_composed, nodes)):
            self.deferred.update(value for node in nodes for value in node.outputs)
            return
        computed = [base for base in dict.fromkeys(bases.values()) if base.producer in nodes]
        if computed:
            for part in (part for value in computed for part in self.parts(value)):
                self.whole(part.concat)  # stands before the dispatch
            self.materialize(computed, nodes, block.name, self.insertion_point)
        for value, base in bases.items():
            if value is not base:
                self.bind(value, self.tensor(base))

    def _are_tensors(self, values: Iterable[Value]) -> bool:
        return all(value.constant is not None or value in self._tensors for value in values)

    def materialize(self, values: Sequence[Value], nodes: set[Node], name: str, point: ir.InsertionPoint) -> None:
        DispatchRegion(self, nodes, values, name, point).lower()

    def lower_inside(self, graph: Graph, block: ir.Block, sizes: FunctionSizes) -> GraphLowering:
        check_supported(graph.nodes)
        nested = GraphLowering(graph, self._function, sizes.arguments, self.backend, block=block)
        nested.pool, nested.missing = self.pool, self.missing
        sizes.require(graph.requirements)
        nested.lower_all(self._block_lowering, self._plain_reason)
        return nested

    def lower_all(self, block_lowering: BlockLowering | None = None, plain_reason: PlainReason = never) -> None:
        """Lowers block by block, or node by node where the graph has no blocks; so are the bodies of loops.

        ``plain_reason`` says why a block gets the plain form.
        """
        self._block_lowering, self._plain_reason = block_lowering, plain_reason
        graph = self.graph
        blocks = graph.blocks or [Block([node], node.mapping, node, node.name) for node in graph.nodes]
        for block in after_their_sizes(blocks):
            with naming_block(block):
                if plain_reason(block) is not None:
                    self._lower_plainly(block)
                elif block_lowering is None or not block_lowering(block, self):
                    self.lower_block(block)
                self._check_rest(block)
        if self.has(quirks.EMPTY_BINDING) and any(
            not value.type.is_static for node in graph.nodes for value in node.outputs
        ):
            require_elements(self.insertion_point.block)

    def _lower_plainly(self, block: Block) -> None:
        before = len(self.insertion_point.block.operations)
        self.is_plain = True
        self.lower_block(block)
        self.is_plain = False
        new = [op.operation for op in list(self.insertion_point.block.operations)[before:]]
        self._replaced += new
        replaced = make_plain(new, self.backend)
        self._tensors = {value: replaced.get(tensor, tensor) for value, tensor in self._tensors.items()}
        self._cache = {key: replaced.get(tensor, tensor) for key, tensor in self._cache.items()}
        self._wholes = {concat: replaced.get(tensor, tensor) for concat, tensor in self._wholes.items()}

    def _check_rest(self, block: Block) -> None:
        """Checks run-time values also for nodes that nothing was computed of, as of results without elements."""
        for node in block.nodes:
            if node.op in CHECKED and node not in self.checked:
                DispatchRegion(self, block.nodes, [], node.name, self.insertion_point).check(node)

    def finish(self) -> None:
        """Returns the graph's outputs from the function."""
        with self.insertion_point:
            func.ReturnOp([signed(self._result(value), value.type) for value in self.graph.outputs])

    def _result(self, value: Value) -> ir.Value:
        tensor_ = self.shaped(value)
        return whole_words(tensor_, value.type) if self.has(quirks.PART_OF_WORD_READS) else tensor_


def _base(value: Value, nodes: set[Node]) -> Value:
    """The value whose buffer holds the elements: what a chain of reshapes at the end of the block starts from."""
    return view_chain(value, lambda node: node in nodes and is_reshape(node))[0]
