"""Depthwise convolution (ONNX Conv with one channel per group and as many filters as channels).

Its windows slide down where they can: every element of the input is loaded once for all that reads it. This is for
windows of K rows with a stride of 1 along the height. Loops of one workgroup, for one block of channels::

    for tile of T columns:                              # [left edge] [interior: a loop] [right edge]
      sums[1 .. K-1] = bias                             # of the output rows that the input row above began
      for input row i of the workgroup's share:
        for vector of the block:
          sums[0] = bias
          for input column under the tile:              # loaded once
            for (t, kh, kw) whose window has it there:
              sums[kh][t] += x[n, i, column, vector] * weights[kh, kw, vector]
          y[n, i + pad - (K-1), tile, vector] = epilogue(sums[K-1])
          sums[kh] = sums[kh-1]
      y[n, the rows whose windows reach into the padding, tile] = epilogue(sums[..])

:mod:`channelwise` loads each element K times, which only the second-level cache serves where columns lie a multiple of
a cache way apart. There, too, a load waits for the store of an earlier row that has the same low address bits; wide
blocks keep the two apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import ceil, gcd, prod

from dnnf_mlir.bindings.iree import ir, vector
from dnnf_mlir.emit.control import when
from dnnf_mlir.emit.index import Index, at_least, delinearize, for_each, loop, minimum
from dnnf_mlir.emit.vectors import computing_type, converted, element_bytes, read_vector, zero
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.kernels.dense.schedule import ChannelSchedule, ColumnRun, column_runs
from dnnf_mlir.kernels.nest.channelwise import Reduction, channelwise_dispatch
from dnnf_mlir.kernels.nest.dispatch import Dispatch
from dnnf_mlir.kernels.nest.fused import Fused, Target, Workgroup, fused_dispatch
from dnnf_mlir.kernels.nest.fused_work import NO_FUSION, Fusion, canonical, reshape
from dnnf_mlir.kernels.nest.problem import Canonical, ConvProblem
from dnnf_mlir.kernels.nest.window import Tile, columns_under, input_position, tile_start
from dnnf_mlir.targets import VectorUnit


@dataclass(frozen=True)
class SlidingSchedule:
    """Blocks of ``vectors`` registers with ``lanes`` channels each; at most ``columns`` output columns are a tile."""

    lanes: int
    vectors: int
    columns: int

    @staticmethod
    def choose(form: Canonical, channels: int, vector: VectorUnit, element_bytes: int) -> "SlidingSchedule | None":
        """None where windows do not slide, where registers do not hold their sums, or where channels are few.

        With few channels a tile is a long piece of each row, which the caches hold until the next row reads it again.
        """
        depth, height, width = form.axes
        lanes, column_bytes = vector.lanes(element_bytes), channels * element_bytes
        slides = height.stride == height.dilation == 1 < height.kernel <= _MOST_ROWS and depth.is_identity
        is_static = not any(map(is_dynamic, (*form.output_extents, width.kernel)))
        if vector.bytes < _FEWEST_REGISTER_BYTES or not slides or not is_static or column_bytes < _FEWEST_COLUMN_BYTES:
            return None

        def columns(vectors: int) -> int:
            return (vector.registers - _OTHERS) // ((height.kernel - 1) * vectors + 1)

        # Columns that lie in different sets of the first-level cache.
        apart = vector.l1_way_bytes // gcd(vector.l1_way_bytes, column_bytes)
        lines = next((lines for most, lines in _LINES if apart <= most), 1)
        most = max(1, min(lines * _LINE_BYTES // vector.bytes, channels // lanes))
        vectors = max((n for n in range(1, most + 1) if columns(n) >= _FEWEST_COLUMNS), default=0)
        return SlidingSchedule(lanes, vectors, min(columns(vectors), _MOST_COLUMNS)) if vectors else None


_MOST_ROWS, _FEWEST_COLUMN_BYTES = 3, 512
"""Windows of five rows, and columns of 256 bytes, are not faster so; measured on AVX-512."""

_FEWEST_REGISTER_BYTES = 32
"""NEON multiplies by registers only, and has none left for nine weights."""

_OTHERS = 4
"""Registers for the input, the bias, and what compilers keep beside them."""

_LINE_BYTES = 64
_LINES = ((2, 3), (4, 2))
"""Lines of a block where at most so many columns lie in different sets: a store and the loads behind it are further
apart then, which have the same low address bits whenever two tensors begin at multiples of a column. Measured on
AVX-512."""

_FEWEST_COLUMNS, _MOST_COLUMNS = 2, 5

_WORKGROUPS = 8
"""Enough for the cores of a phone."""


def sliding_dispatch(
    problem: ConvProblem,
    form: Canonical,
    schedule: SlidingSchedule,
    reduction: Reduction,
    fusion: Fusion,
    x: ir.Value,
    weights: ir.Value,
    bias: ir.Value | None,
) -> Dispatch:
    """One dispatch for windows that slide; ``weights`` are [taps, channels], ``bias`` [channels]."""
    operands = [reshape(x, [form.batch, *(axis.input for axis in form.axes), problem.channels])]
    operands += [tensor for tensor in (weights, bias) if tensor is not None]
    width = schedule.vectors * schedule.lanes
    blocks, planes = ceil(problem.channels / width), prod(form.output_extents[:2])
    runs = column_runs(form.axes[2], schedule.columns)
    shares = max(1, min(ceil(_WORKGROUPS / (blocks * planes)), max(run.count for run in runs)))

    def body(group: Workgroup) -> None:
        start = None if bias is None else group.tensors[2]
        x, weights = group.tensors[:2]
        channel = minimum(group.ids[0] * width, problem.channels - width)
        plane, share = delinearize(group.ids[1], [planes, shares])
        kernel = _Kernel(form, schedule, reduction, x, weights, start, group.results, group.prologue, channel)
        batch, depth = delinearize(plane, form.output_extents[:2])
        kernel.plane(batch, depth, runs, share, shares)

    return fused_dispatch(problem, form, fusion, operands, (blocks, planes * shares), problem.channels, body)


@dataclass(frozen=True)
class _Kernel:
    """The tensors inside the dispatch, and the loop nest over them, for the block from ``channel``."""

    form: Canonical
    schedule: SlidingSchedule
    reduction: Reduction
    x: ir.Value
    weights: ir.Value
    bias: ir.Value | None
    results: Target
    prologue: Fused | None
    channel: Index

    def plane(self, batch: Index, depth: Index, runs: Sequence[ColumnRun], share: Index, shares: int) -> None:
        """One of the shares of a plane's tiles."""
        _, height, width = self.form.axes
        lanes, channels = self.schedule.lanes, self._channels()
        initial = [self.reduction.initial(self.bias, channel, lanes) for channel in channels]
        weights = [
            [
                [
                    read_vector(self.weights, [kh * width.kernel + kw, channel], lanes, None, self.reduction.element)
                    for kw in range(width.kernel)
                ]
                for kh in range(height.kernel)
            ]
            for channel in channels
        ]

        def tile(run: ColumnRun, number: Index) -> None:
            place = Tile(batch, depth, 0, tile_start(run, number), run.width, self.channel, lanes)
            self._tile(place, run, initial, weights)

        def in_loop(run: ColumnRun, number: Index) -> None:
            tile(run, number)

        for run in runs:
            if run.count == 1 and shares > 1:
                # A tile that touches the padding is generated for its own column.
                when(at_least(0, share), partial(tile, run, 0))
                continue
            each = ceil(run.count / shares)
            first = share * each
            for_each(first, minimum(first + each, run.count), partial(in_loop, run))

    def _channels(self) -> list[Index]:
        return [self.channel + number * self.schedule.lanes for number in range(self.schedule.vectors)]

    def _tile(
        self,
        place: Tile,
        run: ColumnRun,
        initial: Sequence[ir.Value],
        weights: Sequence[Sequence[Sequence[ir.Value]]],
    ) -> None:
        """All rows of a tile, from the first one down."""
        height = self.form.axes[1]
        rows, above = height.kernel, height.pad_before
        end = min(height.input, height.output - above + rows - 1)

        def row(number: Index, sums: list[ir.Value]) -> list[ir.Value]:
            following: list[ir.Value] = []
            for register, start in enumerate(initial):
                begun = sums[register * per_vector :][:per_vector]
                of_rows = [[start] * place.columns, *_rows(begun, place.columns)]
                *kept, done = self._row(place, number, register, of_rows, weights[register], run.interior)
                output = number + (above - rows + 1)
                when(at_least(output, 0), partial(self._store, place, output, register, done))
                following += [each for row in kept for each in row]
            return following

        per_vector = (rows - 1) * place.columns
        sums = loop(max(0, -above), end, [start for start in initial for _ in range(per_vector)], row)
        # The windows that reach below the input.
        for register in range(self.schedule.vectors):
            begun = _rows(sums[register * per_vector :][:per_vector], place.columns)
            for kh, done in enumerate(begun, 1):
                if 0 <= end + above - kh < height.output:
                    self._store(place, end + above - kh, register, done)

    def _row(
        self,
        place: Tile,
        row: Index,
        vector: int,
        sums: Sequence[Sequence[ir.Value]],
        weights: Sequence[Sequence[ir.Value]],
        interior: bool,
    ) -> list[list[ir.Value]]:
        """The sums of K output rows with what one input row adds to them."""
        width = self.form.axes[2]
        origin = input_position(width, place.column, 0)
        element = self.reduction.element
        result = [list(each) for each in sums]
        taps = range(width.kernel)
        for distance, uses in columns_under(width, place.column, place.columns, taps, interior=interior):
            channel = self.channel + vector * self.schedule.lanes
            coordinates = [place.batch, place.depth, row, origin + distance, channel]
            data = read_vector(self.x, coordinates, self.schedule.lanes, element=element)
            if self.prologue is not None:
                data = converted(self.prologue.apply(data, coordinates, {})[0], element)
            for t, kw in uses:
                for kh in reversed(range(len(result))):
                    result[kh][t] = self.reduction.combine(result[kh][t], data, weights[kh][kw])
        return result

    def _store(self, place: Tile, row: Index, vector: int, sums: Sequence[ir.Value]) -> None:
        channel = self.channel + vector * self.schedule.lanes
        self.results.store(replace(place, height=row, channel=channel), sums)


