"""Operators on 8-bit integers."""

import itertools

import numpy as np

from tests.importer.microsoft.cases import Array, Case, Operand, floats, given, integers, octets, plain, weight

_TYPES = (np.uint8, np.int8)


def _scale(value: float) -> Array:
    return np.array(value, np.float32)


def _zero(value: int, dtype: type = np.uint8) -> Array:
    return np.array(value, dtype)


def _unary(operator: str, dtype: type, *shape: int | str, **attributes: object) -> Case:
    x, zero = octets(*shape, dtype=dtype), _zero(7, dtype)
    return Case(operator, (x, _scale(0.05), zero, _scale(0.03), _zero(-20 % 128, dtype)), attributes, steps=1)


def _binary(operator: str, dtype: type, a: Operand, b: Operand, zeros: bool = True) -> Case:
    zero = (lambda value: _zero(value, dtype)) if zeros else (lambda value: None)
    operands = (a, _scale(0.05), zero(3), b, _scale(0.02), zero(100), _scale(0.04), zero(90))
    return Case(operator, operands, steps=1, expect=None if zeros else plain(_WITHOUT_ZEROS[operator]))


_WITHOUT_ZEROS = {
    f"QLinear{operator}": f"a = DequantizeLinear(x0, x1)  b = DequantizeLinear(x3, x4)  r = {operator}(a, b)  "
    "y = QuantizeLinear(r, x6)"
    for operator in ("Add", "Mul")
}


