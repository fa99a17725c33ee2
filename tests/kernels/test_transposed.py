"""Transposed convolutions against ONNX Runtime."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_cases import Case, channels_last, check, onnx_run, random

from dnnf_mlir.bindings.iree import arith, ir
from dnnf_mlir.emit.vectors import zero
from dnnf_mlir.kernels.nest.fused_work import IDENTITY, ElementWise, Fusion, Operand
from dnnf_mlir.kernels.transposed.emit import pack_phases, transposed_dispatch
from dnnf_mlir.kernels.transposed.phases import TransposedAxis, TransposedWindow
from dnnf_mlir.targets import get_target

UNIT = get_target("host").vector


def case(
    input_shape: tuple[int, ...],
    filters: int,
    kernel: tuple[int, ...],
    strides: tuple[int, ...],
    pads: tuple[int, ...] | None = None,
    dilations: tuple[int, ...] | None = None,
    output_padding: tuple[int, ...] | None = None,
    group: int = 1,
    bias: bool = True,
    channels_first: bool = False,
    target: str = "host",
    epilogue: bool = False,
) -> Case:
    rank = len(kernel)
    pads, dilations, output_padding = pads or (0,) * 2 * rank, dilations or (1,) * rank, output_padding or (0,) * rank
    batch, channels, *spatial = input_shape
    x, w, b = random(input_shape), random((channels, filters // group, *kernel), 1), random((filters,), 2)
    attributes = {"strides": strides, "dilations": dilations, "pads": pads, "group": group}
    expected = onnx_run("ConvTranspose", [x, w, b] if bias else [x, w], output_padding=output_padding, **attributes)[0]
    axes = tuple(
        TransposedAxis(spatial[i], kernel[i], strides[i], dilations[i], pads[i], expected.shape[2 + i])
        for i in range(rank)
    )
    problem = TransposedWindow(batch, axes, channels, filters, group, channels_first)
    expected = channels_last(expected)
    assert expected.shape == problem.output_shape
    unit = get_target(target).vector
    assert unit is not None
    packed = pack_phases(w, problem, unit)
    residual = random(expected.shape, 3)

    def body(values: list[ir.Value]) -> list[ir.Value]:
        total = arith.AddFOp(values[0], values[1]).result
        return [arith.MaximumFOp(total, zero(total.type)).result, values[0]]

    def emit(v: list[ir.Value]) -> list[ir.Value]:
        image, *rest = v
        weights, rest = rest[: len(packed)], rest[len(packed) :]
        start = rest[0] if bias else None
        after = IDENTITY
        if epilogue:
            after = ElementWise(body, (Operand(rest[-1], tuple(range(rank + 2))),), 2)
        return transposed_dispatch(problem, image, weights, start, unit, Fusion(after)).emit()

    inputs = [x if channels_first else channels_last(x), *packed, *([b] if bias else [])]
    results = [expected]
    if epilogue:
        inputs, results = [*inputs, residual], [np.maximum(expected + residual, 0), expected]
    return Case(f"{input_shape} * {w.shape} {attributes} {output_padding}", inputs, emit, results)


CASES = [
    case((1, 100, 1, 1), 64, (4, 4), (1, 1)),
    case((1, 24, 7, 9), 40, (4, 4), (2, 2), (1, 1, 1, 1), epilogue=True),
    case((2, 8, 5, 6), 16, (3, 3), (2, 2), (1, 1, 1, 1), output_padding=(1, 1)),
    case((1, 8, 6, 5), 3, (3, 3), (2, 2), (0, 1, 1, 0), bias=False),
    case((1, 12, 6, 5), 32, (2, 2), (2, 2), epilogue=True),
    case((1, 6, 30), 20, (16,), (8,), (4, 4)),
    case((1, 4, 3, 4, 5), 8, (3, 4, 2), (1, 2, 2), (1, 1, 0, 1, 1, 0)),
    case((1, 8, 9, 9), 24, (3, 3), (1, 1), (3, 2, 3, 2), dilations=(2, 2)),
    case((1, 8, 9, 9), 24, (3, 3), (3, 3), (1, 0, 1, 0), dilations=(2, 2)),
    case((1, 12, 8, 8), 24, (4, 4), (2, 2), (1, 1, 1, 1), group=3),
    case((1, 12, 8, 40), 24, (5, 5), (3, 2), (2, 2, 2, 2), channels_first=True),
]


def test_against_onnx_runtime() -> None:
    check(CASES)


@pytest.mark.arm64
def test_on_arm64() -> None:
    check(
        [
            case((1, 24, 7, 9), 40, (4, 4), (2, 2), (1, 1, 1, 1), epilogue=True, target="arm64-linux"),
            case((1, 8, 6, 5), 3, (3, 3), (2, 2), (0, 1, 1, 0), bias=False, target="arm64-linux"),
        ],
        "arm64-linux",
    )


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 6), st.integers(1, 6), st.integers(1, 4), st.integers(1, 3), st.integers(0, 3), st.integers(1, 20)
)
def test_phases(extent: int, kernel: int, stride: int, dilation: int, pad: int, output: int) -> None:
    """Every product of an input element and a kernel position is in exactly one phase, at the output ONNX says."""
    axis = TransposedAxis(extent, kernel, stride, dilation, pad, output)
    places = [
        (position * stride + dilation * tap - pad, position, tap) for position in range(extent) for tap in range(kernel)
    ]
    wanted = {place for place in places if 0 <= place[0] < output}
    computed = [
        (phase.start + stride * number, number * 1 - phase.axis.pad_before + k * phase.axis.dilation, tap)
        for phase in axis.phases()
        for number in range(phase.axis.output)
        for k, tap in enumerate(phase.taps)
        if phase.axis.inside(number, k)
    ]
    assert len(computed) == len(set(computed))
    assert set(computed) == wanted
    assert sorted(p.start + stride * n for p in axis.phases() for n in range(p.axis.output)) == list(range(output))
