"""Reshape, Transpose, Slice and the like merged, cancelled and moved past element-wise operators."""

from dnnf_mlir.rewriting import Family, Match, condition
from dnnf_mlir.rewriting.matching import same_up_to_ones
from dnnf_mlir.rewriting.terms import Attribute, Binary, Constant, Equation, Reorganize, Scalar, Tensor, Unary, op

rule = Family("movement", exact=True)

_ANY = "fiub"


class Inner(Reorganize):
    """Another Reshape, Flatten, Squeeze or Unsqueeze."""


def _composed(match: Match) -> tuple[int, ...]:
    """One permutation for two after each other."""
    return tuple(match.attribute("p")[axis] for axis in match.attribute("q"))


def _untransposed(match: Match) -> tuple[int, ...]:
    return (1, 0) if match.attribute("transposed") else (0, 1)


@rule(dtypes=_ANY)
def reshape_to_same(x: Tensor, r: Reorganize) -> Equation:
    """Reshape(X) = X, to its own shape"""
    return r(x), x


@rule(dtypes=_ANY)
def reshape_twice(x: Tensor, r: Reorganize, s: Inner) -> Equation:
    """Reshape(Reshape(X)) = Reshape(X)"""
    return r(s(x)), op.Reshape(x, shape=lambda match: match.result.shape)


@rule(dtypes=_ANY)
def reshape_around_unary(x: Tensor, f: Unary, r: Reorganize, s: Inner) -> Equation:
    """Reshape(f(Reshape(X))) = f(Reshape(X))"""
    return r(f(s(x))), f(op.Reshape(x, shape=lambda match: match.result.shape))


@rule(dtypes=_ANY)
def reshape_around_binary(x: Tensor, c: Scalar, f: Binary, r: Reorganize, s: Inner) -> Equation:
    """Reshape(f(Reshape(X), C)) = f(Reshape(X), C)"""
    inner = op.Reshape(x, shape=lambda match: match.result.shape)
    return r(f(s(x), c)), f(inner, op.Reshape(c, shape=()))


@condition
def returns_to_shape(match: Match) -> str | None:
    """X has the result's shape, Y the other one"""
    inner = match.node("r").input(0).type
    if match.type("x") != match.result:
        return "the second Reshape does not undo the first"
    return None if match.type("y") == inner else "Y is broadcast"


@rule(dtypes="fi", when=returns_to_shape, exact=False)
def reshape_around_sum(x: Tensor, y: Tensor, r: Reorganize, s: Inner) -> Equation:
    """Reshape(Reshape(X) + Y) = X + Reshape(Y)"""
    return r(op.Add(s(x), y)), op.Add(x, op.Reshape(y, shape=lambda match: match.result.shape))


@rule(dtypes="fi", when=returns_to_shape, exact=False)
def reshape_around_product(x: Tensor, y: Tensor, r: Reorganize, s: Inner) -> Equation:
    """Reshape(Reshape(X) * Y) = X * Reshape(Y)"""
    return r(op.Mul(s(x), y)), op.Mul(x, op.Reshape(y, shape=lambda match: match.result.shape))


@rule(dtypes=_ANY)
def transpose_twice(x: Tensor, p: Attribute, q: Attribute) -> Equation:
    """Transpose(Transpose(X, P), Q) = Transpose(X, P[Q])"""
    return op.Transpose(op.Transpose(x, perm=p), perm=q), op.Transpose(x, perm=_composed)


def _placed(match: Match) -> tuple[list[int], tuple[int, ...]]:
    """For a Transpose around a Reshape around a Transpose of X: the result's dimensions in X's order, and the result.

    Dimensions of size one come last: they can stand anywhere.
    """
    middle = [axis for axis in match.attribute("p") if match.type("x").shape[axis] != 1]
    inner = iter(middle)
    reshaped = [next(inner) if size != 1 else None for size in match.node("r").output.type.shape]
    result = [reshaped[axis] for axis in match.attribute("q")]
    last = match.type("x").rank
    order = sorted(range(len(result)), key=lambda place: last if (axis := result[place]) is None else axis)
    return order, match.result.shape


@condition
def adds_only_ones(match: Match) -> str | None:
    """the Reshape only adds and removes dimensions of 1"""
    node = match.node("r")
    same = same_up_to_ones(node.input(0).type.shape, node.output.type.shape)
    return None if same else "the Reshape changes more than dimensions of 1"


