"""One ``linalg.generic`` composed from a tree of operators (paper, section 4.3: the data-flow tree of a block).

:meth:`Composition.read` walks from a result towards the operands and gives the expression of one element; what cannot
be an expression is read from a tensor. :meth:`Composition.emit` then creates the operation.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from dnnf_mlir.bindings.iree import arith, ir, linalg
from dnnf_mlir.dialect_defs.mapping import Property
from dnnf_mlir.emit import shapes
from dnnf_mlir.emit.element_wise import apply
from dnnf_mlir.emit.function_sizes import shape_of
from dnnf_mlir.emit.types import element_attribute, element_of, element_type, index
from dnnf_mlir.graph.constants import splat_value
from dnnf_mlir.graph.ecg import Value
from dnnf_mlir.graph.size import is_free
from dnnf_mlir.lowering.registry import COMPOSED, is_composed

from .index_maps import Access, Dim, Loop, broadcast, covers, leaves
from .iteration import Iteration, Visit
from .operands import Placed, is_direct, is_sliced, place, place_constant

if TYPE_CHECKING:
    from dnnf_mlir.lowering.block import Region


@dataclass(frozen=True, eq=False)
class Read:
    """An element of a tensor: of a value of the graph, or of a tensor made while lowering."""

    source: Value | ir.Value
    access: Access
    shape: tuple[int, ...] | None = None
    """The shape that ``access`` is about, where it is not the tensor's own."""

    def keeps_order(self, access: Access) -> bool:
        """Whether a tensor read like this and written at ``access`` is a copy of the source, element after element."""
        if not isinstance(self.source, Value) or not covers(self.access, self.source.type.shape):
            return False
        visited, written = ([loop for loop in leaves(a) if loop.extent > 1] for a in (self.access, access))
        return visited == written


@dataclass(frozen=True)
class Number:
    """A constant known at compile time."""

    dtype: str
    number: float | int | bool


@dataclass(frozen=True)
class Position:
    """The index that a dimension's loops are at, as a value of type ``index``."""

    dim: Dim


@dataclass(frozen=True, eq=False)
class Apply:
    """A function of other expressions; None stands for an absent operand."""

    function: Callable[[list[ir.Value | None]], ir.Value]
    operands: tuple["Expression | None", ...]


Expression: TypeAlias = Read | Number | Position | Apply


@dataclass(frozen=True)
class Output:
    """A result of the operation: where its elements go, and the initial value of a reduction."""

    access: Access
    dtype: str
    initial: float | int | None = None
    fixed: tuple[int, ...] | None = None
    """The shape that the tensor must have; by default any."""


Combine: TypeAlias = Callable[[list[ir.Value], list[ir.Value]], list[ir.Value]]
"""(values of the expressions, accumulators) -> new accumulators or results."""


