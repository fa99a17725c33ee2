"""Gather and Slice before what they take from is computed: the rest is never computed."""

import numpy as np

from dnnf_mlir.rewriting import Family, Match, condition
from dnnf_mlir.rewriting.terms import (
    Attribute,
    Binary,
    Computed,
    Constant,
    Equation,
    Optional,
    Reduce,
    Scalar,
    Tensor,
    Unary,
    op,
)

rule = Family("selection", exact=True)

_ANY = "fiub"


def _shape(match: Match) -> tuple[int, ...]:
    return match.result.shape


def _positions(match: Match) -> np.ndarray:
    """Indices counted from the beginning."""
    indices = match.constant("i")
    return np.where(indices < 0, indices + match.type("x").shape[match.attribute("axis")], indices).reshape(-1)


@condition
def evenly_spaced(match: Match) -> str | None:
    """the indices are one dimension of ascending numbers with equal distances"""
    if match.type("i").rank != 1 or not match.type("i").elements:
        return "the indices are not one dimension"
    return None if len(set(np.diff(_positions(match)).tolist())) <= 1 and _step(match) > 0 else "the distances differ"


def _step(match: Match) -> int:
    positions = _positions(match)
    return int(positions[1] - positions[0]) if len(positions) > 1 else 1


def _along(match: Match, number: int, others: int) -> tuple[int, ...]:
    axis = match.attribute("axis")
    return tuple(number if place == axis else others for place in range(match.type("x").rank))


@rule(when=evenly_spaced, dtypes=_ANY)
def gather_in_steps(x: Tensor, i: Constant, axis: Attribute) -> Equation:
    """Gather(X, (s, s + d, s + 2 d, ...)) = Slice(X, s, d)"""
    right = op.Slice(
        x,
        starts=lambda match: _along(match, int(_positions(match)[0]), 0),
        steps=lambda match: _along(match, _step(match), 1),
        shape=_shape,
    )
    return op.Gather(x, i, axis=axis), right


@rule(dtypes=_ANY)
def gather_before_unary(x: Tensor, i: Tensor, f: Unary, axis: Attribute) -> Equation:
    """Gather(f(X), I) = f(Gather(X, I))"""
    return op.Gather(f(x), i, axis=axis), f(op.Gather(x, i, axis=axis))


@condition
def other_dimensions(match: Match) -> str | None:
    """Y has none of the dimensions from the gathered one on to its left"""
    x, y = match.type("x"), match.type("y")
    if x.shape != match.node("f").output.type.shape:
        return "X is broadcast"
    return None if y.elements == 1 or y.rank < x.rank - match.attribute("axis") else "Y is gathered too"


@condition
def not_broadcast(match: Match) -> str | None:
    """X is not broadcast"""
    return None if match.type("x").shape == match.node("f").output.type.shape else "X is broadcast"


def _trailing(y: Tensor) -> Computed:
    """A constant as a scalar where it is one number."""
    return Computed(lambda match: array.reshape(()) if (array := match.constant(y.name)).size == 1 else array)


@rule(when=other_dimensions, dtypes=_ANY)
def gather_before_binary(x: Tensor, y: Constant, i: Tensor, f: Binary, axis: Attribute) -> Equation:
    """Gather(f(X, Y), I) = f(Gather(X, I), Y), where Y does not have the gathered dimension"""
    return op.Gather(f(x, y), i, axis=axis), f(op.Gather(x, i, axis=axis), _trailing(y))


@condition
def gathers_rows(match: Match) -> str | None:
    """W is a matrix, rows of X are gathered, and at least one dimension of rows is left"""
    rank = match.type("x").rank
    if match.type("w").rank != 2 or match.attribute("axis") >= rank - 1:
        return "columns are gathered, or W is no matrix"
    return None if match.result.rank >= 2 else "no dimension of rows is left"


@rule(when=gathers_rows, exact=False)
def gather_before_matmul(x: Tensor, w: Tensor, i: Tensor, axis: Attribute) -> Equation:
    """Gather(X W, I) = Gather(X, I) W, where rows are gathered"""
    return op.Gather(op.MatMul(x, w), i, axis=axis), op.MatMul(op.Gather(x, i, axis=axis), w)


