"""What is known about the numbers that a value holds: an interval, from constants and the operators that compute it."""

import math
from typing import NamedTuple

import numpy as np

from dnnf_mlir.graph.ecg import Node, Value

_DEPTH = 8
"""Operators that are looked through."""


class Interval(NamedTuple):
    """Every element that is no NaN lies between the two, both included."""

    low: float = -math.inf
    high: float = math.inf


UNKNOWN = Interval()

_FIXED = {
    "abs": Interval(0, math.inf),
    "cos": Interval(-1, 1),
    "cosh": Interval(1, math.inf),
    "erf": Interval(-1, 1),
    "exp": Interval(0, math.inf),
    "hard_sigmoid": Interval(0, 1),
    "reduce_l1": Interval(0, math.inf),
    "reduce_l2": Interval(0, math.inf),
    "reduce_sum_square": Interval(0, math.inf),
    "relu": Interval(0, math.inf),
    "safe_softmax": Interval(0, 1),
    "sigmoid": Interval(0, 1),
    "sin": Interval(-1, 1),
    "softmax": Interval(0, 1),
    "softplus": Interval(0, math.inf),
    "sqrt": Interval(0, math.inf),
    "tanh": Interval(-1, 1),
}
"""Whatever the operands are. Zero belongs to the values of exp, sigmoid and softplus: they underflow."""

_SAME = (
    "concat", "expand", "flatten", "gather", "max_pool", "reduce_max", "reduce_mean", "reduce_min", "reshape", "slice",
    "split", "squeeze", "tile", "transpose", "unsqueeze",
)  # fmt: skip
"""Results lie where the operands do."""

_MONOTONE = {"relu": lambda x: max(x, 0.0), "sqrt": lambda x: math.sqrt(max(x, 0.0)), "tanh": math.tanh}


def interval_of(value: Value, depth: int = _DEPTH) -> Interval:
    """An interval that holds all elements."""
    if value.constant is not None:
        if value.constant.size == 0 or value.constant.dtype.kind not in "fiub":
            return UNKNOWN
        low, high = float(np.min(value.constant)), float(np.max(value.constant))
        return UNKNOWN if math.isnan(low + high) else Interval(low, high)
    if value.type.dtype.startswith("ui") or value.type.dtype == "i1":
        return Interval(0, math.inf)
    node = value.producer
    return UNKNOWN if node is None or depth == 0 else _result(node, depth - 1)


def _result(node: Node, depth: int) -> Interval:
    kind = node.kind
    if kind == "clip":
        return Interval(node.attributes["min"], node.attributes["max"])
    if kind == "pow":
        return _power(node, depth)
    if kind == "mul" and node.input(0) is node.input(1):
        return _square(interval_of(node.input(0), depth))
    if kind in _MONOTONE:
        inner = interval_of(node.input(0), depth)
        return Interval(*map(_MONOTONE[kind], inner))
    if kind in _FIXED:
        return _FIXED[kind]
    operands = [interval_of(operand, depth) for operand in node.operands if operand.type.is_float]
    if kind in _SAME and operands:
        return Interval(min(part.low for part in operands), max(part.high for part in operands))
    match kind, operands:
        case ("max", [_, *_]):
            return Interval(max(part.low for part in operands), max(part.high for part in operands))
        case ("min", [_, *_]):
            return Interval(min(part.low for part in operands), min(part.high for part in operands))
        case ("add", [a, b]):
            return Interval(a.low + b.low, a.high + b.high)
        case ("mul", [a, b]):
            corners = [_times(x, y) for x in a for y in b]
            return Interval(min(corners), max(corners))
        case ("reciprocal", [a]) if a.low > 0:
            return Interval(1 / a.high, 1 / a.low)
        case ("div", [a, b]) if a.low >= 0 and b.low >= 0:
            return Interval(0, math.inf)
        case (("reduce_sum" | "reduce_prod"), [a]) if a.low >= 0:
            return Interval(0, math.inf)
    return UNKNOWN


def _power(node: Node, depth: int) -> Interval:
    exponent = node.input(1).constant
    even = exponent is not None and exponent.size == 1 and float(exponent.flat[0]) % 2 == 0
    return Interval(0, math.inf) if even or interval_of(node.input(0), depth).low >= 0 else UNKNOWN


def _square(inner: Interval) -> Interval:
    corners = (inner.low * inner.low, inner.high * inner.high)
    return Interval(0 if inner.low <= 0 <= inner.high else min(corners), max(corners))


def _times(a: float, b: float) -> float:
    return 0.0 if a == 0 or b == 0 else a * b


def is_nonnegative(value: Value) -> bool:
    """Whether no element is negative (NaN may be)."""
    return interval_of(value).low >= 0


def is_positive(value: Value) -> bool:
    """Whether every element is greater than zero (NaN may be)."""
    return interval_of(value).low > 0
