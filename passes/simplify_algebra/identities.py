"""Operators that change nothing, and operators that undo each other."""

import math

import numpy as np

from dnnf_mlir.dialect_defs.many_to_many.normalization import LogSoftmax, Softmax
from dnnf_mlir.rewriting import Family, Match, condition
from dnnf_mlir.rewriting.terms import AnyOf, Attribute, Constant, Equation, Scalar, Tensor, op

rule = Family("identity", first=True, exact=True)

_ANY = "fiub"
_NUMBERS = "fiu"


@rule(dtypes=_NUMBERS, exact=False)
def add_zero(x: Tensor) -> Equation:
    """X + 0 = X"""
    return op.Add(x, 0.0), x


@rule(dtypes=_NUMBERS, exact=False)
def multiply_by_one(x: Tensor) -> Equation:
    """X * 1 = X"""
    return op.Mul(x, 1.0), x


@rule(exact=False)
def multiply_by_minus_one(x: Tensor) -> Equation:
    """X * -1 = -X"""
    return op.Mul(x, -1.0), op.Neg(x)


@rule
def power_of_one(x: Tensor) -> Equation:
    """X ^ 1 = X"""
    return op.Pow(x, 1.0), x


@rule(exact=False)
def power_of_two(x: Tensor) -> Equation:
    """X ^ 2 = X * X"""
    return op.Pow(x, 2.0), op.Mul(x, x)


@rule(exact=False)
def power_of_half(x: Tensor) -> Equation:
    """X ^ 0.5 = sqrt(X)"""
    return op.Pow(x, 0.5), op.Sqrt(x)


@rule(exact=False)
def power_of_minus_one(x: Tensor) -> Equation:
    """X ^ -1 = Reciprocal(X)"""
    return op.Pow(x, -1.0), op.Reciprocal(x)


@rule
def maximum_with_lowest(x: Tensor) -> Equation:
    """max(X, -inf) = X"""
    return op.Max(x, -math.inf), x


@rule
def minimum_with_highest(x: Tensor) -> Equation:
    """min(X, inf) = X"""
    return op.Min(x, math.inf), x


@rule(dtypes=_NUMBERS)
def maximum_of_same(x: Tensor) -> Equation:
    """max(X, X) = X"""
    return op.Max(x, x), x


@rule(dtypes=_NUMBERS)
def minimum_of_same(x: Tensor) -> Equation:
    """min(X, X) = X"""
    return op.Min(x, x), x


@rule
def unbounded_clip(x: Tensor) -> Equation:
    """Clip(X, -inf, inf) = X"""
    return op.Clip(x, min=-math.inf, max=math.inf), x


@rule(dtypes=_NUMBERS)
def negate_twice(x: Tensor) -> Equation:
    """-(-X) = X"""
    return op.Neg(op.Neg(x)), x


@rule
def absolute_twice(x: Tensor) -> Equation:
    """||X|| = |X|"""
    return op.Abs(op.Abs(x)), op.Abs(x)


@rule
def absolute_of_negative(x: Tensor) -> Equation:
    """|-X| = |X|"""
    return op.Abs(op.Neg(x)), op.Abs(x)


@rule
def relu_twice(x: Tensor) -> Equation:
    """Relu(Relu(X)) = Relu(X)"""
    return op.Relu(op.Relu(x)), op.Relu(x)


@rule(exact=False)
def square_of_absolute(x: Tensor) -> Equation:
    """|X| * |X| = X * X"""
    return op.Mul(op.Abs(x), op.Abs(x)), op.Mul(x, x)


@rule
def absolute_of_square(x: Tensor) -> Equation:
    """|X * X| = X * X"""
    return op.Abs(op.Mul(x, x)), op.Mul(x, x)


@rule(exact=False)
def root_of_square(x: Tensor) -> Equation:
    """sqrt(X * X) = |X|"""
    return op.Sqrt(op.Mul(x, x)), op.Abs(x)


@rule
def sign_twice(x: Tensor) -> Equation:
    """Sign(Sign(X)) = Sign(X)"""
    return op.Sign(op.Sign(x)), op.Sign(x)


@rule
def floor_twice(x: Tensor) -> Equation:
    """Floor(Floor(X)) = Floor(X)"""
    return op.Floor(op.Floor(x)), op.Floor(x)


@rule
def ceil_twice(x: Tensor) -> Equation:
    """Ceil(Ceil(X)) = Ceil(X)"""
    return op.Ceil(op.Ceil(x)), op.Ceil(x)


@rule
def round_twice(x: Tensor) -> Equation:
    """Round(Round(X)) = Round(X)"""
    return op.Round(op.Round(x)), op.Round(x)


@rule(dtypes="b")
def not_twice(x: Tensor) -> Equation:
    """not not X = X"""
    return op.Not(op.Not(x)), x


@rule(dtypes="b")
def and_same(x: Tensor) -> Equation:
    """X and X = X"""
    return op.And(x, x), x


@rule(dtypes="b")
def or_same(x: Tensor) -> Equation:
    """X or X = X"""
    return op.Or(x, x), x


@rule(dtypes="b")
def and_true(x: Tensor) -> Equation:
    """X and true = X"""
    return op.And(x, 1.0), x


@rule(dtypes="b")
def and_broadcast_true(x: Tensor) -> Equation:
    """X and true = Expand(X), where X is broadcast"""
    return op.And(x, 1.0), op.Expand(x, shape=lambda match: match.result.shape)


@rule(dtypes="b")
def or_false(x: Tensor) -> Equation:
    """X or false = X"""
    return op.Or(x, 0.0), x


