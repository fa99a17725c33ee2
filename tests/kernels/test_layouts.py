"""Results stored through a Reshape + Transpose + Reshape, against numpy."""

from dataclasses import replace

import numpy as np
from kernel_cases import Case, check
from test_channelwise import UNIT
from test_dense import conv_case, matmul_case

from dnnf_mlir.bindings.iree import arith, ir
from dnnf_mlir.kernels.convolution.emit import conv_dispatch
from dnnf_mlir.kernels.nest.fused_work import ElementWise, Fusion
from dnnf_mlir.kernels.nest.layout import Layout
from dnnf_mlir.kernels.nest.problem import ConvProblem, PoolProblem, matmul_problem, spatial_axes
from dnnf_mlir.kernels.pooling.emit import pool_dispatch


def stored(array: np.ndarray, layout: Layout) -> np.ndarray:
    refined = array.reshape([extent for factors in layout.factors for extent in factors])
    return np.ascontiguousarray(refined.transpose(layout.permutation)).reshape(layout.shape)


def matmul_layout_case(rows: tuple[int, ...], depth: int, columns: int, *layouts: Layout) -> Case:
    """One result per layout: the product, and its double."""
    base = matmul_case(rows, depth, columns)
    problem = matmul_problem(rows, depth, columns)

    def body(values: list[ir.Value]) -> list[ir.Value]:
        return [values[0], arith.AddFOp(values[0], values[0]).result][: len(layouts)]

    def emit(v: list[ir.Value]) -> list[ir.Value]:
        epilogue = ElementWise(body, results=len(layouts))
        return conv_dispatch(problem, v[0], v[1], None, UNIT, Fusion(epilogue, layouts=layouts)).emit()

    y = base.expected[0]
    expected = [stored(y * (i + 1), layout) for i, layout in enumerate(layouts)]
    return replace(base, name=f"{base.name} {layouts}", emit=emit, expected=expected)


def heads(batch: int, length: int, count: int, size: int, transposed: bool = False) -> Layout:
    """[batch, length, count * size] to [batch, count, length, size], or to [batch, count, size, length]."""
    shape = (batch, count, size, length) if transposed else (batch, count, length, size)
    return Layout(((batch,), (length,), (count, size)), (0, 2, 3, 1) if transposed else (0, 2, 1, 3), shape)


def test_matrix_products() -> None:
    check(
        [
            matmul_layout_case((1, 30), 40, 128, heads(1, 30, 2, 64)),
            matmul_layout_case((3, 30), 40, 128, heads(3, 30, 4, 32), Layout.plain((3, 30, 128))),
            matmul_layout_case((2, 17), 20, 72, heads(2, 17, 3, 24)),
            matmul_layout_case((2, 17), 20, 30, heads(2, 17, 3, 10, transposed=True), heads(2, 17, 3, 10)),
            matmul_layout_case((1, 12), 20, 64, Layout(((1,), (3, 4), (64,)), (0, 2, 1, 3), (4, 3, 64))),
            matmul_layout_case((1, 12), 20, 64, Layout(((1,), (12,), (64,)), (0, 1, 2), (3, 256))),
        ]
    )


def channels_first_case(shape: tuple[int, ...], filters: int, kernel: int) -> Case:
    rank = len(shape) - 2
    pads = (kernel // 2,) * 2 * rank
    base = conv_case(shape, filters, (kernel,) * rank, pads=pads)
    axes = spatial_axes(shape[2:], (kernel,) * rank, *[(1,) * rank] * 2, pads)
    problem = ConvProblem(shape[0], axes, shape[1], filters)
    layout = Layout.channels_first(problem.output_shape)
    return replace(
        base,
        name=f"channels first {base.name}",
        emit=lambda v: conv_dispatch(problem, v[0], v[1], v[2], UNIT, Fusion(layouts=(layout,))).emit(),
        expected=[stored(base.expected[0], layout)],
    )


def pool_layout_case() -> Case:
    """A global average whose [2, 1, 1, 48] result is stored as [2, 48]."""
    problem = PoolProblem(2, spatial_axes((5, 6), (5, 6), (1, 1), (1, 1), (0,) * 4), 48, "average")
    x = np.random.default_rng(0).standard_normal((2, 5, 6, 48), dtype=np.float32)
    layout = Layout(((2,), (1,), (1,), (48,)), (0, 1, 2, 3), (2, 48))
    return Case(
        "pool", [x], lambda v: pool_dispatch(problem, v[0], UNIT, Fusion(layouts=(layout,))).emit(), [x.mean((1, 2))]
    )


def test_windows() -> None:
    check(
        [
            channels_first_case((1, 8, 10, 11), 32, 3),
            channels_first_case((2, 5, 7, 9), 40, 1),
            channels_first_case((1, 4, 33), 1, 3),
            pool_layout_case(),
        ]
    )
