"""Register tiles: what they must never exceed, and what they are for well-known shapes."""

from itertools import product

import pytest

from dnnf_mlir.kernels.dense.schedule import ChannelSchedule, DenseSchedule, balanced, column_runs, partial_results
from dnnf_mlir.kernels.nest.problem import Axis, matmul_problem
from dnnf_mlir.kernels.nest.window import tile_start
from dnnf_mlir.targets import AVX2, AVX512, NEON, SSE, VectorUnit

UNITS = (SSE, AVX2, AVX512, NEON)
SHAPES = [
    (1, 70, 1000),
    (7, 512, 24),
    (128, 768, 768),
    (128, 3072, 768),
    (169, 1024, 512),
    (3, 4096, 4),
    (196, 40, 255),
]


@pytest.mark.parametrize("rows, depth, columns", SHAPES)
@pytest.mark.parametrize("unit", UNITS)
def test_tiles_fit_the_registers(unit: VectorUnit, rows: int, depth: int, columns: int) -> None:
    problem = matmul_problem((rows,), depth, columns)
    for choose in (DenseSchedule.choose, DenseSchedule.choose_unpacked):
        schedule = choose(problem, rows, unit, 4)
        vectors = max(1, schedule.lanes // unit.lanes(4))
        assert schedule.columns >= 1
        assert vectors * min(schedule.columns, rows) < unit.registers
        assert (schedule.blocks - 1) * schedule.lanes < columns <= schedule.blocks * schedule.lanes
        assert schedule.lanes & (schedule.lanes - 1) == 0
        assert schedule.tail <= schedule.tail_lanes <= schedule.lanes


@pytest.mark.parametrize("unit", UNITS)
def test_rows_that_share_cache_sets_fit_their_ways(unit: VectorUnit) -> None:
    depth = unit.l1_way_bytes // 4
    aligned = DenseSchedule.choose(matmul_problem((128,), 3 * depth, 256), 128, unit, 4)
    halves = DenseSchedule.choose(matmul_problem((128,), depth // 2, 256), 128, unit, 4)
    assert balanced(128, aligned.columns)[1] <= unit.l1_ways
    assert balanced(128, halves.columns)[1] <= 2 * unit.l1_ways


@pytest.mark.parametrize("unit", UNITS)
def test_weights_read_for_few_columns_do_not_bound_the_loop(unit: VectorUnit) -> None:
    schedule = DenseSchedule.choose(matmul_problem((128,), 256, 512), 128, unit, 4)
    assert balanced(128, schedule.columns)[1] >= 4
    assert schedule.lanes // unit.lanes(4) * schedule.columns >= unit.registers // 2


def test_a_single_row_still_has_independent_sums() -> None:
    schedule = DenseSchedule.choose(matmul_problem((1,), 512, 1000), 1, AVX512, 4)
    assert schedule.lanes >= 8 * AVX512.lanes(4)


def test_few_sums_are_split_and_many_are_not() -> None:
    assert partial_results(columns=1, vectors=2, taps=112 * 112) == 4
    assert partial_results(columns=7, vectors=4, taps=9) == 1
    assert partial_results(columns=1, vectors=1, taps=3) == 1


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("channels, kernel", [(32, 3), (128, 3), (672, 5), (1152, 5), (20, 7), (3, 3)])
def test_channelwise_tiles_fit_the_registers(unit: VectorUnit, channels: int, kernel: int) -> None:
    schedule = ChannelSchedule.choose(
        channels, Axis(56, kernel, 1, 1, kernel // 2, kernel // 2), unit, 4, weighted=True
    )
    weights = min(kernel, unit.registers // 4)
    assert schedule.vectors * (schedule.columns + weights + 1) <= unit.registers
    assert schedule.columns >= 4


def test_a_small_last_block_does_not_run_in_narrow_tiles() -> None:
    """Its tiles are as wide as those of the other blocks: too few sums for 16 of 80 filters beside blocks of 64."""
    schedule = DenseSchedule.choose(matmul_problem((196,), 240, 80), 196, AVX512, 4)
    vectors = schedule.tail_lanes // AVX512.lanes(4)
    assert not schedule.tail or balanced(196, schedule.columns)[1] * vectors >= 8


@pytest.mark.parametrize("pads", [(0, 0), (1, 1), (0, 2), (3, 0), (-1, 0)])
@pytest.mark.parametrize("limit, multiple", [(1, 1), (6, 1), (7, 2)])
def test_runs_of_tiles_cover_a_row(pads: tuple[int, int], limit: int, multiple: int) -> None:
    """Interior tiles read no padding; only what is no multiple is left out."""
    for extent, kernel, stride in product((9, 23, 40), (1, 3), (1, 2)):
        axis = Axis(extent, kernel, stride, 1, *pads)
        computed = set()
        for run in column_runs(axis, limit, multiple):
            starts = [tile_start(run, number) for number in range(run.count)]
            columns = {start + i for start in starts if isinstance(start, int) for i in range(run.width)}
            computed |= columns
            reads_no_padding = all(axis.inside(column, tap) for column in columns for tap in (0, kernel - 1))
            assert run.interior == reads_no_padding
        assert computed == set(range(axis.output // multiple * multiple))
