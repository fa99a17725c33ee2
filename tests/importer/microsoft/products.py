"""Matrix products and convolutions."""

import itertools

import numpy as np

from tests.importer.microsoft.cases import Case, floats, octets, plain, weight

_ALPHA = {"alpha": 0.5}
_IMAGE, _WEIGHTS, _BIAS = floats("N", 4, 7, 6), weight(floats(6, 4, 3, 3)), weight(floats(6))
_LAST = floats("N", 7, 6, 4)
_WINDOW = {"pads": [1, 0, 1, 2], "strides": [2, 1], "kernel_shape": [3, 3]}
_WINDOW_TEXT = "pads = [1, 0, 1, 2], strides = [2, 1], kernel_shape = [3, 3]"
_CONV = f"x = Transpose <perm = [0, 3, 1, 2]> (x0)  c = Conv <{_WINDOW_TEXT}> (x, x1, x2)"
_BACK = "y = Transpose <perm = [0, 2, 3, 1]> (c)"

ACTIVATIONS = {
    "Relu": [],
    "Tanh": [],
    "Sigmoid": [],
    "LeakyRelu": [0.2],
    "Clip": [-0.5, 0.5],
    "HardSigmoid": [0.3, 0.4],
}
_GEMM_ACTIVATIONS = {
    "Relu": {},
    "Tanh": {},
    "LeakyRelu": {"activation_alpha": 0.2},
    "HardSigmoid": {"activation_alpha": 0.3, "activation_beta": 0.4},
    "Elu": {"activation_alpha": 0.7},
    "Softplus": {},
}

CASES = [
    Case("FusedMatMul", (floats("N", "S", 4), weight(floats(4, 6))), _ALPHA),
    Case("FusedMatMul", (floats("N", 4, "S"), floats("N", 4, 6)), {"transA": 1}),
    Case("FusedMatMul", (floats("N", "S", 4), floats("N", 6, 4)), {"transB": 1, "alpha": 2.0}),
    Case("FusedMatMul", (floats(2, "N", 4, "S"), floats(2, "N", 6, 4)), {"transA": 1, "transB": 1}),
    Case("FusedMatMul", (floats(4), floats(4, 3)), {"transA": 1}),
    Case("FusedMatMul", (floats(3, 4), floats(4)), {"transB": 1}),
    Case("FusedMatMul", (floats("S", "N", 4), floats("N", 4, 6)), {"transBatchA": 1}),
    Case("FusedMatMul", (floats(4, "N", 5), floats("N", 4, 6)), {"transBatchA": 1, "transA": 1}),
    Case("FusedMatMul", (floats(3, 5, 4), floats(4, 3, 6)), {"transBatchB": 1}),
    Case("FusedMatMul", (floats(2, 3, 5, 4), floats(6, 2, 3, 4)), {"transBatchB": 1, "transB": 1}),
    Case("FusedMatMul", (floats("N", "S", 4, dtype=np.float16), weight(floats(4, 6, dtype=np.float16))), _ALPHA),
    Case("TransposeMatMul", (floats("N", "S", 4), floats("N", 6, 4)), {"transB": 1, "alpha": 2.0}),
    Case(
        "TransposedMatMul",
        (floats("N", "S", 4), floats("N", 6, 4)),
        {"transB": 1},
        expect=lambda a, b: [a @ b.swapaxes(1, 2)],
    ),
    Case(
        "FusedMatMulActivation",
        (floats("N", "S", 4), floats(4, 6)),
        {"alpha": 2.0, "activation": "Relu"},
        expect=lambda a, b: [np.maximum(2 * (a @ b), 0)],
    ),
    *(
        Case("FusedGemm", (floats("N", 4), weight(floats(4, 6)), weight(floats(6))), {"activation": name, **given})
        for name, given in _GEMM_ACTIVATIONS.items()
    ),
    Case(
        "FusedGemm",
        (floats(4, "N"), floats(6, 4), floats(6)),
        {"activation": "Relu", "transA": 1, "transB": 1, "alpha": 0.5, "beta": 2.0},
    ),
    Case("FusedGemm", (floats("N", 4), floats(4, 6)), {"activation": "Relu"}),
    Case(
        "GemmFastGelu",
        (floats("N", "S", 4), weight(floats(4, 6)), weight(floats(6))),
        expect=plain('p = MatMul(x0, x1)  s = Add(p, x2)  y = Gelu <approximate = "tanh"> (s)', 21),
    ),
    Case(
        "GemmFastGelu",
        (floats("N", "S", 4), weight(floats(4, 6))),
        expect=plain('p = MatMul(x0, x1)  y = Gelu <approximate = "tanh"> (p)', 21),
    ),
    *(
        Case(
            "FusedConv",
            (_IMAGE, _WEIGHTS, _BIAS),
            {"activation": name, **_WINDOW, **({"activation_params": given} if given else {})},
        )
        for name, given in ACTIVATIONS.items()
    ),
    Case("FusedConv", (_IMAGE, _WEIGHTS, _BIAS, floats("N", 6, 7, 6)), {"activation": "Relu", "pads": [1, 1, 1, 1]}),
    Case("FusedConv", (_IMAGE, _WEIGHTS, None, floats("N", 6, 7, 6)), {"pads": [1, 1, 1, 1]}),
    Case("FusedConv", (_IMAGE, weight(floats(6, 2, 3, 3))), {"activation": "Relu", "group": 2, "dilations": [2, 1]}),
    Case("FusedConv", (_IMAGE, _WEIGHTS), {"activation": "Tanh", "auto_pad": "SAME_UPPER"}),
    Case("FusedConv", (floats("N", 4, 7), weight(floats(6, 4, 3))), {"activation": "Relu"}),
    Case("NhwcConv", (_LAST, _WEIGHTS, _BIAS), _WINDOW, expect=plain(f"{_CONV}  {_BACK}")),
    Case(
        "NhwcConv",
        (_LAST, _WEIGHTS),
        expect=plain(f"x = Transpose <perm = [0, 3, 1, 2]> (x0)  c = Conv(x, x1)  {_BACK}"),
    ),
    Case(
        "NhwcFusedConv",
        (_LAST, _WEIGHTS, _BIAS, floats("N", 4, 6, 6)),
        {"activation": "Relu", **_WINDOW},
        expect=plain(f"{_CONV}  {_BACK}  s = Add(y, x3)  z = Relu(s)"),
    ),
    *(
        Case("NhwcMaxPool", (octets("N", 7, 6, 4, dtype=dtype),), {"kernel_shape": [3, 2], **given})
        for dtype, given in itertools.product(
            (np.int8, np.uint8), ({}, {"pads": [1, 1, 1, 0], "strides": [2, 2]}, {"strides": [2, 2], "ceil_mode": 1})
        )
    ),
    Case(
        "ConvTransposeWithDynamicPads",
        (_IMAGE, weight(floats(4, 5, 3, 3)), np.array([1, 0, 1, 1]), weight(floats(5))),
        {"strides": [2, 2], "output_padding": [1, 0], "kernel_shape": [3, 3]},
    ),
]
