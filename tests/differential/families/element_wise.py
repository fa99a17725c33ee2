"""Element-wise operators: functions of one operand, of two that broadcast, of any number; casts."""

import numpy as np
from onnx import helper

from tests.differential.case import Case
from tests.differential.drawing import DTYPES, FLOATS, Draw, draws

_DOMAINS = {"Acos": (-1, 1), "Asin": (-1, 1), "Atanh": (-0.99, 0.99), "Acosh": (1, 9), "Log": (0.01, 9), "Sqrt": (0, 9)}
"""Where a function is defined; beyond, values come with the edges."""


@draws(
    *("Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "BitwiseNot", "Ceil", "Cos", "Cosh", "Erf", "Exp"),
    *("Floor", "HardSwish", "Identity", "IsNaN", "Log", "Mish", "Neg", "Not", "Reciprocal", "Relu", "Round", "Sigmoid"),
    *("Sign", "Sin", "Sinh", "Softplus", "Softsign", "Sqrt", "Tan", "Tanh"),
)
def unary(draw: Draw) -> Case:
    dtype = draw.dtype()
    x = draw.array(draw.shape(), dtype)
    if draw.operator in _DOMAINS:
        x = draw.numbers.uniform(*_DOMAINS[draw.operator], x.shape)
        x = np.asarray(x).astype(dtype)
    return draw.case([draw.edges(x)])


@draws("Celu", "Elu", "HardSigmoid", "LeakyRelu", "Selu", "Shrink", "Swish", "ThresholdedRelu", "Gelu", "IsInf")
def parameters(draw: Draw) -> Case:
    """Functions with attributes, each set or at its default."""
    numbers = {"alpha": (0.1, 2), "beta": (-1, 1), "gamma": (0.5, 2), "bias": (-1, 1), "lambd": (0, 2)}
    attributes = {name: draw.number(*numbers[name]) for name in numbers if draw.has(name) and draw.chance(0.7)}
    if draw.operator == "Gelu" and draw.chance():
        attributes["approximate"] = draw.choice(["none", "tanh"])
    if draw.operator == "IsInf":
        attributes = {name: draw.integer(0, 1) for name in ("detect_negative", "detect_positive") if draw.chance()}
    x = draw.array(draw.shape(), draw.dtype())
    return draw.case([draw.edges(x, 0.5 if draw.operator == "IsInf" else 0.25)], attributes)


@draws(
    *("Add", "Sub", "Mul", "Div", "And", "Or", "Xor", "BitwiseAnd", "BitwiseOr", "BitwiseXor"),
    *("Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"),
)
def binary(draw: Draw) -> Case:
    dtype, shape = draw.dtype(), draw.shape()
    a, b = draw.array(shape, dtype), draw.array(draw.broadcast(shape), dtype)
    if draw.operator == "Div" and a.dtype.kind in "iu":
        b = np.where(b == 0, 3, b).astype(dtype)  # the quotient by zero is undefined
        return draw.case(_swapped(draw, a, b, draw.operator))
    return draw.case([draw.edges(each, 0.15) for each in _swapped(draw, a, b, draw.operator)])


@draws("Pow")
def power(draw: Draw) -> Case:
    dtype, shape = draw.dtype(), draw.shape()
    other = draw.dtype(1) if draw.opset >= 12 else dtype
    x = draw.array(shape, dtype)
    y = draw.array(draw.broadcast(shape), other, 0, 3)
    if np.dtype(dtype).kind not in "iu":
        x = draw.edges(np.abs(x) if draw.chance() else x, 0.2)
    elif np.dtype(other).kind not in "iu":
        y = np.abs(np.round(y.astype(np.float32))).clip(0, 3).astype(other)
    return draw.case([x, y], weights=[1])


@draws("Mod")
def modulo(draw: Draw) -> Case:
    dtype, shape = draw.dtype(), draw.shape()
    is_float = np.dtype(dtype).kind not in "iu"
    a, b = draw.array(shape, dtype, -20, 20), draw.array(draw.broadcast(shape), dtype)
    b = np.where(b == 0, np.asarray(3, dtype), b).astype(dtype)
    return draw.case([a, b], {"fmod": 1 if is_float or draw.chance(0.3) else None})


@draws("BitShift")
def shift(draw: Draw) -> Case:
    dtype, shape = draw.dtype(), draw.shape()
    a = draw.array(shape, dtype, 0, 100)
    b = draw.array(draw.broadcast(shape), dtype, 0, 7)
    return draw.case([a, b], {"direction": draw.choice(["LEFT", "RIGHT"])})


@draws("Max", "Min", "Mean", "Sum")
def variadic(draw: Draw) -> Case:
    dtype, shape = draw.dtype(), draw.shape()
    count = draw.choice([1, 2, 2, 3, 5])
    arrays = [draw.array(shape if i == 0 else draw.broadcast(shape), dtype) for i in range(count)]
    return draw.case([draw.edges(array, 0.1) for array in arrays])


@draws("Where")
def where(draw: Draw) -> Case:
    dtype, shape = draw.dtype("T"), draw.shape()
    condition = draw.array(draw.broadcast(shape), np.bool_)
    a, b = draw.array(shape, dtype), draw.array(draw.broadcast(shape), dtype)
    return draw.case([condition, *_swapped(draw, draw.edges(a), draw.edges(b), "Add")])


@draws("PRelu")
def prelu(draw: Draw) -> Case:
    dtype, shape = draw.dtype(), draw.shape()
    return draw.case([draw.edges(draw.array(shape, dtype)), draw.array(draw.broadcast(shape), dtype)], weights=[1])


@draws("Clip")
def clip(draw: Draw) -> Case:
    dtype = draw.dtype()
    x = draw.edges(draw.array(draw.shape(), dtype))
    low, high = draw.number(-2, 0.5), draw.number(0.5, 3)
    if draw.has("min"):
        return draw.case([x], {"min": low if draw.chance(0.7) else None, "max": high if draw.chance(0.7) else None})
    limits = np.clip([low, high], 0 if np.dtype(dtype).kind == "u" else None, None).astype(dtype)
    if draw.chance(0.1):
        limits = limits[::-1]  # all elements become the maximum
    bounds = [np.asarray(limit) if draw.chance(0.75) else None for limit in limits]
    return draw.case([x, *bounds], weights=[1, 2])


@draws("Cast", "CastLike")
def cast(draw: Draw) -> Case:
    source, target = draw.dtype("T1"), draw.dtype("T2")
    x = draw.array(draw.shape(), source, -100, 100)
    if np.dtype(source).kind not in "iub" and np.dtype(target).kind in "iu":
        x = np.abs(x) if np.dtype(target).kind == "u" else x  # others are out of range: undefined
    elif np.dtype(source).kind not in "iub":
        x = draw.edges(x)
    if draw.operator == "CastLike":
        return draw.case([x, draw.array((1,), target)])
    return draw.case([x], {"to": helper.np_dtype_to_tensor_dtype(np.dtype(target))})


@draws("BitCast")
def bit_cast(draw: Draw) -> Case:
    source = draw.dtype("T1", [name for name in DTYPES if name != "bool"])
    same = [dtype for dtype in DTYPES.values() if np.dtype(dtype).itemsize == np.dtype(source).itemsize]
    target = draw.choice([dtype for dtype in same if dtype is not np.bool_])
    return draw.case([draw.array(draw.shape(), source)], {"to": helper.np_dtype_to_tensor_dtype(np.dtype(target))})


@draws("Dropout")
def dropout(draw: Draw) -> Case:
    """In inference: the input, and a mask of ones."""
    x = draw.array(draw.shape(1), draw.dtype(0, FLOATS))
    outputs = 2 if draw.opset >= 10 and draw.chance() else 1
    if draw.has("ratio"):
        return draw.case([x], {"ratio": draw.number(0, 0.9)}, outputs=outputs)
    ratio = np.asarray(draw.number(0, 0.9), np.float32) if draw.chance() else None
    return draw.case([x, ratio, np.asarray(False) if draw.chance() else None], constant=[1, 2], outputs=outputs)


def _swapped(draw: Draw, a: np.ndarray, b: np.ndarray, operator: str) -> list[np.ndarray]:
    """The one that broadcasts stands on either side, unless the right one may not be zero."""
    return [b, a] if operator != "Div" and draw.chance(0.3) else [a, b]
