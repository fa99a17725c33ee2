"""OpenVINO on the CPU, where it is installed."""

import time
from collections.abc import Mapping
from pathlib import Path

from dnnf_mlir.bench.engines.session import Array, Session
from dnnf_mlir.errors import RunError


def open_session(model: Path, feeds: Mapping[str, Array], threads: int) -> Session:
    """Compiles ``model`` for latency in single precision; raises RunError if it cannot."""
    try:
        # Loaded on demand: an optional dependency.
        import openvino  # noqa: PLC0415
    except ImportError as error:
        raise RunError("openvino is not installed: pip install openvino") from error
    hints = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}
    start = time.perf_counter()
    try:
        network = openvino.Core().read_model(model)
        network.reshape({name: list(array.shape) for name, array in feeds.items()})
        compiled = openvino.compile_model(network, "CPU", hints)
        seconds = time.perf_counter() - start
        request = compiled.create_infer_request()
        request.infer(dict(feeds))
    except Exception as error:  # OpenVINO raises RuntimeError and its own classes
        raise RunError(f"openvino {openvino.__version__}: {error}") from error
    return Session(
        invoke=request.infer,
        results=lambda: [request.get_output_tensor(index).data.copy() for index in range(len(compiled.outputs))],
        compile_s=seconds,
        details={"version": openvino.__version__},
    )
