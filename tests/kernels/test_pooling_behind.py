"""Convolutions with a pool behind in one kernel, against ONNX Runtime's convolution and pool."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kernel_cases import Case, channels_last, check, onnx_run, random

from dnnf_mlir.bindings.iree import arith, ir
from dnnf_mlir.emit.vectors import zero
from dnnf_mlir.kernels.convolution.emit import conv_dispatch
from dnnf_mlir.kernels.convolution.weights import pack_weights
from dnnf_mlir.kernels.nest.fused_work import ElementWise, Fusion, Operand, Pooling
from dnnf_mlir.kernels.nest.layout import Layout
from dnnf_mlir.kernels.nest.problem import ConvProblem, Variant, spatial_axes
from dnnf_mlir.kernels.pooled_convolution.pattern import pooling_refusal
from dnnf_mlir.kernels.winograd.schedule import WinogradSchedule
from dnnf_mlir.targets import get_target

UNIT = get_target("host").vector


def pooled_case(
    input_shape: tuple[int, ...],
    filters: int,
    kernel: tuple[int, ...],
    window: tuple[int, ...],
    *,
    strides: tuple[int, ...] | None = None,
    pads: tuple[int, ...] | None = None,
    group: int = 1,
    kind: str = "max",
    beside: bool = False,
    fused: bool = False,
    channels_first: bool = False,
    winograd: bool | None = None,
) -> Case:
    """pool(relu(conv)); ``beside``: relu(conv) as well.

    ``fused``: a residual is added before the relu, and the pooled values are multiplied by a factor per channel and
    added to a tensor. ``channels_first``: all results are stored so.
    """
    rank = len(input_shape) - 2
    batch, channels, *spatial = input_shape
    pads = tuple(extent // 2 for extent in kernel * 2) if pads is None else pads
    strides = (1,) * rank if strides is None else strides
    x, w, b = random(input_shape), random((filters, channels // group, *kernel), 1), random((filters,), 2)
    problem = ConvProblem(batch, spatial_axes(spatial, kernel, strides, (1,) * rank, pads), channels, filters, group)
    if winograd:
        best = WinogradSchedule.possible(problem, UNIT, 4)[0]
        problem = replace(problem, variant=Variant(output_tile=best.output_tile))
    elif winograd is not None:
        assert WinogradSchedule.choose(problem, UNIT, 4) is None
    convolved = onnx_run("Conv", [x, w, b], group=group, pads=pads, strides=strides)[0]
    residual = random(convolved.shape, 3)
    full = np.maximum(convolved + residual if fused else convolved, 0)
    operator = "MaxPool" if kind == "max" else "AveragePool"
    pooled = onnx_run(operator, [full], kernel_shape=window, strides=window)[0]
    factor, addend = random((filters,), 4), random(pooled.shape, 5)
    if fused:
        pooled = pooled * factor.reshape(1, filters, *(1,) * rank) + addend
    inputs = [channels_last(x), pack_weights(w, problem, UNIT), b]
    inputs += [channels_last(residual), factor, channels_last(addend)] if fused else []
    everywhere = tuple(range(rank + 2))

    def relu(values: list[ir.Value]) -> list[ir.Value]:
        total = arith.AddFOp(values[0], values[1]).result if fused else values[0]
        return [arith.MaximumFOp(total, zero(total.type)).result] * (1 + beside)

    def scale(values: list[ir.Value]) -> list[ir.Value]:
        return [arith.AddFOp(arith.MulFOp(values[0], values[1]).result, values[2]).result]

    def emit(v: list[ir.Value]) -> list[ir.Value]:
        epilogue = ElementWise(relu, (Operand(v[3], everywhere),) if fused else (), 1 + beside)
        behind = ElementWise(scale, (Operand(v[4], (rank + 1,)), Operand(v[5], everywhere))) if fused else None
        pooling = Pooling(window, kind, *([] if behind is None else [behind]))
        if channels_first:
            layout = Layout.channels_first(pooling.output_shape(problem.output_shape))
            pooling = Pooling(window, kind, pooling.epilogue, (layout,))
        layouts = (Layout.channels_first(problem.output_shape),) * (channels_first and beside)
        return conv_dispatch(problem, v[0], v[1], v[2], UNIT, Fusion(epilogue, layouts=layouts, pooling=pooling)).emit()

    results = [full] * beside + [pooled]
    expected = results if channels_first else [channels_last(result) for result in results]
    return Case(f"{input_shape} {filters} {kernel} {window} {kind}", inputs, emit, expected)


def test_products_one_by_one() -> None:
    check(
        [
            pooled_case((1, 3, 30, 34), 64, (3, 3), (2, 2), winograd=False),
            pooled_case((2, 8, 11, 13), 40, (3, 3), (2, 2), fused=True),
            pooled_case((1, 8, 10, 12), 23, (5, 3), (2, 2), beside=True, kind="average"),
            pooled_case((1, 16, 8, 9), 30, (1, 1), (2, 1), fused=True, beside=True),
            pooled_case((1, 6, 7, 40), 48, (7, 7), (1, 2), strides=(1, 2), fused=True, kind="average"),
            pooled_case((2, 8, 16, 2), 32, (3, 3), (2, 2), group=2, beside=True, channels_first=True),
            pooled_case((1, 3, 4, 20, 22), 32, (3, 3, 3), (1, 2, 2), winograd=False),
            pooled_case((1, 4, 5, 7, 6), 17, (3, 1, 1), (2, 2, 2), fused=True),
            pooled_case((2, 5, 21), 9, (3,), (2,), channels_first=True),
            pooled_case((1, 7, 6, 6), 1, (3, 3), (2, 2)),
        ]
    )


def test_winograd() -> None:
    check(
        [
            pooled_case((1, 32, 14, 14), 32, (3, 3), (2, 2), winograd=True),
            pooled_case((2, 40, 21, 17), 64, (3, 3), (2, 2), fused=True, winograd=True),
            pooled_case((1, 37, 30, 28), 126, (3, 3), (2, 2), beside=True, fused=True, winograd=True),
            pooled_case((1, 32, 15, 16), 60, (3, 3), (1, 2), beside=True, kind="average", winograd=True),
            pooled_case((1, 64, 20, 20), 64, (3, 3), (2, 2), beside=True, channels_first=True, winograd=True),
            pooled_case((2, 32, 2, 7), 64, (3, 3), (2, 2), winograd=True),
            pooled_case((1, 32, 4, 16, 12), 32, (3, 3, 3), (2, 2, 2), winograd=True),
            pooled_case((1, 32, 5, 14, 14), 60, (3, 3, 3), (2, 2, 2), fused=True, kind="average", winograd=True),
            pooled_case((2, 32, 3, 8, 8), 64, (3, 3, 3), (1, 2, 2), beside=True, winograd=True),
            pooled_case((1, 32, 4, 8, 8), 64, (3, 3, 3), (2, 1, 1), beside=True, winograd=True),
        ]
    )


def test_what_has_no_kernel() -> None:
    def problem(groups: int = 1) -> ConvProblem:
        return ConvProblem(1, spatial_axes((9, 8), (3, 3), (1, 1), (1, 1), (1, 1, 1, 1)), 16, 16, groups)

    assert pooling_refusal(problem(), (2, 2), False) is None
    assert "leave out" in str(pooling_refusal(problem(), (2, 2), True))
    assert "depthwise" in str(pooling_refusal(problem(16), (2, 2), False))
    assert "more than" in str(pooling_refusal(problem(), (3, 3), False))


@st.composite
def drawn_cases(draw: Callable) -> Case:
    rank = draw(st.integers(1, 3))
    wide = draw(st.booleans())

    def per_axis(low: int, high: int) -> tuple[int, ...]:
        return tuple(draw(st.lists(st.integers(low, high), min_size=rank, max_size=rank)))

    window = per_axis(1, 2)
    kernel = (3,) * rank if wide else per_axis(1, 3)
    spatial = per_axis(5, {1: 40, 2: 24, 3: 8}[rank])
    beside = draw(st.booleans())
    if beside:
        spatial = tuple(extent + extent % 2 for extent in spatial)
        kernel = tuple(extent - (extent == 2) for extent in kernel)
    channels, filters = (draw(st.integers(*((32, 40) if wide else (1, 12)))), draw(st.integers(2, 70)))
    return pooled_case(
        (draw(st.integers(1, 2)), channels, *spatial),
        filters,
        kernel,
        window,
        kind=draw(st.sampled_from(["max", "average"])),
        beside=beside,
        fused=draw(st.booleans()),
        channels_first=draw(st.booleans()),
    )


@settings(max_examples=2, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(drawn_cases(), min_size=8, max_size=8))
def test_drawn(cases: list[Case]) -> None:
    check(cases)
