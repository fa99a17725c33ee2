"""Operators that commute with each other: the cheaper order is taken (paper, Table 4).

A reduction commutes with functions that are homomorphisms of its operation, extremes with monotone functions, data
movement with everything that works element by element.
"""

from dnnf_mlir.dialect_defs import operators
from dnnf_mlir.dialect_defs.many_to_many.reduction import ReduceMax, ReduceMean, ReduceMin, ReduceSum
from dnnf_mlir.dialect_defs.one_to_one.logic import BitShift
from dnnf_mlir.rewriting import Family, Match, condition
from dnnf_mlir.rewriting.terms import AnyOf, Attribute, Equation, Reduce, Scalar, Tensor, op

from .conditions import positive_number, reduces_something

rule = Family("commutative")


class Monotone(AnyOf):
    """A function that never decreases."""

    classes = tuple(op for op in operators() if op.never_decreases)


class Extreme(AnyOf):
    """The largest or the smallest element."""

    classes = (ReduceMax, ReduceMin)


class Linear(AnyOf):
    """The sum or the mean."""

    classes = (ReduceSum, ReduceMean)


@condition
def never_decreases(match: Match) -> str | None:
    """f is monotone with its attributes, and the reduced dimensions have elements"""
    attributes = match.node("f").attributes
    if attributes.get("alpha", 1.0) < 0 or attributes.get("gamma", 1.0) < 0:
        return "its slope is negative"
    return reduces_something.check(match)


@rule(when=never_decreases)
def extreme_of_monotone(x: Tensor, axes: Attribute, e: Extreme, f: Monotone) -> Equation:
    """max(f(X)) = f(max(X)), min(f(X)) = f(min(X)), for f that never decreases"""
    return e(f(x), axes=axes), f(e(x, axes=axes))


rule.states("maximum_of_negative", "max(-X) = -min(X)", when=reduces_something, exact=True)
rule.states("minimum_of_negative", "min(-X) = -max(X)", when=reduces_something, exact=True)


@rule(when=(positive_number("c"), reduces_something))
def extreme_of_multiple(x: Tensor, c: Scalar, axes: Attribute, e: Extreme) -> Equation:
    """max(X * C) = max(X) * C, min(X * C) = min(X) * C, for C > 0"""
    return e(op.Mul(x, c), axes=axes), op.Mul(e(x, axes=axes), op.Reshape(c, shape=()))


@rule(when=reduces_something)
def extreme_of_sum(x: Tensor, c: Scalar, axes: Attribute, e: Extreme) -> Equation:
    """max(X + C) = max(X) + C, min(X + C) = min(X) + C"""
    return e(op.Add(x, c), axes=axes), op.Add(e(x, axes=axes), op.Reshape(c, shape=()))


@rule
def sum_of_multiple(x: Tensor, c: Scalar, axes: Attribute, e: Linear) -> Equation:
    """sum(X * C) = sum(X) * C, mean(X * C) = mean(X) * C"""
    return e(op.Mul(x, c), axes=axes), op.Mul(e(x, axes=axes), op.Reshape(c, shape=()))


@rule(exact=True)
def sum_of_negative(x: Tensor, axes: Attribute, e: Linear) -> Equation:
    """sum(-X) = -sum(X), mean(-X) = -mean(X)"""
    return e(op.Neg(x), axes=axes), op.Neg(e(x, axes=axes))


@rule(when=reduces_something)
def mean_of_shifted(x: Tensor, c: Scalar, axes: Attribute, keepdims: Attribute) -> Equation:
    """mean(X + C) = mean(X) + C"""
    left = op.ReduceMean(op.Add(x, c), axes=axes, keepdims=keepdims)
    return left, op.Add(op.ReduceMean(x, axes=axes, keepdims=keepdims), op.Reshape(c, shape=()))


rule.states("product_of_exponentials_reduced", "prod(exp(X)) = exp(sum(X))")
rule.states("product_of_absolutes_reduced", "prod(|X|) = |prod(X)|", exact=True)


