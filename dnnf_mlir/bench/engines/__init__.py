"""The engines that a model is compared on: each loads an ONNX file and becomes a Session that can be timed."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from dnnf_mlir.bench.engines import onnxruntime_engine, openvino_engine, stock_iree
from dnnf_mlir.bench.engines.session import Array, Session, Timing, time_interleaved

__all__ = ["OTHER_ENGINES", "Opener", "Session", "Timing", "time_interleaved"]


class Opener(Protocol):
    """Loads the ONNX file ``model`` for ``threads`` threads and binds ``feeds``; raises RunError if it cannot."""

    def __call__(self, model: Path, feeds: Mapping[str, Array], threads: int, /) -> Session: ...


OTHER_ENGINES: Mapping[str, Opener] = MappingProxyType(
    {
        "onnxruntime": onnxruntime_engine.open_session,
        "iree": stock_iree.open_session,
        "openvino": openvino_engine.open_session,
    }
)