def _rows(sums: Sequence[ir.Value], columns: int) -> list[list[ir.Value]]:
    return [list(sums[start : start + columns]) for start in range(0, len(sums), columns)]


def depthwise_dispatch(
    problem: ConvProblem,
    x: ir.Value,
    packed_weights: ir.Value,
    bias: ir.Value | None,
    vector_unit: VectorUnit,
    fusion: Fusion = NO_FUSION,
) -> Dispatch:
    """One dispatch for a depthwise convolution; see :func:`conv_dispatch`."""
    element = computing_type(ir.RankedTensorType(x.type).element_type, vector_unit)
    form = canonical(problem, fusion)
    sliding = SlidingSchedule.choose(form, problem.channels, vector_unit, element_bytes(element))
    if sliding is not None:
        return sliding_dispatch(problem, form, sliding, weighted_sum(element), fusion, x, packed_weights, bias)
    schedule = ChannelSchedule.choose(problem.channels, form.axes[2], vector_unit, element_bytes(element), True)
    return channelwise_dispatch(problem, form, schedule, weighted_sum(element), fusion, x, packed_weights, bias)


def weighted_sum(element: ir.Type) -> Reduction:
    """A window's elements times its weights, added to the bias if there is one."""

    def initial(start: ir.Value | None, channel: Index, lanes: int) -> ir.Value:
        if start is None:
            return zero(ir.VectorType.get([lanes], element))
        return read_vector(start, [channel], lanes, element=element)

    def combine(total: ir.Value, data: ir.Value, weights: ir.Value | None) -> ir.Value:
        return vector.FMAOp(data, weights, total).result

    return Reduction(element, initial, combine)
