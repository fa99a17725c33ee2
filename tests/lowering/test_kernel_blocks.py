"""Blocks in kernel form with what is fused around their anchors, on this machine and on an emulated ARM CPU."""

import pytest
from cases import TOLERANCE, Builder, Case, CompiledCases

from dnnf_mlir.graph.ecg import Value

CASES: dict[str, Case] = {}


def case(function: Case) -> Case:
    CASES[function.__name__] = function
    return function


def normalized(b: Builder, x: Value, axis: int = -1, bias: bool = True) -> Value:
    shape = x.type.shape[axis:]
    return b.call(
        "layer_normalization",
        x,
        b.constant(*shape),
        b.constant(*shape) if bias else None,
        axis=x.type.rank + axis,
        epsilon=1e-5,
    )


@case
def layer_normalization_alone(b: Builder) -> Value:
    return normalized(b, b.input(2, 5, 33), bias=False)


@case
def residual_sum_is_kept(b: Builder) -> list[Value]:
    total = b.call("add", b.input(2, 5, 40), b.input(2, 5, 40))
    return [total, normalized(b, total)]


@case
def earlier_value_is_kept(b: Builder) -> list[Value]:
    """The value wanted outside is not the one that is normalized."""
    total = b.call("add", b.input(6, 40), b.constant(40))
    return [total, normalized(b, b.call("tanh", total))]


@case
def normalized_value_times_its_operand(b: Builder) -> Value:
    total = b.call("add", b.input(6, 40), b.input(6, 1))
    return b.call("mul", total, b.call("sigmoid", normalized(b, total)))


@case
def merged_dimensions(b: Builder) -> Value:
    x = b.call("mul", b.input(2, 5, 6), b.input(2, 1, 1))
    return b.call("add", normalized(b, x, axis=-2), b.input(5, 6))


@case
def root_mean_square_of_sum(b: Builder) -> list[Value]:
    x = b.call("add", b.input(2, 16, 36), b.input(2, 16, 36))
    return [x, b.call("rms_normalization", x, b.constant(36), axis=2, epsilon=1e-5)]


@case
def group_normalization(b: Builder) -> Value:
    """Channels first, the groups as channels."""
    x = b.call(
        "instance_normalization", b.input(2, 4, 60), b.constant(4), b.constant(4), layout="channels_first", epsilon=1e-5
    )
    return b.call("relu", x)


@case
def instance_normalization_channels_first(b: Builder) -> Value:
    x = b.call("add", b.input(2, 3, 4, 9), b.constant(3, 1, 1))
    return b.call("instance_normalization", x, b.constant(3), b.input(3), layout="channels_first", epsilon=1e-5)


@case
def instance_normalization_channels_last(b: Builder) -> list[Value]:
    x = b.call("relu", b.input(2, 5, 7, 20))
    y = b.call("instance_normalization", x, b.constant(20), b.constant(20), layout="channels_last", epsilon=1e-5)
    return [x, b.call("add", y, b.input(2, 5, 1, 20))]


@case
def softmax_whose_operand_is_kept(b: Builder) -> list[Value]:
    scores = b.call("add", b.input(3, 4, 21), b.input(1, 4, 21))
    return [scores, b.call("softmax", scores, axis=2)]


def pointwise(b: Builder, x: Value, filters: int) -> Value:
    """A 1x1 convolution on channels last."""
    weights = b.constant(filters, x.type.shape[-1], 1, 1)
    attributes = {"strides": (1, 1), "dilations": (1, 1), "pads": (0, 0, 0, 0), "group": 1}
    shape = (*x.type.shape[:-1], filters)
    return b.call("conv", x, weights, b.constant(filters), shape=shape, layout="channels_last", **attributes)


@case
def squeeze_and_excitation(b: Builder) -> Value:
    pooled = b.call("global_average_pool", b.input(2, 5, 6, 40), layout="channels_last")
    squeezed = pointwise(b, pooled, 10)
    return b.call("sigmoid", pointwise(b, b.call("mul", squeezed, b.call("sigmoid", squeezed)), 40))


@case
def classifier_with_views_between(b: Builder) -> list[Value]:
    pooled = b.call("relu", b.call("global_average_pool", b.input(1, 3, 4, 33), layout="channels_last"))
    flat = b.call("reshape", pooled, shape=(1, 33))
    gemm = {"alpha": 0.5, "beta": 2.0, "transA": 0}
    hidden = b.call("tanh", b.call("gemm", flat, b.constant(70, 33), b.constant(70), transB=1, **gemm))
    scores = b.call("matmul", hidden, b.constant(70, 5))
    return [scores, b.call("add", scores, b.input(1, 5))]


def _siblings(b: Builder, layout: str) -> list[Value]:
    """Two products and a window of one tensor, each with its own epilogue."""
    x = b.input(1, 6, 7, 8)
    first = b.call("tanh", b.call("add", b.call("matmul", x, b.constant(8, 20)), b.constant(20)))
    second = b.call("transpose", b.call("matmul", x, b.constant(8, 33)), perm=(0, 3, 1, 2))
    window = {"strides": (1, 1), "pads": (1, 1, 1, 1), "dilations": (1, 1), "group": 1, "layout": layout}
    weights = b.constant(5, 8 if layout == "channels_last" else 6, 3, 3)
    return [first, second, b.call("relu", b.call("conv", x, weights, None, **window))]


@case
def siblings(b: Builder) -> list[Value]:
    return _siblings(b, "channels_last")


@pytest.fixture(scope="module")
def compiled() -> CompiledCases:
    return CompiledCases(CASES, kernels=True).run()


def test_all_have_kernels(compiled: CompiledCases) -> None:
    assert compiled.without_kernel() == {}


@pytest.mark.parametrize("name", CASES)
def test_block(compiled: CompiledCases, name: str) -> None:
    assert compiled.error(name) <= TOLERANCE


def test_arm64(compiled: CompiledCases) -> None:
    compiled = compiled.on("arm64-linux")
    assert {name: error for name in CASES if (error := compiled.error(name)) > TOLERANCE} == {}


def test_siblings_of_which_one_has_no_kernel() -> None:
    """They become kernels of their own."""
    compiled = CompiledCases({"block": lambda b: _siblings(b, "channels_first")}, kernels=True)
    assert compiled.without_kernel() == {"block": "channels come first"}
    assert compiled.error("block") <= TOLERANCE


def part_of_merged_dimensions(b: Builder) -> Value:
    return normalized(b, b.call("add", b.input(2, 5, 6), b.input(6)), axis=-2)


def whole_tensor(b: Builder) -> Value:
    return normalized(b, b.input(5, 6), axis=-2)


def value_between_products_is_wanted(b: Builder) -> list[Value]:
    first = b.call("matmul", b.input(1, 5), b.constant(5, 5))
    return [first, b.call("matmul", first, b.constant(5, 5))]


def product_of_several_rows(b: Builder) -> Value:
    return b.call("matmul", b.call("matmul", b.input(1, 2, 5), b.constant(5, 6)), b.constant(6, 3))


def vector_from_before_the_product(b: Builder) -> Value:
    pooled = b.call("global_average_pool", b.input(1, 3, 4, 8), layout="channels_last")
    return b.call("add", pointwise(b, pointwise(b, pooled, 8), 8), pooled)


@pytest.mark.parametrize(
    "build",
    [
        part_of_merged_dimensions,
        whole_tensor,
        value_between_products_is_wanted,
        product_of_several_rows,
        vector_from_before_the_product,
    ],
)
def test_no_kernel(build: Case) -> None:
    assert CompiledCases({"block": build}, kernels=True).without_kernel().keys() == {"block"}
