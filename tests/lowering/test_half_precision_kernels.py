"""Kernels of f16, with what is fused around them, against the reference in double precision on the same f16 inputs."""

from dataclasses import replace

import numpy as np
import pytest
from cases import Builder, Case, CompiledCases
from device_runners import run_arm64
from test_blocks import CASES as BLOCKS
from test_kernel_blocks import CASES as KERNEL_BLOCKS
from test_structured import conv, transposed

from dnnf_mlir.graph.ecg import Value
from dnnf_mlir.kernels.nest.arithmetic import RUN, run_length
from dnnf_mlir.targets import VectorUnit, get_target

ROUNDED_ONCE = 1e-3
"""Of the largest magnitude: computed in f32, a result is off by 2^-12 where it is stored, and what lies between by as
much."""

TOLERANCE = 1e-2
"""Products summed in f16: runs of 128 are off by sqrt(128 / 6) 2^-11 = 2e-3 of a sum's spread by chance; sums of one
sign, and functions that are steeper than the largest result says, by a few times as much."""

CASES: dict[str, Case] = {
    name: case
    for name, case in (BLOCKS | KERNEL_BLOCKS).items()
    if not CompiledCases({name: case}, kernels=True).without_kernel()
}


def case(function: Case) -> Case:
    CASES[function.__name__] = function
    return function


def window(rank: int, pad: int = 1, stride: int = 1, dilation: int = 1) -> dict[str, tuple[int, ...]]:
    return {"pads": (pad,) * 2 * rank, "strides": (stride,) * rank, "dilations": (dilation,) * rank}


@case
def convolution_of_a_line(b: Builder) -> Value:
    return b.call("tanh", conv(b, b.input(2, 33, 7, low=-1, high=1), 20, 7, 5, **window(1, 2, 2)))


@case
def convolution_of_a_volume(b: Builder) -> Value:
    return b.call("leaky_relu", conv(b, b.input(1, 4, 6, 7, 12), 24, 12, 3, 3, 3, **window(3)), alpha=0.1)


@case
def grouped_dilated_convolution(b: Builder) -> Value:
    x = conv(b, b.input(1, 11, 12, 12), 36, 6, 3, 3, group=2, **window(2, 2, 1, 2))
    return b.call("max", x, b.input(1, 11, 12, 36))


@case
def convolution_of_channels_first(b: Builder) -> Value:
    x = b.call("transpose", b.input(1, 3, 16, 18), perm=(0, 2, 3, 1))
    return b.call("relu", conv(b, x, 17, 3, 3, 3, **window(2, 1, 2)))


@case
def convolution_of_scaled_channels(b: Builder) -> Value:
    """A squeeze-and-excitation's factors multiply the weights."""
    return conv(b, b.call("mul", b.input(1, 6, 7, 24), b.input(1, 1, 1, 24)), 20, 24, 1, 1)


@case
def convolution_and_average_pool(b: Builder) -> Value:
    x = b.call("sigmoid", conv(b, b.input(1, 8, 10, 6), 20, 6, 3, 3, **window(2)))
    pool = {"kernel_shape": (2, 2), **window(2, 0, 2), "layout": "channels_last"}
    return b.call("relu", b.call("average_pool", x, **pool, count_include_pad=0))


@case
def convolution_and_max_pool(b: Builder) -> list[Value]:
    x = b.call("relu", conv(b, b.input(1, 8, 10, 6), 20, 6, 3, 3, **window(2)))
    return [x, b.call("max_pool", x, kernel_shape=(2, 2), **window(2, 0, 2), layout="channels_last")]


@case
def convolution_by_winograds_algorithm(b: Builder) -> Value:
    """In single precision, where the machine has no f16 arithmetic."""
    x = conv(b, b.input(1, 14, 18, 48), 64, 48, 3, 3, **window(2))
    return b.call("relu", b.call("add", x, b.input(1, 14, 18, 64)))


@case
def transposed_convolution(b: Builder) -> Value:
    return b.call("relu", transposed(b, b.input(1, 5, 6, 20), 20, 9, 2, 2, strides=(2, 2)))


@case
def depthwise_line(b: Builder) -> Value:
    return b.call("hard_swish", conv(b, b.input(1, 40, 21), 21, 1, 9, group=21, **window(1, 4)))


@case
def depthwise_with_stride(b: Builder) -> Value:
    x = conv(b, b.input(1, 13, 14, 72), 72, 1, 5, 5, group=72, **window(2, 2, 2))
    return b.call("mul", x, b.call("sigmoid", x))


def _pool(kind: str, **attributes: int) -> Case:
    def build(b: Builder) -> Value:
        options = {"kernel_shape": (3, 3), "layout": "channels_last", **window(2, 1, 2), **attributes}
        return b.call("neg", b.call(kind, b.call("exp", b.input(2, 9, 10, 21)), **options))

    return build


CASES["max_pool"] = _pool("max_pool")
CASES["average_pool"] = _pool("average_pool", count_include_pad=1)


@case
def global_maximum(b: Builder) -> Value:
    return b.call("global_max_pool", b.input(2, 9, 10, 21), layout="channels_last")


@case
def global_average_of_large_numbers(b: Builder) -> Value:
    """Their sum is beyond the range of f16."""
    return b.call("global_average_pool", b.input(1, 40, 40, 16, low=50, high=100), layout="channels_last")


@case
def variance_of_large_numbers(b: Builder) -> Value:
    """Their squares are beyond the range of f16."""
    x = b.input(3, 320, low=-900, high=900)
    return b.call("layer_normalization", x, b.constant(320), b.constant(320), axis=1, epsilon=1e-5)


