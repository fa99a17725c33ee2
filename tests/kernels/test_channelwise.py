"""Depthwise convolutions and poolings against ONNX Runtime."""

from math import ceil

import numpy as np
import pytest
from kernel_cases import Case, channels_last, check, onnx_run, random

from dnnf_mlir.bindings.iree import arith, ir
from dnnf_mlir.emit.vectors import filled, zero
from dnnf_mlir.kernels.convolution.emit import conv_dispatch
from dnnf_mlir.kernels.convolution.weights import pack_weights
from dnnf_mlir.kernels.depthwise.emit import SlidingSchedule
from dnnf_mlir.kernels.nest.fused_work import IDENTITY, ElementWise, Fusion, Operand, canonical
from dnnf_mlir.kernels.nest.problem import ConvProblem, PoolProblem, spatial_axes
from dnnf_mlir.kernels.pooling.emit import pool_dispatch
from dnnf_mlir.targets import AVX2, AVX512, VectorUnit, get_target

UNIT = get_target("host").vector


def multiply_relu(values: list[ir.Value]) -> list[ir.Value]:
    product = arith.MulFOp(values[0], values[1]).result
    return [arith.MaximumFOp(product, zero(product.type)).result]


def add_one(values: list[ir.Value]) -> list[ir.Value]:
    return [arith.AddFOp(values[0], filled(values[0].type, 1.0)).result]


def depthwise_case(
    input_shape: tuple[int, ...],
    kernel: tuple[int, ...],
    strides: tuple[int, ...] | None = None,
    dilations: tuple[int, ...] | None = None,
    pads: tuple[int, ...] | None = None,
    fused: bool = False,
    unit: VectorUnit = UNIT,
) -> Case:
    rank = len(kernel)
    strides, dilations, pads = strides or (1,) * rank, dilations or (1,) * rank, pads or (0,) * 2 * rank
    batch, channels, *spatial = input_shape
    x, w, b = random(input_shape), random((channels, 1, *kernel), 1), random((channels,), 2)
    problem = ConvProblem(batch, spatial_axes(spatial, kernel, strides, dilations, pads), channels, channels, channels)
    attributes = {"strides": strides, "dilations": dilations, "pads": pads, "group": channels}
    expected = channels_last(onnx_run("Conv", [x + 1 if fused else x, w, b], **attributes)[0])
    inputs = [channels_last(x), pack_weights(w, problem, unit), b]
    if fused:
        inputs.append(random(expected.shape, 3))
        expected = np.maximum(expected * inputs[-1], 0)

    def emit(v: list[ir.Value]) -> list[ir.Value]:
        dims = tuple(range(rank + 2))
        epilogue = ElementWise(multiply_relu, (Operand(v[3], dims),)) if fused else IDENTITY
        return conv_dispatch(
            problem, v[0], v[1], v[2], unit, Fusion(epilogue, ElementWise(add_one) if fused else None)
        ).emit()

    return Case(f"depthwise {input_shape} {kernel} {attributes} {fused=}", inputs, emit, [expected])


def test_depthwise_convolutions() -> None:
    check(
        [
            depthwise_case((1, 32, 14, 14), (3, 3), pads=(1, 1, 1, 1)),
            depthwise_case((2, 40, 15, 17), (5, 5), (2, 2), pads=(2, 2, 2, 2), fused=True),
            depthwise_case((1, 24, 9, 40), (3, 3), pads=(1, 1, 1, 1), fused=True),
            depthwise_case((1, 3, 10, 10), (3, 3), (2, 2), pads=(0, 0, 1, 1)),
            depthwise_case((1, 18, 11, 13), (3, 5), dilations=(2, 3), pads=(2, 6, 1, 3)),
            depthwise_case((1, 130, 30), (9,), pads=(4, 4), fused=True),
            depthwise_case((2, 20, 4, 7, 9), (3, 3, 3), (1, 2, 1), pads=(1, 1, 1, 1, 1, 1)),
            depthwise_case((1, 8, 3, 3), (3, 3)),
            depthwise_case((1, 16, 4, 80), (1, 60), pads=(0, 1, 0, 0)),
            depthwise_case((1, 2, 5, 5), (1, 1)),
        ]
    )


