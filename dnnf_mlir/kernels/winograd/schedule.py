"""When and how to compute a 3x3 convolution by Winograd's algorithm: an estimate of arithmetic and weight traffic."""

from dataclasses import dataclass, replace
from math import ceil, prod, sqrt

from dnnf_mlir.graph.size import is_dynamic, representative
from dnnf_mlir.kernels.dense.schedule import NARROW_COLUMNS, balanced, dense_columns
from dnnf_mlir.kernels.nest.problem import ConvProblem
from dnnf_mlir.kernels.winograd.transforms import OUTPUT_TILES, transforms
from dnnf_mlir.targets import VectorUnit

_TAPS = 9
# Bytes of an element.
_SINGLE, _HALF = 4, 2
# Bytes that a core reads per cycle, beside the arithmetic, from transformed weights up to some size: from its own
# second-level cache (hidden behind the arithmetic), from a cache that it shares, from memory. In a model, other layers'
# weights have displaced them from all of these since they were last read: the first block reads them from memory.
_CACHED_BYTES = 1 << 20
_READING = ((4 << 20, 16), (12 << 20, 12))
_BYTES_PER_CYCLE = 6
# Weights up to this size are read again for every small block of tiles.
_OFTEN_READ_BYTES = 12 << 20
# Transformed weights take up to four times the space: beyond this a module grows too much.
_MOST_WEIGHT_BYTES = 40 << 20
# Fused multiply-adds that a core starts per cycle.
_FMAS_PER_CYCLE = 2
# The transforms and the scratch memory cost a part of what the products do.
_OVERHEAD = 1.6
# Workgroups: enough for the threads of a phone or desktop; each has scratch memory of its own.
_MOST_BLOCKS_APART = 16
_WORKGROUPS = 4
# Of all workgroups together: groups of filters transform the same input again, each into its own memory.
_MOST_SCRATCH_BYTES = 32 << 20


@dataclass(frozen=True)
class WinogradSchedule:
    """Tiling of a 3x3 convolution.

    ``tile_grid`` tiles of m x m outputs, m = ``output_tile``, down and across an image, ``tiles`` in the batch. They
    are transformed and multiplied in ``blocks`` blocks of ``block_tiles``, which ``slots`` workgroups share out, by one
    of ``groups`` groups of filters; ``columns`` tiles and ``lanes`` filters are in registers at a time.
    ``transform_lanes`` channels or filters are transformed at a time. A block's transformed input takes
    ``position_elements`` elements for each position, a little more than it needs: at powers of two the positions would
    fall into the same few cache sets. ``cycles`` is the estimate.

    With a free batch ``tiles`` and ``blocks`` are free. The last block may turn out to have fewer tiles; then it takes
    ``narrow`` tiles into registers at a time (0 where tiles are given).
    """

    output_tile: int
    tile_grid: tuple[int, int]
    tiles: int
    block_tiles: int
    blocks: int
    slots: int
    groups: int
    columns: int
    lanes: int
    transform_lanes: int
    position_elements: int
    narrow: int
    cycles: float

    @staticmethod
    def choose(problem: ConvProblem, vector: VectorUnit, element_bytes: int) -> "WinogradSchedule | None":
        """None for the direct convolution: what the variant says, faster by the estimate, or the only one possible."""
        possible = WinogradSchedule.possible(problem, vector, element_bytes)
        wanted = problem.variant.output_tile
        if wanted is not None:
            return next((schedule for schedule in possible if schedule.output_tile == wanted), None)
        if not possible:
            return None
        best = possible[0]
        outputs = _images(problem.batch) * prod(axis.output for axis in problem.axes)
        products = outputs * problem.channels * problem.filters * problem.taps
        direct_cycles = products / vector.lanes(_SINGLE) / _FMAS_PER_CYCLE
        return best if best.cycles * _OVERHEAD <= direct_cycles else None

    @staticmethod
    def possible(problem: ConvProblem, vector: VectorUnit, element_bytes: int) -> "list[WinogradSchedule]":
        """Those for each output tile, the fastest by the estimate first; empty where the algorithm is out of question.

        It computes in f32, also on f16 in memory: not where the products of a direct one are twice as fast.
        """
        if not _is_plain(problem) or min(problem.channels, problem.filters) < 2 * vector.lanes(_SINGLE):
            return []
        if element_bytes != _SINGLE and (element_bytes != _HALF or vector.half_arithmetic):
            return []
        candidates = [_schedule(problem, vector, output_tile) for output_tile in OUTPUT_TILES]
        return sorted((each for each in candidates if each is not None), key=lambda schedule: schedule.cycles)


