"""All lowerings of operators: importing these files registers them."""

from dnnf_mlir.emit import activations  # noqa: F401

from .linalg import (  # noqa: F401
    contraction,
    convolution,
    gathering,
    integer_products,
    movement,
    normalization,
    pooling,
    recurrence,
    reduction,
    resize,
    transposed_convolution,
    views,
)
from .onnx_node import operators  # noqa: F401
