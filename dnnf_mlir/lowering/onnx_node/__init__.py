"""Lowering of dnnf.onnx_node: scalar programs by operator family, run-time checks, and torch-mlir's path."""

from . import (  # noqa: F401  (these register their operators)
    checks,
    convolution,
    detection,
    element_wise,
    fourier,
    generators,
    linear_algebra,
    loop,
    movement,
    quantization,
    reduction,
    registry,
    resize,
    sampling,
    selection,
    sorting,
)
