"""The loop nest of dense convolutions and matrix products, also with a pool behind.

Loops of one workgroup, for one block of ``lanes`` filters::

    for item in the workgroup's share of output rows (rows x tiles without padding):
      for tile of T columns in the row:          # [left edge] [interior: a loop] [right edge]
        accumulators[T] = bias                   # T vectors of lanes, in registers up to the store
        for kd, kh clipped to the input:
          for kw:                                # edges: generated one by one, without the taps in the padding
            for c in channels of the group:
              accumulators[t] += broadcast(x[n, d, h, column(t), c]) * weights[block, tap, c, :]
        y[n, d, h, tile, block] = epilogue(accumulators)

With a pool behind, an item is a row of the pool's windows, a tile holds whole windows, and a loop over the rows of the
windows folds what the epilogue gives before it is stored.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Protocol

from dnnf_mlir.bindings.iree import arith, ir, vector
from dnnf_mlir.emit.control import either
from dnnf_mlir.emit.index import Index, delinearize, divide, for_each, loop, minimum, remainder, unrolled, value
from dnnf_mlir.emit.vectors import broadcast, converted, read_scalar, read_vector, zero
from dnnf_mlir.graph.size import is_dynamic, representative
from dnnf_mlir.kernels.dense.schedule import ColumnRun, DenseSchedule, column_runs, items_per_workgroup, powers_of_two
from dnnf_mlir.kernels.nest.arithmetic import FLOATS, Arithmetic, nested, product_loop
from dnnf_mlir.kernels.nest.fused import Fused, Target
from dnnf_mlir.kernels.nest.pooled import PooledResults
from dnnf_mlir.kernels.nest.prefetch import weights_ahead
from dnnf_mlir.kernels.nest.problem import Axis, ConvProblem
from dnnf_mlir.kernels.nest.window import (
    Tile,
    clipped_at_run_time,
    for_tile,
    input_position,
    over_dynamic_row,
    reads_input,
    taps_inside,
    tile_start,
)
from dnnf_mlir.targets import VectorUnit

# Channels up to this many are not a loop but generated one after the other.
_UNROLLED_CHANNELS = 4
# Canonical dimensions that a factor of the weights may follow.
_BATCH, _CHANNEL = 0, 4

# read_offsets(block, tap, lanes): what is taken away from the sums of the block's filters.
OffsetReader = Callable[[Index, Index, int], ir.Value]


class Weights(Protocol):
    """The second factor of the sums."""

    def ahead(self, block: Index, tap: Index, step: Index) -> Index:
        """Asks for what a later step reads, and returns ``step``."""

    def read(self, tile: Tile, block: Index, tap: Index, step: Index, lanes: int) -> ir.Value:
        """The weights of the block's filters at a step along the channels of the group."""


@dataclass(frozen=True)
class PackedWeights:
    """Weights [blocks, taps, steps, elements of a step], of which each lane takes ``lane_elements``.

    Those of a workgroup are read once for every tile, first from where they are stored.
    """

    packed: ir.Value
    vector_unit: VectorUnit
    lane_elements: int = 1

    def ahead(self, block: Index, tap: Index, step: Index) -> Index:
        return weights_ahead(self.packed, self.vector_unit, [block, tap], step)

    def read(self, _: Tile, block: Index, tap: Index, step: Index, lanes: int) -> ir.Value:
        return read_vector(self.packed, [block, tap, step, 0], lanes * self.lane_elements)


