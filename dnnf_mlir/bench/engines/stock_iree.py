"""IREE without this project: iree-import-onnx and iree-compile, with the best of several flag sets.

Compiling a model in every variant takes minutes, so modules and failures are kept in the user's cache directory,
by the model's bytes, the flags and IREE's version.
"""

import contextlib
import hashlib
import importlib.metadata
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx

from dnnf_mlir.bench.engines.session import Array, Session
from dnnf_mlir.errors import CompileError, RunError
from dnnf_mlir.iree.compiler import CompiledBinary, compile_module
from dnnf_mlir.iree.runtime import Invocation, load_module
from dnnf_mlir.targets import get_target

_DATA_TILING = "--iree-opt-data-tiling"
_IM2COL = "--iree-global-opt-use-im2col-for-convs"
FLAG_SETS: tuple[tuple[str, ...], ...] = tuple(
    (f"--iree-opt-level={level}", *rewriting)
    for level in ("O2", "O3")
    for rewriting in ((_DATA_TILING,), (_DATA_TILING, _IM2COL))
)
_CONST_EVAL = "--iree-opt-const-eval"  # IREE's default, which our own modules do without
_DEMOTE = "--iree-input-demote-f64-to-f32"
_OPSET = 17
_TRIAL_RUNS = 3
_HOPELESS = 3.0  # times the best: no use in running it again
_LONG_S = 2.0  # noise matters little


@dataclass(frozen=True)
class Candidate:
    """The model compiled with one flag set: a module, or the reason why there is none."""

    flags: tuple[str, ...]
    vmfb: Path
    compile_s: float
    kernels: int
    error: str = ""


def open_session(
    model: Path,
    feeds: Mapping[str, Array],
    threads: int,
    *,
    time_limit_s: float = 300.0,
    cache: Path | None = None,
) -> Session:
    """Compiles ``model`` with each of FLAG_SETS, tries the modules and keeps the fastest.

    Raises RunError, with one reason, if none compiles and runs. ``time_limit_s`` is for each compilation; ``cache``
    defaults to a directory below the user's ``~/.cache``.
    """
    candidates = compile_candidates(model, feeds, time_limit_s=time_limit_s, cache=cache)
    best: tuple[float, Candidate, Invocation] | None = None
    errors = []
    for candidate in candidates:
        if candidate.error:
            errors.append(candidate.error)
            continue
        try:
            invocation = load_module(candidate.vmfb, threads=threads).prepare(list(feeds.values()))
            seconds = _try(invocation, best[0] if best else float("inf"))
        except RunError as error:
            errors.append(str(error))
            continue
        if best is None or seconds < best[0]:
            best = (seconds, candidate, invocation)
    if best is None:
        raise RunError(f"stock IREE fails with every flag set; first: {errors[0]}")
    _, candidate, invocation = best
    return Session(
        invoke=invocation,
        results=invocation.results,
        compile_s=candidate.compile_s,
        peak_transient_bytes=invocation.transient_bytes(),
        details={"flags": list(candidate.flags), "kernels": candidate.kernels, "version": _version()},
    )


def compile_candidates(
    model: Path, feeds: Mapping[str, Array], *, time_limit_s: float, cache: Path | None = None
) -> list[Candidate]:
    """``model`` compiled with each of FLAG_SETS, out of the cache where it holds them."""
    directory = (cache or Path.home() / ".cache" / "dnnf-mlir") / "stock-iree"
    directory.mkdir(parents=True, exist_ok=True)
    proto = _prepared(model, feeds)
    digest = hashlib.sha256(proto.SerializeToString(deterministic=True))
    digest.update(_version().encode())
    stems = {flags: directory / _stem(digest.hexdigest(), flags) for flags in FLAG_SETS}
    missing = [flags for flags in FLAG_SETS if not stems[flags].with_suffix(".json").exists()]
    if missing:
        with tempfile.TemporaryDirectory(prefix="dnnf-stock-") as work:
            _compile_missing(proto, {flags: stems[flags] for flags in missing}, Path(work), time_limit_s)
    candidates = []
    for flags, stem in stems.items():
        record: dict[str, Any] = json.loads(stem.with_suffix(".json").read_text())
        candidates.append(Candidate(flags=flags, vmfb=stem.with_suffix(".vmfb"), **record))
    return candidates


