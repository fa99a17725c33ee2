"""Activations, and biases before them."""

import numpy as np

from tests.importer.microsoft.cases import Case, floats

CASES = [
    Case("Gelu", (floats("N", "S", 8),)),
    Case("Gelu", (floats(2, 8, dtype=np.float16),)),
    Case("BiasGelu", (floats("N", "S", 8), floats(8))),
    Case("FastGelu", (floats("N", "S", 8), floats(8)), tolerance=1e-4),
    Case("FastGelu", (floats("N", "S", 8),), tolerance=1e-4),
]
