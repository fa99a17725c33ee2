"""Products of 8-bit integers: bit for bit what the definition gives, on this machine and on an emulated ARM CPU."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kernel_cases import Array, Case, channels_last, check

from dnnf_mlir.bindings.iree import arith, ir, math
from dnnf_mlir.emit.vectors import filled
from dnnf_mlir.kernels.integer.emit import integer_dispatch, pack_integer_weights
from dnnf_mlir.kernels.integer.pattern import WeightBytes, integer_refusal
from dnnf_mlir.kernels.nest.fused_work import IDENTITY, ElementWise, Fusion
from dnnf_mlir.kernels.nest.problem import ConvProblem, matmul_problem, spatial_axes
from dnnf_mlir.targets import VectorUnit, get_target

TARGETS = ["arm64-linux"] if get_target("host").vector.dot_product is None else ["host", "arm64-linux"]
RANGES = {"i8": (-128, 128), "ui8": (0, 256)}


def integers(shape: tuple[int, ...], dtype: str, seed: int = 0) -> Array:
    low, high = RANGES[dtype]
    return np.random.default_rng(seed).integers(low, high, shape).astype(np.uint8 if dtype == "ui8" else np.int8)


def convolved(x: Array, w: Array, problem: ConvProblem) -> Array:
    """The sums of [batch, channels, spatial...] times [filters, channels / groups, kernel...], channels last."""
    pads = [(axis.pad_before, axis.pad_after) for axis in problem.axes]
    padded = np.pad(x, [(0, 0), (0, 0), *pads])
    result = np.zeros((problem.batch, problem.filters, *(axis.output for axis in problem.axes)), np.int64)
    for tap in np.ndindex(*w.shape[2:]):
        places = tuple(
            slice(k * axis.dilation, k * axis.dilation + (axis.output - 1) * axis.stride + 1, axis.stride)
            for k, axis in zip(tap, problem.axes, strict=True)
        )
        image = padded[(slice(None), slice(None), *places)]
        for group in range(problem.groups):
            channels, filters = w.shape[1], problem.filters // problem.groups
            of_group = image[:, group * channels : (group + 1) * channels]
            rows = w[(slice(group * filters, (group + 1) * filters), slice(None), *tap)]
            result[:, group * filters : (group + 1) * filters] += np.einsum("nc...,fc->nf...", of_group, rows)
    return channels_last(result.astype(np.int32))


def integer_case(
    problem: ConvProblem,
    dtype: str,
    unit: VectorUnit,
    runtime_zero: bool = False,
    epilogue: ElementWise = IDENTITY,
    finish: Callable[[Array], Array] = lambda sums: sums,
    weight_zero: int | None = None,
) -> Case:
    """``weight_zero``: the weights are unsigned, with zero points from this number on."""
    batch, *spatial = problem.batch, *(axis.input for axis in problem.axes)
    x = integers((batch, problem.channels, *spatial), dtype)
    w_shape = (problem.filters, problem.channels // problem.groups, *(a.kernel for a in problem.axes))
    w = integers(w_shape, "i8" if weight_zero is None else "ui8", 1)
    offsets = np.zeros(problem.filters, np.int64)
    if weight_zero is not None:
        offsets = (weight_zero + np.arange(problem.filters) % 3).clip(0, 255)
    weights = WeightBytes.of(w, offsets.astype(w.dtype))
    zero_point = int(integers((), dtype, 2))
    assert integer_refusal(problem, unit) is None
    packed = pack_integer_weights(weights, problem, unit)
    shifted = w.astype(np.int64) - offsets.reshape(-1, *(1,) * (w.ndim - 1))
    expected = finish(convolved(x.astype(np.int64) - zero_point, shifted, problem))
    given = [channels_last(x), packed.filters, packed.sums]
    if runtime_zero:
        given.append(np.array(zero_point, x.dtype))

    def emit(values: list[ir.Value]) -> list[ir.Value]:
        zero = values[3] if runtime_zero else zero_point
        signed = dtype == "i8"
        wide, fusion = weights.is_wide, Fusion(epilogue)
        return integer_dispatch(problem, values[0], zero, signed, wide, *values[1:3], unit, fusion).emit()

    return Case(f"{problem} {dtype} {runtime_zero=} {weight_zero=}", given, emit, [expected])


def window(
    shape: tuple[int, ...],
    filters: int,
    kernel: tuple[int, ...],
    stride: int = 1,
    pad: int = 0,
    groups: int = 1,
    dilation: int = 1,
) -> ConvProblem:
    batch, channels, *spatial = shape
    rank = len(kernel)
    axes = spatial_axes(spatial, kernel, (stride,) * rank, (dilation,) * rank, (pad,) * 2 * rank)
    return ConvProblem(batch, axes, channels, filters, groups)


PROBLEMS = [
    matmul_problem((128,), 312, 312),
    matmul_problem((1,), 64, 1000),
    matmul_problem((3, 17), 37, 70),
    matmul_problem((5,), 3, 2),
    matmul_problem((7,), 5, 33),
    window((1, 3, 33, 31), 32, (3, 3), 2, 1),
    window((2, 16, 9, 11), 24, (3, 3), 1, 1),
    window((1, 8, 14, 14), 20, (1, 1)),
    window((1, 24, 8, 8), 36, (3, 3), 1, 1, groups=3),
    window((1, 6, 30), 5, (3,), 1, 2, dilation=2),
    window((1, 4, 5, 6, 7), 8, (3, 3, 3), 1, 1),
    window((1, 65, 6, 6), 17, (3, 2), 1, 1),
]


@pytest.mark.parametrize("target", TARGETS)
def test_products(target: str) -> None:
    unit = get_target(target).vector
    assert unit is not None
    cases = [integer_case(problem, "ui8", unit) for problem in PROBLEMS]
    cases += [integer_case(problem, "i8", unit, runtime_zero=i % 2 == 0) for i, problem in enumerate(PROBLEMS)]
    cases += [
        integer_case(problem, "i8" if i % 3 else "ui8", unit, runtime_zero=True, weight_zero=(0, 90, 178, 255)[i % 4])
        for i, problem in enumerate(PROBLEMS)
    ]
    check(cases, target)


def _quantized(values: list[ir.Value]) -> list[ir.Value]:
    """uint8(min(max(round(sum / 1024), 0), 255)), and the sum itself."""
    single = ir.VectorType.get(ir.VectorType(values[0].type).shape, ir.F32Type.get())
    number = arith.SIToFPOp(single, values[0]).result
    whole = math.RoundEvenOp(arith.MulFOp(number, filled(single, 1 / 1024)).result).result
    clipped = arith.MinimumFOp(arith.MaximumFOp(whole, filled(single, 0)).result, filled(single, 255)).result
    byte = ir.VectorType.get(single.shape, ir.IntegerType.get_signless(8))
    return [arith.FPToUIOp(byte, clipped).result, values[0]]


@pytest.mark.parametrize("target", TARGETS)
def test_results_of_other_types(target: str) -> None:
    unit = get_target(target).vector
    assert unit is not None

    def case(problem: ConvProblem) -> Case:
        base = integer_case(problem, "ui8", unit)
        sums = base.expected[0]
        bytes_ = np.clip(np.round(sums.astype(np.float32) / 1024), 0, 255).astype(np.uint8)

        def emit(values: list[ir.Value]) -> list[ir.Value]:
            types = (ir.IntegerType.get_signless(8), ir.IntegerType.get_signless(32))
            epilogue = ElementWise(_quantized, results=2, elements=types)
            zero_point = int(integers((), "ui8", 2))
            fusion = Fusion(epilogue)
            return integer_dispatch(problem, values[0], zero_point, False, False, *values[1:], unit, fusion).emit()

        return replace(base, emit=emit, expected=[bytes_.view(np.int8), sums])

    check([case(problem) for problem in PROBLEMS[:8]], target)


def test_reasons() -> None:
    unit = get_target("arm64-linux").vector
    assert unit is not None
    problem = matmul_problem((4,), 8, 8)
    assert "no dot product" in str(integer_refusal(problem, replace(unit, dot_product=None)))
    grouped = window((1, 6, 8, 8), 4, (3, 3), groups=2)
    assert "multiple of 4" in str(integer_refusal(grouped, unit))


@st.composite
def problems(draw: Callable) -> ConvProblem:
    rank = draw(st.integers(0, 3))
    if not rank:
        rows = tuple(draw(st.lists(st.integers(1, 20), min_size=1, max_size=3)))
        return matmul_problem(rows, draw(st.integers(1, 70)), draw(st.integers(1, 90)))
    groups = draw(st.sampled_from([1, 1, 2]))
    kernel = tuple(draw(st.lists(st.integers(1, 3), min_size=rank, max_size=rank)))
    channels = draw(st.integers(1, 20)) if groups == 1 else groups * 4 * draw(st.integers(1, 3))
    shape = (draw(st.integers(1, 2)), channels, *(k + draw(st.integers(2, 15 // rank)) for k in kernel))
    pad = draw(st.integers(0, min(kernel) - 1))
    return window(shape, groups * draw(st.integers(1, 40)), kernel, draw(st.integers(1, 2)), pad, groups)


@settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(problems(), min_size=15, max_size=15), st.sampled_from(["i8", "ui8"]), st.integers(0, 255) | st.none())
@pytest.mark.parametrize("target", TARGETS)
def test_drawn_problems(target: str, drawn: list[ConvProblem], dtype: str, weight_zero: int | None) -> None:
    unit = get_target(target).vector
    assert unit is not None
    check([integer_case(problem, dtype, unit, weight_zero=weight_zero) for problem in drawn], target)