class Composition:
    """Expressions over one set of loops, and the operation that evaluates them."""

    def __init__(self, region: "Region", root: Value | None = None) -> None:
        self.region = region
        self._root = root
        self._memo: dict[tuple[Value, Access], Expression] = {}
        self._applied: dict[Hashable, Expression] = {}
        self._loads: dict[tuple[Value, Access], Read] = {}
        self._reads: list[Read] = []
        self._positions: list[Position] = []
        self.further: dict[Value, tuple[Access, Expression]] = {}
        """Results of the block met inside the tree of ``root`` that the same operation can yield."""

    def read(self, value: Value, access: Access) -> Expression:
        """One element of ``value``; computed here if its operator can be composed, else read from memory."""
        key = (value, access)
        if key not in self._memo:
            self._memo[key] = self._expression(value, access)
        return self._memo[key]

    def read_tensor(self, tensor: ir.Value, access: Access, shape: tuple[int, ...] | None = None) -> Read:
        """One element of a tensor made while lowering this region, whose order of elements is that of ``shape``."""
        read = Read(tensor, access, shape)
        self._reads.append(read)
        return read

    def position(self, dim: Dim) -> Position:
        """The index that the dimension's loops are at."""
        position = Position(dim)
        self._positions.append(position)
        return position

    def load(self, value: Value, access: Access) -> Read:
        """One element of ``value``, read from memory."""
        key = (value, access)
        if key not in self._loads:
            self._loads[key] = Read(value, access)
            self._reads.append(self._loads[key])
        return self._loads[key]

    def _expression(self, value: Value, access: Access) -> Expression:
        if value.constant is not None:
            number = splat_value(value.constant)
            return self.load(value, access) if number is None else Number(value.type.dtype, number)
        node = value.producer
        if node is None or not self.region.computes(value) or not is_composed(node):
            return self.load(value, access)
        yielded = self._root is not None and value is not self._root and value in self.region.required
        if yielded and not self._can_yield(value, access):
            return self.load(value, access)
        expression = self.expand(value, access)
        if expression is None:
            return self.load(value, access)
        if yielded:
            self.further[value] = (access, expression)
        return expression

    def values_read(self) -> list[Value]:
        """Values of the graph that the expressions so far read from tensors."""
        return [read.source for read in self._reads if isinstance(read.source, Value)]

    def expand(self, value: Value, access: Access) -> Expression | None:
        """The expression of a result of a composed operator, None where it has none."""
        node = value.producer
        if node is None:
            return None
        if node.op in COMPOSED:
            return COMPOSED[node.op](self, node, node.outputs.index(value), access)
        operands = tuple(
            None if operand is None else self.read(operand, broadcast(access, value.type.shape, operand.type.shape))
            for operand in node.inputs
        )
        # Operators that compute the same are one expression: IREE confuses an operation's equal results.
        same = frozenset(operands) if Property.COMMUTATIVE in node.op.properties and len(operands) == 2 else operands
        key = (node.kind, value.type.dtype, str(sorted(node.attributes.items())), same)
        return self._applied.setdefault(key, Apply(lambda values: apply(node, values), operands))

    def _can_yield(self, value: Value, access: Access) -> bool:
        if self._root is None or value.type.elements != self._root.type.elements:
            return False
        return covers(access, value.type.shape)

    def emit(
        self,
        outputs: Sequence[Output],
        expressions: Sequence[Expression],
        reduced: Sequence[Dim] = (),
        combine: Combine = lambda values, accumulators: values,
    ) -> list[ir.Value]:
        """Creates the operation; its loops are those of the first output, then the reduced ones.

        Returns one tensor per output; only the order of elements is sure, not the shape, unless it was fixed.
        """
        if any(dim.iterations == 0 for dim in reduced):
            return [_destination(output, _loops_of(output)).tensor for output in outputs]
        for read in self._reads:
            self.region.tensor_of(read.source)
        tensors, iteration = self._plan(outputs, reduced)
        reads_anchor = reduced and any(self.region.is_anchor(read.source) for read in tensors)
        if reads_anchor or not self._fits(tensors, iteration):
            self.region.cut()
            tensors, iteration = self._plan(outputs, reduced)
        results = self._generic(tensors, iteration, outputs, expressions, combine)
        self.region.made(results)
        return results

    def _plan(self, outputs: Sequence[Output], reduced: Sequence[Dim]) -> tuple[dict[Read, ir.Value], Iteration]:
        """The tensors read, and the dimensions of the operation."""
        tensors = {read: self.region.tensor_of(read.source) for read in self._reads if not _is_constant(read)}
        return tensors, self._iteration(tensors, outputs, reduced)

    def _fits(self, tensors: dict[Read, ir.Value], iteration: Iteration) -> bool:
        """Whether tensors made in this dispatch can be read as they are, without a reshape or slice in between."""
        return all(
            is_direct(tensor, self._shape(read, tensor), read.access, iteration)
            and not (self.region.lowering.gpu and _is_scattered(read.access, iteration))
            for read, tensor in tensors.items()
            if self.region.is_inside(read.source)
        )

    def _generic(
        self,
        tensors: dict[Read, ir.Value],
        iteration: Iteration,
        outputs: Sequence[Output],
        expressions: Sequence[Expression],
        combine: Combine,
    ) -> list[ir.Value]:
        inputs: dict[tuple[ir.Value, ir.AffineMap], int] = {}
        positions: dict[Read, int] = {}
        for read in self._reads:
            placed = self._place(read, tensors.get(read), iteration)
            positions[read] = inputs.setdefault((placed.tensor, placed.map), len(inputs))
        operands = [Placed(tensor, map_) for tensor, map_ in inputs]
        destinations = [_destination(output, iteration) for output in outputs]
        elements = [element_of(placed.tensor.type) for placed in (*operands, *destinations)]
        if self.region.lowering.gpu and "i64" in map(str, elements):
            operands = [self._as_scalars(placed) for placed in operands]
        generic = linalg.GenericOp(
            [placed.tensor.type for placed in destinations],
            [placed.tensor for placed in operands],
            [placed.tensor for placed in destinations],
            ir.ArrayAttr.get([ir.AffineMapAttr.get(placed.map) for placed in (*operands, *destinations)]),
            ir.ArrayAttr.get([ir.Attribute.parse(f"#linalg.iterator_type<{kind}>") for kind in iteration.iterators]),
        )
        body = generic.regions[0].blocks.append(*elements, arg_locs=[generic.location] * len(elements))
        with ir.InsertionPoint(body):
            arguments = list(body.arguments)
            evaluator = _Evaluator(iteration, {read: arguments[i] for read, i in positions.items()})
            values = [evaluator.value(expression) for expression in expressions]
            linalg.YieldOp(combine(values, arguments[len(inputs) :]))
        return list(generic.results)

    def _iteration(self, tensors: dict[Read, ir.Value], outputs: Sequence[Output], reduced: Sequence[Dim]) -> Iteration:
        inside = {read for read in tensors if self.region.is_inside(read.source)}
        keep_units = any(1 in shape_of(tensors[read]) for read in inside) or any(
            output.fixed is not None and 1 in output.fixed for output in outputs
        )
        visits = [_visit(output.access, output.fixed, keep_units) for output in outputs]
        for read, tensor in tensors.items():
            if is_sliced(read.access, self._shape(read, tensor)):
                visits.extend(Visit((loop,)) for loop in leaves(read.access))
            else:
                visits.append(_visit(read.access, shape_of(tensor) if read in inside else None, keep_units))
        for read in self._reads:
            if _is_constant(read):
                sliced = (dim for dim in read.access if dim.step != 1 or dim.offset)
                visits.extend(Visit((loop,)) for dim in sliced for loop in dim.leaves)
                visits.append(_visit(read.access, None, keep_units))
        visits.extend(Visit((loop,)) for loop in self._counted())
        parallel = _visit(outputs[0].access, None, keep_units).loops
        return Iteration(parallel, _visit(tuple(reduced), None, keep_units).loops, visits)

    def _counted(self) -> list[Loop]:
        """Loops whose position is asked for, so that they must stay dimensions of their own."""
        return [loop for position in self._positions for loop in position.dim.leaves]

    def _shape(self, read: Read, tensor: ir.Value) -> tuple[int, ...]:
        """The shape that the read's access is about."""
        if isinstance(read.source, Value):
            return read.source.type.shape
        return shape_of(tensor) if read.shape is None else read.shape

    def _place(self, read: Read, tensor: ir.Value | None, iteration: Iteration) -> Placed:
        if _is_constant(read) and isinstance(read.source, Value) and read.source.constant is not None:
            return place_constant(self.region.lowering.pool, read.source.constant, read.access, iteration)
        if tensor is None:
            raise ValueError(f"{read.source} has no tensor")
        shape = self._shape(read, tensor)
        inside = self.region.is_inside(read.source)
        return place(tensor, shape, read.access, iteration, self.region.reshape_outside, inside)

    def _as_scalars(self, placed: Placed) -> Placed:
        """The operand with a last dimension of extent 1, if it comes from outside.

        IREE replaces 64-bit integers where a GPU has none, but only scalar ones, and it vectorises an operation unless
        the last dimension of an operand is none of the operation's.
        """
        owner = placed.tensor.owner
        if not isinstance(owner, ir.Block) and owner.operation.block == self.region.body:
            return placed
        tensor = self.region.reshape_outside(placed.tensor, [*shape_of(placed.tensor), 1])
        zero = ir.AffineConstantExpr.get(0)
        return Placed(tensor, ir.AffineMap.get(placed.map.n_dims, 0, [*placed.map.results, zero]))


