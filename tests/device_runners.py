"""Run compiled modules for phones without a phone: ARM under qemu, Vulkan on Mesa's software driver.

Both fail, with the package to install, where a tool is missing: a skipped device would hide wrong code.
"""

import functools
import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

Array = npt.NDArray[np.generic]

_TIME_LIMIT_S = 600
_CROSS_LIBRARIES = Path("/usr/aarch64-linux-gnu")
_VULKAN_DRIVERS = Path("/usr/share/vulkan/icd.d")


def iree_run_module(vmfb: Path, inputs: Sequence[Array], output_count: int = 1) -> list[Array]:
    """The results of main in ``vmfb``, compiled for this machine, by IREE's own program."""
    command = [str(_runtime_libs() / "iree-run-module"), "--device=local-task"]
    return _run_module(command, vmfb, inputs, output_count, os.environ)


def run_arm64(vmfb: Path, inputs: Sequence[Array], output_count: int = 1) -> list[Array]:
    """The results of main in ``vmfb``, compiled for arm64-linux or arm64-android, under qemu."""
    emulator = shutil.which("qemu-aarch64-static")
    if emulator is None or not (_CROSS_LIBRARIES / "lib" / "libstdc++.so.6").exists():
        pytest.fail("needs: apt-get install qemu-user-static libc6-arm64-cross libstdc++6-arm64-cross")
    command = [emulator, "-L", str(_CROSS_LIBRARIES), str(_arm64_runtime()), "--device=local-sync"]
    return _run_module(command, vmfb, inputs, output_count, os.environ)


def arm64_tools() -> Path:
    """The folder of IREE's own programs for aarch64; needs qemu as :func:`run_arm64`."""
    folder = _arm64_runtime().parent
    (folder / "iree-benchmark-module").chmod(0o755)
    return folder


def run_vulkan(vmfb: Path, inputs: Sequence[Array], output_count: int = 1, subgroup_size: int = 8) -> list[Array]:
    """The results of main in ``vmfb``, compiled for a Vulkan target, on the CPU.

    ``subgroup_size`` is 8 or 16: a module for Mali (16) reduces wrongly on a device with another size, one for the
    Android baseline is right on both.
    """
    drivers = sorted(_VULKAN_DRIVERS.glob("lvp_icd.*.json"))
    if not drivers:
        pytest.fail("needs: apt-get install mesa-vulkan-drivers libvulkan1")
    environment = {
        **os.environ,
        "VK_DRIVER_FILES": str(drivers[0]),
        "VK_ICD_FILENAMES": str(drivers[0]),  # what loaders before 1.3.207 read
        "LP_NATIVE_VECTOR_WIDTH": str(32 * subgroup_size),
        "MESA_SHADER_CACHE_DISABLE": "true",
    }
    command = [str(_runtime_libs() / "iree-run-module"), "--device=vulkan"]
    return _run_module(command, vmfb, inputs, output_count, environment)


def _run_module(
    command: Sequence[str], vmfb: Path, inputs: Sequence[Array], output_count: int, environment: Mapping[str, str]
) -> list[Array]:
    with tempfile.TemporaryDirectory(prefix="dnnf-device-") as name:
        directory = Path(name)
        flags = [f"--module={vmfb}", "--function=main"]
        for index, array in enumerate(inputs):
            np.save(directory / f"input{index}.npy", array)
            flags.append(f"--input=@{directory}/input{index}.npy")
        results = [directory / f"output{index}.npy" for index in range(output_count)]
        flags += [f"--output=@{path}" for path in results]
        run = subprocess.run(
            [*command, *flags], env=environment, capture_output=True, text=True, timeout=_TIME_LIMIT_S, check=False
        )
        if run.returncode != 0:
            pytest.fail(f"iree-run-module: exit code {run.returncode}\n{run.stderr[-2000:]}")
        return [np.load(path) for path in results]


def _runtime_libs() -> Path:
    spec = importlib.util.find_spec("iree._runtime_libs")
    assert spec is not None and spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


@functools.cache
def _arm64_runtime() -> Path:
    """IREE's own iree-run-module for aarch64, out of the wheel of the installed version."""
    version = importlib.metadata.version("iree-base-runtime")
    folder = Path.home() / ".cache" / "dnnf-mlir" / f"arm64-runtime-{version}"
    program = folder / "iree" / "_runtime_libs" / "iree-run-module"
    if program.exists():
        return program
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        wheel = ["--platform=manylinux_2_28_aarch64", f"--dest={name}", f"iree-base-runtime=={version}"]
        download = subprocess.run([*pip, *wheel], capture_output=True, text=True, timeout=_TIME_LIMIT_S, check=False)
        if download.returncode != 0:
            pytest.fail(f"cannot download iree-base-runtime {version} for aarch64:\n{download.stderr[-2000:]}")
        extracted = Path(name) / "extracted"
        with zipfile.ZipFile(next(Path(name).glob("*.whl"))) as archive:
            archive.extractall(extracted)
        (extracted / "iree" / "_runtime_libs" / "iree-run-module").chmod(0o755)
        try:
            extracted.replace(folder)
        except OSError:  # another process was faster
            if not program.exists():
                raise
    return program
