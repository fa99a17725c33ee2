"""Softmax along the channels (ONNX Softmax on the last axis), and the part of it that attention shares.

Loops of one workgroup::

    for row in the workgroup's share of positions:
      maximum = max over chunks of prologue(x[row, chunk])
      for chunk: scratch[chunk] = exp(prologue(x[row, chunk]) - maximum); sum += scratch[chunk]
      for chunk: y[row, chunk] = epilogue(scratch[chunk] * (1 / sum))
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, inf, prod

from dnnf_mlir.iree_ir import arith, ir, math, tensor, vector
from dnnf_mlir.kernels.canonical import canonical, reshape
from dnnf_mlir.kernels.dispatch import Dispatch
from dnnf_mlir.kernels.elementwise import IDENTITY, ElementWise, Fusion
from dnnf_mlir.kernels.fused import Workgroup, fused_dispatch
from dnnf_mlir.kernels.indexing import Index, add, delinearize, loop, minimum, multiply
from dnnf_mlir.kernels.layout import Layout
from dnnf_mlir.kernels.problem import ConvProblem
from dnnf_mlir.kernels.schedule import items_per_workgroup, powers_of_two
from dnnf_mlir.kernels.window import Tile
from dnnf_mlir.kernels.workgroups import (
    broadcast,
    element_bytes,
    filled,
    load_tile,
    read_vector,
    store_tile,
    write_vector,
)
from dnnf_mlir.targets import VectorUnit

# Registers of one chunk: independent exponentials hide each other's latency.
_CHUNK_REGISTERS = 4
# What an element costs, in multiply-adds of a dense kernel.
_ELEMENT_MULTIPLY_ADDS = 32

# read(column, lanes): a vector of the row; write(vector, column).
Read = Callable[[Index, int], ir.Value]
Write = Callable[[ir.Value, Index], None]


def softmax_dispatch(
    problem: ConvProblem,
    x: ir.Value,
    vector_unit: VectorUnit,
    epilogue: ElementWise = IDENTITY,
    prologue: ElementWise | None = None,
    layouts: tuple[Layout, ...] = (),
) -> Dispatch:
    """One dispatch for the softmax over the last dimension.

    ``problem`` is :func:`matmul_problem` of x: [rows..., columns] with as many columns as its depth. The prologue is
    applied to what is read, before the softmax.
    """
    fusion = Fusion(epilogue, prologue, layouts)
    form = canonical(problem, fusion)
    element = ir.RankedTensorType(x.type).element_type
    native = vector_unit.lanes(element_bytes(element))
    columns = problem.channels
    rows = list(form.output_extents)
    share = items_per_workgroup(prod(rows), columns * _ELEMENT_MULTIPLY_ADDS, 1)
    operand = reshape(x, [*rows, columns])

    def body(group: Workgroup) -> None:
        workgroup = group.ids[0]
        scratch = group.scratch[0]

        def row(number: Index, _: list[ir.Value]) -> list[ir.Value]:
            place = delinearize(number, rows)

            def read(column: Index, lanes: int) -> ir.Value:
                coordinates = [*place, column]
                data = read_vector(group.tensors[0], coordinates, lanes)
                return data if group.prologue is None else group.prologue.apply(data, coordinates, {})[0]

            def write(data: ir.Value, column: Index) -> None:
                store_vector(data, scratch, [workgroup, column])

            inverse = exponentials(columns, native, element, read, write)
            kept = load_tile(scratch, [workgroup, 0], [1, columns])

            def normalize(column: Index, lanes: int) -> None:
                data = read_vector(kept, [0, column], lanes)
                scaled = arith.MulFOp(data, broadcast(inverse, lanes)).result
                group.results.store(Tile(place[0], place[1], place[2], place[3], 1, column, lanes), [scaled])

            for_chunks(columns, native, normalize)
            return []

        first = multiply(workgroup, share)
        loop(first, minimum(add(first, share), prod(rows)), [], row)

    grid = (ceil(prod(rows) / share), 1)
    return fused_dispatch(problem, form, fusion, [operand], grid, columns, body, [[grid[0], columns]])


def exponentials(columns: int, native: int, element: ir.Type, read: Read, write: Write) -> ir.Value:
    """Writes exp(x - max(x)) of one row and returns the scalar 1 / sum of it."""
    chunks = _Chunks(columns, native)

    def maximum_of(best: ir.Value, column: Index, lanes: int) -> ir.Value:
        return arith.MaximumFOp(best, read(column, lanes)).result

    maximum = chunks.reduce(element, -inf, maximum_of, vector.CombiningKind.MAXIMUMF)

    def sum_of(total: ir.Value, column: Index, lanes: int) -> ir.Value:
        shifted = arith.SubFOp(read(column, lanes), broadcast(maximum, lanes)).result
        exponential = math.ExpOp(shifted).result
        write(exponential, column)
        return arith.AddFOp(total, exponential).result

    total = chunks.reduce(element, 0.0, sum_of, vector.CombiningKind.ADD)
    return arith.DivFOp(filled(element, 1.0), total).result


def for_chunks(columns: int, native: int, body: Callable[[Index, int], None]) -> None:
    """Calls ``body(column, lanes)`` for all chunks of a row."""
    chunks = _Chunks(columns, native)

    def step(number: Index, _: list[ir.Value]) -> list[ir.Value]:
        body(multiply(number, chunks.lanes), chunks.lanes)
        return []

    loop(0, chunks.whole, [], step)
    for offset, lanes in chunks.rest:
        body(offset, lanes)


@dataclass(frozen=True)
class _Chunks:
    """A row cut into vectors of a few registers, and its end into powers of two."""

    columns: int
    native: int

    @property
    def lanes(self) -> int:
        return _CHUNK_REGISTERS * self.native

    @property
    def whole(self) -> int:
        return self.columns // self.lanes

    @property
    def rest(self) -> list[tuple[int, int]]:
        first = self.whole * self.lanes
        return [(first + offset, lanes) for offset, lanes in powers_of_two(self.columns - first)]

    def reduce(
        self,
        element: ir.Type,
        start: float,
        step: Callable[[ir.Value, Index, int], ir.Value],
        kind: vector.CombiningKind,
    ) -> ir.Value:
        """Folds ``step(vector so far, column, lanes)`` over the row, and the lanes into a scalar."""
        scalar = filled(element, start)

        def initial(lanes: int) -> ir.Value:
            return filled(ir.VectorType.get([lanes], element), start)

        def folded(data: ir.Value, so_far: ir.Value) -> ir.Value:
            return vector.ReductionOp(element, kind, data, acc=so_far).result

        if self.whole:
            carried = [initial(self.lanes)]
            totals = loop(0, self.whole, carried, lambda i, v: [step(v[0], multiply(i, self.lanes), self.lanes)])
            scalar = folded(totals[0], scalar)
        for column, lanes in self.rest:
            scalar = folded(step(initial(lanes), column, lanes), scalar)
        return scalar


def store_vector(data: ir.Value, target: ir.Value, offsets: list[Index]) -> None:
    """Writes a vector along the last dimension of the scratch memory ``target``."""
    type_ = ir.VectorType(data.type)
    shape = [1] * (len(offsets) - 1) + [type_.shape[0]]
    empty = tensor.EmptyOp(shape, type_.element_type).result
    store_tile(write_vector(data, empty, [0] * len(offsets), len(offsets) - 1), target, offsets)
