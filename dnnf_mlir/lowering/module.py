"""A fused graph as a module for ``iree-compile``: ``func.func @main`` with one dispatch per block."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from math import prod
from typing import TypeAlias

from dnnf_mlir.bindings.iree import flow, func, ir
from dnnf_mlir.emit import elementary, shapes
from dnnf_mlir.emit.constants import ConstantPool
from dnnf_mlir.emit.function_sizes import FunctionSizes, current, dynamic, static
from dnnf_mlir.emit.parameters import Parameters
from dnnf_mlir.emit.types import is_part_of_word, tensor_of
from dnnf_mlir.errors import FreeSizeError, UnsupportedModelError
from dnnf_mlir.graph.algorithms import depth_first_order
from dnnf_mlir.graph.ecg import Block, Graph, Node, Value
from dnnf_mlir.graph.in_place import InPlace, Part, starts
from dnnf_mlir.graph.size import has_counts, is_count, is_free, symbols_of
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.graph.views import is_reshape, is_subview, view_chain
from dnnf_mlir.kernels.nest.canonical import reshape as view

from .block import Region
from .gpu_memory import require_elements
from .gpu_words import whole_words
from .outlining import outline_kernels
from .registry import CHECKED, is_composed, is_supported

BlockLowering: TypeAlias = "Callable[[Block, ModuleLowering], bool]"
"""Another form for a block: binds the block's outputs and returns True, or leaves it to the linalg form."""


def lower(
    graph: Graph,
    block_lowering: BlockLowering | None = None,
    *,
    gpu: bool = False,
    in_place: InPlace | None = None,
    parameters: Parameters | None = None,
) -> ir.Module:
    """The module of a graph: one dispatch per block, or per node if the graph has no blocks.

    ``main`` takes the graph's inputs and returns its outputs in order; inside, all integers are signless.
    ``block_lowering`` is asked first for every block. ``gpu`` chooses forms that IREE's GPU code generators accept, and
    the device's own exponential and sine. ``in_place`` says which Concats are written by the kernels of their operands,
    ``parameters`` takes the weights that are not to be part of the module.
    Raises UnsupportedModelError that names all operators without a lowering.
    """
    return lower_functions({"main": graph}, block_lowering, gpu=gpu, in_place=in_place, parameters=parameters)


def lower_functions(
    graphs: Mapping[str, Graph],
    block_lowering: BlockLowering | None = None,
    *,
    gpu: bool = False,
    in_place: InPlace | None = None,
    parameters: Parameters | None = None,
) -> ir.Module:
    """One module with a function for each graph, by name; the rest as :func:`lower`."""
    check_supported(node for graph in graphs.values() for node in graph.nodes)
    missing: list[str] = []
    with ir.Context() as context, ir.Location.unknown(), elementary.device_functions(gpu):
        # A verifier that fails in another thread waits for Python's lock, which this one holds.
        context.enable_multithreading(False)
        module = ir.Module.create()
        for name, graph in graphs.items():
            missing += _lower_function(module, name, graph, block_lowering, gpu, in_place or InPlace(), parameters)
        if missing:
            raise UnsupportedModelError("\n  ".join(["operators without a lowering:", *missing]))
        outline_kernels(module)
        module.operation.verify()
    return module


def _lower_function(
    module: ir.Module,
    name: str,
    graph: Graph,
    block_lowering: BlockLowering | None,
    gpu: bool,
    in_place: InPlace,
    parameters: Parameters | None,
) -> list[str]:
    """Returns what is said about operators that turned out to have no lowering."""
    with ir.InsertionPoint(module.body):
        function = func.FuncOp(name, _function_type(graph))
    function.operation.attributes["arg_attrs"] = _names(graph.input_names, "input", len(graph.inputs))
    function.operation.attributes["res_attrs"] = _names(graph.output_names, "output", len(graph.outputs))
    entry = function.add_entry_block()
    counts = any(has_counts(size) for node in graph.nodes for value in node.outputs for size in value.type.shape)
    with FunctionSizes(entry, list(entry.arguments), graph.inputs, counts) as sizes:
        sizes.require(graph.requirements)
        lowering = ModuleLowering(graph, function, sizes.arguments, gpu, in_place, parameters)
        lowering.lower_all(block_lowering)
        lowering.finish()
    return lowering.missing


