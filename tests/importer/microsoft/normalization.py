"""Normalization."""

import numpy as np

from tests.importer.microsoft.cases import Case, floats, plain

_X = (floats("N", "S", 8), floats("N", "S", 8), floats(8), floats(8), floats(8))
_NARROW = tuple(floats(*each.shape, dtype=np.float16) for each in _X)
_IMAGE = floats(2, 3, 4, 8)
_GAMMA, _BETA = floats(8), floats(8)

_GROUP = "y = GroupNormalization <num_groups = 2, epsilon = 0.01> (x, x1, x2)"
_LAST = f"x = Transpose <perm = [0, 3, 1, 2]> (x0)  {_GROUP}"

CASES = [
    Case("LayerNormalization", (_X[0], _GAMMA, _BETA), domain="", opset=12),
    Case("LayerNormalization", (_X[0], floats("S", 8), floats("S", 8)), {"axis": 1}, domain="", opset=16),
    Case("LayerNormalization", _X[:1] + _X[2:4], {"epsilon": 0.1}, outputs=3, domain="", opset=12, tolerance=1e-4),
    Case("SimplifiedLayerNormalization", (_X[0], _GAMMA), domain=""),
    Case("SimplifiedLayerNormalization", (_X[0], _GAMMA), {"epsilon": 0.1}, outputs=2, domain="", opset=12),
    Case("SimplifiedLayerNormalization", (_NARROW[0], _NARROW[2]), domain=""),
    Case("SkipLayerNormalization", _X, {"epsilon": 1e-5}, outputs=(0, 3)),
    Case("SkipLayerNormalization", _X[:4]),
    Case("SkipLayerNormalization", _X[:3], outputs=(0, 3)),
    Case("SkipLayerNormalization", (*_X[:3], None, _X[4]), {"epsilon": 0.1}),
    Case("SkipLayerNormalization", (_X[0], floats(1, "S", 8), *_X[2:])),
    Case("SkipLayerNormalization", (_X[0], floats("S", 8), *_X[2:4])),
    Case("SkipLayerNormalization", _NARROW, outputs=(0, 3)),
    Case("SkipSimplifiedLayerNormalization", _X[:4], {"epsilon": 1e-5}, outputs=(0, 3)),
    Case("SkipSimplifiedLayerNormalization", _X[:3]),
    Case("SkipSimplifiedLayerNormalization", (floats("N", 8), floats("N", 8), _GAMMA), outputs=(0, 3)),
    Case("SkipSimplifiedLayerNormalization", _NARROW[:4], outputs=(0, 3)),
    Case(
        "GroupNorm",
        (_IMAGE, _GAMMA, _BETA),
        {"groups": 2, "epsilon": 0.01, "activation": 0},
        expect=plain(f"{_LAST}  y_ = Transpose <perm = [0, 2, 3, 1]> (y)", 21),
    ),
    Case(
        "GroupNorm",
        (floats(2, 8, 3, 4), _GAMMA, _BETA),
        {"groups": 2, "epsilon": 0.01, "activation": 1, "channels_last": 0},
        expect=plain(f"x = Identity(x0)  {_GROUP}  g = Sigmoid(y)  y_ = Mul(y, g)", 21),
    ),
    Case(
        "GroupNorm",
        (floats(2, 3, 4, 8, dtype=np.float16), _GAMMA, _BETA),
        {"groups": 2, "epsilon": 0.01, "activation": 0},
        expect=plain(
            f"w = Cast <to = 1> (x0)  {_LAST.replace('(x0)', '(w)')}  "
            "t = Transpose <perm = [0, 2, 3, 1]> (y)  y_ = Cast <to = 10> (t)",
            21,
        ),
    ),
    Case(
        "SkipGroupNorm",
        (_IMAGE, _GAMMA, _BETA, floats(2, 8), floats(8)),
        {"groups": 2, "epsilon": 0.01, "activation": 1},
        outputs=2,
        expect=plain(
            "axes = Constant <value_ints = [1, 2]> ()  k = Unsqueeze(x3, axes)  p = Add(x0, k)  s = Add(p, x4)  "
            f"{_LAST.replace('(x0)', '(s)')}  g = Sigmoid(y)  a = Mul(y, g)  y_ = Transpose <perm = [0, 2, 3, 1]> (a)"
            "  z = Identity(s)",
            21,
            results=("y_", "z"),
        ),
    ),
    Case(
        "SkipGroupNorm",
        (floats(2, 8, 3, 4), _GAMMA, _BETA, floats(2, 8), floats(8)),
        {"groups": 2, "epsilon": 0.01, "activation": 0, "channels_last": 0},
        expect=plain(
            "axes = Constant <value_ints = [2, 3]> ()  k = Unsqueeze(x3, axes)  p = Add(x0, k)  "
            "ones = Constant <value_ints = [1, 2]> ()  c = Unsqueeze(x4, ones)  x = Add(p, c)  "
            f"{_GROUP}  y_ = Identity(y)",
            21,
        ),
    ),
]
