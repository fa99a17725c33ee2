"""Weights that are asked for ahead of time: the same results, and one instruction in the inner loop."""

from dataclasses import replace
from pathlib import Path

import pytest
from kernel_cases import Case, build, channels_last, check, onnx_run, random

from dnnf_mlir.iree import compile_module
from dnnf_mlir.kernels.convolution.emit import conv_dispatch
from dnnf_mlir.kernels.convolution.weights import pack_weights
from dnnf_mlir.kernels.nest.problem import ConvProblem, matmul_problem, spatial_axes
from dnnf_mlir.targets import VectorUnit, get_target

UNIT = get_target("host").vector
assert UNIT is not None
AHEAD = replace(UNIT, l2_bytes=1 << 10, prefetch_bytes=2048)


def matmul_case(rows: int, depth: int, columns: int, unit: VectorUnit) -> Case:
    x, w = random((rows, depth)), random((depth, columns), 1)
    problem = matmul_problem((rows,), depth, columns)
    packed = pack_weights(w.T, problem, unit)
    name = f"matmul {rows} {depth} {columns}"
    return Case(
        name,
        [x, packed],
        lambda v: conv_dispatch(problem, v[0], v[1], None, unit).emit(),
        onnx_run("MatMul", [x, w]),
    )


def conv_case(channels: int, size: int, filters: int, group: int, unit: VectorUnit) -> Case:
    x, w = random((1, channels, size, size)), random((filters, channels // group, 3, 3), 1)
    pads = (1, 1, 1, 1)
    axes = spatial_axes((size, size), (3, 3), (1, 1), (1, 1), pads)
    problem = ConvProblem(1, axes, channels, filters, group)
    packed = pack_weights(w, problem, unit)
    expected = channels_last(onnx_run("Conv", [x, w], pads=pads, group=group)[0])
    return Case(
        f"convolution {channels} {size} {filters} in {group}",
        [channels_last(x), packed],
        lambda v: conv_dispatch(problem, v[0], v[1], None, unit).emit(),
        [expected],
    )


@pytest.mark.parametrize("target", ["host", "arm64-linux"])
def test_results_are_the_same(target: str) -> None:
    unit = replace(get_target(target).vector, l2_bytes=1 << 10, prefetch_bytes=2048)
    cases = [
        matmul_case(7, 96, 200, unit),
        matmul_case(1, 33, 129, unit),
        conv_case(12, 9, 40, 1, unit),
        conv_case(12, 9, 48, 2, unit),
        # Winograd's algorithm
        conv_case(64, 20, 64, 1, unit),
    ]
    check(cases, target)


def test_only_weights_that_leave_the_cache_are_asked_for() -> None:
    assert "dnnf_prefetch" in build([matmul_case(7, 96, 200, AHEAD)])
    assert "dnnf_prefetch" in build([conv_case(64, 20, 64, 1, AHEAD)])
    assert "dnnf_prefetch" not in build([matmul_case(7, 96, 200, replace(AHEAD, l2_bytes=1 << 20))])
    assert "dnnf_prefetch" not in build([matmul_case(7, 96, 200, replace(AHEAD, prefetch_bytes=0))])


@pytest.mark.parametrize("target", ["x86-64", "arm64"])
def test_one_instruction_is_left(target: str, tmp_path: Path) -> None:
    arm64 = get_target("arm64-linux")
    core = ("--iree-llvmcpu-target-triple=x86_64-linux-gnu", "--iree-llvmcpu-target-cpu=x86-64-v4")
    flags = () if target == "arm64" else core
    dump = f"--iree-hal-dump-executable-intermediates-to={tmp_path}"
    compile_module(build([matmul_case(7, 96, 200, AHEAD)]), arm64, [*flags, dump])
    [assembly] = [path.read_text() for path in tmp_path.glob("*.s")]
    assert ("prfm" if target == "arm64" else "prefetcht0") in assembly
    assert "dnnf_prefetch" not in assembly
