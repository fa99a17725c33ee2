"""Interpolation, one dimension after the other: the outer ones of a whole line at once, then those along the line.

A line is what lies behind one index into the dimensions before the last resized one. Loops of one workgroup::

    for line in the workgroup's share of the result's lines:
      for chunk of the line: memory[chunk] = sum of weights[t] * x[the t-th line that it reads, chunk]
      for column: y[line, column] = epilogue(sum of weights[column, t] * memory[positions[column, t]])

Lines that are read as they are need no memory. Columns are

- rows of the inner dimensions (channels last), read as vectors;
- elements in a fixed pattern, where the line becomes a whole number of times larger: a few vectors are shuffled;
- else elements, gathered by the table of positions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np

from dnnf_mlir.bindings.iree import arith, ir, math, vector
from dnnf_mlir.emit.index import Index, delinearize, divide, for_each, maximum, minimum, remainder
from dnnf_mlir.emit.interpolation import run_time_taps
from dnnf_mlir.emit.scalar import Scalar
from dnnf_mlir.emit.sizes import Shaped
from dnnf_mlir.emit.vectors import broadcast, load_tile, read_scalar, read_vector
from dnnf_mlir.kernels.dense.schedule import items_per_workgroup, powers_of_two
from dnnf_mlir.kernels.nest.around import Around
from dnnf_mlir.kernels.nest.dispatch import Dispatch
from dnnf_mlir.kernels.nest.fused import Workgroup, fused_dispatch
from dnnf_mlir.kernels.nest.fused_work import canonical
from dnnf_mlir.kernels.nest.problem import Canonical, matmul_problem
from dnnf_mlir.kernels.nest.row import Row, store_vector
from dnnf_mlir.kernels.nest.window import Tile
from dnnf_mlir.kernels.resize.pattern import Axis, ResizeProblem
from dnnf_mlir.targets import VectorUnit

# What an element costs, in multiply-adds of a dense kernel.
_ELEMENT_MULTIPLY_ADDS = 16


Tap = tuple[Index, ir.Value | None]
"""A position that a result reads, and its weight: a scalar or None for 1."""


def emit(problem: ResizeProblem, around: Around, unit: VectorUnit) -> Dispatch:
    """The kernel of the interpolation and what follows it."""
    before, after = problem.x.type.shape, problem.last.output.type.shape
    dim = problem.line.dim
    window = matmul_problem(after[:-1], after[-1], after[-1])
    fusion = around.fused()
    form = canonical(window, fusion)
    tabled = problem.axes if problem.pattern is None else problem.axes[:-1]
    tables = [_tensors(axis, around) for axis in tabled]
    operands = [around.reshaped(problem.x, (*before[:dim], problem.length))]
    operands += [tensor for table in tables for tensor in table]
    lines = prod(after[:dim])
    share = items_per_workgroup(lines, prod(after[dim:]) * _ELEMENT_MULTIPLY_ADDS, 1)
    grid = (-(-lines // share), 1)

    def body(group: Workgroup) -> None:
        given = iter(group.tensors[1:])
        known = {axis.dim: [next(given) for _ in table] for axis, table in zip(tabled, tables, strict=True)}
        kernel = _Kernel(problem, form, unit.lanes(4), group, known)
        first = group.ids[0] * share
        for_each(first, minimum(first + share, lines), kernel.line)

    scratch = [] if problem.memory is None else [Shaped((grid[0], problem.memory), ir.F32Type.get())]
    return fused_dispatch(window, form, fusion, operands, grid, after[-1], body, scratch)


def _tensors(axis: Axis, around: Around) -> list[ir.Value]:
    """Positions and weights of a dimension, [taps, results], made before the kernel; no weights of single elements."""
    number = 1 if axis.taps == 1 else 2
    if axis.is_dynamic and not axis.is_periodic:
        with around.module.insertion_point:
            return list(run_time_taps(axis.how, axis.size, axis.count, axis.scale))[:number]
    return [around.module.pool.get(np.ascontiguousarray(table)) for table in axis.tables[:number]]


@dataclass(frozen=True)
class _Kernel:
    """The loop nest of a workgroup; ``tables`` by dimension."""

    problem: ResizeProblem
    form: Canonical
    native: int
    group: Workgroup
    tables: dict[int, list[ir.Value]]

    def line(self, number: Index) -> None:
        """One line of the result."""
        shape, dim = self.problem.last.output.type.shape, self.problem.line.dim
        places = delinearize(number, shape[:dim]) if dim else []
        options: list[list[Tap]] = [
            self._taps(at, place) if at in self.tables else [(place, None)] for at, place in enumerate(places)
        ]
        sources = list(product(*options))
        x, origin = self.group.tensors[0], [position for position, _ in sources[0]]
        if self.problem.memory is not None:
            self._store(sources)
            x, origin = load_tile(self.group.scratch[0], [self.group.ids[0], 0], [1, self.problem.memory]), [0]
        if dim + 1 < len(shape):
            self._rows(number, x, origin)
        elif self.problem.pattern is not None:
            self._patterned(number, x, origin, *self.problem.pattern)
        else:
            self._gathered(number, x, origin)

    def _taps(self, dim: int, place: Index) -> list[Tap]:
        """What a result reads along a dimension."""
        positions, *weights = self.tables[dim]
        [axis] = [axis for axis in self.problem.axes if axis.dim == dim]
        times = ir.RankedTensorType(positions.type).shape[1] if axis.is_periodic else 1
        entry = remainder(place, times) if axis.is_periodic else place
        found: list[Tap] = []
        for tap in range(axis.taps):
            position: Index = Scalar(read_scalar(positions, [tap, entry]), "i32").to("index")
            if axis.is_periodic:
                position = minimum(maximum(divide(place, times) + position, 0), axis.size - 1)
            found.append((position, read_scalar(weights[0], [tap, entry]) if weights else None))
        return found

    def _store(self, sources: Sequence[Sequence[Tap]]) -> None:
        """Writes the weighted sum of the lines that are read into the memory, between copies of its ends."""
        factors = [_multiplied([weight for _, weight in source if weight is not None]) for source in sources]
        before, behind = self.problem.margins

        def copy(column: Index, lanes: int, to: Index) -> None:
            total = None
            for source, factor in zip(sources, factors, strict=True):
                place = [*(position for position, _ in source), column]
                total = _added(total, self._read(self.group.tensors[0], place, lanes), factor)
            store_vector(total, self.group.scratch[0], [self.group.ids[0], to])

        length = self.problem.length
        Row(length, self.native).each(lambda column, lanes: copy(column, lanes, column + before))
        for margin in range(before):
            copy(0, 1, margin)
        for margin in range(behind):
            copy(length - 1, 1, length + before + margin)

    def _read(self, x: ir.Value, place: Sequence[Index], lanes: int) -> ir.Value:
        return read_vector(x, place, lanes, element=ir.F32Type.get())

    def _rows(self, line: Index, x: ir.Value, origin: Sequence[Index]) -> None:
        """Columns of more than one element: each a sum of parts of the line."""
        shape, dim = self.problem.last.output.type.shape, self.problem.line.dim
        between, channels = prod(shape[dim + 1 : -1]), shape[-1]
        rows = self.form.output_extents
        whole = rows[3] == shape[dim] and between == 1
        outside = delinearize(line, list(rows[:3])) if whole else []

        def column(place: Index) -> None:
            taps = self._taps(dim, place)

            def row(inner: Index) -> None:
                first = (line * shape[dim] + place) * between + inner
                at = [*outside, place] if whole else _delinearized(first, rows)

                def piece(channel: Index, lanes: int) -> None:
                    total = None
                    for position, weight in taps:
                        start = (position * between + inner) * channels
                        total = _added(total, self._read(x, [*origin, start + channel], lanes), weight)
                    self._put(at, channel, total, lanes)

                Row(channels, self.native, 1).each(piece)

            for_each(0, between, row)

        for_each(0, shape[dim], column)

    def _patterned(
        self, line: Index, x: ir.Value, origin: Sequence[Index], offsets: np.ndarray, weights: np.ndarray
    ) -> None:
        """Pieces of a line, each ``times`` as long in the result: vectors of the line at the offsets are shuffled."""
        times, taps = offsets.shape
        at = _delinearized(line, self.form.output_extents)
        before = self.problem.margins[0]

        def piece(first: Index, lanes: int) -> None:
            data = {
                offset: self._read(x, [*origin, first + (before + offset)], lanes)
                for offset in sorted({int(offset) for offset in offsets.flat})
            }
            for start, count in _stores(times * lanes, self.native):
                places = [divmod(place, times) for place in range(start, start + count)]
                total = None
                for tap in range(taps):
                    chosen = [(element, int(offsets[phase, tap])) for element, phase in places]
                    factors = [float(weights[phase, tap]) for _, phase in places]
                    total = _added(total, _shuffled(data, chosen, lanes), None if taps == 1 else _constant(factors))
                self._put(at, first * times + start, total, count)

        Row(self.problem.line.size, self.native, 1).each(piece)

    def _gathered(self, line: Index, x: ir.Value, origin: Sequence[Index]) -> None:
        """Vectors of elements at the positions of the table."""
        at = _delinearized(line, self.form.output_extents)
        positions, *weights = self.tables[self.problem.line.dim]

        def piece(column: Index, lanes: int) -> None:
            total = None
            for tap in range(self.problem.line.taps):
                weight = read_vector(weights[0], [tap, column], lanes) if weights else None
                total = _added(total, _gather(x, origin, positions, [tap, column], lanes), weight)
            self._put(at, column, total, lanes)

        Row(self.problem.line.count, self.native, 1).each(piece)

    def _put(self, at: Sequence[Index], channel: Index, total: ir.Value | None, lanes: int) -> None:
        if total is None:
            raise ValueError("nothing is read")
        self.group.results.store(Tile(at[0], at[1], at[2], at[3], 1, channel, lanes), [total])


def _delinearized(row: Index, extents: Sequence[int]) -> list[Index]:
    """Coordinates of a row, where all but the last extent are 1 without a division."""
    if all(extent == 1 for extent in extents[:-1]):
        return [0, 0, 0, row]
    return delinearize(row, list(extents))


def _stores(elements: int, native: int) -> list[tuple[int, int]]:
    """Offset and length of the vectors that so many elements are stored as."""
    whole, rest = divmod(elements, native)
    return [(i * native, native) for i in range(whole)] + [
        (whole * native + offset, lanes) for offset, lanes in powers_of_two(rest)
    ]


def _multiplied(weights: Sequence[ir.Value]) -> ir.Value | None:
    total: ir.Value | None = None
    for weight in weights:
        total = weight if total is None else arith.MulFOp(total, weight).result
    return total


def _added(total: ir.Value | None, data: ir.Value, weight: ir.Value | None) -> ir.Value:
    """``total + data * weight``; a scalar weight is that of every lane."""
    if weight is None:
        return data if total is None else arith.AddFOp(total, data).result
    if not isinstance(weight.type, ir.VectorType):
        weight = broadcast(weight, ir.VectorType(data.type).shape[0])
    return arith.MulFOp(data, weight).result if total is None else math.FmaOp(data, weight, total).result


def _shuffled(data: dict[int, ir.Value], chosen: Sequence[tuple[int, int]], lanes: int) -> ir.Value:
    """The chosen elements (number in the piece, offset) of vectors at offsets, which are one or two."""
    first, *second = sorted({offset for _, offset in chosen})
    mask = [element + (lanes if offset != first else 0) for element, offset in chosen]
    if not second and mask == list(range(lanes)):
        return data[first]
    return vector.ShuffleOp(data[first], data[second[0] if second else first], mask).result


def _constant(numbers: Sequence[float]) -> ir.Value:
    type_ = ir.VectorType.get([len(numbers)], ir.F32Type.get())
    return arith.ConstantOp(type_, ir.DenseElementsAttr.get(np.array(numbers, np.float32), type=type_)).result


def _gather(x: ir.Value, origin: Sequence[Index], positions: ir.Value, at: Sequence[Index], lanes: int) -> ir.Value:
    """Elements of a line of ``x``, as f32, at ``lanes`` positions of the table from ``at`` on.

    One by one: see quirks.VECTOR_GATHERS.
    """
    tap, column = at
    found = []
    for lane in range(lanes):
        position = Scalar(read_scalar(positions, [tap, column + lane]), "i32").to("index")
        found.append(read_scalar(x, [*origin, position], ir.F32Type.get()))
    return vector.FromElementsOp(ir.VectorType.get([lanes], ir.F32Type.get()), found).result
