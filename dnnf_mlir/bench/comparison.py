"""Our module next to other engines on one model: outputs compared, calls timed interleaved in this process."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from dnnf_mlir.compiler import compile_model
from dnnf_mlir.errors import DnnfError
from dnnf_mlir.options import Options
from dnnf_mlir.verify.difference import difference

from .engines import OTHER_ENGINES, Session, time_interleaved

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
        expected, found = sessions[REFERENCE].results(), invocation.results()
        report["max_relative_error"] = largest_error(expected, matched_rows(model, expected, found))
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


def matched_rows(model: Path, expected: Sequence[np.ndarray], found: Sequence[np.ndarray]) -> list[np.ndarray]:
    """``found`` with its rows in the order of those expected, where the model itself says how many there are.

    Such rows, as of detections, are sorted by nearly equal numbers, so their order may differ.
    Outputs with as many rows belong together, row by row; each expected row takes the nearest of those left.
    """
    graph = onnx.load(str(model), load_external_data=False).graph
    given = {dim.dim_param for value in graph.input for dim in value.type.tensor_type.shape.dim}
    listed = []
    for k, (output, a, b) in enumerate(zip(graph.output, expected, found, strict=True)):
        rows = [dim.dim_param for dim in output.type.tensor_type.shape.dim[:1] if not dim.dim_value]
        if a.shape == b.shape and any(not name or name not in given for name in rows):
            listed.append(k)
    arrays = list(found)
    for count in {expected[k].shape[0] for k in listed}:
        together = [k for k in listed if expected[k].shape[0] == count]
        left = list(range(count))
        order = []
        for row in range(count):
            distances = sum(_distances(expected[k][row], found[k][left]) for k in together)
            order.append(left.pop(int(np.argmin(distances))))
        for k in together:
            arrays[k] = found[k][order]
    return arrays


def _distances(row: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """For each of the rows its largest difference from ``row``, in parts of the largest magnitude."""
    wide = rows.reshape(len(rows), -1).astype(np.float64)
    scale = max(np.abs(wide).max(initial=0.0), np.finfo(np.float64).tiny)
    return np.asarray(np.abs(wide - row.reshape(-1)).max(axis=1, initial=0.0) / scale)


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
