"""Depthwise-separable convolutions as one kernel against ONNX Runtime."""

from collections.abc import Sequence

import numpy as np
import pytest
from kernel_cases import Array, Case, channels_last, check, onnx_run, random

from dnnf_mlir.bindings.iree import arith, ir
from dnnf_mlir.emit.vectors import filled
from dnnf_mlir.kernels.convolution.weights import pack_weights
from dnnf_mlir.kernels.nest.fused_work import ElementWise, Fusion, Operand
from dnnf_mlir.kernels.nest.problem import ConvProblem, spatial_axes
from dnnf_mlir.kernels.separable.emit import Depthwise, Pointwise, separable_dispatch
from dnnf_mlir.kernels.separable.schedule import RowRuns, run_problem
from dnnf_mlir.targets import get_target


def clamped(values: list[ir.Value]) -> list[ir.Value]:
    """max(value + operand, 0)"""
    total = arith.AddFOp(values[0], values[1]).result
    return [arith.MaximumFOp(total, filled(total.type, 0.0)).result]


def case(
    shape: tuple[int, ...],
    filters: int,
    kernel: tuple[int, ...],
    strides: tuple[int, ...] | None = None,
    pads: tuple[int, ...] | None = None,
    dilations: tuple[int, ...] | None = None,
    operands: tuple[Sequence[int], Sequence[int]] = ((), ()),
    bias: bool = True,
    target: str = "host",
) -> Case:
    """``operands`` names the dimensions that what is added behind each of the convolutions has."""
    unit = get_target(target).vector
    assert unit is not None
    rank, channels = len(kernel), shape[1]
    window = {
        "strides": strides or (1,) * rank,
        "dilations": dilations or (1,) * rank,
        "pads": pads or tuple(extent // 2 for extent in kernel) * 2,
    }
    x, weights = random(shape), random((channels, 1, *kernel), 1)
    dense = random((filters, channels, *(1,) * rank), 2) / np.float32(channels**0.5)
    biases = [random((count,), 3) for count in (channels, filters)] if bias else []
    inputs = [channels_last(x), *biases]
    y: Array = onnx_run("Conv", [x, weights, *biases[:1]], group=channels, **window)[0]
    shapes, added = [], []
    for number, dims in enumerate(operands):
        y = onnx_run("Conv", [y, dense, *biases[1:]])[0] if number else y
        shapes.append([extent if i in dims else 1 for i, extent in enumerate(channels_last(y).shape)])
        added.append(random(shapes[-1], 4 + number))
        y = np.maximum(y + np.moveaxis(added[-1], -1, 1), 0)
    axes = spatial_axes(shape[2:], kernel, window["strides"], window["dilations"], window["pads"])
    problem = ConvProblem(shape[0], axes, channels, channels, channels)
    packed = [pack_weights(weights, problem, unit), pack_weights(dense, run_problem(problem, filters, unit, 4), unit)]

    def emit(v: list[ir.Value]) -> list[ir.Value]:
        given = iter(v)
        source = next(given)
        first_bias, second_bias = (next(given) if bias else None for _ in range(2))
        first, second = next(given), next(given)
        parts = [ElementWise(clamped, (Operand(next(given), tuple(range(rank + 2))),)) for _ in range(2)]
        depthwise = Depthwise(problem, first, first_bias, parts[0])
        return separable_dispatch(
            depthwise, Pointwise(filters, second, second_bias), source, unit, Fusion(parts[1])
        ).emit()

    name = f"{shape} -> {filters} {kernel} {window} {operands}"
    return Case(name, [*inputs, *packed, *added], emit, [channels_last(y)])


@pytest.mark.parametrize("target", ["host", "arm64-linux"])
def test_separable(target: str) -> None:
    assert RowRuns.choose(1, 19, 6, 64, 256 << 10).rows in range(2, 19)
    everything, per_channel, image_channel = (0, 1, 2, 3), (3,), (0, 3)
    check(
        [
            case((1, 32, 14, 14), 64, (3, 3), target=target),
            case((2, 33, 15, 13), 17, (3, 3), (2, 2), operands=(per_channel, everything), target=target),
            case((1, 5, 9, 70), 3, (5, 3), (2, 1), (0, 1, 2, 0), operands=(everything, per_channel), target=target),
            # Runs of several rows, the last one moved back, along one long row and row by row.
            case((1, 16, 19, 6), 24, (3, 3), operands=(per_channel, everything), target=target),
            case((1, 16, 19, 6), 24, (3, 3), operands=((1,), (1, 3)), target=target),
            # Operands along which the positions are no long row.
            case((2, 20, 7, 11), 40, (3, 3), operands=((1, 3), (1, 3)), bias=False, target=target),
            case((2, 16, 6, 7), 72, (3, 3), operands=((2,), (0, 2)), target=target),
            case((3, 24, 5, 4), 24, (3, 3), (1, 1), operands=(image_channel, image_channel), target=target),
            case((1, 40, 9, 9), 10, (3, 3), None, (2, 2, 2, 2), (2, 2), target=target),
            case((1, 16, 6, 1), 8, (3, 1), operands=((0, 1, 2, 3), (1,)), target=target),
            case((2, 16, 23), 20, (3,), (2,), operands=((2,), (0, 1, 2)), target=target),
            case((1, 8, 4, 6, 5), 12, (3, 3, 3), operands=((4,), (1, 4)), target=target),
        ],
        target,
    )