_POOLS: list[dict[str, object]] = [
    {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "strides": [2, 2]},
    {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "count_include_pad": 1},
    {"kernel_shape": [2, 3], "auto_pad": "SAME_UPPER"},
    {"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1},
]

_ROW, _COLUMNS = floats(6), np.abs(weight(floats(6))) * np.float32(0.01) + np.float32(0.01)

_A, _B = octets("N", "S", 8), weight(octets(8, 6, dtype=np.int8))
_CONV: tuple[Array, ...] = (
    _scale(0.05),
    _zero(120),
    weight(octets(6, 4, 3, 3, dtype=np.int8)),
    _COLUMNS,
    np.zeros(6, np.int8),
    _scale(1.5),
    _zero(110),
    np.arange(6, dtype=np.int32) * 100 - 300,
)

CASES = [
    Case("QuantizeLinear", (floats("N", 6, scale=9.0), _scale(0.05), _zero(7)), steps=1),
    Case("QuantizeLinear", (floats("N", 6), _COLUMNS, np.arange(6, dtype=np.int8)), {"axis": 1}, steps=1),
    Case("DequantizeLinear", (octets("N", 6), _scale(0.05), _zero(7))),
    Case("DequantizeLinear", (octets("N", 6, dtype=np.int8), _COLUMNS, np.arange(6, dtype=np.int8)), {"axis": 1}),
    Case("DequantizeLinear", (integers("N", 6, dtype=np.int32, low=-999, high=999), _scale(0.05), None)),
    Case("DequantizeLinear", (integers("N", 6, dtype=np.int16, low=-999, high=999), _scale(0.05), _zero(3, np.int16))),
    *(
        _binary(operator, dtype, octets("N", "S", 8, dtype=dtype), octets(*other, dtype=dtype))
        for operator, dtype, other in itertools.product(("QLinearAdd", "QLinearMul"), _TYPES, [("N", "S", 8), (8,), ()])
    ),
    _binary("QLinearAdd", np.uint8, octets("N", 8), weight(octets(1, 8)), zeros=False),
    _binary("QLinearMul", np.uint8, octets("N", 8), octets("N", 8), zeros=False),
    *(_unary("QLinearSigmoid", dtype, "N", "S", 8) for dtype in _TYPES),
    *(_unary("QLinearLeakyRelu", dtype, "N", "S", 8, alpha=0.2) for dtype in _TYPES),
    _unary("QLinearLeakyRelu", np.uint8, "N", 8),
    Case("QLinearSigmoid", (octets("N", 8), _scale(0.05), None, _scale(0.004), None), steps=1),
    *(
        Case(
            "QLinearSoftmax",
            (octets("N", 4, 8, dtype=dtype), _scale(0.05), _zero(5, dtype), _scale(1 / 256), _zero(low, dtype)),
            {"axis": axis, "opset": opset},
            steps=1,
        )
        for (dtype, low), (axis, opset) in itertools.product(
            zip(_TYPES, (0, -128), strict=True), [(-1, 13), (1, 13), (1, 11), (2, 12)]
        )
    ),
    *(
        _unary("QLinearAveragePool", dtype, "N", 4, 7, 8, **attributes)
        for dtype, attributes in itertools.product(_TYPES, _POOLS)
    ),
    _unary("QLinearAveragePool", np.uint8, "N", 7, 8, 4, channels_last=1, **_POOLS[0]),
    *(_unary("QLinearGlobalAveragePool", dtype, "N", 4, 5, 6) for dtype in _TYPES),
    _unary("QLinearGlobalAveragePool", np.uint8, "N", 5, 6, 4, channels_last=1),
    Case(
        "QLinearReduceMean",
        (octets("N", 4, 5), _scale(0.05), _zero(7), _scale(0.03), _zero(20)),
        {"axes": [1, -1], "keepdims": 0},
        steps=1,
        expect=plain(
            "r = DequantizeLinear(x0, x1, x2)  m = ReduceMean <axes = [1, -1], keepdims = 0> (r)  "
            "y = QuantizeLinear(m, x3, x4)"
        ),
    ),
    *(
        Case(
            "QLinearConcat",
            (
                *(_scale(0.05), _zero(7, dtype)),
                *(octets("N", 4, 5, dtype=dtype), _scale(0.05), _zero(7, dtype)),
                *(octets("N", 2, 5, dtype=dtype), _scale(0.03), _zero(20, dtype)),
                *(octets("N", 1, 5, dtype=dtype), _scale(0.1), _zero(0, dtype)),
            ),
            {"axis": 1},
            steps=1,
        )
        for dtype in _TYPES
    ),
    *(
        Case(
            "QLinearWhere",
            (
                given([[True, False, True]], np.bool_),
                *(octets("N", 3, dtype=dtype), _scale(0.05), _zero(7, dtype)),
                *(octets("N", 3, dtype=dtype), _scale(0.03), _zero(20, dtype)),
                *(_scale(0.04), _zero(10, dtype)),
            ),
            steps=1,
        )
        for dtype in _TYPES
    ),
    Case("QLinearConv", (octets("N", 4, 7, 6), *_CONV), {"pads": [1, 1, 1, 1]}, steps=1),
    Case("QLinearConv", (octets("N", 7, 6, 4), *_CONV), {"channels_last": 1, "strides": [2, 1]}, steps=1),
    *(
        Case("QGemm", operands, attributes, steps=1, tolerance=1e-5)
        for operands, attributes in [
            ((octets("N", 8), _scale(0.05), _zero(7), _B, _scale(0.02), _zero(0, np.int8)), {}),
            (
                (
                    *(octets("N", 8), _scale(0.05), _zero(7), weight(octets(6, 8, dtype=np.int8)), _COLUMNS),
                    *(np.arange(6, dtype=np.int8), np.arange(6, dtype=np.int32) * 1000, _scale(0.3), _zero(100)),
                ),
                {"transB": 1, "alpha": 0.5},
            ),
            (
                (
                    *(octets(8, "N"), _scale(0.05), _zero(7), weight(octets(8, 6)), _scale(0.01), _zero(128)),
                    *(weight(integers(1, 6, low=-500, high=500)), _scale(0.3), _zero(100)),
                ),
                {"transA": 1},
            ),
        ]
    ),
    Case("MatMulIntegerToFloat", (_A, _B, _scale(0.05), _scale(0.02))),
    Case("MatMulIntegerToFloat", (_A, _B, _scale(0.05), _COLUMNS, _zero(7), np.arange(6, dtype=np.int8), _ROW)),
    Case("MatMulIntegerToFloat", (_A, weight(octets(8, 6)), floats(1), floats(1), _zero(7), _zero(9))),
    Case("MatMulIntegerToFloat", (octets("N", 8, dtype=np.int8), _B, _scale(0.05), _scale(0.02), None, None, _ROW)),
    Case("MatMulIntegerToFloat", (_A, octets("N", 8, 6), _scale(0.05), _scale(0.02), _zero(7), _zero(9))),
    Case("DynamicQuantizeMatMul", (floats("N", "S", 8), _B, _scale(0.02))),
    Case("DynamicQuantizeMatMul", (floats("N", "S", 8), _B, _COLUMNS, np.arange(6, dtype=np.int8), _ROW)),
    Case("DynamicQuantizeMatMul", (floats("N", 8), weight(octets(8, 6)), _scale(0.02), _zero(9))),
    *(
        Case(
            "ReduceSumInteger",
            (octets("N", 4, 5, dtype=dtype),),
            {"axes": [1, -1], "keepdims": 1},
            expect=lambda x: [x.astype(np.int32).sum((1, 2), keepdims=True, dtype=np.int32)],
        )
        for dtype in (np.int8,)
    ),
]