@pytest.mark.parametrize("unit", [AVX2, AVX512])
def test_windows_that_slide(unit: VectorUnit) -> None:
    """Blocks of all widths, windows of two and three rows, padding of any kind, planes in shares and in one."""
    problem = ConvProblem(1, spatial_axes((9, 9), (3, 3), (1, 1), (1, 1), (1, 1, 1, 1)), 512, 512, 512)
    assert SlidingSchedule.choose(canonical(problem), 512, unit, 4) is not None
    same = (1, 1, 1, 1)
    check(
        [
            depthwise_case((1, 512, 9, 9), (3, 3), pads=same, unit=unit),
            depthwise_case((2, 256, 6, 7), (3, 3), pads=same, fused=True, unit=unit),
            depthwise_case((1, 130, 9, 40), (3, 3), pads=same, fused=True, unit=unit),
            depthwise_case((1, 1030, 3, 3), (3, 3), pads=same, unit=unit),
            depthwise_case((1, 128, 8, 11), (2, 3), pads=(0, 1, 1, 0), fused=True, unit=unit),
            depthwise_case((1, 160, 7, 12), (3, 5), (1, 2), pads=(2, 2, 2, 2), unit=unit),
            depthwise_case((1, 144, 5, 21), (3, 3), dilations=(1, 3), pads=(0, 3, 2, 3), unit=unit),
            depthwise_case((1, 128, 2, 3), (3, 3), pads=(2, 2, 2, 2), fused=True, unit=unit),
            depthwise_case((1, 192, 9, 30), (3, 1), unit=unit),
            depthwise_case((2, 136, 3, 6, 8), (1, 3, 3), pads=(0, 1, 1, 0, 1, 1), fused=True, unit=unit),
        ]
    )


def pool_case(
    kind: str,
    input_shape: tuple[int, ...],
    kernel: tuple[int, ...],
    strides: tuple[int, ...] | None = None,
    dilations: tuple[int, ...] | None = None,
    pads: tuple[int, ...] | None = None,
    count_include_pad: bool = False,
    ceil_mode: bool = False,
) -> Case:
    rank = len(kernel)
    strides, dilations, pads = strides or (1,) * rank, dilations or (1,) * rank, pads or (0,) * 2 * rank
    batch, channels, *spatial = input_shape
    x = random(input_shape)
    attributes: dict[str, object] = {"kernel_shape": kernel, "strides": strides, "dilations": dilations, "pads": pads}
    attributes["ceil_mode"] = int(ceil_mode)
    if kind == "average":
        attributes["count_include_pad"] = int(count_include_pad)
    expected = channels_last(onnx_run("MaxPool" if kind == "max" else "AveragePool", [x], **attributes)[0])
    excess = []
    for i in range(rank):
        reach = spatial[i] + pads[i] + pads[rank + i] - dilations[i] * (kernel[i] - 1) - 1
        rounded = ceil(reach / strides[i]) * strides[i] if ceil_mode else reach
        excess.append(max(0, rounded - reach))
    padded = (*pads[:rank], *(pad + extra for pad, extra in zip(pads[rank:], excess, strict=True)))
    axes = spatial_axes(spatial, kernel, strides, dilations, padded)
    problem = PoolProblem(batch, axes, channels, kind, count_include_pad, tuple(excess))
    assert problem.output_shape == expected.shape
    name = f"{kind} {input_shape} {attributes}"
    return Case(name, [channels_last(x)], lambda v: pool_dispatch(problem, v[0], UNIT).emit(), [expected])


def test_poolings() -> None:
    check(
        [
            pool_case("max", (1, 32, 14, 14), (3, 3), (2, 2), pads=(1, 1, 1, 1)),
            pool_case("max", (2, 20, 13, 15), (2, 2), (2, 2), ceil_mode=True),
            pool_case("max", (1, 5, 20), (4,), dilations=(2,), pads=(2, 1)),
            pool_case("max", (1, 512, 13, 13), (13, 13), pads=(6, 6, 6, 6)),
            pool_case("max", (1, 16, 6, 8, 10), (3, 3, 3), (2, 2, 2), pads=(1, 1, 1, 1, 1, 1)),
            pool_case("average", (1, 32, 14, 14), (3, 3), pads=(1, 1, 1, 1)),
            pool_case("average", (1, 32, 14, 14), (3, 3), (2, 2), pads=(1, 1, 1, 1), count_include_pad=True),
            pool_case("average", (1, 24, 12, 11), (3, 3), (2, 2), pads=(1, 0, 0, 1), ceil_mode=True),
            pool_case(
                "average", (1, 24, 8, 8), (3, 3), (2, 2), pads=(1, 1, 0, 0), count_include_pad=True, ceil_mode=True
            ),
            pool_case("average", (2, 1280, 7, 7), (7, 7)),
            pool_case("max", (1, 20, 9, 13), (9, 13)),
            pool_case("average", (1, 7, 3, 5, 100), (3, 5, 100)),
        ]
    )
