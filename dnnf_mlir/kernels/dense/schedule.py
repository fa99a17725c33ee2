"""How a kernel is tiled: an analytic choice from the register file, unless a variant says otherwise.

The inner loop of a dense kernel keeps ``columns`` x ``lanes`` accumulators in registers, loads ``lanes`` packed
weights and broadcasts one input scalar per column. It is bound by arithmetic when the accumulators hide the latency of
the fused multiply-add and leave room for the weights and one broadcast.
"""

import functools
from dataclasses import dataclass, replace
from math import ceil, gcd

from dnnf_mlir.graph.size import is_dynamic, representative
from dnnf_mlir.kernels.nest.problem import Axis, ConvProblem
from dnnf_mlir.targets import VectorUnit

# Independent fused multiply-adds in flight: latency (4 cycles) x units (2) on every core since Skylake and Cortex-A76.
_FMAS_IN_FLIGHT = 8
# Registers for broadcast scalars. AVX broadcasts from memory, in the FMA itself or just before it; NEON multiplies by
# a lane, and its compilers load several scalars ahead.
_SCALARS_IN_FLIGHT = 2
_LANE_SCALARS_IN_FLIGHT = 6
# In multiply-adds: a load of weights or a scalar beside the arithmetic that hides it; a vector of weights that comes
# from the second-level cache.
_LOAD = 0.25
_WEIGHT_LOAD = 4
# Registers of neighbouring channels in a block: what lies together in memory is best read together.
_BLOCK_REGISTERS = 4
# Columns that share the loads of weights and of neighbouring windows.
_FEWEST_COLUMNS = 4
# Columns of the tiles of what turns out to be narrower than one of the usual tiles.
NARROW_COLUMNS = 4
# Work of one workgroup in multiply-adds: long enough to hide its start, short enough to balance threads.
_WORKGROUP_MULTIPLY_ADDS = 1 << 20
_MINIMAL_WORKGROUPS = 32
# Packed weights of all blocks up to this size stay in the second-level cache while the input streams by.
_CACHED_WEIGHT_BYTES = 1 << 20


def power_of_two_at_least(n: int) -> int:
    """The least power of two that is not less than ``n``."""
    return 1 << (n - 1).bit_length()


def powers_of_two(n: int) -> list[tuple[int, int]]:
    """``n`` as (offset, size) pieces of falling powers of two: see quirks.VECTOR_WIDTHS."""
    pieces = []
    offset = 0
    for bit in reversed(range(n.bit_length())):
        if n >> bit & 1:
            pieces.append((offset, 1 << bit))
            offset += 1 << bit
    return pieces


