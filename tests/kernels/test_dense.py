"""Dense convolutions and matrix products against ONNX Runtime."""

import numpy as np
from kernel_cases import Case, channels_last, check, onnx_run, random

from dnnf_mlir.bindings.iree import arith, ir, math
from dnnf_mlir.emit.vectors import filled, zero
from dnnf_mlir.kernels.convolution.emit import conv_dispatch
from dnnf_mlir.kernels.convolution.weights import pack_weights
from dnnf_mlir.kernels.matrix_product.emit import product_dispatch
from dnnf_mlir.kernels.nest.fused_work import IDENTITY, ElementWise, Fusion, Operand
from dnnf_mlir.kernels.nest.problem import ConvProblem, matmul_problem, spatial_axes
from dnnf_mlir.targets import get_target

UNIT = get_target("host").vector


def conv_case(
    input_shape: tuple[int, ...],
    filters: int,
    kernel: tuple[int, ...],
    strides: tuple[int, ...] | None = None,
    dilations: tuple[int, ...] | None = None,
    pads: tuple[int, ...] | None = None,
    group: int = 1,
    bias: bool = True,
    channels_first: bool = False,
) -> Case:
    rank = len(kernel)
    strides, dilations, pads = strides or (1,) * rank, dilations or (1,) * rank, pads or (0,) * 2 * rank
    batch, channels, *spatial = input_shape
    x, w, b = random(input_shape), random((filters, channels // group, *kernel), 1), random((filters,), 2)
    axes = spatial_axes(spatial, kernel, strides, dilations, pads)
    problem = ConvProblem(batch, axes, channels, filters, group, channels_first)
    given = [x, w, b] if bias else [x, w]
    attributes = {"strides": strides, "dilations": dilations, "pads": pads, "group": group}
    expected = channels_last(onnx_run("Conv", given, **attributes)[0])
    assert expected.shape == problem.output_shape
    inputs = [x if channels_first else channels_last(x), pack_weights(w, problem, UNIT), *given[2:]]
    name = f"{input_shape} * {w.shape} {attributes} {bias=} {channels_first=}"
    return Case(
        name, inputs, lambda v: conv_dispatch(problem, v[0], v[1], v[2] if bias else None, UNIT).emit(), [expected]
    )


def test_convolutions() -> None:
    check(
        [
            conv_case((1, 8, 14, 14), 64, (3, 3), pads=(1, 1, 1, 1)),
            conv_case((2, 3, 33, 31), 32, (3, 3), strides=(2, 2), pads=(0, 0, 1, 1)),
            conv_case((1, 5, 17, 40), 40, (3, 5), dilations=(2, 3), pads=(4, 5, 1, 7)),
            conv_case((1, 6, 9, 9), 24, (3, 3), pads=(1, 1, 1, 1), group=3),
            conv_case((1, 7, 9, 60), 255, (1, 1)),
            conv_case((1, 4, 30), 1, (3,), pads=(2, 2), bias=False),
            conv_case((2, 4, 20), 100, (4,), strides=(3,)),
            conv_case((1, 3, 6, 10, 12), 48, (3, 3, 3), pads=(1, 1, 1, 1, 1, 1)),
            conv_case((1, 4, 5, 7, 9), 8, (2, 1, 3), strides=(2, 2, 1), pads=(1, 0, 2, 0, 1, 0)),
            conv_case((1, 3, 32, 32), 16, (7, 7), strides=(2, 2), pads=(3, 3, 3, 3), channels_first=True),
            conv_case((2, 16, 8, 9), 64, (1, 1), channels_first=True),
            conv_case((1, 8, 3, 3), 32, (5, 5), pads=(4, 4, 4, 4)),
            conv_case((2, 8, 15, 15), 20, (1, 1), strides=(2, 2)),
            conv_case((1, 4, 12, 200), 144, (3, 3), strides=(2, 2), pads=(1, 1, 1, 1)),
        ]
    )


def matmul_case(rows: tuple[int, ...], depth: int, columns: int) -> Case:
    x, w = random((*rows, depth)), random((depth, columns), 1)
    problem = matmul_problem(rows, depth, columns)
    packed = pack_weights(w.T, problem, UNIT)
    return Case(
        f"matmul {rows} {depth} {columns}",
        [x, packed],
        lambda v: conv_dispatch(problem, v[0], v[1], None, UNIT).emit(),
        onnx_run("MatMul", [x, w]),
    )


def test_matrix_products() -> None:
    check(
        [
            matmul_case((1,), 70, 1000),
            matmul_case((1,), 512, 7),
            matmul_case((2,), 33, 129),
            matmul_case((3, 17), 40, 64),
            matmul_case((128,), 96, 30),
            matmul_case((1, 5), 16, 256),
            matmul_case((1, 31), 100, 3),
            matmul_case((37,), 1024, 80),
            matmul_case((75,), 48, 201),
        ]
    )


def fused_case(shape: tuple[int, ...], filters: int, kernel: int, second_output: bool = False) -> Case:
    """relu(conv + residual * excite) * per_channel + scalar, and the sum before all of it."""
    rank = len(shape) - 2
    base = conv_case(shape, filters, (kernel,) * rank, pads=(kernel // 2,) * 2 * rank)
    y = base.expected[0]
    axes = spatial_axes(shape[2:], (kernel,) * rank, *[(1,) * rank] * 2, (kernel // 2,) * 2 * rank)
    problem = ConvProblem(shape[0], axes, shape[1], filters)
    ones = (1,) * rank
    residual, excite = random(y.shape, 3), random((shape[0], *ones, filters), 4)
    scale, offset = random((filters,), 5), random((), 6)
    row = random((*y.shape[1:-1], 1), 7)
    last = rank + 1
    dims = [tuple(range(last + 1)), tuple(range(last + 1)), (last,), (), tuple(range(1, last + 1))]

    def body(values: list[ir.Value]) -> list[ir.Value]:
        y, residual, excite, scale, offset, row = values
        fused = arith.AddFOp(y, arith.MulFOp(residual, excite).result).result
        fused = arith.MaximumFOp(fused, zero(fused.type)).result
        fused = arith.AddFOp(arith.MulFOp(math.TanhOp(fused).result, scale).result, offset).result
        return [arith.MulFOp(fused, row).result, y][: 1 + second_output]

    def emit(v: list[ir.Value]) -> list[ir.Value]:
        operands = tuple(Operand(value, d) for value, d in zip(v[3:], dims, strict=True))
        return conv_dispatch(
            problem, v[0], v[1], v[2], UNIT, Fusion(ElementWise(body, operands, 1 + second_output))
        ).emit()

    expected = (np.tanh(np.maximum(y + residual * excite, 0)) * scale + offset) * row
    inputs = [*base.inputs, residual, excite, scale, offset, row]
    return Case(f"fused {base.name}", inputs, emit, [expected, y][: 1 + second_output])


def test_epilogues() -> None:
    check(
        [
            fused_case((1, 8, 10, 10), 32, 3, second_output=True),
            fused_case((2, 8, 7, 9), 40, 1),
            fused_case((1, 8, 20), 23, 1, second_output=True),
            fused_case((2, 5, 4, 5, 6), 17, 3),
        ]
    )


def prologue_case(shape: tuple[int, ...], filters: int, kernel: int, channels_first: bool) -> Case:
    """conv((x + 1) * scale[n, 1, 1, c]): the padding of the convolution stays zero."""
    x, scale = random(shape), random((shape[0], shape[1], 1, 1), 3)
    w = random((filters, shape[1], kernel, kernel), 1)
    pads = (kernel // 2,) * 4
    expected = onnx_run("Conv", [(x + 1) * scale, w], pads=pads)
    problem = ConvProblem(
        shape[0], spatial_axes(shape[2:], (kernel,) * 2, (1, 1), (1, 1), pads), shape[1], filters, 1, channels_first
    )

    def body(values: list[ir.Value]) -> list[ir.Value]:
        one = arith.ConstantOp(values[0].type, 1.0).result
        return [arith.MulFOp(arith.AddFOp(values[0], one).result, values[1]).result]

    def emit(v: list[ir.Value]) -> list[ir.Value]:
        prologue = ElementWise(body, (Operand(v[2], (0, 1, 2, 3)),))
        return conv_dispatch(problem, v[0], v[1], None, UNIT, Fusion(prologue=prologue)).emit()

    inputs = [x if channels_first else channels_last(x), pack_weights(w, problem, UNIT), channels_last(scale)]
    return Case(f"prologue {shape} {kernel}", inputs, emit, [channels_last(expected[0])])


def test_prologues() -> None:
    check([prologue_case((2, 8, 6, 7), 32, 1, False), prologue_case((2, 5, 6, 7), 33, 3, True)])


def product_case(a_shape: tuple[int, ...], b_shape: tuple[int, ...], masked: bool = False) -> Case:
    """a @ b of two activations; ``masked``: a @ b * 0.5 + mask[batch, 1, 1, columns]."""
    a, b = random(a_shape), random(b_shape, 1)
    problem = matmul_problem(a_shape[:-1], a_shape[-1], b_shape[-1])
    expected = onnx_run("MatMul", [a, b])[0]
    mask = random((a_shape[0], *(1 for _ in a_shape[1:-1]), b_shape[-1]), 2)

    def body(values: list[ir.Value]) -> list[ir.Value]:
        half = arith.MulFOp(values[0], filled(values[0].type, 0.5)).result
        return [arith.AddFOp(half, values[1]).result]

    def emit(v: list[ir.Value]) -> list[ir.Value]:
        epilogue = ElementWise(body, (Operand(v[2], tuple(range(len(a_shape)))),)) if masked else IDENTITY
        return product_dispatch(problem, v[0], v[1], UNIT, Fusion(epilogue)).emit()

    inputs = [a, b, mask] if masked else [a, b]
    return Case(f"{a_shape} @ {b_shape}", inputs, emit, [expected * 0.5 + mask if masked else expected])


def test_products_of_activations() -> None:
    check(
        [
            product_case((1, 3, 30, 16), (1, 3, 16, 40), masked=True),
            product_case((2, 3, 17, 20), (2, 1, 20, 64)),
            product_case((2, 3, 1, 20), (3, 20, 7)),
            product_case((5, 9), (9, 130), masked=True),
            product_case((2, 4, 9), (9, 33)),
            product_case((3, 1, 50), (3, 50, 256)),
        ]
    )