def compile_first(
    model: Path, feeds: Mapping[str, Array], vmfb: Path, *, time_limit_s: float = 300.0
) -> Candidate | None:
    """``model`` compiled anew with the first of FLAG_SETS that can, None where none can."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="dnnf-stock-") as work:
        imported, error = import_model(_prepared(model, feeds), Path(work))
        import_s = time.perf_counter() - start
        for flags in () if error else FLAG_SETS:
            with contextlib.suppress(CompileError):
                binary = _compile(imported, flags, vmfb, time_limit_s)
                return Candidate(flags, vmfb, import_s + binary.compile_seconds, binary.dispatch_count)
    return None


def count_kernels(model: Path, feeds: Mapping[str, Array], *, time_limit_s: float = 300.0) -> int | None:
    """The fewest kernels that ``model`` gets with one of FLAG_SETS, None where IREE cannot import or schedule it.

    Nothing is compiled to machine code: a model counts even if its kernels could not be compiled in the end.
    """
    counts = []
    with tempfile.TemporaryDirectory(prefix="dnnf-stock-") as work:
        imported, error = import_model(_prepared(model, feeds), Path(work))
        for flags in () if error else FLAG_SETS:
            with contextlib.suppress(CompileError):
                binary = _compile(imported, (*flags, "--compile-to=stream"), Path(work) / "scheduled", time_limit_s)
                counts.append(binary.dispatch_count)
    return min(counts, default=None)


def _compile_missing(
    proto: onnx.ModelProto, stems: Mapping[tuple[str, ...], Path], work: Path, time_limit_s: float
) -> None:
    start = time.perf_counter()
    imported, error = import_model(proto, work)
    import_s = time.perf_counter() - start
    for flags, stem in stems.items():
        record: dict[str, object] = {"compile_s": import_s, "kernels": 0, "error": error}
        if not error:
            try:
                binary = _compile(imported, flags, stem.with_suffix(".vmfb"), time_limit_s)
                record = {"compile_s": import_s + binary.compile_seconds, "kernels": binary.dispatch_count}
            except CompileError as failure:
                record["error"] = str(failure)
        staged = stem.with_suffix(".part")
        staged.write_text(json.dumps(record))
        staged.replace(stem.with_suffix(".json"))


def _compile(imported: Path, flags: tuple[str, ...], vmfb: Path, time_limit_s: float) -> CompiledBinary:
    """Compiles with the flag; after a failure, again with f64 demoted to f32, IREE's default."""

    def attempt(*extra: str) -> CompiledBinary:
        return compile_module(
            imported,
            get_target("host"),
            (*flags, _CONST_EVAL, *extra),
            output=vmfb,
            time_limit_s=time_limit_s,
            keep_reproducer=False,
        )

    try:
        return attempt()
    except CompileError:
        return attempt(_DEMOTE)


def import_model(proto: onnx.ModelProto, work: Path) -> tuple[Path, str]:
    """Runs IREE's importer; returns the MLIR file and an error message, empty on success."""
    onnx.save(proto, work / "model.onnx")
    imported = work / "model.mlir"
    command = [sys.executable, "-m", "iree.compiler.tools.import_onnx", str(work / "model.onnx"), "-o", str(imported)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=work, check=False)
    if run.returncode == 0:
        return imported, ""
    last = run.stderr.strip().splitlines()[-1:] or [f"exit code {run.returncode}"]
    return imported, f"iree-import-onnx: {last[0]}"


def _prepared(model: Path, feeds: Mapping[str, Array]) -> onnx.ModelProto:
    """The model as the importer wants it: a recent opset, static input shapes, and ``main`` as its function's name."""
    proto = onnx.load(model)
    if any(opset.domain in ("", "ai.onnx") and opset.version < _OPSET for opset in proto.opset_import):
        proto = onnx.version_converter.convert_version(proto, _OPSET)
    graph = proto.graph
    graph.name = "main"
    free = False
    for value in graph.input:
        if value.name in feeds:
            sizes = value.type.tensor_type.shape.dim
            free = free or any(not size.HasField("dim_value") for size in sizes)
            for size, actual in zip(sizes, feeds[value.name].shape, strict=True):
                size.dim_value = actual
    if free:
        # Shapes recorded for the free dimensions would contradict the static ones.
        del graph.value_info[:]
        for value in graph.output:
            value.type.tensor_type.ClearField("shape")
        proto = onnx.shape_inference.infer_shapes(proto, data_prop=True)
    return proto


def _try(invocation: Invocation, best: float) -> float:
    """The fastest of a few calls in seconds; a hopeless candidate, or one that takes long, is called once."""
    fastest = float("inf")
    for _ in range(_TRIAL_RUNS):
        start = time.perf_counter()
        invocation()
        fastest = min(fastest, time.perf_counter() - start)
        if fastest > _HOPELESS * best or fastest > _LONG_S:
            break
    return fastest


def _stem(digest: str, flags: tuple[str, ...]) -> str:
    return hashlib.sha256(f"{digest} {flags} {get_target('host').flags}".encode()).hexdigest()[:32]


def _version() -> str:
    return importlib.metadata.version("iree-base-compiler")