@condition
def before_normalised(match: Match) -> str | None:
    """the dimension is not normalised, and the scale and bias do not have it"""
    first = match.attribute("n")
    wide = [name for name in "gb" if match.present(name) and match.type(name).rank > match.type("x").rank - first]
    return "the dimension is normalised" if match.attribute("axis") >= first or wide else None


@rule(when=before_normalised, exact=False)
def gather_before_normalization(
    x: Tensor, g: Constant, b: Optional, i: Tensor, axis: Attribute, n: Attribute, epsilon: Attribute
) -> Equation:
    """Gather(LayerNormalization(X), I) = LayerNormalization(Gather(X, I)), where other dimensions are normalised"""

    def moved(match: Match) -> int:
        return int(match.attribute("n")) + match.type("i").rank - 1

    left = op.Gather(op.LayerNormalization(x, g, b, axis=n, epsilon=epsilon), i, axis=axis)
    return left, op.LayerNormalization(op.Gather(x, i, axis=axis), g, b, axis=moved, epsilon=epsilon)


@rule(dtypes=_ANY)
def slice_before_unary(x: Tensor, f: Unary, starts: Attribute, steps: Attribute) -> Equation:
    """Slice(f(X)) = f(Slice(X))"""
    sliced = op.Slice(x, starts=starts, steps=steps, shape=_shape)
    return op.Slice(f(x), starts=starts, steps=steps), f(sliced)


@condition
def scalar_or_not_sliced(match: Match) -> str | None:
    """Y is a scalar, or its dimensions are taken whole"""
    x, y = match.type("x"), match.type("y")
    if x.shape != match.node("f").output.type.shape:
        return "X is broadcast"
    if y.elements == 1:
        return None
    trailing = zip(x.shape[x.rank - y.rank :], match.result.shape[x.rank - y.rank :], y.shape, strict=True)
    return "Y is sliced too" if any(before != after and size != 1 for before, after, size in trailing) else None


@rule(when=scalar_or_not_sliced, dtypes=_ANY)
def slice_before_binary(x: Tensor, y: Constant, f: Binary, starts: Attribute, steps: Attribute) -> Equation:
    """Slice(f(X, Y)) = f(Slice(X), Y), where Y is constant along what is sliced"""
    sliced = op.Slice(x, starts=starts, steps=steps, shape=_shape)
    return op.Slice(f(x, y), starts=starts, steps=steps), f(sliced, _trailing(y))


@condition
def one_shape(match: Match) -> str | None:
    """X and Y have one shape"""
    return None if match.type("x").shape == match.type("y").shape else "the shapes differ"


@rule(when=one_shape, dtypes=_ANY)
def slice_before_both(x: Tensor, y: Tensor, f: Binary, starts: Attribute, steps: Attribute) -> Equation:
    """Slice(f(X, Y)) = f(Slice(X), Slice(Y)), where X and Y have one shape"""
    first, second = (op.Slice(part, starts=starts, steps=steps, shape=_shape) for part in (x, y))
    return op.Slice(f(x, y), starts=starts, steps=steps), f(first, second)


@condition
def slices_rows(match: Match) -> str | None:
    """W is a matrix, and all columns are taken"""
    matrix = match.type("w").rank == 2 and match.type("x").rank >= 2
    whole = match.result.shape[-1:] == match.type("w").shape[-1:]
    return None if matrix and whole else "columns are sliced, or W is no matrix"


@rule(when=slices_rows, exact=False)
def slice_before_matmul(x: Tensor, w: Tensor, starts: Attribute, steps: Attribute) -> Equation:
    """Slice(X W) = Slice(X) W, where rows are sliced"""
    rows = op.Slice(
        x,
        starts=starts,
        steps=steps,
        shape=lambda match: (*match.result.shape[:-1], match.type("x").shape[-1]),
    )
    return op.Slice(op.MatMul(x, w), starts=starts, steps=steps), op.MatMul(rows, w)


@condition
def slices_columns(match: Match) -> str | None:
    """W is a matrix, and all rows are taken"""
    matrix = match.type("w").rank == 2 and match.type("x").rank >= 2
    whole = match.result.shape[:-1] == match.type("x").shape[:-1] and match.attribute("steps")[-1] > 0
    return None if matrix and whole else "rows are sliced, or W is no matrix"


def _columns(match: Match) -> np.ndarray:
    start, step, count = match.attribute("starts")[-1], match.attribute("steps")[-1], match.result.shape[-1]
    return match.constant("w")[:, start : start + step * count : step]