@contextlib.contextmanager
def naming_block(block: Block) -> Iterator[None]:
    """Says of which block a size is needed that is left free."""
    try:
        yield
    except (FreeSizeError, TypeError) as error:
        if all(value.type.is_static for node in block.nodes for value in (*node.operands, *node.outputs)):
            raise
        reason = str(error) if isinstance(error, FreeSizeError) else "it needs sizes that are known at compile time"
        names = ", ".join(f"'{node.name}' ({node.op.onnx_name})" for node in block.nodes)
        raise FreeSizeError(
            f"node {names}: cannot be compiled for all sizes: {reason}; give sizes with --dim"
        ) from error


def check_supported(nodes: Iterable[Node]) -> None:
    """Raises UnsupportedModelError that names every node without a lowering."""
    missing = [node for node in nodes if not is_supported(node)]
    if missing:
        named = [f"node '{node.name}' ({node.attributes.get('op_type', node.op.onnx_name)})" for node in missing]
        raise UnsupportedModelError("\n  ".join(["operators without a lowering:", *named]))


class ModuleLowering:
    """What the lowerings of all blocks share: tensors of values between blocks, constants, the insertion point."""

    def __init__(
        self,
        graph: Graph,
        function: func.FuncOp,
        given: Sequence[ir.Value],
        gpu: bool,
        in_place: InPlace | None = None,
        parameters: Parameters | None = None,
        block: ir.Block | None = None,
    ) -> None:
        self.graph = graph
        self.gpu = gpu
        self.in_place = in_place or InPlace()
        self._wholes: dict[Node, ir.Value] = {}
        self._written: set[Part] = set()
        self._function = function
        self._functions = 0
        self.pool = ConstantPool(function.entry_block, parameters)
        self.insertion_point = ir.InsertionPoint(block or function.entry_block)
        self.kept: list[object] = []
        """What has to live as long as the lowering: owners of constants."""
        with self.insertion_point:
            arguments = [_signless(argument, v.type) for v, argument in zip(graph.inputs, given, strict=True)]
            if gpu:
                arguments = [whole_words(argument, v.type) for v, argument in zip(graph.inputs, arguments, strict=True)]
        self._tensors: dict[Value, ir.Value] = dict(zip(graph.inputs, arguments, strict=True))
        self._cache: dict[Hashable, ir.Value] = {}
        self.deferred: set[Value] = set()
        """Values that the blocks which use them compute: views, and what a GPU cannot store.

        They are made a tensor only where one is needed.
        """
        self.checked: set[Node] = set()
        """Nodes whose lowering has checked what they demand of run-time values."""
        self.missing: list[str] = []
        """A line for each node that cannot be lowered in its form: found on the way, told at the end, all at once."""

    def add_function(self, source: ir.Module) -> func.FuncOp:
        """Copies the only function of another module in front of ``main``, as a private one with a name of its own."""
        found = next(op for op in source.body.operations if isinstance(op, func.FuncOp))
        function: func.FuncOp = found.operation.clone(ip=ir.InsertionPoint(self._function))
        self._functions += 1
        function.operation.attributes["sym_name"] = ir.StringAttr.get(f"part_{self._functions}")
        function.operation.attributes["sym_visibility"] = ir.StringAttr.get("private")
        return function

    def tensor(self, value: Value) -> ir.Value:
        """The tensor of a value from outside, of any shape with its order of elements."""
        if value.constant is not None:
            return self.pool.get(value.constant)
        if value in self.deferred:
            self.materialize([value], set(), value.name, self.insertion_point)
        if value not in self._tensors and value in self.in_place.parts:
            return self._part(value, self.in_place.parts[value][0])
        return self._tensors[value]

    def shaped(self, value: Value) -> ir.Value:
        """The tensor of a value from outside in the value's shape."""
        return self.reshape(self.tensor(value), value.type.shape, self.insertion_point)

    def bind(self, value: Value, tensor: ir.Value) -> None:
        """Makes the tensor (any shape with the value's order of elements) known to later blocks."""
        self._tensors[value] = tensor
        self.deferred.discard(value)

    def is_bound(self, value: Value) -> bool:
        return value in self._tensors

    def reshape(self, tensor: ir.Value, shape: tuple[int, ...], point: ir.InsertionPoint) -> ir.Value:
        """The tensor in another shape, outside all dispatches."""
        return self.cached((tensor, shape), point, lambda: shapes.reshape(tensor, shape, outside=True))

    def cached(self, key: Hashable, point: ir.InsertionPoint, create: Callable[[], ir.Value]) -> ir.Value:
        """What ``create`` makes outside all dispatches, once per key."""
        if key not in self._cache:
            with point:
                self._cache[key] = create()
        return self._cache[key]

    def needs_tensor(self, value: Value, block: Block) -> bool:
        """Whether a result of a block is stored by itself, not only in a part of a Concat's result."""
        return self.in_place.needs_tensor(value, self.graph.outputs, block.nodes)

    def parts(self, value: Value) -> Sequence[Part]:
        """The parts of Concats' results that the value's own kernel is to write."""
        return self.in_place.parts.get(value, ())

    def whole(self, concat: Node) -> ir.Value:
        """The result of a Concat with the parts that are written so far, in its own shape."""
        if concat not in self._wholes:
            with self.insertion_point:
                # No tensor.empty: IREE makes those of one type a single tensor, and copies it for each Concat.
                self._wholes[concat] = flow.TensorAllocaOp(
                    tensor_of(concat.output.type), dynamic(concat.output.type.shape)
                ).result
        return self._wholes[concat]

    def wrote(self, part: Part, whole: ir.Value) -> None:
        """Remembers the result of a Concat, of any shape, after a part has been written."""
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
        """The linalg form of a block. Blocks that only change shapes become reshapes outside all dispatches."""
        if block.nodes[0] in self.in_place.joined:
            self._join(block.nodes[0])
            return
        nodes = set(block.nodes)
        results = block.outputs(self.graph.outputs) or _determining(block)
        bases = {value: _base(value, nodes) for value in results}
        if all(map(is_subview, nodes)) and not self._are_tensors(bases.values()):
            self.deferred.update(value for node in nodes for value in node.outputs)
            return
        if self.gpu and all(is_part_of_word(value.type) for value in results) and all(map(is_composed, nodes)):
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
        """Computes values by one dispatch from what is outside ``nodes``."""
        Region(self, nodes, values, name, point).lower()

    def lower_inside(self, graph: Graph, block: ir.Block, sizes: FunctionSizes) -> ModuleLowering:
        """Lowers another graph at the end of a block inside of this function; it shares this one's constants."""
        check_supported(graph.nodes)
        nested = ModuleLowering(graph, self._function, sizes.arguments, self.gpu, block=block)
        nested.pool, nested.missing = self.pool, self.missing
        sizes.require(graph.requirements)
        nested.lower_all()
        self.kept.append(nested)
        return nested

    def lower_all(self, block_lowering: BlockLowering | None = None) -> None:
        """Lowers block by block, or node by node where the graph has no blocks."""
        graph = self.graph
        blocks = graph.blocks or [Block([node], node.mapping, node, node.name) for node in graph.nodes]
        for block in _after_their_sizes(blocks):
            with naming_block(block):
                if block_lowering is None or not block_lowering(block, self):
                    self.lower_block(block)
                self._check_rest(block)
        if self.gpu and any(not value.type.is_static for node in graph.nodes for value in node.outputs):
            require_elements(self.insertion_point.block)

    def _check_rest(self, block: Block) -> None:
        """Checks run-time values also for nodes that nothing was computed of, as of results without elements."""
        for node in block.nodes:
            if node.op in CHECKED and node not in self.checked:
                Region(self, block.nodes, [], node.name, self.insertion_point).check(node)

    def finish(self) -> None:
        with self.insertion_point:
            func.ReturnOp([_signed(self._result(value), value.type) for value in self.graph.outputs])

    def _result(self, value: Value) -> ir.Value:
        tensor_ = self.shaped(value)
        return whole_words(tensor_, value.type) if self.gpu else tensor_


