"""Kernels that read the same tensor in one dispatch: each result is what its kernel computes alone."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from kernel_cases import Array, Case, channels_last, check, onnx_run, random
from test_layouts import heads, stored

from dnnf_mlir.bindings.iree import arith, ir, math
from dnnf_mlir.emit.vectors import zero
from dnnf_mlir.kernels.convolution.emit import conv_dispatch
from dnnf_mlir.kernels.convolution.weights import pack_weights
from dnnf_mlir.kernels.nest.dispatch import Dispatch, emit_together
from dnnf_mlir.kernels.nest.fused_work import IDENTITY, ElementWise, Fusion, Operand
from dnnf_mlir.kernels.nest.layout import Layout
from dnnf_mlir.kernels.nest.problem import ConvProblem, PoolProblem, matmul_problem, spatial_axes
from dnnf_mlir.kernels.pooling.emit import pool_dispatch
from dnnf_mlir.targets import get_target

UNIT = get_target("host").vector


@dataclass
class Sibling:
    """A kernel on a shared input: its other inputs, how it is described, what it computes."""

    inputs: list[Array]
    dispatch: Callable[[ir.Value, list[ir.Value]], Dispatch]
    expected: list[Array]


def joined(name: str, x: Array, *siblings: Sibling) -> Case:
    """One dispatch for all; x is [rows..., depth], or [n, c, h, w], which the kernels read channels last."""

    def emit(v: list[ir.Value]) -> list[ir.Value]:
        rest = iter(v[1:])
        dispatches = [each.dispatch(v[0], [next(rest) for _ in each.inputs]) for each in siblings]
        return [value for results in emit_together(dispatches) for value in results]

    inputs = [channels_last(x) if x.ndim == 4 else x, *(array for each in siblings for array in each.inputs)]
    return Case(name, inputs, emit, [array for each in siblings for array in each.expected])


def product(x: Array, columns: int, layout: Layout | None = None, residual: bool = False) -> Sibling:
    """x W + b, and with ``residual`` tanh(x W + b + r), also stored before the tanh."""
    w, b = random((x.shape[-1], columns), columns), random((columns,), columns + 1)
    problem = matmul_problem(x.shape[:-1], x.shape[-1], columns)
    r = random(problem.output_shape, columns + 2)
    rank = len(problem.output_shape)

    def body(values: list[ir.Value]) -> list[ir.Value]:
        total = arith.AddFOp(values[0], values[1]).result
        return [total, math.TanhOp(total).result]

    def dispatch(x: ir.Value, v: list[ir.Value]) -> Dispatch:
        epilogue = ElementWise(body, (Operand(v[2], tuple(range(rank))),), 2) if residual else IDENTITY
        return conv_dispatch(
            problem, x, v[0], v[1], UNIT, Fusion(epilogue, layouts=() if layout is None else (layout,))
        )

    y = x @ w + b
    expected = [y + r, np.tanh(y + r)] if residual else [y if layout is None else stored(y, layout)]
    packed = pack_weights(w.T, problem, UNIT)
    return Sibling([packed, b, r] if residual else [packed, b], dispatch, expected)


def conv(x: Array, filters: int, kernel: int, stride: int = 1, group: int = 1, relu: bool = False) -> Sibling:
    """A convolution of x [n, c, h, w], with its bias."""
    w, b = random((filters, x.shape[1] // group, kernel, kernel), filters), random((filters,), filters + 1)
    pads = (kernel // 2,) * 4
    axes = spatial_axes(x.shape[2:], (kernel,) * 2, (stride,) * 2, (1, 1), pads)
    problem = ConvProblem(x.shape[0], axes, x.shape[1], filters, group)
    y = channels_last(onnx_run("Conv", [x, w, b], pads=pads, strides=(stride,) * 2, group=group)[0])

    def body(values: list[ir.Value]) -> list[ir.Value]:
        return [arith.MaximumFOp(values[0], zero(values[0].type)).result]

    def dispatch(x: ir.Value, v: list[ir.Value]) -> Dispatch:
        return conv_dispatch(problem, x, v[0], v[1], UNIT, Fusion(ElementWise(body) if relu else IDENTITY))

    return Sibling([pack_weights(w, problem, UNIT), b], dispatch, [np.maximum(y, 0) if relu else y])


def max_pool(x: Array) -> Sibling:
    axes = spatial_axes(x.shape[2:], (3, 3), (1, 1), (1, 1), (1,) * 4)
    problem = PoolProblem(x.shape[0], axes, x.shape[1], "max")
    expected = channels_last(onnx_run("MaxPool", [x], kernel_shape=(3, 3), pads=(1,) * 4)[0])
    return Sibling([], lambda x, v: pool_dispatch(problem, x, UNIT), [expected])


def test_products() -> None:
    """Two to four, of equal and different widths, with tails, with layouts and epilogues of their own."""
    x, long, row = random((2, 17, 40)), random((1, 128, 96)), random((1, 70))
    check(
        [
            joined(
                "queries, keys, values",
                x,
                product(x, 72, heads(2, 17, 3, 24)),
                product(x, 72, heads(2, 17, 3, 24, transposed=True)),
                product(x, 72),
            ),
            joined("equal", long, *(product(long, 96) for _ in range(3))),
            joined("tails", long, product(long, 30), product(long, 129, residual=True), product(long, 7)),
            joined("one row", row, product(row, 1000), product(row, 3, residual=True)),
            joined("four", x, product(x, 8), product(x, 64, residual=True), product(x, 33), product(x, 1)),
        ]
    )


def test_windows() -> None:
    """Of the same and of different kernels and strides; direct, Winograd, depthwise, grouped, pool."""
    x, small = random((1, 32, 20, 21)), random((2, 24, 9, 7))
    check(
        [
            joined("1x1", x, conv(x, 64, 1, relu=True), conv(x, 64, 1)),
            joined("different filters", small, conv(small, 64, 1), conv(small, 96, 1, relu=True), conv(small, 10, 1)),
            joined("Inception", x, conv(x, 40, 1), conv(x, 16, 1, relu=True), max_pool(x)),
            joined("strided", x, conv(x, 48, 3, stride=2, relu=True), conv(x, 48, 1, stride=2)),
            joined("depthwise", small, *(conv(small, 24, kernel, group=24) for kernel in (3, 3, 5))),
            joined("Winograd", x, conv(x, 32, 3), conv(x, 64, 3, relu=True), conv(x, 5, 1), conv(x, 32, 3, group=2)),
            joined("pools", small, max_pool(small), max_pool(small)),
        ]
    )