@functools.cache
def balanced(extent: int, limit: int) -> tuple[int, int]:
    """Number and width of even tiles not wider than ``limit``; the last one may overlap the one before.

    The fewest columns in all, where each tile costs one more for its start and the loads that its columns share.
    """
    fewest = ceil(extent / limit)
    counts = range(fewest, ceil(extent / max(1, limit // 2)) + 1)
    count = min(counts, key=lambda n: n * (ceil(extent / n) + 1))
    return count, ceil(extent / count)


@dataclass(frozen=True)
class DenseSchedule:
    """Tiling of a dense convolution or matrix product.

    ``lanes`` filters form a block of packed weights; the last block of a group holds ``tail`` filters (0: all are
    full) and is computed with ``tail_lanes`` lanes. ``columns`` is the most output columns kept in registers at a time.
    ``overlaps``: the last block is moved back to end with the filters instead.
    ``blocks_first``: the workgroups of one output row follow each other, otherwise those of one block do.
    """

    lanes: int
    columns: int
    blocks: int
    tail: int
    tail_lanes: int
    blocks_first: bool

    overlaps: bool = False

    @staticmethod
    def choose(problem: ConvProblem, width: int, vector: VectorUnit, element_bytes: int) -> "DenseSchedule":
        """For weights that are packed into blocks, the last one filled up with zeros."""
        filters = problem.filters // problem.groups
        tiling = _DenseTiling(problem, representative(width), vector, element_bytes, padded=True)
        lanes, columns = tiling.chosen()
        tail = filters % lanes
        return DenseSchedule(
            lanes,
            columns,
            ceil(filters / lanes),
            tail,
            tiling.tail_lanes(tail, lanes) if tail else lanes,
            _blocks_first(problem, element_bytes),
        )

    @staticmethod
    def choose_unpacked(problem: ConvProblem, width: int, vector: VectorUnit, element_bytes: int) -> "DenseSchedule":
        """For a second factor as it is: no block may reach past its columns. Depth and columns may be free."""
        filters = problem.filters
        problem = replace(problem, channels=representative(problem.channels), filters=representative(filters))
        lanes, columns = _DenseTiling(problem, representative(width), vector, element_bytes, padded=False).chosen()
        return DenseSchedule(
            lanes,
            columns,
            -(-filters // lanes),
            0,
            lanes,
            _blocks_first(problem, element_bytes),
            overlaps=filters % lanes > 0,
        )


def dense_columns(lanes: int, vector: VectorUnit, element_bytes: int) -> int:
    """Most columns whose accumulators leave registers for the weights and the scalars."""
    vectors = max(1, lanes // vector.lanes(element_bytes))
    scalars = _SCALARS_IN_FLIGHT if vector.bytes > 16 else _LANE_SCALARS_IN_FLIGHT
    return max(1, (vector.registers - vectors - scalars) // vectors)


def dense_tiles(
    problem: ConvProblem, width: int, vector: VectorUnit, element_bytes: int, *, packed: bool, within: float
) -> list[tuple[int, int]]:
    """Register tiles (lanes, most columns) for rows of ``width`` columns, the cheapest by the estimate first.

    For each number of lanes the most columns that the analytic choice would take, the tiles that divide a row into one
    more, and what the registers hold whatever the cache has lines for. No estimate is above ``within`` times the best.
    """
    tiling = _DenseTiling(problem, width, vector, element_bytes, padded=packed)
    costs: dict[tuple[int, int], float] = {}
    for lanes in tiling.sizes():
        columns = tiling.columns(lanes)
        narrower = ceil(width / (balanced(width, columns)[0] + 1))
        for each in (columns, narrower, dense_columns(lanes, vector, element_bytes)):
            costs[lanes, each] = tiling.cost(lanes, each)
    limit = within * min(costs.values())
    return sorted((tile for tile, cost in costs.items() if cost <= limit), key=costs.__getitem__)


@dataclass(frozen=True)
class _DenseTiling:
    """What register tiles cost, counted in multiply-adds of one vector.

    ``padded``: the last block of filters may be a smaller one.
    """

    problem: ConvProblem
    width: int
    vector: VectorUnit
    element_bytes: int
    padded: bool

    @property
    def filters(self) -> int:
        return self.problem.filters // self.problem.groups

    def chosen(self) -> tuple[int, int]:
        """Lanes and most columns: what the problem's variant says, else the cheapest by the estimate."""
        variant = self.problem.variant
        lanes = variant.lanes or self.best_lanes()
        return lanes, variant.columns or self.columns(lanes)

    def sizes(self) -> list[int]:
        """Numbers of lanes that a block may have: powers of two."""
        native = self.vector.lanes(self.element_bytes)
        most = power_of_two_at_least(self.filters) if self.padded else self.filters
        sizes = [1 << i for i in range(most.bit_length()) if 1 << i <= _FMAS_IN_FLIGHT * native]
        return [lanes for lanes in sizes if lanes >= min(native, sizes[-1])]

    def best_lanes(self) -> int:
        # A block whose weights leave the second-level cache is read again from farther away for every tile.
        filter_bytes = self.problem.channels // self.problem.groups * self.problem.taps * self.element_bytes
        limit = max(2 * self.vector.lanes(self.element_bytes), self.vector.l2_bytes // filter_bytes)
        sizes = self.sizes()
        possible = (lanes for lanes in sizes if lanes <= limit or lanes == sizes[0])
        return min(possible, key=lambda lanes: self.cost(lanes, self.columns(lanes)))

    def cost(self, lanes: int, columns: int) -> float:
        """All tiles of one row, at one channel of one tap."""
        whole, tail = divmod(self.filters, lanes)
        if tail and not self.padded:
            whole, tail = whole + 1, 0
        # The tail's tiles are as wide as the others.
        return whole * self._steps(lanes, columns) + (self._steps(self.tail_lanes(tail, lanes), columns) if tail else 0)

    def tail_lanes(self, tail: int, lanes: int) -> int:
        return max(min(self.vector.lanes(self.element_bytes), lanes), power_of_two_at_least(tail))

    def columns(self, lanes: int) -> int:
        """Most columns of a tile: as many as the registers hold and the first-level cache has lines for."""
        step = self.problem.channels * self.problem.axes[-1].stride if self.problem.axes else self.problem.channels
        way = self.vector.l1_way_bytes
        apart = way // gcd(way, step * self.element_bytes) if not self.problem.channels_first_input else way
        return min(dense_columns(lanes, self.vector, self.element_bytes), self.vector.l1_ways * apart)

    def _steps(self, lanes: int, most_columns: int) -> float:
        """The tiles of one row for one block."""
        vectors = max(1, lanes // self.vector.lanes(self.element_bytes))
        count, columns = balanced(self.width, most_columns)
        arithmetic = max(vectors * max(columns, _WEIGHT_LOAD), _FMAS_IN_FLIGHT)
        return count * (arithmetic + _LOAD * (vectors + columns))


def _blocks_first(problem: ConvProblem, element_bytes: int) -> bool:
    if problem.variant.blocks_first is not None:
        return problem.variant.blocks_first
    weights = problem.filters * problem.channels // problem.groups * problem.taps
    return weights * element_bytes <= _CACHED_WEIGHT_BYTES


@dataclass(frozen=True)
class ChannelSchedule:
    """Tiling of a channel-wise window.

    ``lanes`` channels, in ``vectors`` registers, are a block; at most ``columns`` output columns are in registers.
    """

    lanes: int
    vectors: int
    columns: int

    @staticmethod
    def choose(channels: int, width: Axis, vector: VectorUnit, element_bytes: int, weighted: bool) -> "ChannelSchedule":
        """``weighted``: one row of the window's weights takes registers too."""
        native = vector.lanes(element_bytes)

        def vectors(lanes: int) -> int:
            return max(1, lanes // native)

        def columns(lanes: int) -> int:
            loaded = 1 if vector.bytes > 16 else 2
            taken = vectors(lanes) * (loaded + min(width.kernel, vector.registers // 4)) if weighted else 2
            return max(1, (vector.registers - taken) // vectors(lanes))

        def cost(lanes: int) -> int:
            return ceil(channels / lanes) * vectors(lanes)

        # The fewest vectors in all; among equals the widest that leaves enough columns, more where the tile is narrow.
        sizes = [1 << i for i in range(channels.bit_length())]
        best = min(cost(lanes) for lanes in sizes)
        equal = [lanes for lanes in sizes if cost(lanes) == best and lanes <= _BLOCK_REGISTERS * native]
        lanes = max((lanes for lanes in equal if columns(lanes) >= _FEWEST_COLUMNS), default=equal[0])
        while (
            balanced(representative(width.output), columns(lanes))[1] * vectors(lanes) < _FMAS_IN_FLIGHT
            and 2 * lanes in sizes
            and cost(2 * lanes) * 8 <= best * 9
        ):
            lanes *= 2
        return ChannelSchedule(lanes, vectors(lanes), columns(lanes))


def partial_results(columns: int, vectors: int, taps: int) -> int:
    """How many partial results of each of a tile's columns keep the arithmetic busy: a power of two."""
    wanted = min(_FMAS_IN_FLIGHT // (columns * vectors), representative(taps) // 2)
    return 1 << max(0, wanted.bit_length() - 1)


@dataclass(frozen=True)
class ColumnRun:
    """``count`` tiles of ``width`` output columns from ``start``, ``step`` apart, the last one moved back to ``limit``.

    ``interior`` tiles have no window in the padding and are one loop; others are generated one by one. The number of
    columns may be free: where there turn out to be less than ``width``, they form tiles of ``narrow`` columns instead.
    """

    start: int
    width: int
    count: int
    limit: int
    interior: bool
    narrow: int = 0


def column_runs(axis: Axis, limit: int, multiple: int = 1) -> list[ColumnRun]:
    """Tiles of the innermost spatial axis: runs of interior tiles, and single tiles that touch the padding.

    They start at and hold multiples of ``multiple`` columns; a remainder of the axis is left out. A free axis is
    one run, whatever touches the padding, and must not be taken in multiples.
    """
    if is_dynamic(axis.output):
        width = balanced(representative(axis.output), limit)[1]
        narrow = min(width, NARROW_COLUMNS)
        return [ColumnRun(0, width, -(-axis.output // width), axis.output - width, True, narrow)]
    units = axis.output // multiple
    count, width = balanced(units, max(1, limit // multiple))
    width *= multiple
    if not axis.clips_before and not axis.clips_after:
        return [ColumnRun(0, width, count, units * multiple - width, True)]
    runs: list[ColumnRun] = []
    for i in range(count):
        start = min(i * width, units * multiple - width)
        ends, outer_taps = (start, start + width - 1), (0, axis.kernel - 1)
        interior = all(axis.inside(column, tap) for column in ends for tap in outer_taps)
        last = runs[-1] if runs else None
        if last and last.interior and interior:
            runs[-1] = ColumnRun(last.start, width, last.count + 1, start, True)
        else:
            runs.append(ColumnRun(start, width, 1, start, interior))
    return runs


def items_per_workgroup(items: int, multiply_adds: int, groups: int) -> int:
    """How many items of ``multiply_adds`` each one workgroup takes, where each item is done for ``groups`` blocks.

    A number in any case: free sizes count as representative ones.
    """
    items, multiply_adds = representative(items), representative(multiply_adds)
    wanted = ceil(_WORKGROUP_MULTIPLY_ADDS / max(1, multiply_adds))
    return max(1, min(wanted, items * groups // _MINIMAL_WORKGROUPS, items))
