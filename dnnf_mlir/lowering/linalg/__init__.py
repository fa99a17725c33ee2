"""The linalg form of blocks: composed linalg.generic operations and anchors, an operator family per file."""

from . import (  # noqa: F401  (these register their operators)
    contraction,
    convolution,
    einsum,
    gathering,
    integer_products,
    movement,
    normalization,
    pooling,
    reduction,
    resize,
    scan,
    transposed_convolution,
    views,
)
