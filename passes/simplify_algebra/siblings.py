"""Linear operators side by side or one after the other as one of them, with weights joined, added or multiplied."""

import numpy as np

from dnnf_mlir.dialect_defs.many_to_many.convolution import Conv
from dnnf_mlir.dialect_defs.many_to_many.matrix import Gemm
from dnnf_mlir.graph.ecg import Node
from dnnf_mlir.rewriting import Family, Match, condition
from dnnf_mlir.rewriting.folding import rounded
from dnnf_mlir.rewriting.terms import AnyOf, Attribute, Computed, Constant, Each, Equation, Optional, Tensor, op

rule = Family("siblings")


class Convolution(AnyOf):
    """Conv."""

    classes = (Conv,)


class Second(Convolution):
    """Another Conv."""


class General(AnyOf):
    """Gemm with its factors and transpositions."""

    classes = (Gemm,)


def _wide(match: Match, name: str) -> np.ndarray:
    return match.constant(name).astype(np.float64)


def _joined(match: Match, name: str, axis: int) -> np.ndarray:
    arrays = [value.constant for value in match.values(name)]
    return np.concatenate([array for array in arrays if array is not None], axis)


def _joined_bias(match: Match) -> np.ndarray | None:
    """Biases one after the other, zeros where one is absent; None where all are."""
    parts = []
    for weights, bias in zip(match.values("w"), match.bindings["b"], strict=True):
        columns = weights.type.shape[0] if "conv" in match.node("f").kind else weights.type.shape[_column_axis(match)]
        zeros = np.zeros(columns, match.result.numpy_dtype)
        parts.append(zeros if bias is None else np.broadcast_to(bias.constant.reshape(-1), columns))
    return np.concatenate(parts) if any(bias is not None for bias in match.bindings["b"]) else None


def _column_axis(match: Match) -> int:
    return 0 if match.node("f").attributes["transB"] else 1


@condition
def joins_channels(match: Match) -> str | None:
    """channels of convolutions without groups, with kernels of one size, are joined"""
    node = match.node("f")
    if node.attributes["group"] != 1 or match.attribute("axis") != Conv.channel_axis(node.signature):
        return "other dimensions are joined, or there are groups"
    kernels = {value.type.shape[1:] for value in match.values("w")}
    return None if len(kernels) == 1 else "the kernels differ"


@rule(when=joins_channels)
def join_convolutions(x: Tensor, w: Constant, b: Optional, f: Convolution, axis: Attribute) -> Equation:
    """Concat(Conv(X, W1, B1), Conv(X, W2, B2), ...) = Conv(X, Concat(W1, W2, ...), Concat(B1, B2, ...))"""
    joined = Computed(lambda match: _joined(match, "w", 0))
    return op.Concat(Each(f(x, w, b), (w, b)), axis=axis), f(x, joined, Computed(_joined_bias))


@condition
def joins_columns(match: Match) -> str | None:
    """columns of matrices are joined"""
    if any(value.type.rank != 2 for value in match.values("w")):
        return "W is no matrix"
    return None if match.attribute("axis") == match.result.rank - 1 else "other dimensions are joined"


@rule(when=joins_columns)
def join_matmuls(x: Tensor, w: Constant, axis: Attribute) -> Equation:
    """Concat(X W1, X W2, ...) = X Concat(W1, W2, ...)"""
    joined = Computed(lambda match: _joined(match, "w", 1))
    return op.Concat(Each(op.MatMul(x, w), (w,)), axis=axis), op.MatMul(x, joined)


@condition
def biases_span_columns(match: Match) -> str | None:
    """every bias has an entry for each column"""
    pairs = zip(match.values("b"), match.values("w"), strict=True)
    spans = all(bias.type.shape == weights.type.shape[1:] for bias, weights in pairs)
    return None if spans else "a bias is broadcast along the columns"


@rule(when=(joins_columns, biases_span_columns))
def join_linear_layers(x: Tensor, w: Constant, b: Constant, axis: Attribute) -> Equation:
    """Concat(X W1 + B1, X W2 + B2, ...) = X Concat(W1, W2, ...) + Concat(B1, B2, ...)"""
    weights, biases = Computed(lambda match: _joined(match, "w", 1)), Computed(lambda match: _joined(match, "b", 0))
    left = op.Concat(Each(op.Add(op.MatMul(x, w), b), (w, b)), axis=axis)
    return left, op.Add(op.MatMul(x, weights), biases)


@condition
def biases_are_rows(match: Match) -> str | None:
    """every bias is one row"""
    biases = [bias for bias in match.bindings["b"] if bias is not None]
    rows = all(bias.type.elements in (1, bias.type.shape[-1] if bias.type.rank else 1) for bias in biases)
    return None if rows else "a bias varies within a column"


