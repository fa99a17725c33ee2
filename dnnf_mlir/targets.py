"""The machines that modules are compiled for: how iree-compile is told, and what their vector units look like."""

import functools
import importlib.util
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from types import MappingProxyType

from dnnf_mlir.errors import TargetError


class Backend(Enum):
    """A code generator of IREE, by its name there."""

    CPU = "llvm-cpu"
    GPU = "vulkan-spirv"

    @property
    def has_elementary_functions(self) -> bool:
        """Whether the machine has instructions for exp, sin and cos."""
        return self is Backend.GPU


@dataclass(frozen=True)
class DotProduct:
    """An instruction that adds four products of bytes to each of ``lanes`` 32-bit numbers.

    ``intrinsic`` is LLVM's name for it: (numbers, left bytes, right bytes). The right bytes are signed.
    """

    intrinsic: str
    lanes: int
    signed_left: bool


_SDOT = DotProduct("llvm.aarch64.neon.sdot.v4i32.v16i8", 4, signed_left=True)
_VNNI_512 = DotProduct("llvm.x86.avx512.vpdpbusd.512", 16, signed_left=False)
_VNNI_256 = DotProduct("llvm.x86.avx512.vpdpbusd.256", 8, signed_left=False)


@dataclass(frozen=True)
class VectorUnit:
    """The vector registers that a CPU kernel's register tile must fit into, and a core's own caches.

    ``bytes`` is the width of one register, ``registers`` how many the instruction set names. The first-level data cache
    keeps ``l1_ways`` lines whose addresses are multiples of ``l1_way_bytes`` apart. ``l2_bytes`` is the size of the
    second-level cache. Of cores that differ, the figures are the smaller ones. ``half_arithmetic``: there are fused
    multiply-adds of f16; without them f16 is a format of the memory only, widened to f32 in the registers.
    ``dot_product`` multiplies integers, if there is such an instruction. ``prefetch_bytes`` is how far ahead loops ask
    for weights that no cache of the core's own keeps; 0 leaves it to the core, as where nothing was measured.
    """

    bytes: int
    registers: int
    l1_ways: int
    l1_way_bytes: int
    l2_bytes: int
    half_arithmetic: bool = False
    dot_product: DotProduct | None = None
    prefetch_bytes: int = 0

    def lanes(self, element_bytes: int) -> int:
        """How many elements that take ``element_bytes`` bytes in memory one register computes with."""
        widened = element_bytes == 2 and not self.half_arithmetic
        return self.bytes // (4 if widened else element_bytes)


# Weights come from memory in the time of 32 steps of a block of 64 filters; they wait in the first-level cache.
_AHEAD = 8 << 10

NEON = VectorUnit(bytes=16, registers=32, l1_ways=4, l1_way_bytes=16 << 10, l2_bytes=256 << 10)
NEON_HALF = replace(NEON, half_arithmetic=True)
NEON_A55 = replace(NEON_HALF, l1_way_bytes=8 << 10, l2_bytes=128 << 10, dot_product=_SDOT)
SSE = VectorUnit(bytes=16, registers=16, l1_ways=8, l1_way_bytes=4 << 10, l2_bytes=256 << 10)
AVX2 = VectorUnit(bytes=32, registers=16, l1_ways=8, l1_way_bytes=4 << 10, l2_bytes=256 << 10, prefetch_bytes=_AHEAD)
AVX512 = VectorUnit(bytes=64, registers=32, l1_ways=8, l1_way_bytes=4 << 10, l2_bytes=1 << 20, prefetch_bytes=_AHEAD)
AVX512_HALF = replace(AVX512, half_arithmetic=True)


@dataclass(frozen=True)
class Target:
    """One machine to compile for.

    ``flags`` are iree-compile's, ``vector`` is None for a GPU: the kernel form (scf and vector, tiled for registers)
    exists for CPUs only, a GPU takes every fused block in linalg form. ``half``: the machine surely has half precision
    (where not, see quirks.HALF_WITHOUT_F16).
    """

    name: str
    description: str
    flags: tuple[str, ...]
    vector: VectorUnit | None
    half: bool = True

    @property
    def backend(self) -> Backend:
        """The code generator of IREE that makes the target's modules."""
        return Backend.GPU if self.vector is None else Backend.CPU

    @property
    def supports_kernels(self) -> bool:
        """Whether fused blocks may be lowered to the kernel form."""
        return self.vector is not None

    @property
    def runs_here(self) -> bool:
        """Whether IREE's CPU devices of this process can load the target's modules."""
        return self.name == "host"


