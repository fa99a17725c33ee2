"""Blocks in kernel form with what is fused around their anchors, on this machine and on an emulated ARM CPU."""

from pathlib import Path

import numpy as np
import pytest
from cases import TOLERANCE, Builder, Case, CompiledCases
from device_runners import run_arm64

from dnnf_mlir.ecg import Value

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


@pytest.fixture(scope="module")
def compiled() -> CompiledCases:
    return CompiledCases(CASES, kernels=True).run()


def test_all_have_kernels(compiled: CompiledCases) -> None:
    assert compiled.without_kernel() == {}


@pytest.mark.parametrize("name", CASES)
def test_block(compiled: CompiledCases, name: str) -> None:
    assert compiled.error(name) <= TOLERANCE


def test_arm64(tmp_path: Path) -> None:
    compiled = CompiledCases(CASES, "arm64-linux", kernels=True)
    path = tmp_path / "module.vmfb"
    path.write_bytes(compiled.module_bytes)
    compiled.found = run_arm64(path, compiled.arrays, len(compiled.graph.outputs))
    assert {name: error for name in CASES if (error := compiled.error(name)) > TOLERANCE} == {}


def part_of_merged_dimensions(b: Builder) -> Value:
    return normalized(b, b.call("add", b.input(2, 5, 6), b.input(6)), axis=-2)


def whole_tensor(b: Builder) -> Value:
    return normalized(b, b.input(5, 6), axis=-2)


def narrow(b: Builder) -> Value:
    x = b.given(np.zeros((2, 5), np.float16))
    return b.call("layer_normalization", x, b.known(np.ones(5, np.float16)), None, axis=1, epsilon=1e-5)


@pytest.mark.parametrize("build", [part_of_merged_dimensions, whole_tensor, narrow])
def test_no_kernel(build: Case) -> None:
    assert CompiledCases({"block": build}, kernels=True).without_kernel().keys() == {"block"}