@rule(when=(joins_columns, biases_are_rows))
def join_gemms(x: Tensor, w: Constant, b: Optional, f: General, axis: Attribute) -> Equation:
    """Concat(Gemm(X, W1, B1), Gemm(X, W2, B2), ...) = Gemm(X, Concat(W1, W2, ...), Concat(B1, B2, ...))"""
    joined = Computed(lambda match: _joined(match, "w", _column_axis(match)))
    return op.Concat(Each(f(x, w, b), (w, b)), axis=axis), f(x, joined, Computed(_joined_bias))


@condition
def joins_rows_of_w(match: Match) -> str | None:
    """W is a matrix, and what it multiplies is joined"""
    if match.type("w").rank != 2 or match.type("c").rank < 2:
        return "W is no matrix"
    return None if match.attribute("axis") == match.result.rank - 1 else "other dimensions are joined"


@rule(when=joins_rows_of_w)
def joined_with_constant(c: Constant, y: Tensor, w: Constant, axis: Attribute) -> Equation:
    """Concat(C, Y) W = Y W2 + C W1, where W1 are the first rows of W"""
    first = Computed(lambda match: match.constant("w")[: match.type("c").shape[-1]])
    others = Computed(lambda match: match.constant("w")[match.type("c").shape[-1] :])
    return op.MatMul(op.Concat(c, y, axis=axis), w), op.Add(op.MatMul(y, others), op.MatMul(c, first))


def _margins(match: Match) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """How far the kernel of the first convolution reaches beyond that of the second, before and after it."""
    first, second = (match.node(name).attributes["pads"] for name in "fg")
    kernels = match.type("w").shape[2:], match.type("v").shape[2:]
    before = tuple(first[axis] - second[axis] for axis in range(len(kernels[0])))
    after = tuple(a - b - margin for a, b, margin in zip(*kernels, before, strict=True))
    return before, after


@condition
def one_grid(match: Match) -> str | None:
    """both read around the same positions, the first one as far or farther"""
    first, second = (dict(match.node(name).attributes) for name in "fg")
    names = ("strides", "dilations", "group", "layout")
    if any(first[name] != second[name] for name in names) or any(step != 1 for step in first["dilations"]):
        return "the attributes differ"
    if match.type("w").shape[:2] != match.type("v").shape[:2]:
        return "the channels differ"
    return "the first kernel does not cover the second" if min((0, *sum(_margins(match), ()))) < 0 else None


def _added_kernels(match: Match) -> np.ndarray:
    widths = [(0, 0), (0, 0), *zip(*_margins(match), strict=True)]
    return rounded(_wide(match, "w") + np.pad(_wide(match, "v"), widths), match.result.numpy_dtype)


def _added_biases(match: Match) -> np.ndarray | None:
    present = [_wide(match, name) for name in "bc" if match.present(name)]
    return rounded(sum(present, np.zeros(())), match.result.numpy_dtype) if present else None


@rule(when=one_grid)
def sum_of_convolutions(
    x: Tensor, w: Constant, b: Optional, v: Constant, c: Optional, f: Convolution, g: Second
) -> Equation:
    """Conv(X, W, B) + Conv(X, V, C) = Conv(X, W + V, B + C), where W's kernel covers V's"""
    return op.Add(f(x, w, b), g(x, v, c)), f(x, Computed(_added_kernels), Computed(_added_biases))


def _is_pointwise(node: Node, weights: str, match: Match) -> bool:
    """A kernel of one position that reads every position."""
    sizes = (*match.type(weights).shape[2:], *node.attributes["strides"], node.attributes["group"])
    return all(size == 1 for size in sizes) and not any(node.attributes["pads"])


@condition
def first_is_pointwise(match: Match) -> str | None:
    """the first kernel is 1 x 1, there are no groups, and the second pads nothing or the first has no bias"""
    first, second = match.node("f"), match.node("g")
    if not _is_pointwise(first, "v", match) or second.attributes["group"] != 1:
        return "the first convolution is not pointwise, or there are groups"
    if any(second.attributes["pads"]) and match.present("c") and np.any(match.constant("c")):
        return "the second convolution pads what has a bias"
    return None


def _after_pointwise(match: Match) -> np.ndarray:
    """sum over m of W[f, m, k...] V[m, c]"""
    v = _wide(match, "v")
    return rounded(np.einsum("fm...,mc->fc...", _wide(match, "w"), v.reshape(v.shape[:2])), match.result.numpy_dtype)