@rule(dtypes="b")
def and_of_nots(x: Tensor, y: Tensor) -> Equation:
    """not X and not Y = not (X or Y)"""
    return op.And(op.Not(x), op.Not(y)), op.Not(op.Or(x, y))


@rule(dtypes="b")
def or_of_nots(x: Tensor, y: Tensor) -> Equation:
    """not X or not Y = not (X and Y)"""
    return op.Or(op.Not(x), op.Not(y)), op.Not(op.And(x, y))


@rule(dtypes="b")
def or_absorbs_and(x: Tensor, y: Tensor) -> Equation:
    """X or (X and Y) = X"""
    return op.Or(x, op.And(x, y)), x


@rule(dtypes="b")
def and_absorbs_or(x: Tensor, y: Tensor) -> Equation:
    """X and (X or Y) = X"""
    return op.And(x, op.Or(x, y)), x


@rule(dtypes=_ANY)
def where_same(c: Tensor, x: Tensor) -> Equation:
    """Where(C, X, X) = X"""
    return op.Where(c, x, x), x


@condition
def is_true(match: Match) -> str | None:
    """C is true"""
    return None if match.number("c") else "C is false"


@condition
def is_false(match: Match) -> str | None:
    """C is false"""
    return "C is true" if match.number("c") else None


@rule(dtypes=_ANY, when=is_true)
def where_true(c: Scalar, x: Tensor, y: Tensor) -> Equation:
    """Where(C, X, Y) = Expand(X), where C is true"""
    return op.Where(c, x, y), op.Expand(x, shape=lambda match: match.result.shape)


@rule(dtypes=_ANY, when=is_false)
def where_false(c: Scalar, x: Tensor, y: Tensor) -> Equation:
    """Where(C, X, Y) = Expand(Y), where C is false"""
    return op.Where(c, x, y), op.Expand(y, shape=lambda match: match.result.shape)


@rule(dtypes=_ANY)
def where_not(c: Tensor, x: Tensor, y: Tensor) -> Equation:
    """Where(not C, X, Y) = Where(C, Y, X)"""
    return op.Where(op.Not(c), x, y), op.Where(c, y, x)


@rule(dtypes=_ANY)
def identity(x: Tensor) -> Equation:
    """Identity(X) = X"""
    return op.Identity(x), x


@condition
def in_order(match: Match) -> str | None:
    """the indices are 0, 1, ..., n - 1"""
    size = match.type("x").shape[match.attribute("axis")]
    indices = match.constant("indices").reshape(-1)
    return None if np.array_equal(indices, np.arange(size)) else "the indices are not all positions in order"


@rule(dtypes=_ANY, when=in_order)
def gather_everything(x: Tensor, indices: Constant, axis: Attribute) -> Equation:
    """Gather(X, (0, 1, ..., n - 1)) = Reshape(X)"""
    return op.Gather(x, indices, axis=axis), op.Reshape(x, shape=lambda match: match.result.shape)


@rule(dtypes=_ANY)
def cast_to_same(x: Tensor) -> Equation:
    """Cast(X) = X, to its own type"""
    return op.Cast(x), x


@condition
def no_padding(match: Match) -> str | None:
    """all paddings are 0"""
    pads = match.attribute("pads")
    return f"it pads {pads}" if any(pads) else None


@rule(dtypes=_ANY, when=no_padding)
def pad_nothing(x: Tensor, pads: Attribute) -> Equation:
    """Pad(X, 0) = X"""
    return op.Pad(x, pads=pads), x


@rule(dtypes=_ANY)
def expand_to_same(x: Tensor) -> Equation:
    """Expand(X) = X, to its own shape"""
    return op.Expand(x), x


@rule(dtypes=_ANY)
def concatenate_one(x: Tensor) -> Equation:
    """Concat(X) = X"""
    return op.Concat(x), x


@condition
def takes_everything(match: Match) -> str | None:
    """all elements are taken in order"""
    starts, steps = match.attribute("starts"), match.attribute("steps")
    plain = all(start == 0 for start in starts) and all(step == 1 for step in steps)
    return None if plain else f"it starts at {starts} with steps {steps}"


@rule(dtypes=_ANY, when=takes_everything)
def slice_everything(x: Tensor, starts: Attribute, steps: Attribute) -> Equation:
    """Slice(X) = X, of everything"""
    return op.Slice(x, starts=starts, steps=steps), x


@condition
def repeats_once(match: Match) -> str | None:
    """every repeat is 1"""
    repeats = match.attribute("repeats")
    return None if all(count == 1 for count in repeats) else f"it repeats {repeats} times"


@rule(dtypes=_ANY, when=repeats_once)
def tile_once(x: Tensor, repeats: Attribute) -> Equation:
    """Tile(X, 1) = X"""
    return op.Tile(x, repeats=repeats), x


@rule(dtypes=_ANY)
def split_into_one(x: Tensor) -> Equation:
    """Split(X) = X, into one part"""
    return op.Split(x), x


class AnySoftmax(AnyOf):
    """Softmax or LogSoftmax: the same for numbers that all differ by the same."""

    classes = (Softmax, LogSoftmax)


@condition
def along_the_softmax(match: Match) -> str | None:
    """the maxima are along the softmax"""
    same = match.attribute("axes") == (match.attribute("axis"),)
    return None if same else "the maxima are along other dimensions"


@rule(when=along_the_softmax, exact=False)
def softmax_of_shifted(x: Tensor, axes: Attribute, axis: Attribute, f: AnySoftmax) -> Equation:
    """Softmax(X - max(X)) = Softmax(X)"""
    return f(op.Sub(x, op.ReduceMax(x, axes=axes, keepdims=1)), axis=axis), f(x)
