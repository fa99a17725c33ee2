"""Every target's modules are accepted by iree-compile and, where a device can be had, compute the right numbers."""

from pathlib import Path

import numpy as np
import pytest
from device_runners import run_arm64, run_vulkan
from iree_modules import MATMUL_RELU, matmul_relu_case

from dnnf_mlir.iree import compile_module, load_module
from dnnf_mlir.targets import TARGET_NAMES, get_target


@pytest.fixture
def vmfb(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return compile_module(MATMUL_RELU, get_target(request.param), output=tmp_path / "module.vmfb").path


@pytest.mark.parametrize("name", TARGET_NAMES)
def test_every_target_compiles(name: str) -> None:
    assert compile_module(MATMUL_RELU, get_target(name)).dispatch_count == 1


@pytest.mark.parametrize("vmfb", ["host"], indirect=True)
@pytest.mark.parametrize("threads", [1, 2])
def test_host(vmfb: Path, threads: int) -> None:
    inputs, expected = matmul_relu_case()
    [result] = load_module(vmfb, threads=threads).run(inputs)
    np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.arm64
@pytest.mark.parametrize("vmfb", ["arm64-linux", "arm64-android", "arm64-android-a55"], indirect=True)
def test_arm64(vmfb: Path) -> None:
    inputs, expected = matmul_relu_case()
    [result] = run_arm64(vmfb, inputs)
    np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.vulkan
@pytest.mark.parametrize("vmfb", ["vulkan-android"], indirect=True)
def test_vulkan(vmfb: Path) -> None:
    inputs, expected = matmul_relu_case()
    [result] = run_vulkan(vmfb, inputs)
    np.testing.assert_allclose(result, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.vulkan
@pytest.mark.parametrize("vmfb", ["vulkan-mali"], indirect=True)
def test_mali(vmfb: Path) -> None:
    inputs, expected = matmul_relu_case()
    [result] = run_vulkan(vmfb, inputs, subgroup_size=16)
    np.testing.assert_allclose(result, expected, rtol=1e-3, atol=1e-3)
