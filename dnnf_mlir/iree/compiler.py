"""Runs iree-compile in a process of its own: bounded in time and memory, and without half-written files."""

import functools
import importlib.util
import os
import resource
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dnnf_mlir.errors import CompileError, OutputError
from dnnf_mlir.iree.diagnostics import error_lines, failed_locations, location_names
from dnnf_mlir.iree.statistics import ModuleStatistics, parse_statistics
from dnnf_mlir.targets import Target

_MESSAGES_READ = 1 << 20  # bytes of stderr; after the errors iree-compile prints whole functions


@dataclass(frozen=True)
class CompiledBinary:
    """A compiled module in a file.

    ``statistics`` is None where it was not asked for. A file without a given place lives as long as this object.
    """

    path: Path
    statistics: ModuleStatistics | None
    compile_seconds: float
    command: tuple[str, ...]
    _directory: tempfile.TemporaryDirectory[str] | None = None

    @property
    def dispatch_count(self) -> int:
        """Dispatches in the main function, by IREE's own statistics."""
        if self.statistics is None:
            raise ValueError("the module was compiled without statistics")
        return self.statistics.dispatches

    def read(self) -> bytes:
        """The bytes of the ``.vmfb`` file."""
        return self.path.read_bytes()


@dataclass(frozen=True)
class Outcome:
    """How a run of iree-compile ended."""

    ending: Literal["succeeded", "rejected", "crashed", "timed out"]
    stderr: str


def iree_compile_program() -> Path:
    """The path of the real iree-compile; killing the Python script of that name would leave this one running."""
    spec = importlib.util.find_spec("iree.compiler")
    if spec is None or not spec.submodule_search_locations:
        raise CompileError("the package iree-base-compiler is not installed")
    return Path(spec.submodule_search_locations[0]) / "_mlir_libs" / "iree-compile"


def compile_module(
    source: Path | bytes | str,
    target: Target,
    extra_flags: Sequence[str] = (),
    *,
    output: Path | None = None,
    time_limit_s: float = 600.0,
    memory_limit_bytes: int | None = None,
    statistics: bool = True,
    keep_reproducer: bool = True,
    isolate_failures: bool = False,
) -> CompiledBinary:
    """Compiles MLIR to an IREE module.

    ``source`` is a file (text or bytecode), bytecode, or text. ``extra_flags`` come after the target's; the last of a
    repeated flag counts. ``output`` is written whole or not at all. ``memory_limit_bytes`` bounds the compiler's
    address space (default: the machine's memory).

    Raises CompileError if iree-compile rejects the module, crashes or exceeds ``time_limit_s``: with the first
    errors, the command, a file that reproduces it (unless ``keep_reproducer`` is false; the next failure in this
    process takes its place) and the names of the failing dispatches' locations. A crash or a time-out names none of
    itself; ``isolate_failures`` then compiles the dispatches one by one to find them. Raises OutputError if
    ``output`` cannot be written.
    """
    directory = tempfile.TemporaryDirectory(prefix="dnnf-iree-")
    work = Path(directory.name)
    input_path = _as_file(source, work)
    staged = _stage(output, work)
    csv_path = work / "statistics.csv"
    command = [str(iree_compile_program()), str(input_path), *target.flags, *extra_flags]
    measured = [
        "--iree-scheduling-dump-statistics-format=csv",
        f"--iree-scheduling-dump-statistics-file={csv_path}",
    ]
    limit = memory_limit_bytes or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    start = time.perf_counter()
    try:
        whole = [*command, *(measured if statistics else ()), "-o", str(staged)]
        outcome = run_bounded(whole, work, time_limit_s, limit)
        seconds = time.perf_counter() - start
        if outcome.ending != "succeeded":
            names = failed_locations(outcome.stderr)
            if not names and isolate_failures:
                names = _isolate(command, work, time_limit_s, limit)
            raise _failure(outcome, command, input_path, names, directory if keep_reproducer else None, time_limit_s)
        counts = parse_statistics(csv_path.read_text()) if statistics else None
        if output is None:
            return CompiledBinary(staged, counts, seconds, tuple(command), directory)
        staged.replace(output)
        return CompiledBinary(output, counts, seconds, tuple(command))
    finally:
        if output is not None:
            staged.unlink(missing_ok=True)


def _as_file(source: Path | bytes | str, directory: Path) -> Path:
    if isinstance(source, Path):
        return source
    path = directory / ("module.mlir" if isinstance(source, str) else "module.mlirbc")
    path.write_bytes(source.encode() if isinstance(source, str) else source)
    return path


