"""Chains of small products on one vector per batch item against numpy in double precision."""

from collections.abc import Callable, Sequence

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kernel_cases import Case, check, random

from dnnf_mlir.bindings.iree import arith, ir
from dnnf_mlir.emit.vectors import filled
from dnnf_mlir.kernels.convolution.weights import pack_weights
from dnnf_mlir.kernels.nest.fused_work import ElementWise, Fusion, Operand
from dnnf_mlir.kernels.vector_products.emit import (
    VectorPool,
    VectorProduct,
    vector_products_dispatch,
)
from dnnf_mlir.kernels.vector_products.pattern import vector_product_problem
from dnnf_mlir.targets import get_target

UNIT = get_target("host").vector


def rectified(values: list[ir.Value]) -> list[ir.Value]:
    """max(value * operand, 0)"""
    product = arith.MulFOp(values[0], values[1]).result
    return [arith.MaximumFOp(product, filled(product.type, 0.0)).result]


def chain_case(
    batch: int, spatial: Sequence[int], channels: int, filters: Sequence[int], bias: bool = True, pooled: bool = True
) -> Case:
    """Pooling, if any, and products, each with bias and a factor per filter or per element, rectified."""
    shape = (batch, *spatial, channels)
    x = random(shape) + 0.5
    inputs = [x]
    vector = x.astype(np.float64)
    if pooled:
        vector = vector.mean(tuple(range(1, len(shape) - 1)), keepdims=True)
    depths = [channels, *filters[:-1]]
    for i, (depth, count) in enumerate(zip(depths, filters, strict=True)):
        weights = random((count, depth), 10 * i + 1) / np.float32(depth**0.5)
        shift = random((count,), 10 * i + 2) if bias else np.zeros(count, np.float32)
        factor = random((batch if i % 2 else 1, *(1 for _ in spatial), count), 10 * i + 3)
        vector = np.maximum((vector @ weights.T + shift) * factor, 0)
        packed = pack_weights(weights, vector_product_problem(depth, count), UNIT)
        inputs += [packed, *([shift] if bias else []), factor]

    def emit(v: list[ir.Value]) -> list[ir.Value]:
        given = iter(v[1:])
        products = []
        operand = (batch, *(1 for _ in spatial), channels)
        for count in filters:
            weights, shift, factor = next(given), next(given) if bias else None, next(given)
            after = ElementWise(rectified, (Operand(factor, tuple(range(len(shape)))),))
            products.append(VectorProduct(operand, count, weights, shift, after))
            operand = (*operand[:-1], count)
        pool = VectorPool(shape) if pooled else None
        return vector_products_dispatch(pool, products, v[0], UNIT, Fusion(products[-1].after)).emit()

    name = f"{shape} -> {filters} {bias=} {pooled=}"
    return Case(name, inputs, emit, [vector.astype(np.float32)])


def test_chains() -> None:
    check(
        [
            chain_case(1, (7, 7), 240, (10, 240)),
            chain_case(3, (5, 3), 33, (8, 70, 5), bias=False),
            chain_case(2, (1,), 77, (300, 7), pooled=False),
            chain_case(1, (), 20, (3, 3), pooled=False),
            chain_case(2, (2, 3, 4), 6, (1,)),
        ]
    )


@st.composite
def chains(draw: Callable) -> Case:
    pooled = draw(st.booleans())
    spatial = draw(st.lists(st.integers(1, 9) if pooled else st.just(1), min_size=int(pooled), max_size=3))
    filters = draw(st.lists(st.integers(1, 280), min_size=1, max_size=3))
    return chain_case(draw(st.integers(1, 3)), spatial, draw(st.integers(1, 300)), filters, draw(st.booleans()), pooled)


@settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(chains(), min_size=6, max_size=6))
def test_drawn_chains(cases: list[Case]) -> None:
    check(cases)
