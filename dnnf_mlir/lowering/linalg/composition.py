"""One ``linalg.generic`` composed from a tree of operators (paper, section 4.3: the data-flow tree of a block).

:meth:`GenericComposition.read` walks from a result towards the operands and gives the expression of one element; what
cannot be an expression is read from a tensor. :meth:`GenericComposition.emit` then creates the operation.
"""

from collections.abc import Hashable, Sequence

from dnnf_mlir.bindings.iree import ir, linalg
from dnnf_mlir.emit import quirks, shapes
from dnnf_mlir.emit.element_wise import compute
from dnnf_mlir.emit.scalar import Scalar, number
from dnnf_mlir.emit.sizes import shape_of
from dnnf_mlir.emit.types import element_of, element_type
from dnnf_mlir.graph.constants import splat_value
from dnnf_mlir.graph.ecg import Value
from dnnf_mlir.graph.operator import Property
from dnnf_mlir.lowering.api import COMPOSED, Composition, Region, is_composed
from dnnf_mlir.lowering.linalg.index_maps import Apply, Combine, Expression, Number, Output, Position, Read

from .index_maps import Access, Dim, Loop, broadcast, covers, leaves
from .iteration import Iteration, Visit
from .operands import Placed, is_direct, is_sliced, place, place_constant


class GenericComposition(Composition):
    """Expressions over one set of loops, and the ``linalg.generic`` that evaluates them.

    Args:
        region: the block that is being lowered.
        root: the value whose expression the operation computes, None where it is not one of the graph.
    """

    def __init__(self, region: Region, root: Value | None = None) -> None:
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
        key = (value, access)
        if key not in self._memo:
            self._memo[key] = self._expression(value, access)
        return self._memo[key]

    def read_tensor(self, tensor: ir.Value, access: Access, dtype: str, shape: tuple[int, ...] | None = None) -> Read:
        read = Read(tensor, access, dtype, shape)
        self._reads.append(read)
        return read

    def position(self, dim: Dim) -> Position:
        position = Position(dim)
        self._positions.append(position)
        return position

    def load(self, value: Value, access: Access) -> Read:
        key = (value, access)
        if key not in self._loads:
            self._loads[key] = Read(value, access, value.type.dtype)
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
        # Operators that compute the same are one expression: quirks.EQUAL_RESULTS.
        same = frozenset(operands) if Property.COMMUTATIVE in node.op.properties and len(operands) == 2 else operands
        key = (node.kind, value.type.dtype, str(sorted(node.attributes.items())), same)
        return self._applied.setdefault(key, Apply(lambda *numbers: compute(node, numbers), operands))

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
        tensors = {read: self.region.tensor_of(read.source) for read in self._reads if not read.is_constant}
        return tensors, self._iteration(tensors, outputs, reduced)

    def _fits(self, tensors: dict[Read, ir.Value], iteration: Iteration) -> bool:
        """Whether tensors made in this dispatch can be read as they are, without a reshape or slice in between."""
        return all(
            is_direct(tensor, self._shape(read, tensor), read.access, iteration)
            and not (self.region.lowering.has(quirks.SCATTERED_READER) and _is_scattered(read.access, iteration))
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
        operands += _extents_without_operand([*operands, *destinations], iteration, outputs[0].dtype)
        elements = [element_of(placed.tensor.type) for placed in (*operands, *destinations)]
        if self.region.lowering.has(quirks.VECTORISED_I64) and "i64" in map(str, elements):
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
            numbers = [evaluator.number(expression) for expression in expressions]
            accumulators = [
                Scalar(argument, output.dtype)
                for argument, output in zip(arguments[len(operands) :], outputs, strict=True)
            ]
            linalg.YieldOp([result.value for result in combine(numbers, accumulators)])
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
            if read.is_constant:
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
        if read.is_constant and isinstance(read.source, Value) and read.source.constant is not None:
            return place_constant(self.region.lowering.pool, read.source.constant, read.access, iteration)
        if tensor is None:
            raise ValueError(f"{read.source} has no tensor")
        shape = self._shape(read, tensor)
        inside = self.region.is_inside(read.source)
        return place(tensor, shape, read.access, iteration, self.region.reshape_outside, inside)

    def _as_scalars(self, placed: Placed) -> Placed:
        """The operand with a last dimension of extent 1, if it comes from outside.

        IREE vectorises an operation unless the last dimension of an operand is none of the operation's: see
        quirks.VECTORISED_I64.
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
        self._numbers: dict[int, Scalar] = {}

    def number(self, expression: Expression) -> Scalar:
        """The expression's number, computed at its first use."""
        if id(expression) not in self._numbers:
            self._numbers[id(expression)] = self._emit(expression)
        return self._numbers[id(expression)]

    def _emit(self, expression: Expression) -> Scalar:
        match expression:
            case Read():
                return Scalar(self._arguments[expression], expression.dtype)
            case Number(dtype, value):
                return number(value, dtype)
            case Position(dim):
                return self._position(dim)
            case Apply(function, operands):
                return function(*(None if operand is None else self.number(operand) for operand in operands))

    def _position(self, dim: Dim) -> Scalar:
        total = number(dim.offset, "index")
        stride = dim.step
        for loop in reversed(dim.leaves):
            if loop in self._iteration:
                total = total + Scalar(linalg.IndexOp(self._iteration.dimension(loop)).result, "index") * stride
            stride *= loop.extent
        return total


def _extents_without_operand(placed: Sequence[Placed], iteration: Iteration, dtype: str) -> list[Placed]:
    """An operand that is not read, for dimensions that only positions are asked of: it tells how long they are."""
    told = {str(result) for each in placed for result in each.map.results}
    untold = [i for i in range(iteration.rank) if f"d{i}" not in told]
    shape = [iteration.extent(i) for i in untold]
    return [Placed(shapes.empty(shape, element_type(dtype)), iteration.map(untold))] if untold else []


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


def _is_scattered(access: Access, iteration: Iteration) -> bool:
    """Whether a tensor of fewer dimensions follows others than the first ones."""
    dimensions = iteration.dimensions(leaves(access))
    return len(dimensions) < iteration.rank and dimensions != list(range(len(dimensions)))