class _Evaluator:
    """Emits expressions into the body, each once."""

    def __init__(self, iteration: Iteration, arguments: dict[Read, ir.Value]) -> None:
        self._iteration = iteration
        self._arguments = arguments
        self._values: dict[int, ir.Value] = {}

    def value(self, expression: Expression) -> ir.Value:
        if id(expression) not in self._values:
            self._values[id(expression)] = self._emit(expression)
        return self._values[id(expression)]

    def _emit(self, expression: Expression) -> ir.Value:
        match expression:
            case Read():
                return self._arguments[expression]
            case Number(dtype, number):
                type_ = element_type(dtype)
                return arith.ConstantOp(type_, element_attribute(type_, number)).result
            case Position(dim):
                return self._position(dim)
            case Apply(function, operands):
                return function([None if operand is None else self.value(operand) for operand in operands])

    def _position(self, dim: Dim) -> ir.Value:
        total = index(dim.offset)
        stride = dim.step
        for loop in reversed(dim.leaves):
            if loop in self._iteration:
                counter = linalg.IndexOp(self._iteration.dimension(loop)).result
                if stride != 1:
                    counter = arith.MulIOp(counter, index(stride)).result
                total = arith.AddIOp(total, counter).result
            stride *= loop.extent
        return total


def _visit(access: Access, fixed: tuple[int, ...] | None, keep_units: bool) -> Visit:
    return Visit(tuple(loop for loop in leaves(access) if keep_units or loop.extent > 1), fixed)


def _loops_of(output: Output) -> Iteration:
    return Iteration([loop for loop in leaves(output.access) if loop.extent != 1], [], [])


def _destination(output: Output, iteration: Iteration) -> Placed:
    dimensions = iteration.dimensions(leaves(output.access))
    element = element_type(output.dtype)
    shape = [iteration.extent(i) for i in dimensions]
    if output.initial is None:
        return Placed(shapes.empty(shape, element), iteration.map(dimensions))
    return Placed(shapes.filled(shape, element, output.initial), iteration.map(dimensions))


def _is_constant(read: Read) -> bool:
    """Whether what is read is known at compile time."""
    if not isinstance(read.source, Value) or read.source.constant is None:
        return False
    return not any(is_free(dim.iterations) for dim in read.access)


def _is_scattered(access: Access, iteration: Iteration) -> bool:
    """Whether a tensor of fewer dimensions follows others than the first ones.

    IREE's GPU code generators distribute such a reader otherwise than the operation that makes the tensor, and give
    wrong numbers.
    """
    dimensions = iteration.dimensions(leaves(access))
    return len(dimensions) < iteration.rank and dimensions != list(range(len(dimensions)))
