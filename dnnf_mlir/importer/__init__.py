"""The importer: from an ONNX model to the dnnf dialect."""

import os
from collections.abc import Mapping

from onnx import ModelProto

from dnnf_mlir.bindings.mlir import ir
from dnnf_mlir.bindings.threads import one_at_a_time
from dnnf_mlir.importer.decompose.containers import Elements
from dnnf_mlir.importer.read.loading import load_model
from dnnf_mlir.storage.reports import reported

from .build import build_module
from .prepare import prepare

__all__ = ["import_onnx"]


@reported
@one_at_a_time
def import_onnx(
    source: str | os.PathLike[str] | bytes | ModelProto,
    dims: Mapping[str, int] | None = None,
    name: str | None = None,
    elements: Elements | None = None,
) -> ir.Module:
    """Imports an ONNX model (path, file contents or proto) into the ``dnnf`` dialect.

    ``dims`` gives sizes to free dimensions, ``elements`` shapes to the tensors of sequence inputs. Raises
    InvalidModelError, UnsupportedModelError or DynamicDimensionError; each message names the file and the node.
    """
    return build_module(prepare(load_model(source, name=name), dims, elements=elements))
