"""3x3 convolutions by Winograd's minimal filtering, in one dispatch.

Loops of one workgroup, for a block of m x m output tiles and a group of filters, with p = (m + 2)^2 positions::

    for tile in block, input depth, block of channels:        # scratch: stays in the second-level cache
      scratch[depth, p, tile, channels] = B^T x[m + 2 x m + 2 elements under the tile] B
    for block of lanes filters, output depth:
      for position in p, T tiles of the block:
        accumulators[T] = 0
        for kd clipped to the input, c in channels:
          accumulators[t] += broadcast(scratch[depth, position, t, c]) * weights[filters, position, kd, c, :]
        sums[position, t, :] = accumulators
      for tile in block: y[m x m outputs, filters] = epilogue(A^T sums[:, tile, :] A + bias)

With a pool behind, a tile's outputs are whole windows, which are folded before they are stored; where the windows span
several depths, the sums of these are computed first.

Tiles that would reach past the output are moved back. A third spatial axis (kernel depth) is summed like channels.

Blocks are of the tiles of all images, so the last one may reach past them. It is moved back too, where the number of
images is given. A free one may have fewer tiles than a block: then the last block ends early, a few of its tiles are in
registers at a time, and those behind the last one are that one again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

from dnnf_mlir.bindings.iree import arith, ir, tensor, vector
from dnnf_mlir.emit.control import either
from dnnf_mlir.emit.index import (
    Index,
    at_least,
    ceil_divide,
    delinearize,
    for_each,
    loop,
    maximum,
    minimum,
    unrolled,
    value,
)
from dnnf_mlir.emit.sizes import Shaped
from dnnf_mlir.emit.vectors import broadcast, load_tile, read_scalar, read_vector, store_tile, write_vector, zero
from dnnf_mlir.kernels.nest.dispatch import Dispatch
from dnnf_mlir.kernels.nest.fused import Workgroup, fused_dispatch
from dnnf_mlir.kernels.nest.fused_work import NO_FUSION, ElementWise, Fusion, Operand, canonical, reshape
from dnnf_mlir.kernels.nest.pooled import PooledResults
from dnnf_mlir.kernels.nest.prefetch import weights_ahead
from dnnf_mlir.kernels.nest.problem import Axis, ConvProblem
from dnnf_mlir.kernels.nest.window import Tile, input_position, taps_inside
from dnnf_mlir.kernels.winograd.schedule import WinogradSchedule
from dnnf_mlir.kernels.winograd.transforming import apply
from dnnf_mlir.kernels.winograd.transforms import Transforms, transforms
from dnnf_mlir.targets import VectorUnit


def winograd_dispatch(
    problem: ConvProblem,
    schedule: WinogradSchedule,
    vector_unit: VectorUnit,
    x: ir.Value,
    packed_weights: ir.Value,
    bias: ir.Value | None,
    fusion: Fusion = NO_FUSION,
) -> Dispatch:
    """One dispatch for a 3x3 convolution; see :func:`conv_dispatch`."""
    fusion = replace(fusion, epilogue=_with_bias(fusion.epilogue, bias, len(problem.axes) + 1))
    form = canonical(problem, fusion)
    operands = [reshape(x, [form.batch, *(axis.input for axis in form.axes), problem.channels]), packed_weights]
    grid = (schedule.slots, schedule.groups)
    depth = form.axes[0].input
    workgroups = [schedule.groups, schedule.slots]
    positions = transforms(schedule.output_tile).positions
    shapes = [
        [*workgroups, depth, positions, schedule.position_elements],
        [
            *workgroups,
            form.window(fusion.window)[0],
            schedule.block_tiles,
            positions,
            schedule.lanes,
        ],
    ]
    scratch = [Shaped(tuple(shape), ir.F32Type.get()) for shape in shapes]

    def body(group: Workgroup) -> None:
        results = PooledResults.of(group, form, fusion.pooling)
        _Kernel(problem, schedule, vector_unit, form.axes, form.batch, group, results).run()

    return fused_dispatch(problem, form, fusion, operands, grid, problem.filters, body, scratch)


@dataclass(frozen=True)
class _Kernel:
    """The loop nest inside the dispatch."""

    problem: ConvProblem
    schedule: WinogradSchedule
    vector_unit: VectorUnit
    axes: tuple[Axis, Axis, Axis]
    batch: int
    group: Workgroup
    results: PooledResults

    @property
    def transforms(self) -> Transforms:
        return transforms(self.schedule.output_tile)

    @property
    def element(self) -> ir.Type:
        return ir.F32Type.get()

    def run(self) -> None:
        schedule = self.schedule
        slot, group = self.group.ids
        share = -(-schedule.blocks // schedule.slots)
        first = slot * share
        end = minimum(first + share, schedule.blocks)
        for_each(first, end, lambda block: self._block((group, slot), block))

    def _block(self, place: tuple[Index, Index], block: Index) -> None:
        """One block of tiles for one group of filters, with the scratch memory at ``place``."""
        schedule = self.schedule
        first_tile = block * schedule.block_tiles
        tiles: Index = schedule.block_tiles
        if schedule.narrow:
            tiles = minimum(tiles, schedule.tiles - first_tile)
        else:
            first_tile = minimum(first_tile, schedule.tiles - schedule.block_tiles)
        for_each(0, tiles, lambda t: self._transform_input(place, first_tile, t))
        shape = [1, 1, self.axes[0].input, self.transforms.positions, schedule.position_elements]
        transformed = load_tile(self.group.scratch[0], [*place, 0, 0, 0], shape)
        per_group = ceil(self.problem.filters / schedule.lanes) // schedule.groups
        first_filters = place[0] * per_group

        pooled_depths = self.results.window[0]

        def filters(number: Index) -> None:
            count = self.axes[0].output // pooled_depths
            for_each(0, count, lambda w: window(first_filters + number, w * pooled_depths))

        def window(filters: Index, d: Index) -> None:
            for_each(0, pooled_depths, lambda k: at_depth(filters, d, k))
            shape = [1, 1, pooled_depths, schedule.block_tiles, self.transforms.positions, schedule.lanes]
            sums = load_tile(self.group.scratch[1], [*place, 0, 0, 0, 0], shape)
            for_each(0, tiles, lambda t: self._finish(sums, filters, d, first_tile, t))

        def at_depth(filters: Index, d: Index, k: Index) -> None:
            for_each(0, self.transforms.positions, lambda p: position(filters, d, k, p))

        def position(filters: Index, d: Index, k: Index, p: Index) -> None:
            def parts(number: Index, columns: int) -> None:
                for_each(0, ceil_divide(number, columns), lambda part: multiplied(part, columns, number))

            def multiplied(part: Index, columns: int, number: Index) -> None:
                first = minimum(part * columns, schedule.block_tiles - columns)
                read = [first + t for t in range(columns)]
                if not isinstance(number, int):
                    read = [minimum(t, number - 1) for t in read]
                sums = self._multiply(transformed, filters, d + k, p, read)
                store_tile(sums, self.group.scratch[1], [*place, k, first, p, 0])

            def whole() -> None:
                parts(schedule.block_tiles, schedule.columns)

            if isinstance(tiles, int):
                whole()
            else:
                either(at_least(tiles, schedule.block_tiles), whole, lambda: parts(tiles, schedule.narrow))

        for_each(0, per_group, filters)

    def _corner(self, tile: Index) -> tuple[Index, Index, Index]:
        """Batch, height and width of a tile's first output, which also begins a window of the pool if there is one."""
        n, *position = delinearize(tile, [self.batch, *self.schedule.tile_grid])
        size, window = self.transforms.output_tile, self.results.window
        last = [self.axes[i].output // window[i] * window[i] - size for i in (1, 2)]
        y, x = (minimum(p * size, limit) for p, limit in zip(position, last, strict=True))
        return n, y, x

    def _transform_input(self, place: Sequence[Index], first_tile: Index, t: Index) -> None:
        """Writes B^T d B of one tile, for all depths and channels, into the scratch memory."""
        _, height, width = self.axes
        n, y, x = self._corner(first_tile + t)
        top, left = y - height.pad_before, x - width.pad_before
        rows = [_clamped(top + i, height) for i in range(self.transforms.input_tile)]
        columns = [_clamped(left + j, width) for j in range(self.transforms.input_tile)]
        lanes, channels = self.schedule.transform_lanes, self.problem.channels

        def transform(masked: bool) -> None:
            def at_depth(d: Index) -> None:
                for_each(0, ceil(channels / lanes), lambda c: chunk(d, c))

            def chunk(d: Index, number: Index) -> None:
                c = number * lanes
                c = minimum(c, channels - lanes) if channels % lanes else c
                down = []
                for column, column_inside in columns:
                    loaded = []
                    for row, row_inside in rows:
                        inside = [each for each in (row_inside, column_inside) if each is not None] if masked else []
                        loaded.append(self._load([n, d, row, column, c], inside))
                    down.append(apply(self.transforms.input, loaded))
                part = tensor.EmptyOp([1, 1, 1, self.transforms.positions, lanes], self.element).result
                for i in range(self.transforms.input_tile):
                    for j, transformed in enumerate(apply(self.transforms.input, [column[i] for column in down])):
                        part = write_vector(transformed, part, [0, 0, 0, i * self.transforms.input_tile + j, 0], 4)
                store_tile(part, self.group.scratch[0], [*place, d, 0, t * channels + c])

            for_each(0, self.axes[0].input, at_depth)

        conditions = [each[1] for each in (rows[0], rows[-1], columns[0], columns[-1]) if each[1] is not None]
        if conditions:
            interior = conditions[0]
            for condition in conditions[1:]:
                interior = arith.AndIOp(interior, condition).result
            either(interior, lambda: transform(False), lambda: transform(True))
        else:
            transform(False)

    def _load(self, coordinates: Sequence[Index], inside: list[ir.Value]) -> ir.Value:
        """An input vector after the prologue, or zeros where one of the conditions does not hold."""
        loaded = read_vector(self.group.tensors[0], coordinates, self.schedule.transform_lanes, element=self.element)
        if self.group.prologue is not None:
            loaded = self.group.prologue.apply(loaded, coordinates, {})[0]
        for condition in inside:
            loaded = arith.SelectOp(condition, loaded, zero(loaded.type)).result
        return loaded

    def _multiply(
        self, transformed: ir.Value, filters: Index, d: Index, position: Index, tiles: Sequence[Index]
    ) -> ir.Value:
        """The sums over depth taps and channels at one position: a tensor [1, 1, 1, number of tiles, 1, lanes]."""
        schedule = self.schedule
        type_ = ir.VectorType.get([schedule.lanes], self.element)
        depth = self.axes[0]
        packed = self.group.tensors[1]
        offsets = [tile * self.problem.channels for tile in tiles]

        def at_depth(kd: Index, planes: list[ir.Value]) -> list[ir.Value]:
            source = input_position(depth, d, kd)

            def at_channel(c: Index, active: list[ir.Value]) -> list[ir.Value]:
                c = weights_ahead(packed, self.vector_unit, [filters, position, kd], c)
                weights = read_vector(packed, [filters, position, kd, c, 0], schedule.lanes)
                scalars = [read_scalar(transformed, [0, 0, source, position, c + offset]) for offset in offsets]
                return [
                    vector.FMAOp(broadcast(scalar, schedule.lanes), weights, accumulator).result
                    for scalar, accumulator in zip(scalars, active, strict=True)
                ]

            return loop(0, self.problem.channels, planes, at_channel)

        totals = loop(*taps_inside(depth, d), [zero(type_)] * len(tiles), at_depth)
        sums = tensor.EmptyOp([1, 1, 1, len(tiles), 1, schedule.lanes], self.element).result
        for t, total in enumerate(totals):
            sums = write_vector(total, sums, [0, 0, 0, t, 0, 0], 5)
        return sums

    def _finish(self, sums: ir.Value, filters: Index, d: Index, start: Index, t: Index) -> None:
        """A^T (sums of one tile) A through the epilogue to the result, without the lanes that only fill up."""
        n, y, x = self._corner(start + t)
        schedule = self.schedule

        def transform(valid: int) -> None:
            whole, rest = divmod(valid, schedule.transform_lanes)

            def part(number: Index, lanes: int) -> None:
                offset = number * schedule.transform_lanes
                channel = filters * schedule.lanes + offset
                place = Tile(n, d, y, x, self.transforms.output_tile, channel, lanes)
                self._transform_output(sums, t, offset, place)

            # Not one after the other: a transform is hundreds of operations.
            for_each(0, whole, lambda number: part(number, schedule.transform_lanes))
            if rest:
                part(whole, rest)

        tail = self.problem.filters % schedule.lanes
        last = self.problem.filters // schedule.lanes
        if not tail:
            transform(schedule.lanes)
        elif last == 0:
            transform(tail)
        else:
            is_last = arith.CmpIOp(arith.CmpIPredicate.eq, value(filters), value(last)).result
            either(is_last, lambda: transform(tail), lambda: transform(schedule.lanes))

    def _transform_output(self, sums: ir.Value, t: Index, offset: Index, place: Tile) -> None:
        """A^T sums A of tile ``t``, for a vector of filters from ``offset``, through the epilogue to the result."""
        size, matrix = self.transforms.input_tile, self.transforms.output
        lanes = self.schedule.transform_lanes
        depths, rows, _ = self.results.window
        down: list[list[list[ir.Value]]] = []
        for k in range(depths):
            columns: list[list[list[Index]]] = [
                [[0, 0, k, t, i * size + j, offset] for i in range(size)] for j in range(size)
            ]
            down.append([apply(matrix, [read_vector(sums, each, lanes) for each in column]) for column in columns])

        def windows(first: int) -> None:
            outputs: dict[tuple[Index, Index], list[ir.Value]] = {
                (k, i): apply(matrix, [column[first + i] for column in down[k]])
                for k in range(depths)
                for i in range(rows)
            }
            row = replace(place, height=place.height + first)
            type_ = ir.VectorType.get([lanes], self.element)
            self.results.store(row, type_, lambda k, i: outputs[k, i], unrolled)

        for first in range(0, place.columns, rows):
            windows(first)


def _with_bias(epilogue: ElementWise, bias: ir.Value | None, channel: int) -> ElementWise:
    """The epilogue of the sum of its value and the bias, which follows output dimension ``channel``."""
    if bias is None:
        return epilogue

    def body(values: list[ir.Value]) -> Sequence[ir.Value]:
        return epilogue.body([arith.AddFOp(values[0], values[-1]).result, *values[1:-1]])

    return replace(epilogue, body=body, operands=(*epilogue.operands, Operand(bias, (channel,))))


def _clamped(position: Index, axis: Axis) -> tuple[Index, ir.Value | None]:
    """The position moved into the input, and whether it was inside; None where all positions are."""
    if not axis.clips_before and not axis.clips_after:
        return position, None
    inside = minimum(maximum(position, 0), axis.input - 1)
    return inside, arith.CmpIOp(arith.CmpIPredicate.eq, value(inside), value(position)).result