@rule(dtypes=_ANY, when=adds_only_ones)
def transpose_around_reshape(x: Tensor, r: Reorganize, p: Attribute, q: Attribute) -> Equation:
    """Transpose(Reshape(Transpose(X, P)), Q) = Transpose(Reshape(X)), where Reshape adds dimensions of 1"""

    def shape(match: Match) -> tuple[int, ...]:
        order, result = _placed(match)
        return tuple(result[place] for place in order)

    def perm(match: Match) -> tuple[int, ...]:
        order, _ = _placed(match)
        return tuple(order.index(place) for place in range(len(order)))

    left = op.Transpose(r(op.Transpose(x, perm=p)), perm=q)
    return left, op.Transpose(op.Reshape(x, shape=shape), perm=perm)


@condition
def moves_only_ones(match: Match) -> str | None:
    """the dimensions that are not 1 keep their order"""
    shape, perm = match.type("x").shape, match.attribute("perm")
    moved = [axis for axis in perm if shape[axis] != 1]
    return None if moved == sorted(moved) else "elements are moved"


@rule(dtypes=_ANY, when=moves_only_ones)
def transpose_of_ones(x: Tensor, perm: Attribute) -> Equation:
    """Transpose(X) = Reshape(X), where only dimensions of 1 move"""
    return op.Transpose(x, perm=perm), op.Reshape(x, shape=lambda match: match.result.shape)


@rule(dtypes=_ANY)
def transpose_around_unary(x: Tensor, f: Unary, p: Attribute, q: Attribute) -> Equation:
    """Transpose(f(Transpose(X, P)), Q) = f(Transpose(X, P[Q]))"""
    return op.Transpose(f(op.Transpose(x, perm=p)), perm=q), f(op.Transpose(x, perm=_composed))


@rule(dtypes=_ANY)
def transpose_around_binary(x: Tensor, c: Scalar, f: Binary, p: Attribute, q: Attribute) -> Equation:
    """Transpose(f(Transpose(X, P), C), Q) = f(Transpose(X, P[Q]), C)"""
    inner = op.Transpose(x, perm=_composed)
    return op.Transpose(f(op.Transpose(x, perm=p), c), perm=q), f(inner, op.Reshape(c, shape=()))


@rule(dtypes=_ANY)
def transpose_both(x: Tensor, y: Tensor, f: Binary, p: Attribute) -> Equation:
    """f(Transpose(X, P), Transpose(Y, P)) = Transpose(f(X, Y), P)"""
    return f(op.Transpose(x, perm=p), op.Transpose(y, perm=p)), op.Transpose(f(x, y), perm=p)


@condition
def same_inner_shape(match: Match) -> str | None:
    """X and Y have the same shape"""
    return None if match.type("x").shape == match.type("y").shape else "the shapes differ"


@rule(dtypes=_ANY, when=same_inner_shape)
def reshape_both(x: Tensor, y: Tensor, f: Binary, r: Reorganize, s: Inner) -> Equation:
    """f(Reshape(X), Reshape(Y)) = Reshape(f(X, Y))"""
    return f(r(x), s(y)), op.Reshape(f(x, y), shape=lambda match: match.result.shape)


@rule(dtypes=_ANY)
def slice_twice(x: Tensor, a: Attribute, b: Attribute, c: Attribute, d: Attribute) -> Equation:
    """Slice(Slice(X, A, B), C, D) = Slice(X, A + B * C, B * D)"""

    def starts(match: Match) -> tuple[int, ...]:
        parts = (match.attribute(name) for name in "abc")
        return tuple(start + step * then for start, step, then in zip(*parts, strict=True))

    def steps(match: Match) -> tuple[int, ...]:
        return tuple(b * d for b, d in zip(match.attribute("b"), match.attribute("d"), strict=True))

    left = op.Slice(op.Slice(x, starts=a, steps=b), starts=c, steps=d)
    return left, op.Slice(x, starts=starts, steps=steps, shape=lambda match: match.result.shape)


@condition
def zero_padding(match: Match) -> str | None:
    """both write the same value"""
    if any(pad < 0 for pad in (*match.attribute("p"), *match.attribute("q"))):
        return "a padding is negative"
    return None


