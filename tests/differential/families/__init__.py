"""Generators of cases, a file per family; importing the package registers them all."""

from tests.differential.families import (  # noqa: F401
    control_flow,
    element_wise,
    indexing,
    normalization,
    products,
    quantization,
    recurrent,
    reductions,
    resizing,
    shapes,
    windows,
)