@rule(when=slices_columns, exact=False)
def slice_of_columns(x: Tensor, w: Constant, starts: Attribute, steps: Attribute) -> Equation:
    """Slice(X W) = X Slice(W), where columns are sliced"""
    return op.Slice(op.MatMul(x, w), starts=starts, steps=steps), op.MatMul(x, Computed(_columns))


@condition
def normalised_whole(match: Match) -> str | None:
    """the normalised dimensions are taken whole, and the scale and bias have no others"""
    first, x = match.attribute("n"), match.type("x")
    wide = [name for name in "gb" if match.present(name) and match.type(name).rank > x.rank - first]
    same = match.result.shape[first:] == x.shape[first:] and all(step > 0 for step in match.attribute("steps")[first:])
    return None if same and not wide else "a normalised dimension is sliced"


@rule(when=normalised_whole, exact=False)
def slice_before_normalization(
    x: Tensor, g: Constant, b: Optional, starts: Attribute, steps: Attribute, n: Attribute, epsilon: Attribute
) -> Equation:
    """Slice(LayerNormalization(X)) = LayerNormalization(Slice(X)), where other dimensions are normalised"""
    sliced = op.Slice(x, starts=starts, steps=steps, shape=_shape)
    left = op.Slice(op.LayerNormalization(x, g, b, axis=n, epsilon=epsilon), starts=starts, steps=steps)
    return left, op.LayerNormalization(sliced, g, b, axis=n, epsilon=epsilon)


@condition
def inside_padding(match: Match) -> str | None:
    """only elements of X are taken"""
    pads, sizes = match.attribute("pads"), match.type("x").shape
    places = zip(pads, match.attribute("starts"), match.attribute("steps"), match.result.shape, sizes, strict=False)
    inside = all(
        count and min(start, start + step * (count - 1)) >= pad and max(start, start + step * (count - 1)) < pad + size
        for pad, start, step, count, size in places
    )
    return None if inside else "padding is taken"


@rule(when=inside_padding, dtypes=_ANY)
def slice_of_pad(x: Tensor, pads: Attribute, starts: Attribute, steps: Attribute) -> Equation:
    """Slice(Pad(X)) = Slice(X), where no padding is taken"""

    def moved(match: Match) -> tuple[int, ...]:
        pairs = zip(match.attribute("starts"), match.attribute("pads"), strict=False)
        return tuple(start - pad for start, pad in pairs)

    left = op.Slice(op.Pad(x, pads=pads), starts=starts, steps=steps)
    return left, op.Slice(x, starts=moved, steps=steps, shape=_shape)


def _axes_before(match: Match) -> tuple[int, ...]:
    return tuple(sorted(match.attribute("perm")[axis] for axis in match.attribute("axes")))


def _order_after(match: Match) -> tuple[int, ...]:
    perm, axes = match.attribute("perm"), match.attribute("axes")
    if match.attribute("keepdims"):
        return tuple(perm)
    left = [axis for place, axis in enumerate(perm) if place not in axes]
    return tuple(sorted(left).index(axis) for axis in left)


@rule(dtypes=_ANY, exact=False)
def reduction_before_transpose(x: Tensor, perm: Attribute, e: Reduce, axes: Attribute, keepdims: Attribute) -> Equation:
    """reduce(Transpose(X)) = Transpose(reduce(X))"""
    left = e(op.Transpose(x, perm=perm), axes=axes, keepdims=keepdims)
    return left, op.Transpose(e(x, axes=_axes_before), perm=_order_after)


@rule(when=not_broadcast, dtypes=_ANY)
def gather_before_binary_scalar(x: Tensor, c: Scalar, i: Tensor, f: Binary, axis: Attribute) -> Equation:
    """Gather(f(C, X), I) = f(C, Gather(X, I))"""
    return op.Gather(f(c, x), i, axis=axis), f(op.Reshape(c, shape=()), op.Gather(x, i, axis=axis))


@rule(when=not_broadcast, dtypes=_ANY)
def slice_before_binary_scalar(x: Tensor, c: Scalar, f: Binary, starts: Attribute, steps: Attribute) -> Equation:
    """Slice(f(C, X)) = f(C, Slice(X))"""
    sliced = op.Slice(x, starts=starts, steps=steps, shape=_shape)
    return op.Slice(f(c, x), starts=starts, steps=steps), f(op.Reshape(c, shape=()), sliced)