@rule(dtypes=_ANY, when=zero_padding)
def pad_twice(x: Tensor, p: Attribute, q: Attribute, value: Attribute) -> Equation:
    """Pad(Pad(X, P), Q) = Pad(X, P + Q)"""

    def pads(match: Match) -> tuple[int, ...]:
        return tuple(a + b for a, b in zip(match.attribute("p"), match.attribute("q"), strict=True))

    left = op.Pad(op.Pad(x, pads=p, mode="constant", value=value), pads=q, mode="constant", value=value)
    return left, op.Pad(x, pads=pads, mode="constant", value=value)


@rule(dtypes=_ANY)
def expand_twice(x: Tensor) -> Equation:
    """Expand(Expand(X)) = Expand(X)"""
    return op.Expand(op.Expand(x)), op.Expand(x, shape=lambda match: match.result.shape)


@rule(dtypes=_ANY)
def expand_before_binary(x: Tensor, y: Tensor, f: Binary) -> Equation:
    """f(Expand(X), Y) = f(X, Y), where Y has the shape already"""
    return f(op.Expand(x), y), f(x, y)


@rule(dtypes=_ANY)
def where_before_expand(c: Tensor, a: Scalar, b: Scalar) -> Equation:
    """Where(Expand(C), A, B) = Expand(Where(C, A, B))"""
    chosen = op.Where(c, op.Reshape(a, shape=()), op.Reshape(b, shape=()))
    return op.Where(op.Expand(c), a, b), op.Expand(chosen, shape=lambda match: match.result.shape)


@rule(dtypes=_ANY)
def unary_before_expand(x: Tensor, f: Unary) -> Equation:
    """f(Expand(X)) = Expand(f(X))"""
    return f(op.Expand(x)), op.Expand(f(x), shape=lambda match: match.result.shape)


@condition
def rows_are_kept(match: Match) -> str | None:
    """the last dimension is the same and normalised, and X has the result's shape"""
    x, inner = match.type("x").shape, match.node("s").output.type.shape
    if match.result.shape != x:
        return "the second Reshape does not undo the first"
    if not x or not inner or match.attribute("axis") != len(inner) - 1 or inner[-1] != x[-1]:
        return "the last dimension is changed, or another one normalised"
    return None


@rule(when=rows_are_kept, exact=False)
def softmax_of_rows(x: Tensor, r: Reorganize, s: Inner, axis: Attribute) -> Equation:
    """Reshape(Softmax(Reshape(X))) = Softmax(X), where rows are kept"""
    return r(op.Softmax(s(x), axis=axis)), op.Softmax(x, axis=lambda match: match.result.rank - 1)


@condition
def undone(match: Match) -> str | None:
    """Q undoes P"""
    composed = _composed(match)
    return None if composed == tuple(range(len(composed))) else "the dimensions stay moved"


@rule(when=undone, exact=False)
def softmax_of_transposed(x: Tensor, p: Attribute, q: Attribute, axis: Attribute) -> Equation:
    """Transpose(Softmax(Transpose(X, P), A), Q) = Softmax(X, P[A])"""
    left = op.Transpose(op.Softmax(op.Transpose(x, perm=p), axis=axis), perm=q)
    return left, op.Softmax(x, axis=lambda match: match.attribute("p")[match.attribute("axis")])


@condition
def is_linear_layer(match: Match) -> str | None:
    """the rows of X are the first dimensions of the result"""
    x, result, inner = match.type("x").shape, match.result.shape, match.node("s").output.type.shape
    if len(x) < 2 or x[-1] != inner[-1]:
        return "the last dimension of X is not what is multiplied"
    return None if result[:-1] == x[:-1] else "the result does not have X's dimensions"


@rule(when=is_linear_layer, exact=False)
def gemm_of_rows(x: Tensor, w: Constant, c: Constant, r: Reorganize, s: Inner, transposed: Attribute) -> Equation:
    """Reshape(Gemm(Reshape(X), W, C)) = X W + C"""
    left = r(op.Gemm(s(x), w, c, alpha=1.0, beta=1.0, transA=0, transB=transposed))
    return left, op.Add(op.MatMul(x, op.Transpose(w, perm=_untransposed)), c)


@rule(when=is_linear_layer, exact=False)
def gemm_of_rows_without_bias(x: Tensor, w: Constant, r: Reorganize, s: Inner, transposed: Attribute) -> Equation:
    """Reshape(Gemm(Reshape(X), W)) = X W"""
    left = r(op.Gemm(s(x), w, None, alpha=1.0, transA=0, transB=transposed))
    return left, op.MatMul(x, op.Transpose(w, perm=_untransposed))
