"""Tensors without elements."""

import pytest
from cases import TOLERANCE, Builder, Case, CompiledCases

from dnnf_mlir.graph.ecg import Value

CASES: dict[str, Case] = {}


def case(function: Case) -> Case:
    CASES[function.__name__] = function
    return function


@case
def elementwise(b: Builder) -> Value:
    return b.call("exp", b.call("add", b.input(0, 3), b.input(1, 3)))


@case
def moved(b: Builder) -> list[Value]:
    x = b.input(2, 0, 3)
    return [b.call("transpose", x, perm=(2, 0, 1)), b.call("neg", b.call("reshape", x, shape=(0, 5)))]


@case
def reduced(b: Builder) -> list[Value]:
    x = b.input(2, 0, 3)
    return [b.call("reduce_sum", x, axes=(1,), keepdims=0), b.call("reduce_prod", x, axes=(0, 1), keepdims=1)]


@case
def reduced_to_nothing(b: Builder) -> Value:
    return b.call("reduce_sum", b.input(2, 0, 3), axes=(0,), keepdims=0)


@case
def product_over_nothing(b: Builder) -> list[Value]:
    plain = {"alpha": 1.0, "beta": 1.0, "transA": 0, "transB": 0}
    gemm = b.call("gemm", b.input(2, 0), b.input(0, 3), b.input(3), **plain)
    return [b.call("matmul", b.input(2, 0), b.input(0, 3)), gemm, b.call("matmul", b.input(0, 4), b.input(4, 3))]


@case
def concatenated(b: Builder) -> Value:
    return b.call("concat", b.input(2, 0), b.input(2, 3), b.input(2, 0), axis=1)


@pytest.fixture(scope="module")
def compiled() -> CompiledCases:
    return CompiledCases(CASES).run()


@pytest.mark.parametrize("name", CASES)
def test_operator(compiled: CompiledCases, name: str) -> None:
    assert compiled.error(name) <= TOLERANCE