def _bias_through(match: Match) -> np.ndarray | None:
    """What the second convolution makes of the first one's bias, and its own."""
    parts = [_wide(match, "b")] if match.present("b") else []
    if match.present("c"):
        w = _wide(match, "w")
        parts.append(w.reshape(*w.shape[:2], -1).sum(axis=2) @ _wide(match, "c"))
    return rounded(sum(parts, np.zeros(())), match.result.numpy_dtype) if parts else None


@rule(when=first_is_pointwise)
def convolution_of_pointwise(
    x: Tensor, v: Constant, c: Optional, w: Constant, b: Optional, f: Convolution, g: Second
) -> Equation:
    """Conv(Conv(X, V, C), W, B) = Conv(X, W V, W C + B), where V is 1 x 1"""
    return g(f(x, v, c), w, b), g(x, Computed(_after_pointwise), Computed(_bias_through))


@condition
def second_is_pointwise(match: Match) -> str | None:
    """the second kernel is 1 x 1 and pads nothing, and there are no groups"""
    first, second = match.node("f"), match.node("g")
    plain = not any(second.attributes["pads"]) and all(size == 1 for size in match.type("w").shape[2:])
    without = first.attributes["group"] == second.attributes["group"] == 1
    return None if plain and without else "the second convolution is not pointwise, or there are groups"


def _before_pointwise(match: Match) -> np.ndarray:
    """sum over m of W[f, m] V[m, c, k...]"""
    w = _wide(match, "w")
    return rounded(np.einsum("fm,mc...->fc...", w.reshape(w.shape[:2]), _wide(match, "v")), match.result.numpy_dtype)


def _both_strides(match: Match) -> tuple[int, ...]:
    pairs = zip(match.node("f").attributes["strides"], match.node("g").attributes["strides"], strict=True)
    return tuple(a * b for a, b in pairs)


@rule(when=second_is_pointwise)
def pointwise_of_convolution(
    x: Tensor, v: Constant, c: Optional, w: Constant, b: Optional, f: Convolution, g: Second
) -> Equation:
    """Conv(Conv(X, V, C), W, B) = Conv(X, W V, W C + B), where W is 1 x 1"""
    right = f(x, Computed(_before_pointwise), Computed(_bias_through), strides=_both_strides)
    return g(f(x, v, c), w, b), right


@condition
def bias_is_a_row(match: Match) -> str | None:
    """C has one entry for each row of W, V and W are matrices"""
    rows = match.type("w").shape[:1]
    matrices = match.type("v").rank == match.type("w").rank == 2
    return None if matrices and match.type("c").shape == rows else "C is broadcast, or V or W is no matrix"


@rule(when=bias_is_a_row)
def products_of_weights_and_bias(x: Tensor, v: Constant, c: Constant, w: Constant) -> Equation:
    """(X V + C) W = X (V W) + C W"""
    return op.MatMul(op.Add(op.MatMul(x, v), c), w), op.Add(op.MatMul(x, op.MatMul(v, w)), op.MatMul(c, w))


def _matrix(match: Match, gemm: str, weights: str) -> np.ndarray:
    """The matrix that a Gemm multiplies by, with its factor."""
    attributes, array = match.node(gemm).attributes, _wide(match, weights)
    return np.asarray(attributes["alpha"] * (array.T if attributes["transB"] else array))


class SecondGeneral(General):
    """Another Gemm."""


@condition
def plain_rows(match: Match) -> str | None:
    """X is not transposed between them, and C is one row"""
    if match.node("g").attributes["transA"]:
        return "the first result is transposed"
    row = not match.present("c") or match.type("c").elements == match.type("c").shape[-1:][0]
    return None if row else "C varies within a column"


def _product(match: Match) -> np.ndarray:
    return rounded(_matrix(match, "f", "v") @ _matrix(match, "g", "w"), match.result.numpy_dtype)


def _general_bias(match: Match) -> np.ndarray | None:
    total = np.zeros(match.result.shape[-1:])
    if match.present("c"):
        inner = match.node("f").attributes["beta"] * _wide(match, "c").reshape(-1)
        total = total + inner @ _matrix(match, "g", "w")
    if match.present("b"):
        total = total + match.node("g").attributes["beta"] * _wide(match, "b")
    return rounded(total, match.result.numpy_dtype) if match.present("b") or match.present("c") else None


@rule(when=plain_rows)
def gemm_of_gemm(
    x: Tensor, v: Constant, c: Optional, w: Constant, b: Optional, f: General, g: SecondGeneral
) -> Equation:
    """Gemm(Gemm(X, V, C), W, B) = Gemm(X, V W, C W + B)"""
    right = f(x, Computed(_product), Computed(_general_bias), alpha=1.0, beta=1.0, transB=0)
    return g(f(x, v, c), w, b), right
