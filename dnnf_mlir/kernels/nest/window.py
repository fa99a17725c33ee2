"""Windows over the input: which of their taps are inside.

Padding costs nothing: along depth and height the loops over taps are clipped to the input, along the width the tiles
that touch the padding are generated one by one without the taps that would read it. Along a free width, the columns
that touch it are a loop over single ones, whose taps are clipped too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dnnf_mlir.emit.control import either
from dnnf_mlir.emit.index import Index, at_least, ceil_divide, for_each, maximum, minimum, select
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.kernels.dense.schedule import ColumnRun
from dnnf_mlir.kernels.nest.problem import Axis


def input_position(axis: Axis, output: Index, tap: Index) -> Index:
    """The input coordinate that kernel position ``tap`` of the window of ``output`` reads."""
    dilated = tap * axis.dilation
    return output * axis.stride - axis.pad_before + dilated


def taps_inside(axis: Axis, output: Index) -> tuple[Index, Index]:
    """First and one past the last kernel position inside the input, for the window of ``output``."""
    origin = output * axis.stride - axis.pad_before
    lower: Index = 0
    upper: Index = axis.kernel
    if axis.clips_before:
        lower = maximum(0, ceil_divide(0 - origin, axis.dilation))
    if axis.clips_after:
        upper = minimum(axis.kernel, ceil_divide(axis.input - origin, axis.dilation))
    return lower, upper


@dataclass(frozen=True)
class Tile:
    """``columns`` results of ``lanes`` channels each, at the output coordinates of the first one.

    Columns that would lie behind ``last``, where it is given, are that one again: computed and stored more than once.
    """

    batch: Index
    depth: Index
    height: Index
    column: Index
    columns: int
    channel: Index
    lanes: int
    last: Index | None = None

    def position(self, number: int) -> Index:
        """The coordinate of one of the columns."""
        column = self.column + number
        return column if self.last is None else minimum(column, self.last)


def tile_start(run: ColumnRun, number: Index) -> Index:
    """The first column of the run's tile ``number``."""
    start = number * run.width + run.start
    overlaps = is_dynamic(run.limit) or run.start + (run.count - 1) * run.width > run.limit
    return minimum(start, run.limit) if overlaps else start


def for_tile(run: ColumnRun, whole: Callable[[], object], narrow: Callable[[Index, Index], object]) -> None:
    """Generates what computes one tile of a run.

    ``narrow(column, last column)`` is for the tiles of a row that turns out to be narrower than the tile, from
    ``column`` on.
    """
    if not run.narrow:
        whole()
        return

    def tiles(number: Index) -> None:
        narrow(number * run.narrow, last)

    def all_narrow() -> None:
        for_each(0, ceil_divide(last + 1, run.narrow), tiles)

    last = run.limit + (run.width - 1)
    either(at_least(run.limit, 0), whole, all_narrow)


def over_dynamic_row(
    axis: Axis, columns: int, tile: Callable[[Index], object], single: Callable[[Index], object]
) -> None:
    """Generates what computes a row of a free number of columns.

    ``tile(column)`` is for ``columns`` columns from one on, whose windows are inside the input, ``single(column)`` for
    one that touches the padding, or for all where less than ``columns`` are inside.
    """
    first = -(-axis.pad_before // axis.stride)
    behind = axis.output
    if axis.clips_after:
        behind = (axis.input + axis.pad_before - axis.dilation * (axis.kernel - 1) - 1) // axis.stride + 1
    inside = behind - first
    fits = at_least(inside, columns)
    skipped = select(fits, inside, 0)

    def whole(number: Index) -> None:
        tile(minimum(number * columns + first, behind - columns))

    def other(number: Index) -> None:
        single(select(at_least(number, first), number + skipped, number) if first else number + skipped)

    for_each(0, select(fits, -(-inside // columns), 0), whole)
    for_each(0, axis.output - skipped, other)


def clipped_at_run_time(column: Index, interior: bool) -> bool:
    """Whether the taps of a tile, which is a single column then, are clipped where the kernel runs."""
    return not interior and not isinstance(column, int)


def columns_under(
    axis: Axis, column: Index, columns: int, taps: Sequence[Index], *, interior: bool
) -> list[tuple[int, list[tuple[int, int]]]]:
    """The input columns that a tile reads, in order, each once for all windows that have it.

    For each its distance from the first one of the first window, and (output column, number of the tap) of its uses.
    Those of an edge tile, which is not ``interior``, leave the padding out.
    """
    uses: dict[int, list[tuple[int, int]]] = {}
    for t in range(columns):
        for number, tap in enumerate(taps):
            if interior or reads_input(axis, column + t, tap):
                uses.setdefault(t * axis.stride + number * axis.dilation, []).append((t, number))
    return sorted(uses.items())


def reads_input(axis: Axis, output: Index, tap: Index) -> bool:
    """Whether a tap of an edge tile, whose coordinates are static, lies inside the input."""
    return isinstance(output, int) and isinstance(tap, int) and axis.inside(output, tap)
