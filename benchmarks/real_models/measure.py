"""One trained model: compiled as shipped and with all dimensions given, compared with ONNX Runtime, and timed.

``python -m benchmarks.real_models.measure FILE`` prints the result as JSON; a crash then ends one model only.
"""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from dnnf_mlir.bench.engines import time_interleaved
from dnnf_mlir.bench.engines.onnxruntime_engine import open_session
from dnnf_mlir.bench.engines.session import Array
from dnnf_mlir.compiled_model import CompiledModel
from dnnf_mlir.compiler import Compilation, compile_model
from dnnf_mlir.errors import DnnfError
from dnnf_mlir.options import Options

from .feeds import feeds, inputs_of, sizes

TOLERANCE = 1e-4
"""Of an output's largest magnitude, for models in single precision."""

ROUNDING_TOLERANCE = 5e-2
"""The same for quantised models: an integer that rounds the other way is passed on by each later layer."""


@dataclass
class Outcome:
    """What a model showed in one form. Errors are in words; ``ratio`` is our minimum over ONNX Runtime's."""

    form: str
    error: str = ""
    wrong: str = ""
    largest_error: float = 0.0
    kernels: int = 0
    plan_seconds: float = 0.0
    compile_seconds: float = 0.0
    ratios: list[float] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)

    @property
    def right(self) -> bool:
        """Whether it compiled, ran, and agreed at each size."""
        return not self.error and not self.wrong


def measure(path: Path, runs: int) -> dict[str, Any]:
    """The outcomes of a model: ``dynamic`` as shipped, ``static`` with its sizes given, the first of two."""
    model = onnx.load(str(path))
    name = f"{path.parent.name}/{path.stem}"
    inputs = inputs_of(model)
    both = sizes(name, inputs)
    quantised = any("Quantize" in node.op_type or "Integer" in node.op_type for node in model.graph.node)
    tolerance = ROUNDING_TOLERANCE if quantised else TOLERANCE
    outcomes = []
    if both[0]:
        outcomes.append(_outcome(path, name, "dynamic", {}, both, tolerance, runs))
    outcomes.append(_outcome(path, name, "static", both[0], both[:1], tolerance, runs))
    return {"model": name, "bytes": path.stat().st_size, "outcomes": [asdict(outcome) for outcome in outcomes]}


def _outcome(
    path: Path,
    name: str,
    form: str,
    dims: Mapping[str, int],
    tried: Sequence[Mapping[str, int]],
    tolerance: float,
    runs: int,
) -> Outcome:
    outcome = Outcome(form)
    try:
        start = time.process_time()
        compilation = Compilation(path, Options(dims=dims, verify=False, cache=False))
        compilation.simplify()
        compilation.fuse()
        outcome.plan_seconds = time.process_time() - start
        start = time.perf_counter()
        compiled = compile_model(path, Options(dims=dims, cache=False))
        outcome.compile_seconds = time.perf_counter() - start
        outcome.kernels = compiled.kernels
        for chosen in tried:
            _compare(outcome, compiled, path, name, chosen, tolerance, runs)
    except DnnfError as error:
        outcome.error = str(error)
    except Exception as error:  # what a user would see as a traceback is a result of this benchmark
        outcome.error = f"{type(error).__name__}: {error}"
    return outcome


def _compare(
    outcome: Outcome,
    compiled: CompiledModel,
    path: Path,
    name: str,
    dims: Mapping[str, int],
    tolerance: float,
    runs: int,
) -> None:
    """Compares and times one size."""
    values = feeds(name, inputs_of(onnx.load(str(path))), dims)
    session = open_session(path, values, 1)
    invocation = compiled.load().prepare(list(values.values()))
    invocation()
    for k, (expected, found) in enumerate(zip(session.results(), invocation.results(), strict=True)):
        if expected.shape != found.shape:
            outcome.wrong = f"output {k} has the shape {found.shape}, not {expected.shape}"
            return
        error = _error(expected, found)
        outcome.largest_error = max(outcome.largest_error, error)
        if not error <= tolerance:
            outcome.wrong = f"output {k} is off by {error:.1e}"
            return
    timings = time_interleaved({"ours": invocation, "theirs": session.invoke}, runs, budget_s=20)
    outcome.ratios.append(timings["ours"].min_ms / timings["theirs"].min_ms)
    outcome.milliseconds.append(timings["ours"].min_ms)


def _error(expected: Array, found: Array) -> float:
    """The largest difference over the largest magnitude; for integers and booleans the share that differs."""
    if expected.dtype.kind not in "fc":
        return float(np.mean(expected != found)) if expected.size else 0.0
    wide, ours = expected.astype(np.float64), found.astype(np.float64)
    if not np.array_equal(np.isnan(wide), np.isnan(ours)):
        return float("inf")
    scale = float(np.nanmax(np.abs(wide), initial=0.0)) or 1.0
    return float(np.nanmax(np.abs(wide - ours), initial=0.0)) / scale


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2]))) + "\n")