def _determining(block: Block) -> list[Value]:
    """Results that nothing reads, but whose size others have."""
    values = [value for node in block.nodes for value in node.outputs]
    return [value for value in values if any(not current().is_defined(name) for name in _counts((value,)))]


def _counts(values: Iterable[Value]) -> Iterator[str]:
    sizes = (size for value in values for size in value.type.shape if is_free(size))
    return (name for size in sizes for name in symbols_of(size) if is_count(name))


def _after_their_sizes(blocks: Sequence[Block]) -> list[Block]:
    """The blocks in their order, but each behind those that determine its sizes, which it may read nothing of."""
    block_of = {node: block for block in blocks for node in block.nodes}
    determined: dict[str, Block] = {}
    for block in blocks:
        for node in block.nodes:
            for name in set(_counts(node.outputs)) - set(_counts(node.operands)):
                if node.kind == "onnx_node":
                    determined.setdefault(name, block)

    def before(block: Block) -> Iterator[Block]:
        for node in block.nodes:
            yield from (block_of[producer] for producer in node.predecessors() if producer in block_of)
            names = _counts((*node.operands, *node.outputs))
            yield from (determined[name] for name in names if name in determined)

    return depth_first_order(blocks, before)


def _base(value: Value, nodes: set[Node]) -> Value:
    """The value whose buffer holds the elements: what a chain of reshapes at the end of the block starts from."""
    return view_chain(value, lambda node: node in nodes and is_reshape(node))[0]


