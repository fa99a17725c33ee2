"""3x3 convolutions by Winograd's algorithm against ONNX Runtime."""

from dataclasses import replace

import numpy as np
import pytest
from kernel_cases import Case, channels_last, check, onnx_run, random

from dnnf_mlir.bindings.iree import arith, ir
from dnnf_mlir.emit.vectors import filled, zero
from dnnf_mlir.kernels.convolution.emit import conv_dispatch
from dnnf_mlir.kernels.convolution.weights import pack_weights
from dnnf_mlir.kernels.nest.fused_work import ElementWise, Fusion, Operand
from dnnf_mlir.kernels.nest.layout import Layout
from dnnf_mlir.kernels.nest.problem import ConvProblem, Variant, spatial_axes
from dnnf_mlir.kernels.winograd.schedule import WinogradSchedule
from dnnf_mlir.kernels.winograd.transforms import OUTPUT_TILES, transforms
from dnnf_mlir.targets import AVX2, NEON, VectorUnit, get_target

UNIT = get_target("host").vector


@pytest.mark.parametrize("size", OUTPUT_TILES)
def test_transforms_compute_the_convolution(size: int) -> None:
    x, w = random((size + 2, size + 2)).astype(np.float64), random((3, 3), 1).astype(np.float64)
    direct = [[np.sum(x[i : i + 3, j : j + 3] * w) for j in range(size)] for i in range(size)]
    matrices = transforms(size)
    products = matrices.weights(w) * (matrices.input @ x @ matrices.input.T)
    np.testing.assert_allclose(matrices.output @ products @ matrices.output.T, direct, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("unit", [AVX2, NEON])
def test_half_precision_in_memory_only_is_computed_as_single_precision(unit: VectorUnit) -> None:
    problem = ConvProblem(1, spatial_axes((28, 28), (3, 3), (1, 1), (1, 1), (1, 1, 1, 1)), 64, 64)
    schedule = WinogradSchedule.choose(problem, unit, 4)
    assert schedule is not None and WinogradSchedule.choose(problem, unit, 2) == schedule
    assert WinogradSchedule.choose(problem, replace(unit, half_arithmetic=True), 2) is None
    assert pack_weights(random((64, 64, 3, 3)).astype(np.float16), problem, unit).dtype == np.float32


def winograd_case(
    input_shape: tuple[int, ...],
    filters: int,
    pads: tuple[int, ...],
    fused: bool = False,
    channels_first: bool = False,
    output_tile: int = 4,
) -> Case:
    """``fused``: relu(conv(x + 1) * residual); ``channels_first``: the result is stored so."""
    rank = len(input_shape) - 2
    batch, channels, *spatial = input_shape
    kernel = (3,) * rank
    x, b = random(input_shape), random((filters,), 2)
    w = random((filters, channels, *kernel), 1)
    problem = ConvProblem(batch, spatial_axes(spatial, kernel, (1,) * rank, (1,) * rank, pads), channels, filters)
    problem = replace(problem, variant=Variant(output_tile=output_tile))
    assert WinogradSchedule.choose(problem, UNIT, 4) is not None
    expected = channels_last(onnx_run("Conv", [x + 1 if fused else x, w, b], pads=pads)[0])
    inputs = [channels_last(x), pack_weights(w, problem, UNIT), b]
    if fused:
        inputs.append(random(expected.shape, 3))
        expected = np.maximum(expected * inputs[-1], 0)
    layouts = (Layout.channels_first(expected.shape),) if channels_first else ()

    def increment(values: list[ir.Value]) -> list[ir.Value]:
        return [arith.AddFOp(values[0], filled(values[0].type, 1.0)).result]

    def multiply_relu(values: list[ir.Value]) -> list[ir.Value]:
        product = arith.MulFOp(values[0], values[1]).result
        return [arith.MaximumFOp(product, zero(product.type)).result]

    def emit(v: list[ir.Value]) -> list[ir.Value]:
        if not fused:
            return conv_dispatch(problem, v[0], v[1], v[2], UNIT, Fusion(layouts=layouts)).emit()
        epilogue = ElementWise(multiply_relu, (Operand(v[3], tuple(range(rank + 2))),))
        return conv_dispatch(problem, v[0], v[1], v[2], UNIT, Fusion(epilogue, ElementWise(increment), layouts)).emit()

    case = Case(f"winograd {input_shape} {filters} {pads}", inputs, emit, [expected])
    return replace(case, expected=[np.ascontiguousarray(np.moveaxis(expected, -1, 1))]) if channels_first else case


def test_convolutions() -> None:
    check(
        [
            winograd_case((1, 32, 14, 15), 32, (1, 1, 1, 1)),
            winograd_case((2, 40, 21, 17), 64, (1, 1, 1, 1), fused=True),
            winograd_case((1, 32, 16, 18), 96, (0, 0, 0, 0), fused=True),
            winograd_case((1, 37, 30, 30), 32, (0, 2, 1, 0), channels_first=True),
            winograd_case((1, 64, 20, 20), 126, (1, 1, 1, 1), fused=True),
            winograd_case((2, 32, 2, 6), 64, (1, 1, 1, 1), fused=True, output_tile=2),
            winograd_case((1, 35, 16, 16), 60, (1, 1, 1, 1)),
            winograd_case((1, 32, 4, 16, 12), 32, (1, 1, 1, 1, 1, 1), fused=True),
            winograd_case((2, 32, 3, 8, 8), 64, (0, 1, 1, 2, 1, 1)),
        ]
    )
