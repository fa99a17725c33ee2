"""Normalization by statistics of the operand itself, in two passes: the variance is a sum of squared differences.

Of rows (ONNX LayerNormalization, GroupNormalization on channels first)::

    for row in the workgroup's share of positions:
      mean = sum over chunks of x[row, chunk] / columns; the prologue's results are kept in scratch memory
      factor = 1 / sqrt(sum over chunks of (x[row, chunk] - mean)^2 / columns + epsilon)
      for chunk: y[row, chunk] = epilogue((x[row, chunk] - mean) * factor)

Of channels (ONNX InstanceNormalization on channels last), for one block of ``lanes`` channels of one batch item::

    mean[lanes] = sum over positions of x[n, position, block] / positions
    factor[lanes] = 1 / sqrt(sum over positions of (x[n, position, block] - mean)^2 / positions + epsilon)
    for position: y[n, position, block] = epilogue((x[n, position, block] - mean) * factor)

Scale and bias are the first operators of the epilogue.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil, prod
from typing import Protocol

from dnnf_mlir.bindings.iree import arith, ir, math, vector
from dnnf_mlir.emit.index import Index, delinearize, for_each, minimum
from dnnf_mlir.emit.sizes import Shaped
from dnnf_mlir.emit.vectors import broadcast, element_bytes, filled, load_tile, read_vector, reciprocal
from dnnf_mlir.kernels.dense.schedule import items_per_workgroup, power_of_two_at_least
from dnnf_mlir.kernels.nest.around import Around, operand_of, scaled_and_shifted
from dnnf_mlir.kernels.nest.channel_sweep import ChannelSweep
from dnnf_mlir.kernels.nest.dispatch import Dispatch
from dnnf_mlir.kernels.nest.fused import Results, Workgroup, fused_dispatch
from dnnf_mlir.kernels.nest.fused_work import NO_FUSION, Fusion, canonical, reshape
from dnnf_mlir.kernels.nest.row import Row, store_vector
from dnnf_mlir.kernels.nest.window import Tile
from dnnf_mlir.kernels.normalization.pattern import NormalizationProblem, NormalizationShape
from dnnf_mlir.kernels.surroundings import prologue_root
from dnnf_mlir.targets import VectorUnit

# What an element of a row costs, in multiply-adds of a dense kernel.
_ELEMENT_MULTIPLY_ADDS = 8


def normalization_dispatch(
    problem: NormalizationShape,
    x: ir.Value,
    vector_unit: VectorUnit,
    fusion: Fusion = NO_FUSION,
) -> Dispatch:
    """One dispatch for the normalization of x.

    x is a float tensor of ``problem.shape``; the prologue is applied to what is read, before the normalization. All is
    computed in f32: sums of f16 are too coarse.
    """
    native = vector_unit.lanes(element_bytes(ir.F32Type.get()))
    return (_rows if problem.over == "columns" else _channels)(problem, x, native, fusion)


def _rows(problem: NormalizationShape, x: ir.Value, native: int, fusion: Fusion) -> Dispatch:
    form = canonical(problem.window, fusion)
    rows, columns = list(form.output_extents), problem.shape[-1]
    share = items_per_workgroup(prod(rows), columns * _ELEMENT_MULTIPLY_ADDS, 1)
    grid = (-(-prod(rows) // share), 1)

    def body(group: Workgroup) -> None:
        def row(number: Index) -> None:
            _normalize(problem, _RowSweep(group, delinearize(number, rows), Row(columns, native)), columns)

        first = group.ids[0] * share
        for_each(first, minimum(first + share, prod(rows)), row)

    operand = reshape(x, [*rows, columns])
    kept = Shaped((grid[0], columns), ir.F32Type.get())
    scratch = [] if fusion.prologue is None else [kept]
    return fused_dispatch(problem.window, form, fusion, [operand], grid, columns, body, scratch)


def _channels(problem: NormalizationShape, x: ir.Value, native: int, fusion: Fusion) -> Dispatch:
    form = canonical(problem.window, fusion, keep_batch=True)
    batch, *positions = form.output_extents
    channels = problem.shape[-1]
    lanes = min(2 * native, power_of_two_at_least(channels + 1) // 2)
    blocks = ceil(channels / lanes)

    def body(group: Workgroup) -> None:
        channel = group.ids[0] * lanes
        if channels % lanes:
            channel = minimum(channel, channels - lanes)
        sweep = ChannelSweep(
            group.tensors[0], group.prologue, form.output_extents, group.ids[1], channel, lanes, native
        )
        _normalize(problem, _BlockSweep(sweep, group.results), prod(positions))

    operand = reshape(x, [*form.output_extents, channels])
    return fused_dispatch(problem.window, form, fusion, [operand], (blocks, batch), channels, body)


class _Sweep(Protocol):
    """One pass after the other over what shares its statistics."""

    def sum(self, of: Callable[[ir.Value], ir.Value]) -> ir.Value:
        """The sum of ``of`` over the vectors of x: a scalar, or a vector of one sum for each channel."""

    def store(self, result: Callable[[ir.Value], ir.Value]) -> None:
        """Stores the epilogue of ``result`` of all vectors of x."""


def _normalize(problem: NormalizationShape, sweep: _Sweep, count: int) -> None:
    def mean(total: ir.Value) -> ir.Value:
        share = reciprocal(count, ir.F32Type.get())
        return arith.MulFOp(total, _like(share, total) if isinstance(total.type, ir.VectorType) else share).result

    average = mean(sweep.sum(lambda data: data)) if problem.centred else None

    def difference(data: ir.Value) -> ir.Value:
        return data if average is None else arith.SubFOp(data, _like(average, data)).result

    def squared(data: ir.Value) -> ir.Value:
        distance = difference(data)
        return arith.MulFOp(distance, distance).result

    variance = mean(sweep.sum(squared))
    shifted = arith.AddFOp(variance, filled(variance.type, problem.epsilon)).result
    factor = arith.DivFOp(filled(variance.type, 1.0), math.SqrtOp(shifted).result).result
    sweep.store(lambda data: arith.MulFOp(difference(data), _like(factor, data)).result)


def _like(statistic: ir.Value, data: ir.Value) -> ir.Value:
    if isinstance(statistic.type, ir.VectorType):
        return statistic
    return broadcast(statistic, ir.VectorType(data.type).shape[0])


class _RowSweep:
    """One row, the place of whose first element is ``place``; what the prologue makes of it is kept."""

    def __init__(self, group: Workgroup, place: list[Index], row: Row) -> None:
        self._group, self._place, self._row = group, place, row
        self._kept: ir.Value | None = None

    def sum(self, of: Callable[[ir.Value], ir.Value]) -> ir.Value:
        keeps = self._group.prologue is not None and self._kept is None

        def step(total: ir.Value, column: Index, lanes: int) -> ir.Value:
            data = self._read(column, lanes)
            if keeps:
                store_vector(data, self._group.scratch[0], [self._group.ids[0], column])
            return arith.AddFOp(total, of(data)).result

        total = self._row.reduce(ir.F32Type.get(), 0.0, step, vector.CombiningKind.ADD)
        if keeps:
            self._kept = load_tile(self._group.scratch[0], [self._group.ids[0], 0], [1, self._row.columns])
        return total

    def store(self, result: Callable[[ir.Value], ir.Value]) -> None:
        def part(column: Index, lanes: int) -> None:
            data = result(self._read(column, lanes))
            n, d, h, w = self._place
            self._group.results.store(Tile(n, d, h, w, 1, column, lanes), [data])

        self._row.each(part)

    def _read(self, column: Index, lanes: int) -> ir.Value:
        if self._kept is not None:
            return read_vector(self._kept, [0, column], lanes)
        coordinates = [*self._place, column]
        data = read_vector(self._group.tensors[0], coordinates, lanes, element=ir.F32Type.get())
        prologue = self._group.prologue
        return data if prologue is None else prologue.apply(data, coordinates, {})[0]


@dataclass(frozen=True)
class _BlockSweep:
    """A block of channels of one batch item."""

    sweep: ChannelSweep
    results: Results

    def sum(self, of: Callable[[ir.Value], ir.Value]) -> ir.Value:
        return self.sweep.sum(of)

    def store(self, result: Callable[[ir.Value], ir.Value]) -> None:
        self.sweep.each(lambda tile, data: self.results.store(tile, [result(each) for each in data]))


def emit(problem: NormalizationProblem, around: Around, vector: VectorUnit) -> Dispatch:
    """The kernel of the normalization; scale and bias come first in its epilogue."""
    fusion = around.fused()
    before = problem.block.before(problem.last)
    root = prologue_root(before, problem.x)
    prologue = around.expression(before, root, [problem.x], problem.dimensions) if before else None
    parameters = [
        None if value is None else operand_of(problem.dimensions, value, around.module, problem.aligned_to)
        for value in problem.parameters
    ]
    fusion = replace(fusion, prologue=prologue, epilogue=scaled_and_shifted(fusion.epilogue, *parameters))
    return normalization_dispatch(problem.shape, around.reshaped(root, problem.shape.shape), vector, fusion)
