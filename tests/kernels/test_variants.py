"""Variants of a kernel's schedule: which ones are worth measuring, and that all of them compute the same."""

from dataclasses import replace

import numpy as np
import pytest
from kernel_cases import Case, channels_last, check, onnx_run, random

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.kernels.convolution.emit import conv_dispatch
from dnnf_mlir.kernels.convolution.schedule import variants
from dnnf_mlir.kernels.convolution.weights import pack_weights
from dnnf_mlir.kernels.dense.schedule import DenseSchedule
from dnnf_mlir.kernels.matrix_product.emit import product_dispatch
from dnnf_mlir.kernels.nest.problem import ANALYTIC, LINALG, ConvProblem, Variant, matmul_problem, spatial_axes
from dnnf_mlir.kernels.winograd.schedule import WinogradSchedule
from dnnf_mlir.targets import AVX2, AVX512, NEON, NEON_HALF, SSE, VectorUnit, get_target

UNIT = get_target("host").vector
UNITS = (SSE, AVX2, AVX512, NEON)
SMALL = ConvProblem(1, spatial_axes((9, 11), (3, 3), (1, 1), (1, 1), (1, 1, 1, 1)), 33, 70)
LARGE = ConvProblem(1, spatial_axes((56, 56), (3, 3), (1, 1), (1, 1), (1, 1, 1, 1)), 64, 64)


def names(problem: ConvProblem, unit: VectorUnit, element_bytes: int = 4, *, packed: bool = True) -> list[str]:
    return [str(variant) for variant in variants(problem, unit, element_bytes, packed=packed)]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("rows, depth, columns", [(1, 512, 1000), (49, 192, 1152), (196, 240, 80), (128, 768, 768)])
@pytest.mark.parametrize("packed", [True, False])
def test_few_variants_that_fit_the_registers(
    unit: VectorUnit, rows: int, depth: int, columns: int, packed: bool
) -> None:
    problem = matmul_problem((rows,), depth, columns)
    found = variants(problem, unit, 4, packed=packed)
    assert found[0] == ANALYTIC
    assert 2 <= len(found) <= 8
    choose = DenseSchedule.choose if packed else DenseSchedule.choose_unpacked
    schedules = [choose(replace(problem, variant=variant), rows, unit, 4) for variant in found]
    assert len(set(schedules)) == len(set(map(str, found))) == len(found)
    for schedule in schedules:
        vectors = max(1, schedule.lanes // unit.lanes(4))
        assert vectors * min(schedule.columns, rows) < unit.registers
        assert packed or schedule.lanes <= columns


def test_the_other_algorithms_of_a_3x3_convolution() -> None:
    assert names(LARGE, AVX512)[:3] == ["analytic", "winograd 2", "direct"]
    chosen = [WinogradSchedule.choose(replace(LARGE, variant=v), AVX512, 4) for v in variants(LARGE, AVX512, 4)]
    assert [schedule and schedule.output_tile for schedule in chosen] == [4, 2, None, None]
    few = replace(LARGE, channels=3)
    assert not any("winograd" in name or "direct" in name for name in names(few, AVX512))


def test_a_convolution_that_is_direct_by_the_estimate_may_be_winograds() -> None:
    problem = replace(LARGE, axes=spatial_axes((5, 5), (3, 3), (1, 1), (1, 1), (1, 1, 1, 1)))
    for unit in UNITS:
        assert WinogradSchedule.choose(problem, unit, 4) is None
        found = names(problem, unit)
        assert {"winograd 2", "winograd 4"} <= set(found)
        assert "direct" not in found


def test_half_precision_where_the_machine_multiplies_it_has_no_winograd() -> None:
    assert any("winograd" in name for name in names(LARGE, NEON, 2))
    assert not any("winograd" in name for name in names(LARGE, NEON_HALF, 2))


def test_channelwise_kernels_have_one_schedule() -> None:
    assert variants(replace(LARGE, groups=64), AVX512, 4) == [ANALYTIC]


def test_names() -> None:
    named = [ANALYTIC, LINALG, Variant(0), Variant(0, 32, 6), Variant(4), Variant(None, 8, 2, False)]
    assert [str(variant) for variant in named] == [
        *("analytic", "linalg", "direct", "direct 32x6", "winograd 4", "8x2, rows first")
    ]


def convolution(problem: ConvProblem, variant: Variant) -> Case:
    spatial = [axis.input for axis in problem.axes]
    kernel = [axis.kernel for axis in problem.axes]
    pads = [axis.pad_before for axis in problem.axes] + [axis.pad_after for axis in problem.axes]
    x, b = random((problem.batch, problem.channels, *spatial)), random((problem.filters,), 2)
    w = random((problem.filters, problem.channels, *kernel), 1)
    expected = channels_last(onnx_run("Conv", [x, w, b], pads=pads)[0])
    chosen = replace(problem, variant=variant)

    def emit(v: list[ir.Value]) -> list[ir.Value]:
        return conv_dispatch(chosen, v[0], v[1], v[2], UNIT).emit()

    return Case(f"{variant}", [channels_last(x), pack_weights(w, chosen, UNIT), b], emit, [expected])


def product(rows: int, depth: int, columns: int, variant: Variant) -> Case:
    a, b = random((rows, depth)), random((depth, columns), 1)
    problem = replace(matmul_problem((rows,), depth, columns), variant=variant)

    def emit(v: list[ir.Value]) -> list[ir.Value]:
        return product_dispatch(problem, v[0], v[1], UNIT).emit()

    return Case(f"product {variant}", [a, b], emit, [np.matmul(a, b)])


def test_all_variants_compute_the_same() -> None:
    pointwise = ConvProblem(1, spatial_axes((7, 7), (1, 1), (1, 1), (1, 1), (0,) * 4), 40, 80)
    algorithms = {Variant(output_tile=tile) for tile in (0, 2, 4)}
    cases = [convolution(SMALL, variant) for variant in {*variants(SMALL, UNIT, 4), *algorithms}]
    cases += [convolution(pointwise, variant) for variant in variants(pointwise, UNIT, 4)]
    cases += [product(30, 50, 70, v) for v in variants(matmul_problem((30,), 50, 70), UNIT, 4, packed=False)]
    assert len(cases) > 10
    check(cases)