@case
def batched_product(b: Builder) -> Value:
    x = b.call("matmul", b.input(2, 3, 20, 36), b.input(2, 3, 36, 27))
    return b.call("transpose", b.call("add", x, b.input(27)), perm=(0, 2, 1, 3))


@case
def gemm_with_factors(b: Builder) -> Value:
    return b.call("gemm", b.input(5, 40), b.constant(40, 30), b.constant(30), alpha=0.5, beta=2.0, transA=0, transB=0)


@case
def masked_attention(b: Builder) -> Value:
    scores = b.call("matmul", b.input(1, 3, 20, 16), b.input(1, 3, 16, 24))
    scores = b.call("add", b.call("mul", scores, b.known(np.float32(0.25))), b.input(1, 1, 1, 24, low=-9, high=0))
    return b.call("matmul", b.call("softmax", scores, axis=3), b.input(1, 3, 24, 40))


@case
def attention_to_one_of_many_keys(b: Builder) -> Value:
    scores = b.call("matmul", b.input(1, 5, 8, low=-2, high=2), b.input(1, 8, 3000))
    return b.call("matmul", b.call("softmax", scores, axis=2), b.input(1, 3000, 24))


@case
def attention_to_many_large_values(b: Builder) -> Value:
    """All weights are equal, and the sum of the values is beyond the range of f16."""
    scores = b.call("matmul", b.given(np.zeros((1, 4, 8), np.float32)), b.input(1, 8, 1100))
    return b.call("matmul", b.call("softmax", scores, axis=2), b.input(1, 1100, 24, low=50, high=100))


def _deep(*extents: int, kernel: tuple[int, ...] = ()) -> Case:
    """Numbers of one sign: added up one by one in f16, their sum soon grows no further."""

    def build(b: Builder) -> Value:
        *spatial, channels = extents
        x = b.input(1, *spatial, channels, low=0, high=0.125)
        if not kernel:
            return b.call("matmul", x, b.constant(channels, 20, low=0, high=0.125))
        weights, bias = b.constant(20, channels, *kernel, low=0, high=0.125), b.constant(20)
        options = window(len(kernel), 1) | {"group": 1, "layout": "channels_last"}
        return b.call("conv", x, weights, bias, **options)

    return build


DEEP: dict[str, Case] = {
    "runs that cut the channels evenly": _deep(3, 16384),
    "runs with a remainder": _deep(3, 16381),
    "runs of channels": _deep(5, 6, 1536, kernel=(3, 3)),
    "runs of taps": _deep(13, 14, 200, kernel=(9, 9)),
    "runs of rows": _deep(17, 14, 40, kernel=(19, 5)),
    "runs of planes": _deep(40, 5, 5, 20, kernel=(40, 3, 3)),
}

HOST = get_target("host").vector
assert HOST is not None
UNITS: dict[str, VectorUnit] = {
    "as it is": HOST,
    "without f16 arithmetic": replace(HOST, half_arithmetic=False),
}


@pytest.fixture(scope="module", params=UNITS)
def compiled(request: pytest.FixtureRequest) -> CompiledCases:
    return CompiledCases(CASES | DEEP, kernels=True, floats="f16", unit=UNITS[request.param]).run()


@pytest.fixture(scope="module")
def on_arm64(tmp_path_factory: pytest.TempPathFactory) -> CompiledCases:
    cases = CompiledCases(CASES | DEEP, "arm64-linux", kernels=True, floats="f16")
    path = tmp_path_factory.mktemp("arm64") / "module.vmfb"
    path.write_bytes(cases.module_bytes)
    cases.found = run_arm64(path, cases.arrays, len(cases.graph.outputs))
    return cases


def beyond(cases: CompiledCases, tolerance: float) -> dict[str, float]:
    return {name: error for name in cases.results if not (error := cases.error(name)) <= tolerance}


def test_all_have_kernels(compiled: CompiledCases) -> None:
    assert compiled.without_kernel() == {}
    assert {array.dtype for array in compiled.found} == {np.dtype(np.float16)}


def test_host(compiled: CompiledCases) -> None:
    assert compiled.unit is not None
    assert beyond(compiled, TOLERANCE if compiled.unit.half_arithmetic else ROUNDED_ONCE) == {}


@pytest.mark.arm64
def test_arm64(on_arm64: CompiledCases) -> None:
    assert beyond(on_arm64, TOLERANCE) == {}


def test_nan_passes_through_a_maximum() -> None:
    """In f16 it is computed as a minimum of the opposites."""

    def build(b: Builder) -> Value:
        x = b.given(np.full((2, 3), np.nan, np.float32))
        return b.call("max", b.call("relu", b.call("matmul", x, b.constant(3, 40))), b.input(2, 40))

    compiled = CompiledCases({"maximum": build}, kernels=True, floats="f16")
    assert compiled.without_kernel() == {}
    assert np.isnan(compiled.found[0]).all()


@pytest.mark.parametrize("count", [257, 320, 512, 521, 768, 1100, 4096])
def test_runs(count: int) -> None:
    length = run_length(count)
    assert RUN // 4 <= length <= RUN
    assert count % length == 0 or length == RUN


def mixed_types(b: Builder) -> Value:
    return b.call("cast", b.call("matmul", b.input(4, 5), b.constant(5, 6)), dtype="f32")


def double(b: Builder) -> Value:
    return b.call("softmax", b.given(np.zeros((3, 4))), axis=1)


@pytest.mark.parametrize(
    ("build", "reason"), [(mixed_types, "f16 beside f32"), (double, "kernels compute in f16 or f32 only")]
)
def test_no_kernel(build: Case, reason: str) -> None:
    assert CompiledCases({"block": build}, kernels=True, floats="f16").without_kernel() == {"block": reason}