# quirks.DOUBLE_DEMOTION, quirks.CONSTANT_EVALUATION
_CPU_FLAGS = (
    "--iree-hal-target-device=local",
    "--iree-hal-local-target-device-backends=llvm-cpu",
    "--iree-input-demote-f64-to-f32=false",
    "--iree-opt-const-eval=false",
)
# IREE's own default is O0.
_OPTIMIZE = "--iree-opt-level=O2"


def _arm64(
    name: str, description: str, triple: str, cpu: str = "cortex-a76", vector: VectorUnit | None = None
) -> Target:
    # The Cortex-A76 (2018) is the oldest big core with half precision and dot products; later ones run its code.
    machine = (f"--iree-llvmcpu-target-triple={triple}", f"--iree-llvmcpu-target-cpu={cpu}")
    unit = vector or replace(NEON_HALF, dot_product=_SDOT)
    return Target(name, description, (*_CPU_FLAGS, *machine, _OPTIMIZE), unit)


def _vulkan(name: str, description: str, gpu: str, *, half: bool = True) -> Target:
    flags = ("--iree-hal-target-device=vulkan", f"--iree-vulkan-target={gpu}", _OPTIMIZE)
    return Target(name, description, flags, None, half)


def _host() -> Target:
    flags = (*_CPU_FLAGS, "--iree-llvmcpu-target-cpu=host", _OPTIMIZE)
    return Target("host", "the CPU of this machine", flags, _host_vector_unit())


def _host_vector_unit() -> VectorUnit:
    features = _cpu_features()
    if platform.machine() in ("aarch64", "arm64"):
        half = features.get("fullfp16") == "1"
        return replace(NEON_HALF if half else NEON, dot_product=_SDOT if features.get("dotprod") == "1" else None)
    if features.get("avx512f") == "1":
        half = features.get("avx512fp16") == "1"
        dot_product = _VNNI_512 if features.get("avx512vnni") == "1" else None
        return replace(AVX512_HALF if half else AVX512, dot_product=dot_product)
    if features.get("avx2") == "1":
        return replace(AVX2, dot_product=_VNNI_256 if features.get("avxvnni") == "1" else None)
    return SSE


def _cpu_features() -> dict[str, str]:
    """What iree-cpuinfo, the runtime's own query, prints: one feature and 0 or 1 a line."""
    spec = importlib.util.find_spec("iree._runtime_libs")
    if spec is None or not spec.submodule_search_locations:
        raise TargetError("target host: the package iree-base-runtime is not installed, its iree-cpuinfo is needed")
    program = Path(spec.submodule_search_locations[0]) / "iree-cpuinfo"
    printed = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    return dict(pair for line in printed.splitlines() if len(pair := line.split()) == 2)


_CROSS_TARGETS: Mapping[str, Target] = MappingProxyType(
    {
        target.name: target
        for target in (
            _arm64("arm64-android", "ARM CPUs of Android phones (API level 29, Cortex-A76)", "aarch64-linux-android29"),
            _arm64(
                "arm64-android-a55",
                "small ARM cores of Android phones (API level 29, Cortex-A55)",
                "aarch64-linux-android29",
                "cortex-a55",
                NEON_A55,
            ),
            _arm64("arm64-linux", "ARM CPUs under Linux (Cortex-A76)", "aarch64-linux-gnu"),
            _vulkan(
                "vulkan-android", "any Android GPU of the 2022 Vulkan baseline", "vp_android_baseline_2022", half=False
            ),
            _vulkan("vulkan-adreno", "Qualcomm Adreno GPUs", "adreno"),
            _vulkan("vulkan-mali", "Arm Mali GPUs, fourth Valhall generation", "valhall4"),
        )
    }
)

TARGET_NAMES: tuple[str, ...] = ("host", *_CROSS_TARGETS)


@functools.cache
def get_target(name: str) -> Target:
    """The target called ``name``; raises TargetError, which lists the names, for any other."""
    if name == "host":
        return _host()
    if name not in _CROSS_TARGETS:
        raise TargetError(f"unknown target {name!r}; known targets: {', '.join(TARGET_NAMES)}")
    return _CROSS_TARGETS[name]
