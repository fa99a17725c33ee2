"""Normalization of rows and of channels against ONNX Runtime, and their fused parts against numpy."""

from collections.abc import Callable

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kernel_cases import Array, Case, channels_last, check, onnx_run, random

from dnnf_mlir.bindings.iree import arith, ir
from dnnf_mlir.kernels.nest.fused_work import ElementWise, Fusion, Operand
from dnnf_mlir.kernels.normalization.emit import normalization_dispatch
from dnnf_mlir.kernels.normalization.pattern import NormalizationShape
from dnnf_mlir.targets import get_target

UNIT = get_target("host").vector
EPSILON = 1e-3


def scaled(values: list[ir.Value]) -> list[ir.Value]:
    """Scale and bias, as the lowering puts them at the beginning of the epilogue."""
    product = arith.MulFOp(values[0], values[1]).result
    return [arith.AddFOp(product, values[2]).result]


def added(values: list[ir.Value]) -> list[ir.Value]:
    return [arith.AddFOp(values[0], values[1]).result]


def emitted(
    problem: NormalizationShape, parameter_dims: tuple[int, ...], residual: bool
) -> Callable[[list[ir.Value]], list[ir.Value]]:
    """Scale and bias; with a residual, that is added first, and the result is doubled (its sum is added again)."""

    def emit(v: list[ir.Value]) -> list[ir.Value]:
        parameters = (Operand(v[1], parameter_dims), Operand(v[2], parameter_dims))
        if not residual:
            return normalization_dispatch(problem, v[0], UNIT, Fusion(ElementWise(scaled, parameters))).emit()
        whole = Operand(v[3], tuple(range(len(problem.shape))))

        def with_sum(values: list[ir.Value]) -> list[ir.Value]:
            total = arith.AddFOp(values[3], values[4]).result
            return [*scaled(values[:3]), total]

        operands = (*parameters, whole, Operand(v[0], whole.dims))
        return normalization_dispatch(
            problem, v[0], UNIT, Fusion(ElementWise(with_sum, operands, 2), ElementWise(added, (whole,)))
        ).emit()

    return emit


def layer_case(shape: tuple[int, ...], residual: bool = False) -> Case:
    """LayerNormalization over the last dimension, of x or of x + residual, which is then a result too."""
    x, scale, bias = random(shape) * 3 + 1, random(shape[-1:], 1), random(shape[-1:], 2)
    other = random(shape, 3)
    total = x + other if residual else x
    [expected] = onnx_run("LayerNormalization", [total, scale, bias], axis=-1, epsilon=EPSILON)
    emit = emitted(NormalizationShape(shape, EPSILON), (len(shape) - 1,), residual)
    return Case(
        f"layer {shape} {residual=}", [x, scale, bias, other][: 3 + residual], emit, [expected, total][: 1 + residual]
    )


def instance_case(shape: tuple[int, ...], residual: bool = False) -> Case:
    """InstanceNormalization of [batch, channels, spatial...], computed on channels last."""
    x, scale, bias = random(shape) * 3 + 1, random(shape[1:2], 1), random(shape[1:2], 2)
    other = random(shape, 3)
    total = x + other if residual else x
    [expected] = onnx_run("InstanceNormalization", [total, scale, bias], epsilon=EPSILON)
    last = channels_last(x)
    emit = emitted(NormalizationShape(last.shape, EPSILON, "positions"), (len(shape) - 1,), residual)
    inputs = [last, scale, bias, channels_last(other)][: 3 + residual]
    results = [channels_last(expected), channels_last(total)][: 1 + residual]
    return Case(f"instance {shape} {residual=}", inputs, emit, results)


def root_mean_square_case(shape: tuple[int, ...]) -> Case:
    x = random(shape) + 2

    def emit(v: list[ir.Value]) -> list[ir.Value]:
        return normalization_dispatch(NormalizationShape(shape, EPSILON, centred=False), v[0], UNIT).emit()

    return Case(f"root mean square {shape}", [x], emit, [_divided(x)])


def _divided(x: Array) -> Array:
    wide = x.astype(np.float64)
    return (wide / np.sqrt((wide**2).mean(-1, keepdims=True) + EPSILON)).astype(np.float32)


def test_normalizations() -> None:
    check(
        [
            layer_case((1, 40, 312)),
            layer_case((2, 3, 768), residual=True),
            layer_case((5, 1)),
            layer_case((3, 77), residual=True),
            root_mean_square_case((4, 100)),
            instance_case((2, 24, 13, 11)),
            instance_case((1, 70, 9, 5), residual=True),
            instance_case((2, 3, 50)),
            instance_case((1, 1, 3, 4, 5), residual=True),
        ]
    )


@st.composite
def normalizations(draw: Callable) -> Case:
    rank = draw(st.integers(2, 5))
    leading = draw(st.lists(st.integers(1, 4), min_size=rank - 1, max_size=rank - 1))
    if rank > 2 and draw(st.booleans()):
        *positions, batch = leading
        return instance_case((batch, draw(st.integers(1, 140)), *positions), draw(st.booleans()))
    return layer_case((*leading, draw(st.integers(2, 300))), draw(st.booleans()))


@settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(normalizations(), min_size=10, max_size=10))
def test_drawn_normalizations(cases: list[Case]) -> None:
    check(cases)
