"""Constants moved towards each other and folded; they are computed in double precision and rounded once."""

import math

import ml_dtypes
import numpy as np

from dnnf_mlir.rewriting import Family, Match, condition
from dnnf_mlir.rewriting.terms import Attribute, Constant, Equation, Scalar, Tensor, op

from .conditions import finite, nonzero

rule = Family("constant")


@condition
def normal_product(match: Match) -> str | None:
    """C * D neither overflows nor underflows"""
    c, d = (match.constant(name).astype(np.float64) for name in "cd")
    limits = ml_dtypes.finfo(match.constant("c").dtype)  # type: ignore[no-untyped-call]
    product = np.abs(c * d)
    normal = (product >= float(limits.tiny)) & (product <= float(limits.max))
    return None if np.all(normal | (c == 0) | (d == 0)) else "the product of the constants is no normal number"


@rule(when=(finite("c"), finite("d"), normal_product))
def multiply_constants(x: Tensor, c: Constant, d: Constant) -> Equation:
    """X * C * D = X * (C * D)"""
    return op.Mul(x, c, d), op.Mul(x, op.Mul(c, d))


@rule(when=(finite("c"), finite("d")), dtypes="fiu")
def add_constants(x: Tensor, c: Constant, d: Constant) -> Equation:
    """X + C + D = X + (C + D)"""
    return op.Add(x, c, d), op.Add(x, op.Add(c, d))


@condition
def has_reciprocal(match: Match) -> str | None:
    """C and 1 / C are normal numbers"""
    array = match.constant("c")
    small = float(ml_dtypes.finfo(array.dtype).tiny)  # type: ignore[no-untyped-call]
    magnitude = np.abs(array.astype(np.float64))
    return None if np.all((magnitude >= small) & (magnitude <= 1 / small)) else "the reciprocal is no normal number"


@condition
def several(match: Match) -> str | None:
    """X / C has more than one element"""
    return (
        "one division costs nothing, and its error would be that of all it scales"
        if match.result.elements == 1
        else None
    )


@rule(when=(nonzero("c"), finite("c"), has_reciprocal, several))
def divide_by_constant(x: Tensor, c: Constant) -> Equation:
    """X / C = X * (1 / C)"""
    return op.Div(x, c), op.Mul(x, op.Reciprocal(c))


rule.states("subtract_constant", "X - C = X + (-C)", constants="C", dtypes="fi")
rule.states("distribute_scalars", "(X * A + B) * C = X * (A * C) + (B * C)", scalars="ABC")
rule.states(
    "maximum_constants",
    "max(X, C, D) = max(X, max(C, D))",
    constants="CD",
    when=(finite("c"), finite("d")),
    dtypes="fiu",
    exact=True,
)
rule.states(
    "minimum_constants",
    "min(X, C, D) = min(X, min(C, D))",
    constants="CD",
    when=(finite("c"), finite("d")),
    dtypes="fiu",
    exact=True,
)


@condition
def overlapping(match: Match) -> str | None:
    """the intervals overlap"""
    low = max(match.attribute("a"), match.attribute("c"))
    high = min(match.attribute("b"), match.attribute("d"))
    return None if low <= high else "the intervals do not overlap"


@rule(when=overlapping, exact=True)
def clip_twice(x: Tensor, a: Attribute, b: Attribute, c: Attribute, d: Attribute) -> Equation:
    """Clip(Clip(X, A, B), C, D) = Clip(X, max(A, C), min(B, D))"""
    right = op.Clip(
        x,
        min=lambda match: max(match.attribute("a"), match.attribute("c")),
        max=lambda match: min(match.attribute("b"), match.attribute("d")),
    )
    return op.Clip(op.Clip(x, min=a, max=b), min=c, max=d), right


@condition
def upper_bound_is_positive(match: Match) -> str | None:
    """B >= 0"""
    return None if match.attribute("b") >= 0 else "the upper bound is negative"


@rule(when=upper_bound_is_positive, exact=True)
def clip_relu(x: Tensor, a: Attribute, b: Attribute) -> Equation:
    """Clip(Relu(X), A, B) = Clip(X, max(A, 0), B)"""
    right = op.Clip(x, min=lambda match: max(match.attribute("a"), 0.0), max=lambda match: match.attribute("b"))
    return op.Clip(op.Relu(x), min=a, max=b), right


@rule(when=upper_bound_is_positive, exact=True)
def relu_of_clip(x: Tensor, a: Attribute, b: Attribute) -> Equation:
    """Relu(Clip(X, A, B)) = Clip(X, max(A, 0), B)"""
    right = op.Clip(x, min=lambda match: max(match.attribute("a"), 0.0), max=lambda match: match.attribute("b"))
    return op.Relu(op.Clip(x, min=a, max=b)), right


@condition
def divides_by_count(match: Match) -> str | None:
    """C = 1 / the number of reduced elements"""
    shape = match.type("x").shape
    count = math.prod(shape[axis] for axis in match.attribute("axes"))
    c = match.number("c")
    return None if count and abs(c * count - 1) < 1e-6 else f"{c} is not 1 / {count}"


@rule(when=divides_by_count, recognition=True)
def mean_of_sum(x: Tensor, c: Scalar, axes: Attribute, keepdims: Attribute) -> Equation:
    """ReduceSum(X) / n = ReduceMean(X)"""
    left = op.Mul(op.ReduceSum(x, axes=axes, keepdims=keepdims), c)
    return left, op.ReduceMean(x, axes=axes, keepdims=keepdims)


@condition
def multiplies_by_count(match: Match) -> str | None:
    """C = the number of reduced elements"""
    shape = match.type("x").shape
    count = math.prod(shape[axis] for axis in match.attribute("axes"))
    c = match.number("c")
    return None if count and c == count else f"{c} is not {count}"


@rule(when=multiplies_by_count)
def sum_of_mean(x: Tensor, c: Scalar, axes: Attribute, keepdims: Attribute) -> Equation:
    """ReduceMean(X) * n = ReduceSum(X)"""
    left = op.Mul(op.ReduceMean(x, axes=axes, keepdims=keepdims), c)
    return left, op.ReduceSum(x, axes=axes, keepdims=keepdims)
