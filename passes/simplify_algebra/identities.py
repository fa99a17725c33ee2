"""Operators that change nothing, and operators that undo each other."""

import math

import numpy as np

from dnnf_mlir.dialect_defs.many_to_many.normalization import LogSoftmax, Softmax
from dnnf_mlir.rewriting import Family, Match, condition
from dnnf_mlir.rewriting.terms import AnyOf, Attribute, Constant, Equation, Scalar, Tensor, op

rule = Family("identity", first=True, exact=True)

_ANY = "fiub"
_NUMBERS = "fiu"


rule.states("add_zero", "X + 0 = X", dtypes=_NUMBERS, exact=False)
rule.states("multiply_by_one", "X * 1 = X", dtypes=_NUMBERS, exact=False)
rule.states("multiply_by_minus_one", "X * -1 = -X", exact=False)
rule.states("power_of_one", "X ^ 1 = X")
rule.states("power_of_two", "X ^ 2 = X * X", exact=False)
rule.states("power_of_half", "X ^ 0.5 = sqrt(X)", exact=False)
rule.states("power_of_minus_one", "X ^ -1 = Reciprocal(X)", exact=False)
rule.states("maximum_with_lowest", "max(X, -inf) = X")
rule.states("minimum_with_highest", "min(X, inf) = X")
rule.states("maximum_of_same", "max(X, X) = X", dtypes=_NUMBERS)
rule.states("minimum_of_same", "min(X, X) = X", dtypes=_NUMBERS)


@rule
def unbounded_clip(x: Tensor) -> Equation:
    """Clip(X, -inf, inf) = X"""
    return op.Clip(x, min=-math.inf, max=math.inf), x


rule.states("negate_twice", "-(-X) = X", dtypes=_NUMBERS)
rule.states("absolute_twice", "||X|| = |X|")
rule.states("absolute_of_negative", "|-X| = |X|")
rule.states("relu_twice", "Relu(Relu(X)) = Relu(X)")
rule.states("square_of_absolute", "|X| * |X| = X * X", exact=False)
rule.states("absolute_of_square", "|X * X| = X * X")
rule.states("root_of_square", "sqrt(X * X) = |X|", exact=False)
rule.states("sign_twice", "Sign(Sign(X)) = Sign(X)")
rule.states("floor_twice", "Floor(Floor(X)) = Floor(X)")
rule.states("ceil_twice", "Ceil(Ceil(X)) = Ceil(X)")
rule.states("round_twice", "Round(Round(X)) = Round(X)")
rule.states("not_twice", "not not X = X", dtypes="b")
rule.states("and_same", "X and X = X", dtypes="b")
rule.states("or_same", "X or X = X", dtypes="b")
rule.states("and_true", "X and true = X", dtypes="b")


@rule(dtypes="b")
def and_broadcast_true(x: Tensor) -> Equation:
    """X and true = Expand(X), where X is broadcast"""
    return op.And(x, 1.0), op.Expand(x, shape=lambda match: match.result.shape)


rule.states("or_false", "X or false = X", dtypes="b")
rule.states("and_of_nots", "not X and not Y = not (X or Y)", dtypes="b")
rule.states("or_of_nots", "not X or not Y = not (X and Y)", dtypes="b")
rule.states("or_absorbs_and", "X or (X and Y) = X", dtypes="b")
rule.states("and_absorbs_or", "X and (X or Y) = X", dtypes="b")
rule.states("where_same", "Where(C, X, X) = X", dtypes=_ANY)


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


rule.states("where_not", "Where(not C, X, Y) = Where(C, Y, X)", dtypes=_ANY)
rule.states("identity", "Identity(X) = X", dtypes=_ANY)


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


rule.states("cast_to_same", "Cast(X) = X, to its own type", dtypes=_ANY)


@condition
def no_padding(match: Match) -> str | None:
    """all paddings are 0"""
    pads = match.attribute("pads")
    return f"it pads {pads}" if any(pads) else None


@rule(dtypes=_ANY, when=no_padding)
def pad_nothing(x: Tensor, pads: Attribute) -> Equation:
    """Pad(X, 0) = X"""
    return op.Pad(x, pads=pads), x


rule.states("expand_to_same", "Expand(X) = X, to its own shape", dtypes=_ANY)
rule.states("concatenate_one", "Concat(X) = X", dtypes=_ANY)


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


rule.states("split_into_one", "Split(X) = X, into one part", dtypes=_ANY)


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
