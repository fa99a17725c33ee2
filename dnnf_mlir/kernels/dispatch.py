"""The shell of kernels: one ``flow.dispatch.workgroups``, for one kernel or for several side by side.

Kernels that do not wait for each other can share a dispatch. Its workgroups are dealt out to them, and each workgroup
branches to the body of its own kernel, which stays what it is alone::

    workgroups [0, a):      first kernel
    workgroups [a, a + b):  second kernel ...
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

from dnnf_mlir.iree_ir import arith, flow, ir, iree_tensor_ext
from dnnf_mlir.kernels.canonical import reshape
from dnnf_mlir.kernels.indexing import Index, delinearize, subtract, value
from dnnf_mlir.kernels.workgroups import dispatch_tensor, either

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
    results: Sequence[ir.RankedTensorType]
    shapes: Sequence[Sequence[int]]
    grid: tuple[int, int]
    body: Body
    scratch: Sequence[ir.RankedTensorType] = ()
    wholes: Sequence[ir.Value | None] = ()

    def emit(self) -> list[ir.Value]:
        """Emits the kernel at the insertion point and returns its results."""
        return emit_together([self])[0]


def emit_together(kernels: Sequence[Dispatch]) -> list[list[ir.Value]]:
    """Emits one dispatch for kernels that do not read each other's results, and returns the results of each."""
    operands = list(dict.fromkeys(operand for kernel in kernels for operand in kernel.operands))
    results = [type_ for kernel in kernels for type_ in kernel.results]
    scratch = [type_ for kernel in kernels for type_ in kernel.scratch]
    wholes = [whole for kernel in kernels for whole in kernel.wholes or [None] * len(kernel.results)]
    tied = [whole for whole in wholes if whole is not None]
    # No tensor.empty: IREE makes those of one type a constant of the module, and copies it for each kernel.
    tied += [flow.TensorAllocaOp(type_, []).result for type_ in scratch]
    places = iter(range(len(operands), len(operands) + len(tied)))
    ties = [-1 if whole is None else next(places) for whole in wholes] + list(places)
    numbers = ir.ArrayAttr.get([ir.IntegerAttr.get(ir.IndexType.get(), tie) for tie in ties]) if tied else None
    op = flow.DispatchWorkgroupsOp([*results, *scratch], [], [*operands, *tied], [], [], tied_operands=numbers)
    types = [operand.type for operand in operands]
    access = [dispatch_tensor("readonly", type_) for type_ in types]
    access += [dispatch_tensor("readwrite", each.type) for each in tied]
    access += [dispatch_tensor("writeonly", type_) for type_, tie in zip(results, ties, strict=False) if tie < 0]
    grid = _Grid([kernel.grid for kernel in kernels])
    body_block = op.regions[0].blocks.append(*access)
    with ir.InsertionPoint(body_block):
        arguments = list(body_block.arguments)
        loaded = [_load(argument, type_) for argument, type_ in zip(arguments, types, strict=False)]
        tensors = dict(zip(operands, loaded, strict=True))
        own = iter(arguments[len(operands) + len(tied) :])
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
        ids = [flow.DispatchWorkgroupIDOp(i).result if grid.extents[i] > 1 else 0 for i in range(2)]
        grid.branch((ids[0], ids[1]), lambda number, own: kernels[number].body(own, *parts[number]))
        flow.ReturnOp([])
    count_block = op.regions[1].blocks.append()
    with ir.InsertionPoint(count_block):
        flow.ReturnOp([value(grid.extents[0]), value(grid.extents[1]), value(1)])
    stored = iter(op.results)
    return [[reshape(next(stored), shape) for shape in kernel.shapes] for kernel in kernels]


@dataclass(frozen=True)
class _Grid:
    """The grids of several kernels as one, one after the other: each stays on its own weights and results for long."""

    grids: Sequence[tuple[int, int]]

    @property
    def extents(self) -> tuple[int, int]:
        return self.grids[0] if len(self.grids) == 1 else (sum(map(prod, self.grids)), 1)

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
            self._branch(subtract(position, fast * slow), number + 1, emit)

        if number + 1 == len(self.grids):
            this()
        else:
            either(arith.CmpIOp(arith.CmpIPredicate.ult, value(position), value(fast * slow)).result, this, later)


def _load(argument: ir.Value, type_: ir.Type) -> ir.Value:
    shape = list(ir.RankedTensorType(type_).shape)
    zeros, ones = [0] * len(shape), [1] * len(shape)
    return iree_tensor_ext.DispatchTensorLoadOp(type_, argument, [], [], [], [], zeros, shape, ones).result
