"""The shell of kernels: one ``flow.dispatch.workgroups``, for one kernel or for several side by side.

Kernels that do not wait for each other can share a dispatch. Its workgroups are dealt out to them, and each workgroup
branches to the body of its own kernel, which stays what it is alone::

    workgroups [0, a):      first kernel
    workgroups [a, a + b):  second kernel ...

Free dimensions that sizes of tensors or of the grid depend on are index operands of the dispatch; from them the sizes
are calculated inside.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

from dnnf_mlir.bindings.iree import arith, flow, ir
from dnnf_mlir.emit.control import either
from dnnf_mlir.emit.index import Index, delinearize, value
from dnnf_mlir.emit.scalar import Scalar
from dnnf_mlir.emit.sizes import RegionSizes, Shaped, current, dynamic
from dnnf_mlir.emit.vectors import dispatch_tensor, load_tile
from dnnf_mlir.graph.size import Size, symbols_of
from dnnf_mlir.kernels.nest.fused_work import reshape

Ids = tuple[Index, Index]

# body(position in the grid, operands as tensors, targets of store_tile, memories that store_tile and load_tile take)
Body = Callable[[Ids, list[ir.Value], list[ir.Value], list[ir.Value]], None]


@dataclass(frozen=True)
class Dispatch:
    """A kernel that is not emitted yet.

    ``body`` emits what the workgroup at one position of ``grid`` does (the first coordinate runs fastest). ``results``
    are the types that it stores, ``shapes`` those in which they are handed on. ``scratch`` are the types of memories
    that it may both write and read. A result that has a tensor in ``wholes`` is that tensor, of which the kernel
    overwrites what it stores.
    """

    operands: Sequence[ir.Value]
    results: Sequence[Shaped]
    shapes: Sequence[Sequence[int]]
    grid: tuple[int, int]
    body: Body
    scratch: Sequence[Shaped] = ()
    wholes: Sequence[ir.Value | None] = ()

    def emit(self) -> list[ir.Value]:
        """Emits the kernel at the insertion point and returns its results."""
        return emit_together([self])[0]

    @property
    def symbols(self) -> frozenset[str]:
        """The free dimensions that the kernel's sizes depend on."""
        tensors = [*map(Shaped.of, self.operands), *self.results, *self.scratch]
        return frozenset().union(*(tensor.symbols for tensor in tensors), *map(symbols_of, self.grid))


