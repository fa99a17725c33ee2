"""Fused blocks of several operators, as the planner makes them."""

import numpy as np
import pytest
from cases import TOLERANCE, Builder, Case, CompiledCases

from dnnf_mlir.graph.ecg import Value

CASES: dict[str, Case] = {}


def case(function: Case) -> Case:
    CASES[function.__name__] = function
    return function


def conv(b: Builder, x: Value, filters: int, kernel: int = 3, pad: int = 1, group: int = 1) -> Value:
    rank = x.type.rank - 2
    weights = b.constant(filters, x.type.shape[-1] // group, *[kernel] * rank)
    window = {"strides": (1,) * rank, "pads": (pad,) * (2 * rank), "dilations": (1,) * rank}
    return b.call("conv", x, weights, b.constant(filters), **window, group=group, layout="channels_last")


def layer_normalization(b: Builder, x: Value) -> Value:
    size = x.type.shape[-1]
    return b.call("layer_normalization", x, b.constant(size), b.constant(size), axis=x.type.rank - 1, epsilon=1e-5)


@case
def matmul_bias_gelu(b: Builder) -> Value:
    x = b.call("matmul", b.input(1, 32, 48), b.constant(48, 64))
    return b.call("gelu", b.call("add", x, b.constant(64)), approximate="none")


@case
def matmul_scalar_chain(b: Builder) -> Value:
    x = b.call("add", b.call("matmul", b.input(1, 32, 48), b.constant(48, 64)), b.constant(64))
    erf = b.call("erf", b.call("div", x, b.known(np.float32(1.4142135))))
    return b.call("mul", b.call("mul", x, b.call("add", erf, b.known(np.float32(1)))), b.known(np.float32(0.5)))


@case
def conv_relu(b: Builder) -> Value:
    return b.call("relu", conv(b, b.input(1, 14, 14, 8), 16))


@case
def conv_residual_relu(b: Builder) -> Value:
    return b.call("relu", b.call("add", conv(b, b.input(1, 14, 14, 8), 16), b.input(1, 14, 14, 16)))


@case
def conv_with_two_results(b: Builder) -> list[Value]:
    x = conv(b, b.input(1, 14, 14, 8), 16)
    return [x, b.call("relu", x)]


@case
def pointwise_conv_swish(b: Builder) -> Value:
    x = conv(b, b.input(1, 7, 7, 16), 32, kernel=1, pad=0)
    return b.call("mul", x, b.call("sigmoid", x))


@case
def pointwise_conv_of_one_position(b: Builder) -> Value:
    x = conv(b, b.input(1, 1, 1, 16), 32, kernel=1, pad=0)
    return b.call("mul", x, b.call("sigmoid", x))


@case
def depthwise_conv_clip(b: Builder) -> Value:
    return b.call("clip", conv(b, b.input(1, 14, 14, 16), 16, group=16), min=0.0, max=6.0)


@case
def prologue_before_padded_conv(b: Builder) -> Value:
    return b.call("relu", conv(b, b.call("relu", b.input(1, 14, 14, 8)), 16))


@case
def add_layer_normalization(b: Builder) -> list[Value]:
    x = b.call("add", b.input(1, 16, 32), b.input(1, 16, 32))
    return [x, layer_normalization(b, x)]


@case
def rms_normalization_of_several_dimensions(b: Builder) -> Value:
    """No kernel form for rows of one element: the linalg form."""
    x = b.call("add", b.input(3, 4, 5), b.input(3, 4, 5))
    return b.call("relu", b.call("rms_normalization", x, b.constant(4, 5), axis=1, epsilon=1e-5))


@case
def rms_normalization_of_rows(b: Builder) -> Value:
    return b.call("rms_normalization", b.input(2, 16, 32), b.constant(32), axis=2, epsilon=1e-5)


@case
def layer_normalization_to_heads(b: Builder) -> Value:
    x = layer_normalization(b, b.input(1, 16, 32))
    return b.call("transpose", b.call("reshape", x, shape=(1, 16, 4, 8)), perm=(0, 2, 1, 3))


@case
def bias_to_heads(b: Builder) -> Value:
    x = b.call("add", b.input(1, 16, 32), b.constant(32))
    return b.call("transpose", b.call("reshape", x, shape=(1, 16, 4, 8)), perm=(0, 2, 1, 3))


@case
def heads_product(b: Builder) -> Value:
    """Both factors are read through their reshapes and transpositions."""
    q = b.call("transpose", b.call("reshape", b.input(1, 16, 32), shape=(1, 16, 4, 8)), perm=(0, 2, 1, 3))
    k = b.call("transpose", b.call("reshape", b.input(1, 16, 32), shape=(1, 16, 4, 8)), perm=(0, 2, 3, 1))
    return b.call("mul", b.call("matmul", q, k), b.known(np.float32(0.25)))


@case
def masked_softmax(b: Builder) -> Value:
    scaled = b.call("mul", b.input(1, 4, 16, 16), b.known(np.float32(0.125)))
    return b.call("softmax", b.call("add", scaled, b.input(1, 1, 1, 16)), axis=3)


@case
def squeeze_excite(b: Builder) -> Value:
    return b.call("mul", b.input(1, 14, 14, 16), b.call("sigmoid", b.input(1, 1, 1, 16)))


@case
def pool_and_activation(b: Builder) -> Value:
    mean = b.call("global_average_pool", b.input(1, 14, 14, 16), layout="channels_last")
    return b.call("relu", mean)


@case
def elementwise_with_two_shapes(b: Builder) -> list[Value]:
    small = b.call("exp", b.input(1, 16))
    return [small, b.call("mul", small, b.input(8, 16))]


@case
def common_subtree_and_transposed_use(b: Builder) -> Value:
    x = b.call("tanh", b.input(8, 8))
    return b.call("add", x, b.call("transpose", x, perm=(1, 0)))


@case
def reshape_without_common_refinement(b: Builder) -> Value:
    x = b.call("relu", b.input(4, 6))
    return b.call("tanh", b.call("transpose", b.call("reshape", x, shape=(3, 8)), perm=(1, 0)))


@case
def slice_then_elementwise(b: Builder) -> Value:
    x = b.call("slice", b.input(4, 10), starts=(1, 2), steps=(1, 2), shape=(2, 4))
    return b.call("add", b.call("exp", x), b.constant(4))


@case
def slice_of_elementwise_through_reshape(b: Builder) -> Value:
    x = b.call("reshape", b.call("exp", b.input(4, 10, 6)), shape=(4, 60))
    return b.call("slice", x, starts=(1, 7), steps=(1, 1), shape=(2, 40))


@case
def siblings_of_one_shape(b: Builder) -> list[Value]:
    x = b.input(8, 16)
    return [b.call("exp", x), b.call("tanh", x)]


@case
def equal_results(b: Builder) -> list[Value]:
    x = b.input(8, 16)
    return [b.call("exp", x), b.call("exp", x), b.call("relu", b.call("exp", x))]


@case
def mean_of_composed_input(b: Builder) -> Value:
    x = b.call("mul", b.input(2, 8, 12), b.input(2, 8, 12))
    return b.call("relu", b.call("reduce_mean", x, axes=(0, 2), keepdims=0))


@case
def gemm_then_tanh(b: Builder) -> Value:
    product = b.call(
        "gemm", b.input(1, 32), b.constant(16, 32), b.constant(16), alpha=1.0, beta=1.0, transA=0, transB=1
    )
    return b.call("tanh", product)


@case
def only_a_reshape(b: Builder) -> Value:
    return b.call("reshape", b.input(4, 6), shape=(2, 12))


@pytest.fixture(scope="module")
def compiled() -> CompiledCases:
    return CompiledCases(CASES).run()


@pytest.mark.parametrize("name", CASES)
def test_block(compiled: CompiledCases, name: str) -> None:
    assert compiled.error(name) <= TOLERANCE
