"""Where the elements of a value lie: an interval, from constants and the operators that compute the value."""

import math

import numpy as np

from dnnf_mlir.dialect_defs.one_to_one.arithmetic import Mul
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.operator import ANYTHING, NONNEGATIVE, Interval

_DEPTH = 8
"""Operators that are looked through."""


def interval_of(value: Value, depth: int = _DEPTH) -> Interval:
    """An interval that holds all elements that are no NaN."""
    if value.constant is not None:
        if value.constant.size == 0 or value.constant.dtype.kind not in "fiub":
            return ANYTHING
        low, high = float(np.min(value.constant)), float(np.max(value.constant))
        return ANYTHING if math.isnan(low + high) else Interval(low, high)
    if value.type.dtype.startswith("ui") or value.type.dtype == "i1":
        return NONNEGATIVE
    if value.producer is None or depth == 0 or not value.type.is_float:
        return ANYTHING  # arithmetic of signed integers wraps around
    return _result(value.producer, depth - 1)


def _result(node: Node, depth: int) -> Interval:
    if node.op is Mul and node.input(0) is node.input(1):
        return interval_of(node.input(0), depth).squared()
    return node.op.result_interval(node.signature, lambda index: interval_of(node.input(index), depth))
