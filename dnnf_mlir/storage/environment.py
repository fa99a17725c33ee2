"""Where this program keeps what it remembers, and what that depends on: versions, the machine, the target."""

import functools
import hashlib
import importlib.util
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from dnnf_mlir.targets import Target

_GENERATORS = ("emit", "kernels", "lowering")
"""Folders of this package whose sources decide what code a block becomes."""

_EVERYTHING = (".", "dialect_defs", "passes")
"""Sub-packages, wherever they are installed from, whose sources decide what a model becomes."""


@dataclass(frozen=True)
class Environment:
    """Where a measurement holds: the target's name, the CPU or GPU, and the versions of all that generates code."""

    target: str
    machine: str
    compiler: str


def environment(target: Target, flags: Sequence[str] = (), machine: str | None = None) -> Environment:
    """The environment of what is measured and compiled for a target.

    ``flags`` are those for iree-compile beside the target's own. ``machine`` names the CPU or GPU where it is not the
    one that the target's flags name.
    """
    return Environment(target.name, machine or _machine(target), " ".join([compiler_version(), *flags]))


@functools.cache
def compiler_version() -> str:
    """Versions of iree-compile and of this package, with a digest of its code generators' sources."""
    return f"{_releases()}, generators {_digest([folder for name in _GENERATORS for folder in _folders(name)])}"


@functools.cache
def program_version() -> str:
    """Versions of all that has a part in compiling a model, with a digest of this package's sources."""
    folders = [folder for name in _EVERYTHING for folder in _folders(name)]
    return f"{_releases()}, onnx {_version('onnx')}, torch-mlir {_version('torch-mlir')}, sources {_digest(folders)}"


def cache_directory() -> Path:
    """The user's folder for what can be made again, by the platform's convention. It need not exist yet."""
    home = Path.home()
    if sys.platform == "darwin":
        base = home / "Library" / "Caches"
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "dnnf-mlir"


def default_database() -> Path:
    """Where the profile database is unless told otherwise."""
    return cache_directory() / "profile.sqlite"


def _machine(target: Target) -> str:
    if target.runs_here:
        # Virtual machines name no model: the vectors tell apart what matters most.
        vectors = f", {8 * target.vector.bytes}-bit vectors" if target.vector is not None else ""
        return _processor() + vectors
    return " ".join(flag.partition("=")[2] for flag in target.flags if "-target-cpu" in flag or "-target=" in flag)


@functools.cache
def _processor() -> str:
    """This machine's CPU by name, as the kernel reports it where it does."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def _releases() -> str:
    return f"iree {_version('iree-base-compiler')}, dnnf-mlir {_version('dnnf-mlir')}"


def _folders(name: str) -> list[Path]:
    """Where a sub-package lies; ``.`` is this package."""
    if name == ".":
        return [Path(__file__).parent.parent]
    spec = importlib.util.find_spec(f"dnnf_mlir.{name}")
    return [Path(folder) for folder in spec.submodule_search_locations or ()] if spec is not None else []


def _digest(folders: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for folder in folders for path in folder.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]
