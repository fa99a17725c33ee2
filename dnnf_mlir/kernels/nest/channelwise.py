"""Windows that keep channels apart (depthwise convolution, pooling): vectors along the channels.

Loops of one workgroup, for one block of ``lanes`` channels::

    for tile of T columns:                       # [left edge] [interior: a loop] [right edge]
      for row in the workgroup's share of output rows:
        accumulators[T] = initial                # T vectors of lanes, in registers up to the store
        for kd, kh clipped to the input:
          for input column under the tile:       # generated one by one, each loaded once
            for (t, kw) whose window has it at kw:
              accumulators[t] = combine(accumulators[t], x[n, d, h, column, block], weights[kd, kh, kw, block])
        y[n, d, h, tile, block] = epilogue(finish(accumulators))

The rows are the inner loop, so that the rows two windows share are still in the first-level cache; where windows share
none, the columns are, and the input is read in its order. A last block that would reach past the channels is moved
back; what two blocks share is computed twice. Few accumulators without weights, as of a global pool, are several
partial results each, which do not wait for one another.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil, prod

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.emit.index import Index, delinearize, for_each, loop, minimum
from dnnf_mlir.emit.vectors import converted, read_vector
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.kernels.dense.schedule import (
    ChannelSchedule,
    ColumnRun,
    column_runs,
    items_per_workgroup,
    partial_results,
)
from dnnf_mlir.kernels.nest.dispatch import Dispatch
from dnnf_mlir.kernels.nest.fused import Fused, Target, Workgroup, fused_dispatch
from dnnf_mlir.kernels.nest.fused_work import Fusion, reshape
from dnnf_mlir.kernels.nest.problem import Canonical, ConvProblem, PoolProblem
from dnnf_mlir.kernels.nest.window import (
    Tile,
    clipped_at_run_time,
    columns_under,
    input_position,
    over_dynamic_row,
    taps_inside,
    tile_start,
)

# Kernel positions times columns of one row up to this many are generated one by one.
_UNROLLED_STEPS = 512

# combine(accumulator, input, weights or None): the accumulator with one more input vector.
Combine = Callable[[ir.Value, ir.Value, ir.Value | None], ir.Value]
# initial(channel, lanes): what the accumulators start from, from the tensor of initial values if there is one.
Initial = Callable[[ir.Value | None, Index, int], ir.Value]


@dataclass(frozen=True)
class Reduction:
    """What a channel-wise window does with its elements, in the type ``element``.

    ``finish`` gets the tile, a column and its accumulator.
    """

    element: ir.Type
    initial: Initial
    combine: Combine
    finish: Callable[[Tile, int, bool, ir.Value], ir.Value] | None = None


def channelwise_dispatch(
    problem: ConvProblem | PoolProblem,
    form: Canonical,
    schedule: ChannelSchedule,
    reduction: Reduction,
    fusion: Fusion,
    x: ir.Value,
    weights: ir.Value | None = None,
    start: ir.Value | None = None,
) -> Dispatch:
    """One dispatch for a channel-wise window; ``weights`` are [taps, channels], ``start`` [channels]."""
    operands = [reshape(x, [form.batch, *(axis.input for axis in form.axes), problem.channels])]
    operands += [tensor for tensor in (weights, start) if tensor is not None]
    blocks = ceil(problem.channels / schedule.lanes)
    rows = prod(form.output_extents[:3])
    row_work = form.axes[2].output * schedule.lanes * prod(axis.kernel for axis in form.axes)
    share_rows = items_per_workgroup(rows, row_work, blocks)

    def body(group: Workgroup) -> None:
        kernel = ChannelKernel(
            form,
            schedule,
            reduction,
            group.tensors[0],
            None if weights is None else group.tensors[1],
            None if start is None else group.tensors[-1],
            group.results,
            group.prologue,
        )
        channel = group.ids[0] * schedule.lanes
        if problem.channels % schedule.lanes:
            channel = minimum(channel, problem.channels - schedule.lanes)
        first = group.ids[1] * share_rows
        end = first + share_rows
        kernel.workgroup(channel, first, minimum(end, rows) if rows % share_rows else end)

    return fused_dispatch(problem, form, fusion, operands, (blocks, -(-rows // share_rows)), problem.channels, body)


@dataclass(frozen=True)
class ChannelKernel:
    """The tensors inside the dispatch, and the loop nest over them.

    ``weights`` are [taps, channels], ``start`` [channels].
    """

    form: Canonical
    schedule: ChannelSchedule
    reduction: Reduction
    x: ir.Value
    weights: ir.Value | None
    start: ir.Value | None
    results: Target
    prologue: Fused | None

    def workgroup(self, channel: Index, first: Index, end: Index) -> None:
        """All tiles of the rows from ``first`` to before ``end``, for the block from ``channel``."""
        initial = self.reduction.initial(self.start, channel, self.schedule.lanes)
        rows = list(self.form.output_extents[:3])

        def tile(column: Index, row: Index, run: ColumnRun) -> None:
            n, d, h = delinearize(row, rows)
            place = Tile(n, d, h, column, run.width, channel, self.schedule.lanes)
            accumulators = self._accumulate(place, [initial] * (run.width * self.parts(run)), run.interior)
            accumulators = self._merged(accumulators, run.width)
            if self.reduction.finish is not None:
                accumulators = [
                    self.reduction.finish(place, t, run.interior, total) for t, total in enumerate(accumulators)
                ]
            self.results.store(place, accumulators)

        width = self.form.axes[2]
        runs = column_runs(width, self.schedule.columns)

        def down(run: ColumnRun, column: Index) -> None:
            for_each(first, end, lambda row: tile(column, row, run))

        def across(row: Index) -> None:
            over_runs(lambda run, column: tile(column, row, run))

        def over_runs(body: Callable[[ColumnRun, Index], None]) -> None:
            if is_dynamic(width.output):
                [run] = runs
                edge = replace(run, width=1, interior=False)
                over_dynamic_row(width, run.width, lambda column: body(run, column), lambda column: body(edge, column))
                return
            for run in runs:
                tiles(run, body)

        def tiles(run: ColumnRun, body: Callable[[ColumnRun, Index], None]) -> None:
            for_each(0, run.count, lambda i: body(run, tile_start(run, i)))

        if self.form.axes[1].shares_input:
            over_runs(down)
        else:
            for_each(first, end, across)

    def parts(self, run: ColumnRun) -> int:
        """Partial results of each column."""
        taps = prod(axis.kernel for axis in self.form.axes)
        return 1 if self.weights is not None else partial_results(run.width, self.schedule.vectors, taps)

    def _merged(self, sums: list[ir.Value], columns: int) -> list[ir.Value]:
        """One result a column, of the partial ones that lie ``columns`` apart."""
        while len(sums) > columns:
            *sums, last = sums
            sums[len(sums) % columns] = self.reduction.combine(sums[len(sums) % columns], last, None)
        return sums

    def _accumulate(self, place: Tile, initial: list[ir.Value], interior: bool) -> list[ir.Value]:
        depth, height, width = self.form.axes
        clipped = clipped_at_run_time(place.column, interior)
        many = is_dynamic(width.kernel) or width.kernel * place.columns > _UNROLLED_STEPS

        def at_depth(kd: Index, planes: list[ir.Value]) -> list[ir.Value]:
            def at_height(kh: Index, rows: list[ir.Value]) -> list[ir.Value]:
                d, h = input_position(depth, place.depth, kd), input_position(height, place.height, kh)
                tap = (kd * height.kernel + kh) * width.kernel
                if clipped or (interior and many):
                    taps = taps_inside(width, place.column) if clipped else (0, width.kernel)
                    return loop(*taps, rows, lambda kw, sums: self._row(place, d, h, tap, [kw], sums, True))
                return self._row(place, d, h, tap, range(width.kernel), rows, interior)

            return loop(*taps_inside(height, place.height), planes, at_height)

        return loop(*taps_inside(depth, place.depth), initial, at_depth)

    def _row(
        self,
        place: Tile,
        d: Index,
        h: Index,
        first_tap: Index,
        taps: Sequence[Index],
        sums: list[ir.Value],
        interior: bool,
    ) -> list[ir.Value]:
        """One input row's share of a tile, for the kernel positions ``taps`` along the width."""
        width = self.form.axes[2]
        lanes, channel, element = self.schedule.lanes, place.channel, self.reduction.element
        weights = [
            None
            if self.weights is None
            else read_vector(self.weights, [first_tap + tap, channel], lanes, None, element)
            for tap in taps
        ]
        origin = input_position(width, place.column, taps[0])
        sums = list(sums)
        for distance, uses in columns_under(width, place.column, place.columns, taps, interior=interior):
            coordinates = [place.batch, d, h, origin + distance, channel]
            data = read_vector(self.x, coordinates, lanes, element=element)
            if self.prologue is not None:
                data = converted(self.prologue.apply(data, coordinates, {})[0], element)
            for t, number in uses:
                t += number * place.columns % len(sums)
                sums[t] = self.reduction.combine(sums[t], data, weights[number])
        return sums