def emit_together(kernels: Sequence[Dispatch]) -> list[list[ir.Value]]:
    """Emits one dispatch for kernels that do not read each other's results, and returns the results of each."""
    operands = list(dict.fromkeys(operand for kernel in kernels for operand in kernel.operands))
    results = [each for kernel in kernels for each in kernel.results]
    scratch = [each for kernel in kernels for each in kernel.scratch]
    wholes = [whole for kernel in kernels for whole in kernel.wholes or [None] * len(kernel.results)]
    tied = [whole for whole in wholes if whole is not None]
    # No tensor.empty: quirks.EQUAL_EMPTY.
    tied += [flow.TensorAllocaOp(each.type, dynamic(each.shape)).result for each in scratch]
    read = [*operands, *tied]
    places = iter(range(len(operands), len(read)))
    ties = [-1 if whole is None else next(places) for whole in wholes] + list(places)
    numbers = ir.ArrayAttr.get([ir.IntegerAttr.get(ir.IndexType.get(), tie) for tie in ties]) if tied else None
    symbols = sorted(frozenset().union(*(kernel.symbols for kernel in kernels)))
    free = [current().value(Size.free(symbol)) for symbol in symbols]
    stored_types = [*results, *scratch]
    op = flow.DispatchWorkgroupsOp(
        [each.type for each in stored_types],
        free,
        [*read, *free],
        [size for operand in read for size in dynamic(Shaped.of(operand).shape)],
        [size for each in stored_types for size in dynamic(each.shape)],
        tied_operands=numbers,
    )
    written_anew = [each for each, tie in zip(results, ties, strict=False) if tie < 0]
    shaped = [*map(Shaped.of, read), *written_anew]
    access = [dispatch_tensor("readonly", each.type) for each in shaped[: len(operands)]]
    access += [dispatch_tensor("readwrite", each.type) for each in shaped[len(operands) : len(read)]]
    access += [ir.IndexType.get()] * len(free)
    access += [dispatch_tensor("writeonly", each.type) for each in written_anew]
    grid = Grids([kernel.grid for kernel in kernels])
    body_block = op.regions[0].blocks.append(*access)
    given = list(body_block.arguments)
    sizes = given[len(read) : len(read) + len(free)]
    with ir.InsertionPoint(body_block), RegionSizes.of(body_block, symbols, sizes):
        tensors_given = [*given[: len(read)], *given[len(read) + len(free) :]]
        arguments = [_tied(argument, each) for argument, each in zip(tensors_given, shaped, strict=True)]
        loaded = [
            load_tile(argument, [0] * len(each.shape), each.shape)
            for argument, each in zip(arguments[: len(operands)], shaped, strict=False)
        ]
        tensors = dict(zip(operands, loaded, strict=True))
        own = iter(arguments[len(read) :])
        written = [next(own) if tie < 0 else arguments[tie] for tie in ties]
        targets, memories = iter(written[: len(results)]), iter(written[len(results) :])
        parts = [
            (
                [tensors[operand] for operand in kernel.operands],
                [next(targets) for _ in kernel.results],
                [next(memories) for _ in kernel.scratch],
            )
            for kernel in kernels
        ]
        ids = [Scalar(flow.DispatchWorkgroupIDOp(i).result, "index") if grid.extents[i] > 1 else 0 for i in range(2)]
        grid.branch((ids[0], ids[1]), lambda number, own: kernels[number].body(own, *parts[number]))
        flow.ReturnOp([])
    count_block = op.regions[1].blocks.append(*[ir.IndexType.get()] * len(free))
    with ir.InsertionPoint(count_block), RegionSizes.of(count_block, symbols, list(count_block.arguments)):
        flow.ReturnOp([value(grid.extents[0]), value(grid.extents[1]), value(1)])
    stored = iter(op.results)
    return [[reshape(next(stored), shape) for shape in kernel.shapes] for kernel in kernels]


@dataclass(frozen=True)
class Grids:
    """The grids of several kernels as one, one after the other: each stays on its own weights and results for long."""

    grids: Sequence[tuple[int, int]]

    @property
    def extents(self) -> tuple[int, int]:
        return self.grids[0] if len(self.grids) == 1 else (sum(prod(grid) for grid in self.grids), 1)

    def branch(self, ids: Ids, emit: Callable[[int, Ids], None]) -> None:
        """Branches to ``emit(number of the kernel, position in its grid)``."""
        if len(self.grids) == 1:
            emit(0, ids)
        else:
            self._branch(ids[0], 0, emit)

    def _branch(self, position: Index, number: int, emit: Callable[[int, Ids], None]) -> None:
        """Among the kernels from ``number`` on, whose workgroups ``position`` counts from the first one of them."""
        fast, slow = self.grids[number]

        def this() -> None:
            second, first = delinearize(position, [slow, fast]) if slow > 1 else (0, position)
            emit(number, (first, second))

        def later() -> None:
            self._branch(position - fast * slow, number + 1, emit)

        if number + 1 == len(self.grids):
            this()
        else:
            either(arith.CmpIOp(arith.CmpIPredicate.ult, value(position), value(fast * slow)).result, this, later)


def _tied(argument: ir.Value, shaped: Shaped) -> ir.Value:
    """A tensor inside the dispatch with its sizes."""
    sizes = dynamic(shaped.shape)
    return flow.DispatchTieShapeOp(argument, sizes, results=[argument.type]).result if sizes else argument
