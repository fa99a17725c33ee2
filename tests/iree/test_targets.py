"""The table of targets."""

from dataclasses import replace

import pytest

from dnnf_mlir.errors import TargetError
from dnnf_mlir.targets import NEON, NEON_HALF, TARGET_NAMES, get_target


def test_names() -> None:
    assert TARGET_NAMES == (
        "host",
        "arm64-android",
        "arm64-android-a55",
        "arm64-linux",
        "vulkan-android",
        "vulkan-adreno",
        "vulkan-mali",
    )
    assert [get_target(name).name for name in TARGET_NAMES] == list(TARGET_NAMES)


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(TargetError, match="unknown target 'iphone'; known targets: host, arm64-android"):
        get_target("iphone")


def test_kernels_exist_for_cpus_only() -> None:
    assert {name for name in TARGET_NAMES if get_target(name).supports_kernels} == {
        "host",
        "arm64-android",
        "arm64-android-a55",
        "arm64-linux",
    }
    phone = get_target("arm64-android").vector
    assert phone is not None and phone.dot_product is not None
    assert replace(phone, dot_product=None) == NEON_HALF
    assert phone.dot_product.lanes == phone.lanes(4)
    host = get_target("host").vector
    assert host is not None
    assert host.lanes(4) >= 4


def test_small_cores_have_smaller_caches() -> None:
    small, big = get_target("arm64-android-a55").vector, get_target("arm64-android").vector
    assert small is not None and big is not None
    assert small.l2_bytes < big.l2_bytes and small.l1_way_bytes < big.l1_way_bytes
    assert small.dot_product == big.dot_product and small.half_arithmetic
    assert "--iree-llvmcpu-target-cpu=cortex-a55" in get_target("arm64-android-a55").flags


def test_lanes_follow_the_type_of_the_arithmetic() -> None:
    assert [NEON_HALF.lanes(size) for size in (4, 2, 1)] == [4, 8, 16]
    assert [NEON.lanes(size) for size in (4, 2, 1)] == [4, 4, 16]
