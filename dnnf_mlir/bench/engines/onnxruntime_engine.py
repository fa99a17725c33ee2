"""ONNX Runtime on the CPU."""

import time
from collections.abc import Mapping
from pathlib import Path

from dnnf_mlir.bench.engines.session import Array, Session
from dnnf_mlir.errors import RunError


def open_session(model: Path, feeds: Mapping[str, Array], threads: int) -> Session:
    """Loads ``model`` with all of ONNX Runtime's graph optimisations; raises RunError if it cannot."""
    try:
        # Loaded on demand: an optional dependency.
        import onnxruntime  # noqa: PLC0415
    except ImportError as error:
        raise RunError("onnxruntime is not installed: pip install 'dnnf-mlir[benchmark]'") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Its threads wait for the next call by spinning, on the cores that the other engines are timed on.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3
    start = time.perf_counter()
    inputs = dict(feeds)
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        seconds = time.perf_counter() - start
        before = _anonymous_bytes()
        session.run(None, inputs)
    # pybind11 turns each of its status codes into a class of its own below Exception.
    except Exception as error:
        raise RunError(f"onnxruntime {onnxruntime.__version__}: {error}") from error
    # The first call grows the arena that holds intermediate results, later ones reuse it.
    arena = max(0, _anonymous_bytes() - before)
    return Session(
        invoke=lambda: session.run(None, inputs),
        results=lambda: list(session.run(None, inputs)),
        compile_s=seconds,
        peak_transient_bytes=arena,
        details={"version": onnxruntime.__version__},
    )


def _anonymous_bytes() -> int:
    """Resident memory of this process that is not backed by a file."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0