def _stage(output: Path | None, directory: Path) -> Path:
    """Where the module is written first: beside ``output``, so that renaming it is atomic."""
    if output is None:
        return directory / "module.vmfb"
    if output.is_dir():
        raise OutputError(f"cannot write {output}: it is a directory")
    try:
        handle, name = tempfile.mkstemp(prefix=f".{output.name}.", dir=output.parent)
    except OSError as error:
        raise OutputError(f"cannot write {output}: {error.strerror}") from error
    mask = os.umask(0)
    os.umask(mask)
    os.fchmod(handle, 0o666 & ~mask)
    os.close(handle)
    return Path(name)


def run_bounded(command: Sequence[str], directory: Path, time_limit_s: float, memory_limit_bytes: int) -> Outcome:
    """Runs ``command`` in a new process group, which has ended when this returns or raises."""
    with tempfile.TemporaryFile(dir=directory) as stderr:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr, process_group=0
        )
        timed_out = False
        try:
            _, hardest = resource.prlimit(process.pid, resource.RLIMIT_AS)
            limit = memory_limit_bytes if hardest == resource.RLIM_INFINITY else min(memory_limit_bytes, hardest)
            resource.prlimit(process.pid, resource.RLIMIT_AS, (limit, limit))
            process.wait(time_limit_s)
        except ProcessLookupError:
            process.wait()
        except subprocess.TimeoutExpired:
            timed_out = True
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        stderr.seek(0)
        messages = stderr.read(_MESSAGES_READ).decode(errors="replace")
    if timed_out:
        return Outcome("timed out", messages)
    if process.returncode < 0:
        return Outcome("crashed", messages)
    # An unregistered pass in a pipeline flag is reported, ignored, and the exit code is 0.
    failed = process.returncode != 0 or "does not refer to a registered pass" in messages
    return Outcome("rejected" if failed else "succeeded", messages)


def _failure(
    outcome: Outcome,
    command: Sequence[str],
    input_path: Path,
    names: tuple[str, ...],
    directory: tempfile.TemporaryDirectory[str] | None,
    time_limit_s: float,
) -> CompileError:
    kind: Literal["rejected", "crashed", "timed out"] = "rejected"
    headline = "iree-compile rejected the module"
    if outcome.ending == "timed out":
        kind, headline = "timed out", f"iree-compile did not finish within {time_limit_s:g} s"
    elif outcome.ending == "crashed":
        kind, headline = "crashed", "iree-compile crashed"
    reproducer = _keep(input_path, directory)
    shown = [str(reproducer) if part == str(input_path) and reproducer else part for part in command]
    lines = [headline + (f" at {', '.join(names)}" if names else "")]
    lines += [f"  {line}" for line in error_lines(outcome.stderr)]
    lines.append(f"command: {shlex.join(shown)} -o module.vmfb")
    if reproducer:
        lines.append(f"module kept as: {reproducer}")
    return CompileError(
        "\n".join(lines), kind=kind, failed_locations=names, command=tuple(shown), reproducer=reproducer
    )


def _keep(input_path: Path, directory: tempfile.TemporaryDirectory[str] | None) -> Path | None:
    """The file that reproduces a failure: the caller's own, or ours moved out of the directory that goes away."""
    if directory is None:
        return None
    if input_path.parent != Path(directory.name):
        return input_path
    kept = _reproducer_directory() / input_path.name
    shutil.move(input_path, kept)
    return kept


@functools.cache
def _reproducer_directory() -> Path:
    """One for the process: a caller that splits blocks until all compile leaves one large module, not one a round."""
    return Path(tempfile.mkdtemp(prefix="dnnf-reproducer-"))


def _isolate(command: Sequence[str], work: Path, time_limit_s: float, memory_limit_bytes: int) -> tuple[str, ...]:
    """The location names of the dispatches that fail when each is compiled alone.

    Empty if the compiler does not come as far as dividing the module into dispatches.
    """
    sources = work / "dispatches"
    # Without debug information the dispatches would be dumped without their locations.
    divide = [
        "--mlir-print-debuginfo",
        "--mlir-elide-resource-strings-if-larger=16",
        "--compile-to=executable-sources",
        f"--iree-hal-dump-executable-sources-to={sources}",
        "-o",
        os.devnull,
    ]
    if run_bounded([*command, *divide], work, time_limit_s, memory_limit_bytes).ending != "succeeded":
        return ()
    files = sorted(sources.glob("*.mlir"))
    program, _, *flags = command
    each = time_limit_s / 10

    def fails(path: Path) -> bool:
        alone = [program, str(path), *flags, "--compile-mode=hal-executable", "-o", os.devnull]
        return run_bounded(alone, work, each, memory_limit_bytes).ending != "succeeded"

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        failing = [path for path, failed in zip(files, pool.map(fails, files), strict=True) if failed]
    names: dict[str, None] = {}
    for path in failing:
        _, _, location = path.read_text().rpartition("\n} loc")
        names.update(dict.fromkeys(location_names("loc" + location)))
    return tuple(names)