@condition
def no_overflow(match: Match) -> str | None:
    """integers: shifting to the left"""
    return None if match.node("f").attributes["direction"] == "LEFT" else "bits are lost to the right"


class Shift(AnyOf):
    """A shift of bits."""

    classes = (BitShift,)


@rule(when=no_overflow, dtypes="u")
def sum_of_shifted(x: Tensor, c: Scalar, axes: Attribute, keepdims: Attribute, f: Shift) -> Equation:
    """sum(BitShift(X)) = BitShift(sum(X))"""
    left = op.ReduceSum(f(x, c), axes=axes, keepdims=keepdims)
    return left, f(op.ReduceSum(x, axes=axes, keepdims=keepdims), op.Reshape(c, shape=()))


def _both_axes(match: Match) -> tuple[int, ...]:
    return tuple(sorted({*match.attribute("p"), *match.attribute("q")}))


@rule(dtypes="fiu")
def sum_of_sum(x: Tensor, p: Attribute, q: Attribute) -> Equation:
    """sum(sum(X, P), Q) = sum(X, P and Q)"""
    left = op.ReduceSum(op.ReduceSum(x, axes=p, keepdims=1), axes=q, keepdims=1)
    return left, op.ReduceSum(x, axes=_both_axes, keepdims=1)


@rule
def mean_of_mean(x: Tensor, p: Attribute, q: Attribute) -> Equation:
    """mean(mean(X, P), Q) = mean(X, P and Q)"""
    left = op.ReduceMean(op.ReduceMean(x, axes=p, keepdims=1), axes=q, keepdims=1)
    return left, op.ReduceMean(x, axes=_both_axes, keepdims=1)


@rule(dtypes="fiu", exact=True)
def maximum_of_maximum(x: Tensor, p: Attribute, q: Attribute) -> Equation:
    """max(max(X, P), Q) = max(X, P and Q)"""
    left = op.ReduceMax(op.ReduceMax(x, axes=p, keepdims=1), axes=q, keepdims=1)
    return left, op.ReduceMax(x, axes=_both_axes, keepdims=1)


@rule(dtypes="fiu", exact=True)
def minimum_of_minimum(x: Tensor, p: Attribute, q: Attribute) -> Equation:
    """min(min(X, P), Q) = min(X, P and Q)"""
    left = op.ReduceMin(op.ReduceMin(x, axes=p, keepdims=1), axes=q, keepdims=1)
    return left, op.ReduceMin(x, axes=_both_axes, keepdims=1)


@condition
def constant_along_sum(match: Match) -> str | None:
    """Y has size 1 along the sum"""
    rank, shape = match.root.input(0).type.rank, match.type("y").shape
    full = (1,) * (rank - len(shape)) + shape
    if match.type("x").rank != rank:
        return "X is broadcast"
    along = any(full[axis] != 1 for axis in match.attribute("axes"))
    return "Y varies along the sum" if along else None


@rule(when=constant_along_sum)
def sum_of_scaled_rows(x: Tensor, y: Tensor, axes: Attribute, e: Linear) -> Equation:
    """sum(X * Y) = sum(X) * Y, where Y has size 1 along the sum"""
    return e(op.Mul(x, y), axes=axes, keepdims=1), op.Mul(e(x, axes=axes), y)


@condition
def reduces_everything(match: Match) -> str | None:
    """all dimensions are reduced"""
    return None if len(match.attribute("axes")) == match.type("x").rank else "some dimensions remain"


@rule(dtypes="fiub", when=reduces_everything)
def reduction_of_transposed(x: Tensor, perm: Attribute, e: Reduce, axes: Attribute) -> Equation:
    """reduce(Transpose(X)) = reduce(X), where all dimensions are reduced"""
    return e(op.Transpose(x, perm=perm), axes=axes, keepdims=0), e(x, axes=axes)