def _schedule(problem: ConvProblem, vector: VectorUnit, output_tile: int) -> WinogradSchedule | None:
    """None where the transformed weights are too large or a tile is larger than the output."""
    native = vector.lanes(_SINGLE)
    lanes = 2 * native
    height, width = problem.axes[-2:]
    rows, across = ceil(height.output / output_tile), ceil(width.output / output_tile)
    tiles = problem.batch * rows * across
    likely_tiles = _likely(problem.batch) * rows * across
    depth = problem.axes[0].output if len(problem.axes) == 3 else 1
    filter_blocks = ceil(problem.filters / lanes)
    pairs = problem.channels * filter_blocks * lanes * (problem.taps // _TAPS)
    positions = transforms(output_tile).positions
    weight_bytes = positions * pairs * _SINGLE
    if weight_bytes > _MOST_WEIGHT_BYTES or min(height.output, width.output) < output_tile:
        return None

    # Each block reads all weights once: small blocks, unless that takes long.
    columns = dense_columns(lanes, vector, _SINGLE)
    blocks, block_tiles = balanced(likely_tiles, columns if weight_bytes <= _OFTEN_READ_BYTES else 4 * columns)
    columns = balanced(block_tiles, columns)[1]
    speed = next((speed for limit, speed in _READING if weight_bytes <= limit), _BYTES_PER_CYCLE)
    products = block_tiles * positions * pairs / native / _FMAS_PER_CYCLE
    again = max(products, weight_bytes / speed if weight_bytes > _CACHED_BYTES else 0)
    cycles = max(products, weight_bytes / _BYTES_PER_CYCLE) + (blocks * depth - 1) * again

    cache_line = 64 // _SINGLE
    position = (ceil(block_tiles * problem.channels / cache_line) | 1) * cache_line
    slots = ceil(blocks / ceil(blocks / _MOST_BLOCKS_APART))
    scratch = slots * positions * (depth * position + block_tiles * lanes) * _SINGLE
    groups = 1
    while slots * groups < _WORKGROUPS and filter_blocks % (2 * groups) == 0 and filter_blocks > 2 * groups:
        if 2 * groups * scratch > _MOST_SCRATCH_BYTES:
            break
        groups *= 2
    schedule = WinogradSchedule(
        output_tile,
        (rows, across),
        tiles,
        block_tiles,
        -(-tiles // block_tiles) if is_dynamic(tiles) else blocks,
        slots,
        groups,
        columns,
        lanes,
        native,
        position,
        min(columns, NARROW_COLUMNS) if is_dynamic(tiles) else 0,
        cycles,
    )
    one = _schedule(replace(problem, batch=1), vector, output_tile) if is_dynamic(problem.batch) else None
    return schedule if one is None else replace(schedule, cycles=sqrt(one.cycles * cycles))


def _images(batch: int) -> float:
    """What estimates are for; of a free batch, the geometric mean of those for one image and for a likely batch.

    For one image the transformed weights may take longer to read than a direct sum to compute; for many they do not.
    """
    return sqrt(_likely(batch)) if is_dynamic(batch) else batch


def _likely(batch: int) -> int:
    return max(1, representative(batch))


def _is_plain(problem: ConvProblem) -> bool:
    """A 3x3 window over the last two axes, one group, channels last, nothing free but the batch."""
    axes = problem.axes[-2:]
    unit = all(axis.kernel == 3 and axis.stride == axis.dilation == 1 for axis in axes)
    allowed = problem.groups == 1 and not problem.channels_first_input
    return len(axes) == 2 and unit and allowed and not any(map(is_dynamic, problem.input_shape[1:]))
