"""Normalization."""

import numpy as np

from tests.importer.microsoft.cases import Case, floats

_X = (floats("N", "S", 8), floats("N", "S", 8), floats(8), floats(8), floats(8))
_NARROW = tuple(floats("N", *each.shape[1:], dtype=np.float16) for each in _X[:2])

CASES = [
    Case("SkipLayerNormalization", _X, {"epsilon": 1e-5}, outputs=(0, 3)),
    Case("SkipLayerNormalization", _X[:4]),
    Case("SkipLayerNormalization", _X[:3], outputs=(0, 3)),
    Case("SkipLayerNormalization", (*_X[:3], None, _X[4]), {"epsilon": 0.1}),
    Case("SkipLayerNormalization", (_X[0], floats(1, "S", 8), *_X[2:])),
    Case("SkipLayerNormalization", (_X[0], floats("S", 8), *_X[2:4])),
    Case("SkipLayerNormalization", (*_NARROW, *(floats(8, dtype=np.float16) for _ in range(3))), outputs=(0, 3)),
]
