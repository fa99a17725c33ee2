"""Our module next to other engines on one model: outputs compared, calls timed in turns in this process."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from .compiler import compile_model
from .engines import OTHER_ENGINES, Session, time_interleaved
from .errors import DnnfError
from .options import Options
from .verification import difference

REFERENCE = "onnxruntime"
"""The engine whose outputs ours are compared with."""


def benchmark(
    model: Path,
    feeds: Mapping[str, np.ndarray],
    *,
    against: Sequence[str] = (REFERENCE,),
    threads: int = 1,
    runs: int = 20,
    options: Options | None = None,
) -> dict[str, Any]:
    """Compiles the ONNX file for this machine, compares and times it; the content of ``dnnf-benchmark --json``.

    ``feeds`` are the inputs by name. Times are milliseconds, ``ratio`` is our minimum over the engine's. An engine that
    cannot do the model has ``error`` instead of figures. Raises DnnfError when our own compilation fails.
    """
    start = time.perf_counter()
    chosen = options or Options()
    compiled = compile_model(model, chosen)
    compile_s = time.perf_counter() - start
    invocation = compiled.load(threads).prepare(list(feeds.values()))
    sessions: dict[str, Session] = {}
    report: dict[str, Any] = {
        "model": model.name,
        "target": chosen.target,
        "threads": threads,
        "runs": runs,
        "operators": compiled.plan["operators"],
        "kernels": compiled.kernels,
        "max_relative_error": None,
        "engines": {},
        "ratio": {},
    }
    failures: dict[str, str] = {}
    for name in against:
        try:
            sessions[name] = OTHER_ENGINES[name](model, feeds, threads)
        except DnnfError as error:
            failures[name] = str(error)
    calls: dict[str, Callable[[], object]] = {
        "dnnf": invocation,
        **{name: session.invoke for name, session in sessions.items()},
    }
    timings = time_interleaved(calls, runs)
    if REFERENCE in sessions:
        report["max_relative_error"] = largest_error(sessions[REFERENCE].results(), invocation.results())
    report["engines"]["dnnf"] = {
        **vars(timings["dnnf"]),
        "compile_s": compile_s,
        "peak_transient_bytes": invocation.transient_bytes(),
    }
    for name in against:
        if name in failures:
            report["engines"][name] = {"error": failures[name]}
            continue
        session = sessions[name]
        report["engines"][name] = {
            **vars(timings[name]),
            "compile_s": session.compile_s,
            "peak_transient_bytes": session.peak_transient_bytes,
            **session.details,
        }
        report["ratio"][name] = timings["dnnf"].min_ms / timings[name].min_ms
    return report


def largest_error(expected: Sequence[np.ndarray], found: Sequence[np.ndarray]) -> float:
    """Largest error of any output, relative to that output's largest magnitude."""
    return max((difference(a, b) for a, b in zip(expected, found, strict=True)), default=0.0)


def random_feeds(model: Path, dims: Mapping[str, int], seed: int = 0) -> dict[str, np.ndarray]:
    """Random inputs for the model's graph inputs: uniform floats, integers of 0 and 1, true booleans.

    ``dims`` gives the sizes of free dimensions; raises DnnfError through the compiler when one is missing.
    """
    generator = np.random.default_rng(seed)
    graph = onnx.load(str(model), load_external_data=False).graph
    weights = {tensor.name for tensor in graph.initializer}
    feeds = {}
    for value in graph.input:
        if value.name in weights:
            continue
        tensor = value.type.tensor_type
        shape = [dim.dim_value or dims.get(dim.dim_param, 1) for dim in tensor.shape.dim]
        dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type)
        if dtype.kind == "b":
            feeds[value.name] = np.ones(shape, dtype)
        elif dtype.kind in "iu":
            feeds[value.name] = generator.integers(0, 2, shape).astype(dtype)
        else:
            feeds[value.name] = generator.random(shape).astype(dtype)
    return feeds
