"""The standard ONNX backend under its public name; ``python -m dnnf_mlir.backend --report`` runs ONNX's own tests."""

import sys

from dnnf_mlir.onnx_backend.backend import (
    DnnfBackend,
    DnnfRep,
    is_compatible,
    prepare,
    run_model,
    run_node,
    supports_device,
)
from dnnf_mlir.onnx_backend.report import main

__all__ = ["DnnfBackend", "DnnfRep", "is_compatible", "prepare", "run_model", "run_node", "supports_device"]

if __name__ == "__main__":
    sys.exit(main())
