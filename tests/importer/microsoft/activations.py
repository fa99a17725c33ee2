"""Activations, and biases before them."""

import numpy as np

from tests.importer.microsoft.cases import Array, Case, floats, plain

_X, _BIAS = floats("N", "S", 8), floats(8)
_NARROW = floats("N", "S", 8, dtype=np.float16)

CASES = [
    Case("Gelu", (_X,)),
    Case("Gelu", (_NARROW,)),
    Case("BiasGelu", (_X, _BIAS)),
    Case("FastGelu", (_X, _BIAS), tolerance=1e-4),
    Case("FastGelu", (_X,), tolerance=1e-4),
    Case("QuickGelu", (_X,)),
    Case("QuickGelu", (_X,), {"alpha": 0.5}),
    Case("BiasAdd", (_X, _BIAS, floats("N", "S", 8)), expect=lambda x, b, skip: [x + b + skip]),
    Case("BiasAdd", (_NARROW, floats(8, dtype=np.float16), _NARROW), expect=lambda x, b, skip: [x + b + skip]),
    Case(
        "BiasSplitGelu",
        (_X, _BIAS),
        expect=plain("s = Add(x0, x1)  a, b = Split <axis = -1, num_outputs = 2> (s)  g = Gelu(b)  y = Mul(a, g)", 21),
    ),
    Case(
        "BiasSoftmax",
        (floats("N", 2, "S", 6), floats("N", 1, 1, 6)),
        {"axis": 3, "is_inner_broadcast": 1},
        expect=plain("s = Add(x0, x1)  y = Softmax <axis = 3> (s)"),
    ),
    Case(
        "BiasSoftmax",
        (floats("N", 2, 5, 6), floats(1, 2, 5, 6)),
        {"axis": 2, "is_inner_broadcast": 0},
        expect=plain("s = Add(x0, x1)  y = Softmax <axis = 2> (s)", 11),
    ),
    Case("BiasDropout", (_X, _BIAS, _X), expect=lambda x, b, skip: [x + b + skip]),
    Case("BiasDropout", (_X, _BIAS), expect=lambda x, b: [x + b]),
]


def _softplus(x: Array) -> list[Array]:
    return [(1.5 * np.log1p(np.exp(x * np.float32(0.5)))).astype(np.float32)]


_IMAGE = floats("N", 3, "S", 4)

EXPERIMENTAL = [
    Case("Affine", (_X,), {"alpha": 2.0, "beta": -1.5}, domain="", opset=9),
    Case("ParametricSoftplus", (_X,), {"alpha": 1.5, "beta": 0.5}, domain="", opset=9, expect=_softplus),
    Case("ScaledTanh", (_X,), {"alpha": 2.0, "beta": 0.5}, domain="", opset=9),
    Case("ThresholdedRelu", (_X,), {"alpha": 0.3}, domain="", opset=9),
    Case("Scale", (_X,), {"scale": 3.0}, domain="", opset=9),
    Case("ImageScaler", (_IMAGE,), {"scale": 0.5, "bias": [0.1, -0.2, 3.0]}, domain="", opset=9),
]