def _function_type(graph: Graph) -> ir.FunctionType:
    return ir.FunctionType.get(
        [_interface_type(value.type) for value in graph.inputs],
        [_interface_type(value.type) for value in graph.outputs],
    )


def _interface_type(type_: TensorType) -> ir.Type:
    """The type at the function's border, where callers' arrays may be unsigned."""
    if type_.is_narrow:
        return tensor_of(type_)
    return ir.RankedTensorType.get(static(type_.shape), ir.Type.parse(type_.dtype))


def _signless(tensor_: ir.Value, type_: TensorType) -> ir.Value:
    return _cast(tensor_of(type_), tensor_, type_) if _is_unsigned(type_) else tensor_


def _signed(tensor_: ir.Value, type_: TensorType) -> ir.Value:
    return _cast(_interface_type(type_), tensor_, type_) if _is_unsigned(type_) else tensor_


def _cast(target: ir.Type, tensor_: ir.Value, type_: TensorType) -> ir.Value:
    return flow.TensorBitCastOp(target, tensor_, dynamic(type_.shape), dynamic(type_.shape)).result


def _is_unsigned(type_: TensorType) -> bool:
    return type_.dtype.startswith("u") and not type_.is_narrow


def _names(names: Sequence[str], default: str, count: int) -> ir.ArrayAttr:
    """Argument or result attributes; iree-compile keeps the names in the declaration in main's reflection."""
    chosen = names or [f"{default}{i}" for i in range(count)]
    return ir.ArrayAttr.get([ir.DictAttr.get({"iree.abi.name": ir.StringAttr.get(name)}) for name in chosen])
