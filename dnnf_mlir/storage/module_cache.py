"""Compiled modules by content: the same bytecode, flags and iree-compile give the same module without compiling again.

Several processes may use one folder: entries appear whole, by renaming, and are checked when they are read. Trouble
with the folder never fails a compilation, which then only takes its time.
"""

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from dnnf_mlir.errors import OutputError
from dnnf_mlir.iree import CompiledBinary, ModuleStatistics
from dnnf_mlir.options import Options
from dnnf_mlir.targets import get_target

from .environment import environment, program_version
from .output import open_output

LIMIT_BYTES = 4 << 30
"""Size of the folder above which the modules that were not used for longest go."""

_CHUNK = 1 << 20
_RESULT = ".plan"


@dataclass(frozen=True)
class CachedModule:
    """A module found in the cache; ``verified``: its outputs were compared with the reference before."""

    binary: CompiledBinary
    verified: bool


def cache_key(bytecode: Path, flags: Sequence[str], versions: str) -> str | None:
    """What the module depends on as 64 hexadecimal digits; ``versions`` are the compiler's and the machine's.

    None where the module does not depend on these alone: :func:`flags_say_all`.
    """
    if not flags_say_all(flags):
        return None
    with bytecode.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    digest.update(json.dumps([versions, *flags]).encode())
    return digest.hexdigest()


def flags_say_all(flags: Sequence[str]) -> bool:
    """Whether iree-compile neither writes files beside the module, nor reads some that may change."""
    return not any("dump" in flag or "print" in flag or Path(flag.partition("=")[2]).is_file() for flag in flags)


def result_key(model: str, name: str, options: Options, profile: str) -> str:
    """Stands for all that a compiled model and its plan depend on, as 64 hexadecimal digits.

    ``model`` and ``profile`` are digests of the model's file and of what is known of the target, ``name`` is the
    model's name in messages and plans.
    """
    unrelated = ("profile_db", "cache", "time_limit_s", "parameters")
    told = {key: value for key, value in vars(options).items() if key not in unrelated}
    told |= {
        "dims": sorted(options.dims.items()),
        "elements": sorted(options.elements.items()),
        "iree_flags": list(options.iree_flags),
    }
    parts = [model, name, told, program_version(), environment(get_target(options.target)).machine, profile]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class CompileCache:
    """Modules in a folder, each with a JSON file beside it that is written last.

    Results stand beside them: for what a module was once compiled from (a model, options, versions, measured
    latencies), the module's key and the plan. A model that is compiled again is then not even imported.
    """

    def __init__(self, folder: Path, limit_bytes: int = LIMIT_BYTES) -> None:
        self._folder = folder
        self._limit = limit_bytes

    def find(self, key: str, output: Path | None = None) -> CachedModule | None:
        """A copy of the module with this key, at ``output`` or in a folder that lives as long as the result.

        Raises OutputError where ``output`` cannot be written.
        """
        try:
            found = json.loads(self._description(key).read_text())
            counts = found["statistics"]
            statistics = ModuleStatistics(**counts | {"dispatch_names": tuple(counts["dispatch_names"])})
            seconds, command = float(found["compile_seconds"]), tuple(found["command"])
            verified, expected = bool(found["verified"]), found["sha256"]
            source = self._module(key).open("rb")
        except (OSError, ValueError, KeyError, TypeError):
            return None
        directory = tempfile.TemporaryDirectory(prefix="dnnf-iree-") if output is None else None
        path = Path(directory.name) / "module.vmfb" if directory is not None else output
        with source:
            if path is None or hashlib.file_digest(source, "sha256").hexdigest() != expected:
                return None
            source.seek(0)
            with open_output(path) as file:
                _copy(source, file)
        with contextlib.suppress(OSError):
            os.utime(self._description(key))
        return CachedModule(CompiledBinary(path, statistics, seconds, command, directory), verified)

    def store(self, key: str, binary: CompiledBinary, *, verified: bool) -> None:
        """Adds a module, and makes room for it."""
        if binary.statistics is None or binary.path.stat().st_size > self._limit:
            return
        with contextlib.suppress(OSError, OutputError):
            self._folder.mkdir(parents=True, exist_ok=True)
            with binary.path.open("rb") as source:
                digest = hashlib.file_digest(source, "sha256")
                source.seek(0)
                with open_output(self._module(key)) as file:
                    _copy(source, file)
            description = {
                "sha256": digest.hexdigest(),
                "verified": verified,
                "compile_seconds": binary.compile_seconds,
                "command": binary.command,
                "statistics": asdict(binary.statistics),
            }
            with open_output(self._description(key)) as file:
                file.write(json.dumps(description).encode())
            self._make_room()

    def find_result(self, source: str) -> tuple[str, dict[str, Any]] | None:
        """Key of the module and plan of what was compiled from ``source``, a name of hexadecimal digits."""
        for path in self._folder.glob(f"*-{source}{_RESULT}"):
            with contextlib.suppress(OSError, ValueError):
                plan = json.loads(path.read_text())
                if isinstance(plan, dict):
                    return path.name.partition("-")[0], plan
        return None

    def store_result(self, source: str, key: str, plan: Mapping[str, Any]) -> None:
        """Remembers the module compiled from ``source`` and replaces the previous one."""
        name = f"{key}-{source}{_RESULT}"
        with contextlib.suppress(OSError, OutputError), open_output(self._folder / name) as file:
            file.write(json.dumps(plan).encode())
        for path in self._folder.glob(f"*-{source}{_RESULT}"):
            if path.name != name:
                path.unlink(missing_ok=True)

    def _module(self, key: str) -> Path:
        return self._folder / f"{key}.vmfb"

    def _description(self, key: str) -> Path:
        return self._folder / f"{key}.json"

    def _make_room(self) -> None:
        """Removes the modules that were used longest ago until the rest fits."""
        used = sorted(self._folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        total = 0
        for description in used:
            module = description.with_suffix(".vmfb")
            total += module.stat().st_size if module.exists() else 0
            if total > self._limit:
                description.unlink(missing_ok=True)
                module.unlink(missing_ok=True)
                for result in self._folder.glob(f"{description.stem}-*{_RESULT}"):
                    result.unlink(missing_ok=True)


def _copy(source: BinaryIO, target: BinaryIO) -> None:
    while chunk := source.read(_CHUNK):
        target.write(chunk)