@dataclass(frozen=True)
class DenseWork:
    """The canonical problem, cut into items: output rows, or tiles of rows where no tile touches the padding.

    ``window`` holds the extents of a pool's windows along depth, height and width: rows that one item computes.
    """

    problem: ConvProblem
    axes: tuple[Axis, Axis, Axis]
    batch: int
    schedule: DenseSchedule
    window: tuple[int, int, int] = (1, 1, 1)

    @property
    def split_rows(self) -> bool:
        """Whether each tile of a row is an item: no tile touches the padding."""
        width = self.axes[2]
        return not width.clips_before and not width.clips_after

    @functools.cached_property
    def runs(self) -> list[ColumnRun]:
        """The tiles of one row: see :func:`column_runs`."""
        return column_runs(self.axes[2], self.schedule.columns, self.window[2])

    @property
    def extents(self) -> list[int]:
        """Extents of an item's coordinates: batch, depth, height, tile."""
        tiles = self.runs[0].count if self.split_rows else 1
        depth, height = (self.axes[i].output // self.window[i] for i in range(2))
        return [self.batch, depth, height, tiles]

    def coordinates(self, item: Index) -> list[Index]:
        """Batch, first depth and height, and tile of an item.

        Windows over the depth alone share their input with the next depths: these follow each other.
        """
        batch, depth, height, tiles = self.extents
        if self.axes[0].kernel > 1 and self.axes[1].kernel == 1:
            n, h, tile, d = delinearize(item, [batch, height, tiles, depth])
        else:
            n, d, h, tile = delinearize(item, self.extents)
        return [n, d * self.window[0], h * self.window[1], tile]

    @property
    def items(self) -> int:
        """Items of work, each some tiles of a row, for one block of filters."""
        return prod(self.extents)

    @property
    def blocks(self) -> int:
        """Blocks of filters in all groups."""
        return self.problem.groups * self.schedule.blocks

    @property
    def item_multiply_adds(self) -> int:
        """Multiply-adds of one item."""
        outputs = self.batch * prod(axis.output for axis in self.axes)
        channels = self.problem.channels // self.problem.groups
        work = representative(outputs) * self.schedule.lanes * channels * self.problem.taps
        return work // representative(self.items)

    @property
    def share(self) -> int:
        """Items of one workgroup."""
        return items_per_workgroup(self.items, self.item_multiply_adds, self.blocks)

    @property
    def grid(self) -> tuple[int, int]:
        """Workgroups: the extents of the dispatch's grid."""
        shares = -(-self.items // self.share)
        return (self.blocks, shares) if self.schedule.blocks_first else (shares, self.blocks)


@dataclass(frozen=True)
class Offsets:
    """Integers that are taken away from the sums, once, or for each tap of the window that is inside the input.

    ``finish(block, sums, inputs)`` gives the results from the sums of a block's filters and those of the input itself.
    """

    read: OffsetReader
    for_each_tap: bool
    finish: Callable[[Index, ir.Value, ir.Value], ir.Value] | None = None


@dataclass(frozen=True)
class DenseKernel:
    """The tensors inside the dispatch, and the loop nest over them, which computes in the type ``element``.

    ``pooled`` takes the results of a pool behind.
    """

    work: DenseWork
    element: ir.Type
    x: ir.Value
    weights: Weights
    bias: ir.Value | None
    results: Target
    prologue: Fused | None
    pooled: PooledResults | None = None
    arithmetic: Arithmetic = FLOATS
    offsets: Offsets | None = None

    def workgroup(self, ids: tuple[Index, Index]) -> None:
        """Everything that the workgroup at ``ids`` in the grid computes."""
        schedule = self.work.schedule
        block, share = ids if schedule.blocks_first else (ids[1], ids[0])
        items = self.work.share
        first = share * items
        end = minimum(first + items, self.work.items) if self.work.items % items else first + items

        def full() -> None:
            self.full(block, first, end)

        def tail() -> None:
            self.tail(block, first, end)

        if not schedule.tail:
            full()
        elif schedule.blocks == 1:
            tail()
        else:
            position = remainder(block, schedule.blocks)
            is_tail = arith.CmpIOp(arith.CmpIPredicate.eq, value(position), value(schedule.blocks - 1)).result
            either(is_tail, tail, full)

    def all_blocks(self, first: Index, end: Index) -> None:
        """The items from ``first`` to before ``end`` for all filter blocks of the only group."""

        def block(number: Index) -> None:
            self.full(number, first, end)

        for_each(0, self.work.schedule.blocks - (self.work.schedule.tail > 0), block)
        if self.work.schedule.tail:
            self.tail(self.work.schedule.blocks - 1, first, end)

    def full(self, block: Index, first: Index, end: Index) -> None:
        """The items from ``first`` to before ``end``, for a filter block that is no tail."""
        self._items(block, first, end, self.work.schedule.lanes, self.work.schedule.lanes)

    def tail(self, block: Index, first: Index, end: Index) -> None:
        """The same for the last filter block of a group, of ``schedule.tail`` filters."""
        self._items(block, first, end, self.work.schedule.tail_lanes, self.work.schedule.tail)

    def _items(self, block: Index, first: Index, end: Index, lanes: int, valid: int) -> None:
        """The workgroup's share for one filter block of ``lanes`` lanes, the first ``valid`` of which are stored."""
        group = divide(block, self.work.schedule.blocks)
        filters = self.work.problem.filters // self.work.problem.groups
        in_group = remainder(block, self.work.schedule.blocks) * self.work.schedule.lanes
        if self.work.schedule.overlaps:
            in_group = minimum(in_group, filters - lanes)
        filter_ = group * filters + in_group
        channel = group * (self.work.problem.channels // self.work.problem.groups)

        def tile(row: Sequence[Index], column: Index, run: ColumnRun, last: Index | None = None) -> None:
            width = run.width if last is None else run.narrow
            place = Tile(row[0], row[1], row[2], column, width, filter_, valid, last)

            def accumulators(depth: Index, height: Index) -> list[ir.Value]:
                source = replace(place, depth=place.depth + depth, height=place.height + height)
                initial = self._initial(block, filter_, lanes, valid, width)
                initial += self.arithmetic.beside(width)
                sums = self._accumulate(source, block, channel, lanes, initial, run.interior)
                finish = None if self.offsets is None else self.offsets.finish
                if finish is None:
                    return sums
                return [finish(block, *each) for each in zip(sums[:width], sums[width:], strict=True)]

            if self.pooled is None:
                self.results.store(place, accumulators(0, 0))
            else:
                self.pooled.store(place, self._vector(lanes), accumulators, loop)

        def item(number: Index) -> None:
            *row, position = self.work.coordinates(number)

            def tiles(run: ColumnRun) -> None:
                for_each(0, run.count, lambda i: tile(row, tile_start(run, i), run))

            if self.work.split_rows:
                run = self.work.runs[0]
                for_tile(
                    run,
                    lambda: tile(row, tile_start(run, position), run),
                    lambda column, last: tile(row, column, run, last),
                )
                return
            if is_dynamic(self.work.axes[2].output):
                [run] = self.work.runs
                edge = replace(run, width=1, interior=False)
                over_dynamic_row(
                    self.work.axes[2],
                    run.width,
                    lambda column: tile(row, column, run),
                    lambda column: tile(row, column, edge),
                )
                return
            for run in self.work.runs:
                tiles(run)

        for_each(first, end, item)

    def _vector(self, lanes: int) -> ir.VectorType:
        return ir.VectorType.get([lanes], self.element)

    def _initial(self, block: Index, filter_: Index, lanes: int, valid: int, columns: int) -> list[ir.Value]:
        type_ = self._vector(lanes)
        if self.offsets is not None and not self.offsets.for_each_tap:
            return [arith.SubIOp(zero(type_), self.offsets.read(block, 0, lanes)).result] * columns
        if self.bias is None:
            return [zero(type_)] * columns
        if valid == lanes:
            return [read_vector(self.bias, [filter_], lanes, element=self.element)] * columns
        initial = zero(type_)
        for offset, size in powers_of_two(valid):
            part = read_vector(self.bias, [filter_ + offset], size, element=self.element)
            initial = vector.InsertStridedSliceOp(part, initial, [offset], [1]).result
        return [initial] * columns

    def _accumulate(
        self, place: Tile, block: Index, channel: Index, lanes: int, initial: list[ir.Value], interior: bool
    ) -> list[ir.Value]:
        """The window sums of a tile's columns, and behind them those that the arithmetic keeps beside."""
        depth, height, width = self.work.axes
        channels = self.work.problem.channels // self.work.problem.groups
        at_once = self.arithmetic.channels
        in_row = width.kernel * channels
        in_plane = height.kernel * in_row
        in_window = depth.kernel * in_plane
        clipped = clipped_at_run_time(place.column, interior)

        def at_depth(kd: Index, planes: list[ir.Value]) -> list[ir.Value]:
            def at_height(kh: Index, rows: list[ir.Value]) -> list[ir.Value]:
                def at_width(kw: Index, sums: list[ir.Value]) -> list[ir.Value]:
                    tap = (kd * height.kernel + kh) * width.kernel + kw
                    d, h = input_position(depth, place.depth, kd), input_position(height, place.height, kh)
                    columns = [
                        column
                        for column in range(place.columns)
                        if interior or clipped or reads_input(width, place.position(column), kw)
                    ]
                    positions = [input_position(width, place.position(column), kw) for column in columns]
                    beside = [place.columns + column for column in columns if len(sums) > place.columns]

                    def at_channel(step: Index, active: list[ir.Value], read: int = at_once) -> list[ir.Value]:
                        step = self.weights.ahead(block, tap, step)
                        c = channel + step * at_once
                        weights = converted(self.weights.read(place, block, tap, step, lanes), self.element)
                        weights = self._scaled(weights, place, c)
                        cache: dict[int, ir.Value] = {}
                        scalars = [self._input(place.batch, d, h, w, c, read, cache) for w in positions]
                        totals = list(map(self.arithmetic.accumulate, scalars, [weights] * len(scalars), active))
                        return totals + list(map(self.arithmetic.accumulate_beside, scalars, active[len(totals) :]))

                    def tap_products(active: list[ir.Value]) -> list[ir.Value]:
                        if self.offsets is not None and self.offsets.for_each_tap:
                            offset = self.offsets.read(block, tap, lanes)
                            taken = [arith.SubIOp(total, offset).result for total in active[: len(columns)]]
                            active = taken + active[len(columns) :]
                        steps, rest = divmod(channels, at_once)
                        if steps <= _UNROLLED_CHANNELS:
                            active = unrolled(0, steps, active, at_channel)
                        else:
                            active = product_loop(steps, active, at_channel)
                        return at_channel(steps, active, rest) if rest else active

                    active = nested(channels, in_row, [sums[i] for i in (*columns, *beside)], tap_products)
                    sums = list(sums)
                    for i, total in zip((*columns, *beside), active, strict=True):
                        sums[i] = total
                    return sums

                def taps(sums: list[ir.Value]) -> list[ir.Value]:
                    if clipped:
                        return loop(*taps_inside(width, place.column), sums, at_width)
                    return (loop if interior else unrolled)(0, width.kernel, sums, at_width)

                return nested(in_row, in_plane, rows, taps)

            heights = taps_inside(height, place.height)
            return nested(in_plane, in_window, planes, lambda rows: loop(*heights, rows, at_height))

        return loop(*taps_inside(depth, place.depth), initial, at_depth)

    @property
    def _scales_weights(self) -> bool:
        """Whether the prologue is a factor per channel that is the same for all of a tile's columns."""
        if self.prologue is None or not self.prologue.part.scales:
            return False
        return set(self.prologue.part.operands[0].dims) <= {_BATCH, _CHANNEL}

    def _scaled(self, weights: ir.Value, place: Tile, channel: Index) -> ir.Value:
        if self.prologue is None or not self._scales_weights:
            return weights
        coordinates = {_BATCH: place.batch, _CHANNEL: channel}
        dims = self.prologue.part.operands[0].dims
        indices = [coordinates[dim] for dim in dims if dim is not None]
        factor = read_scalar(self.prologue.tensors[0], indices, self.element)
        return arith.MulFOp(weights, broadcast(factor, ir.VectorType(weights.type).shape[0])).result

    def _input(
        self, n: Index, d: Index, h: Index, w: Index, c: Index, channels: int, cache: dict[int, ir.Value]
    ) -> ir.Value:
        first = self.work.problem.channels_first_input
        scalar = self.arithmetic.read(self.x, [n, c, d, h, w] if first else [n, d, h, w, c], channels)
        scalar = converted(scalar, self.element)
        if self.prologue is None or self._scales_weights:
            return scalar
        return converted(self.prologue.apply(scalar, [n, d, h, w, c], cache)[0], self.element)
