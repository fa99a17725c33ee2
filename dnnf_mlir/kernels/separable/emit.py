"""Depthwise-separable convolutions in one dispatch: the depthwise result stays in the cache.

Loops of one workgroup::

    for run of rows in the workgroup's share:
      for block of channels:                   # the nest of channel-wise windows
        scratch[positions of the run, block] = after(bias + sum over taps of x * weights)
      for block of filters:                    # the nest of dense convolutions, on the run as one long row
        y[positions of the run, block] = epilogue(bias + sum over channels of scratch * weights)

Nothing is computed twice, since a workgroup computes all filters of its positions. It reads the pointwise weights again
for every run.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

from dnnf_mlir.bindings.iree import ir, tensor
from dnnf_mlir.emit.index import Index, delinearize, for_each, linearize, minimum
from dnnf_mlir.emit.sizes import Shaped
from dnnf_mlir.emit.types import element_type
from dnnf_mlir.emit.vectors import computing_type, element_bytes, element_of, load_tile, store_tile, write_vector
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.kernels.dense.nest import DenseKernel, DenseWork, PackedWeights
from dnnf_mlir.kernels.dense.schedule import ChannelSchedule, DenseSchedule
from dnnf_mlir.kernels.depthwise.emit import weighted_sum
from dnnf_mlir.kernels.nest.around import Around
from dnnf_mlir.kernels.nest.channelwise import ChannelKernel
from dnnf_mlir.kernels.nest.dispatch import Dispatch
from dnnf_mlir.kernels.nest.fused import Fused, Results, Workgroup, fused_dispatch
from dnnf_mlir.kernels.nest.fused_work import (
    IDENTITY,
    NO_FUSION,
    ElementWise,
    Fusion,
    canonical,
    canonical_elementwise,
    reshape,
)
from dnnf_mlir.kernels.nest.problem import Axis, Canonical, ConvProblem, spatial
from dnnf_mlir.kernels.nest.window import Tile
from dnnf_mlir.kernels.separable.pattern import SeparableProblem
from dnnf_mlir.kernels.separable.schedule import row_runs, run_problem
from dnnf_mlir.targets import VectorUnit

# Workgroups: enough for the cores of a phone. Each has scratch memory of its own, which one core after the other would
# bring into its caches.
_MOST_WORKGROUPS = 8


@dataclass(frozen=True)
class Depthwise:
    """The depthwise convolution, its weights packed for ``problem``, and what is applied to its result."""

    problem: ConvProblem
    weights: ir.Value
    bias: ir.Value | None
    after: ElementWise = IDENTITY


@dataclass(frozen=True)
class Pointwise:
    """The pointwise convolution behind it, its weights packed for :func:`run_problem`."""

    filters: int
    weights: ir.Value
    bias: ir.Value | None


def separable_dispatch(
    depthwise: Depthwise,
    pointwise: Pointwise,
    x: ir.Value,
    vector_unit: VectorUnit,
    fusion: Fusion = NO_FUSION,
) -> Dispatch:
    """One dispatch for ``pointwise(after(depthwise(x)))`` and what is fused behind it.

    x is a tensor of the depthwise input's shape.
    """
    first = depthwise.problem
    stored = ir.RankedTensorType(x.type).element_type
    size = element_bytes(stored)
    element = computing_type(stored, vector_unit)
    run = run_problem(first, pointwise.filters, vector_unit, size)
    output = replace(run, batch=first.batch, axes=tuple(Axis(axis.output) for axis in first.axes))
    form, windows = canonical(output, fusion), spatial(first, merge=False)
    after = canonical_elementwise(depthwise.after, windows, first.output_shape)
    operands = [reshape(x, [windows.batch, *(axis.input for axis in windows.axes), first.channels])]
    constants = (depthwise.weights, depthwise.bias, pointwise.weights, pointwise.bias)
    operands += [each for each in constants if each is not None]
    operands += [operand.value for operand in after.operands]
    runs = row_runs(first, vector_unit, size)
    items = runs.images * runs.runs
    share = -(-items // _MOST_WORKGROUPS)
    workgroups = _MOST_WORKGROUPS if is_dynamic(items) else ceil(items / share)
    # Positions of several rows are one long row where the results' coordinates allow it.
    is_long = form.output_extents[3] % (runs.image_rows * runs.width) == 0
    extents = (1, runs.positions) if is_long else (runs.rows, runs.width)
    channels = ChannelSchedule.choose(first.channels, windows.axes[2], vector_unit, element_bytes(element), True)
    filters = DenseSchedule.choose(run, runs.positions, vector_unit, size)
    work = DenseWork(run, (Axis(1), Axis(extents[0]), Axis(extents[1])), 1, filters)

    def body(group: Workgroup) -> None:
        given = iter(group.tensors)
        source = next(given)
        weights, bias, dense_weights, dense_bias = (None if each is None else next(given) for each in constants)
        part = Fused(after, list(given))
        [slot, _], [memory] = group.ids, group.scratch
        packed = PackedWeights(dense_weights, vector_unit)

        def item(number: Index) -> None:
            image, position = delinearize(number, [first.batch, runs.runs])
            row = minimum(position * runs.rows, runs.image_rows - runs.rows)
            row = image * runs.image_rows + row
            kept = _Memory(part, memory, slot, windows, row, is_long)
            nest = ChannelKernel(windows, channels, weighted_sum(element), source, weights, bias, kept, None)

            def block(channel: Index) -> None:
                channel = minimum(channel * channels.lanes, first.channels - channels.lanes)
                nest.workgroup(channel, row, row + runs.rows)

            for_each(0, ceil(first.channels / channels.lanes), block)
            computed = load_tile(memory, [slot, 0, 0, 0, 0], [1, 1, *extents, first.channels])
            results = _Placed(group.results, form, row * runs.width, runs.width)
            DenseKernel(work, element, computed, packed, dense_bias, results, None).all_blocks(0, work.items)

        begin = slot * share
        for_each(begin, minimum(begin + share, items), item)

    scratch = [Shaped((workgroups, 1, *extents, first.channels), element)]
    return fused_dispatch(output, form, fusion, operands, (workgroups, 1), pointwise.filters, body, scratch)


@dataclass(frozen=True)
class _Memory:
    """Scratch memory for the rows from ``first`` on of a depthwise result, whose windows are those of ``form``.

    What is stored is what follows the depthwise convolution makes of it.
    """

    part: Fused
    memory: ir.Value
    slot: Index
    form: Canonical
    first: Index
    is_long: bool

    def store(self, tile: Tile, accumulators: Sequence[ir.Value]) -> None:
        element, width = element_of(self.memory), self.form.output_extents[3]
        values = tensor.EmptyOp([1, 1, 1, tile.columns, tile.lanes], element).result
        cache: dict[int, ir.Value] = {}
        for t, accumulator in enumerate(accumulators):
            place = [tile.batch, tile.depth, tile.height, tile.column + t, tile.channel]
            [data] = self.part.apply(accumulator, place, cache)
            values = write_vector(data, values, [0, 0, 0, t, 0], 4)
        row = linearize([tile.batch, tile.depth, tile.height], self.form.output_extents[:3])
        row = row - self.first
        start = [0, row * width + tile.column] if self.is_long else [row, tile.column]
        store_tile(values, self.memory, [self.slot, 0, *start, tile.channel])


@dataclass(frozen=True)
class _Placed:
    """The results of a run, rows of ``width`` from position ``first`` of the batch on, in the output's coordinates."""

    results: Results
    form: Canonical
    first: Index
    width: int

    def store(self, tile: Tile, accumulators: Sequence[ir.Value]) -> None:
        position = self.first + (tile.height * self.width + tile.column)
        extents = self.form.output_extents
        outer = next((i for i, extent in enumerate(extents) if extent > 1), 3)
        coordinates = [0] * outer + delinearize(position, extents[outer:])
        n, d, h, column = coordinates
        self.results.store(replace(tile, batch=n, depth=d, height=h, column=column), accumulators)


def emit(problem: SeparableProblem, around: Around, vector: VectorUnit) -> Dispatch:
    """The kernel of both convolutions."""
    fusion = around.fused()
    first, second = problem.depthwise, problem.pointwise
    after = IDENTITY
    if problem.between:
        after = around.expression(problem.between, first.last.output, [problem.fed])
    run = run_problem(first.window, second.window.filters, vector, element_bytes(element_type(problem.x.type.dtype)))
    biases = [around.bias(each) for each in (first, second)]
    weights = [around.packed(each, window, vector) for each, window in ((first, first.window), (second, run))]
    depthwise = Depthwise(first.window, weights[0], biases[0], after)
    pointwise = Pointwise(second.window.filters, weights[1], biases[1])
    return separable_dispatch(depthwise, pointwise, around.shaped(problem.x), vector, fusion)
