"""Scales and biases moved into the weights of convolutions and matrix products, through data movement too."""

from collections.abc import Callable

import numpy as np

from dnnf_mlir.dialect_defs.many_to_many.convolution import Conv, ConvTranspose
from dnnf_mlir.dialect_defs.many_to_many.matrix import Gemm, MatMul
from dnnf_mlir.dialect_defs.one_to_one.normalization import BatchNormalization
from dnnf_mlir.graph.ecg import Node
from dnnf_mlir.rewriting import Family, Match, condition
from dnnf_mlir.rewriting.folding import fold, rounded
from dnnf_mlir.rewriting.terms import (
    AnyOf,
    Attribute,
    Computed,
    Constant,
    EachPart,
    Equation,
    Movement,
    Optional,
    Scalar,
    Tensor,
    op,
)

rule = Family("linear")

_CHECKED_ELEMENTS = 1 << 22
"""Largest tensor whose elements' channels are followed through data movement."""


class Convolution(AnyOf):
    """Conv, of any group and rank."""

    classes = (Conv,)


class TransposedConvolution(AnyOf):
    """ConvTranspose."""

    classes = (ConvTranspose,)


class General(AnyOf):
    """Gemm with its factors and transpositions."""

    classes = (Gemm,)


class Product(AnyOf):
    """MatMul."""

    classes = (MatMul,)


def _channel_axis(node: Node) -> int:
    if issubclass(node.op, Conv | ConvTranspose):
        return node.op.channel_axis(node.signature)
    return node.output.type.rank - 1


def _by_channel(match: Match, name: str) -> np.ndarray | None:
    """A constant as one number per channel of the linear operator ``f``, None where it is not that."""
    node, array = match.node("f"), match.constant(name)
    shape, axis = node.output.type.shape, _channel_axis(node)
    channels = shape[axis]
    if array.size == 1:
        return np.broadcast_to(array.reshape(()), (channels,))
    path = match.path("m")
    if not path:
        full = (1,) * (len(shape) - array.ndim) + array.shape
        if len(full) != len(shape) or any(size != 1 for place, size in enumerate(full) if place != axis):
            return None
        return array.reshape(-1)
    if not 0 < node.output.type.elements <= _CHECKED_ELEMENTS:
        return None
    numbers = np.arange(channels).reshape([channels if place == axis else 1 for place in range(len(shape))])
    moved = np.broadcast_to(numbers, shape)
    for step in reversed(path):
        moved = fold(step.op, step.signature, [moved]) if step.kind != "slice" else _sliced(step, moved)
    if array.ndim > moved.ndim:
        return None
    spread = np.broadcast_to(array, moved.shape)
    result = np.ones(channels, array.dtype)
    result[moved.reshape(-1)] = spread.reshape(-1)
    return result if np.array_equal(result[moved], spread) else None


def _sliced(node: Node, array: np.ndarray) -> np.ndarray:
    ranges = [
        start + step * np.arange(size)
        for start, step, size in zip(
            node.attributes["starts"], node.attributes["steps"], node.output.type.shape, strict=True
        )
    ]
    return array[np.ix_(*ranges)]


@condition
def per_channel(match: Match) -> str | None:
    """S has one number for each output channel"""
    if match.value("s").type.dtype != match.result.dtype:
        return "S has another type"
    return None if _by_channel(match, "s") is not None else "S varies within a channel"


def _constant(compute: Callable[[Match], np.ndarray]) -> Computed:
    """A constant computed in double precision and rounded to the result's type."""
    return Computed(lambda match: rounded(compute(match), match.result.numpy_dtype))


def _factor(match: Match) -> np.ndarray:
    factors = _by_channel(match, "s")
    if factors is None:
        raise LookupError("S varies within a channel")
    return factors.astype(np.float64)


def _wide(match: Match, name: str) -> np.ndarray:
    return match.constant(name).astype(np.float64)


def _scaled_features(match: Match) -> np.ndarray:
    """Weights [F, C/group, k...] times a number per feature."""
    w = _wide(match, "w")
    return np.asarray(w * _factor(match).reshape(-1, *[1] * (w.ndim - 1)))


def _scaled_transposed_features(match: Match) -> np.ndarray:
    """Weights [C, F/group, k...] times a number per feature: the features of a group belong to its channels."""
    w, group = _wide(match, "w"), match.node("f").attributes["group"]
    factor = _factor(match).reshape(group, 1, -1, *[1] * (w.ndim - 2))
    return np.asarray((w.reshape(group, -1, *w.shape[1:]) * factor).reshape(w.shape))


def _scaled_columns(match: Match) -> np.ndarray:
    """Weights [K, N], or [N, K] where they are transposed, times a number per column."""
    w = _wide(match, "w")
    factor = _factor(match)
    return np.asarray(w * (factor[:, None] if match.node("f").attributes.get("transB") else factor))


def _scaled_bias(match: Match) -> np.ndarray | None:
    if not match.present("b"):
        return None
    return rounded(_wide(match, "b") * _factor(match), match.result.numpy_dtype)


def _raised_bias(match: Match) -> np.ndarray:
    return _factor(match) + (_wide(match, "b") if match.present("b") else 0)


def _raised_general_bias(match: Match) -> np.ndarray:
    """The addend of Gemm, which is multiplied by beta."""
    attributes = match.node("f").attributes
    if not match.present("b"):
        return _factor(match)
    return np.asarray(attributes["beta"] * _wide(match, "b") + _factor(match))


@rule(when=per_channel)
def scale_into_convolution(x: Tensor, w: Constant, b: Optional, s: Constant, f: Convolution, m: Movement) -> Equation:
    """Conv(X, W, B) * S = Conv(X, S * W, S * B)"""
    return op.Mul(m(f(x, w, b)), s), m(f(x, _constant(_scaled_features), Computed(_scaled_bias)))


@rule(when=per_channel)
def bias_into_convolution(x: Tensor, w: Constant, b: Optional, s: Constant, f: Convolution, m: Movement) -> Equation:
    """Conv(X, W, B) + S = Conv(X, W, B + S)"""
    return op.Add(m(f(x, w, b)), s), m(f(x, w, _constant(_raised_bias)))


@rule(when=per_channel)
def scale_into_transposed_convolution(
    x: Tensor, w: Constant, b: Optional, s: Constant, f: TransposedConvolution, m: Movement
) -> Equation:
    """ConvTranspose(X, W, B) * S = ConvTranspose(X, S * W, S * B)"""
    return op.Mul(m(f(x, w, b)), s), m(f(x, _constant(_scaled_transposed_features), Computed(_scaled_bias)))


@rule(when=per_channel)
def bias_into_transposed_convolution(
    x: Tensor, w: Constant, b: Optional, s: Constant, f: TransposedConvolution, m: Movement
) -> Equation:
    """ConvTranspose(X, W, B) + S = ConvTranspose(X, W, B + S)"""
    return op.Add(m(f(x, w, b)), s), m(f(x, w, _constant(_raised_bias)))


@rule(when=per_channel)
def scale_into_gemm(x: Tensor, w: Constant, b: Optional, s: Constant, f: General, m: Movement) -> Equation:
    """Gemm(X, W, B) * S = Gemm(X, W * S, B * S)"""
    return op.Mul(m(f(x, w, b)), s), m(f(x, _constant(_scaled_columns), Computed(_scaled_bias)))


@rule(when=per_channel)
def bias_into_gemm(x: Tensor, w: Tensor, b: Optional, s: Constant, f: General, m: Movement) -> Equation:
    """Gemm(X, W, B) + S = Gemm(X, W, B + S)"""
    return op.Add(m(f(x, w, b)), s), m(f(x, w, _constant(_raised_general_bias), beta=1.0))


@condition
def matrix_of_weights(match: Match) -> str | None:
    """W is a matrix"""
    return None if match.type("w").rank == 2 and match.type("x").rank >= 2 else "W is no matrix"


@rule(when=(matrix_of_weights, per_channel))
def scale_into_matmul(x: Tensor, w: Constant, s: Constant, f: Product, m: Movement) -> Equation:
    """(X W) * S = X (W * S)"""
    return op.Mul(m(f(x, w)), s), m(f(x, _constant(_scaled_columns)))


@condition
def bias_of_columns(match: Match) -> str | None:
    """B has one number for each column"""
    shape = match.type("b").shape
    return None if all(size == 1 for size in shape[:-1]) else "B varies within a column"


@rule(when=(matrix_of_weights, bias_of_columns, per_channel))
def scale_into_linear_layer(x: Tensor, w: Constant, b: Constant, s: Constant, f: Product, m: Movement) -> Equation:
    """(X W + B) * S = X (W * S) + B * S"""
    return op.Mul(m(op.Add(f(x, w), b)), s), m(op.Add(f(x, _constant(_scaled_columns)), Computed(_scaled_bias)))


@rule(when=(matrix_of_weights, bias_of_columns))
def scale_of_scores_into_linear_layer(
    x: Tensor, w: Constant, b: Constant, s: Scalar, k: Tensor, m: Movement
) -> Equation:
    """((X W + B) K) * S = (X (W * S) + B * S) K"""
    left = op.Mul(op.MatMul(m(op.Add(op.MatMul(x, w), b)), k), s)
    return left, op.MatMul(m(op.Add(op.MatMul(x, op.Mul(w, s)), op.Mul(b, s))), k)


@rule(when=matrix_of_weights)
def scale_of_scores_into_matmul(x: Tensor, w: Constant, s: Scalar, k: Tensor, m: Movement) -> Equation:
    """((X W) K) * S = (X (W * S)) K"""
    return op.Mul(op.MatMul(m(op.MatMul(x, w)), k), s), op.MatMul(m(op.MatMul(x, op.Mul(w, s))), k)


@condition
def normalised_scale(match: Match) -> str | None:
    """the variances are not negative"""
    return None if np.all(match.constant("variance") >= 0) else "a variance is negative"


def _batch_scale(match: Match) -> np.ndarray:
    epsilon = match.node("f").attributes["epsilon"]
    return np.asarray(_wide(match, "scale") / np.sqrt(_wide(match, "variance") + epsilon))


def _along_channels(match: Match, vector: np.ndarray) -> np.ndarray:
    rank, axis = match.result.rank, _batch_axis(match)
    return vector.reshape([-1 if place == axis else 1 for place in range(rank)])


def _batch_axis(match: Match) -> int:
    node = match.node("f")
    return 1 if node.attributes["layout"] == "channels_first" else node.output.type.rank - 1


class Batch(AnyOf):
    """BatchNormalization of either layout."""

    classes = (BatchNormalization,)


@rule(when=normalised_scale)
def batch_normalization(
    x: Tensor, scale: Constant, bias: Constant, mean: Constant, variance: Constant, f: Batch
) -> Equation:
    """BatchNormalization(X, G, B, M, V) = X * (G / sqrt(V + epsilon)) + (B - M * G / sqrt(V + epsilon))"""
    factor = _constant(lambda match: _along_channels(match, _batch_scale(match)))
    addend = _constant(
        lambda match: _along_channels(match, _wide(match, "bias") - _wide(match, "mean") * _batch_scale(match))
    )
    return f(x, scale, bias, mean, variance), op.Add(op.Mul(x, factor), addend)


def _rows(match: Match) -> np.ndarray | None:
    """S as one number for each row of W."""
    array, rank = match.constant("s"), match.type("x").rank
    inner = match.type("w").shape[0]
    full = (1,) * (rank - array.ndim) + array.shape
    if any(size != 1 for size in full[:-1]):
        return None
    return np.broadcast_to(array.reshape(-1), (inner,))


@condition
def per_row(match: Match) -> str | None:
    """S varies along the last dimension of X only"""
    return None if _rows(match) is not None else "S varies along other dimensions of X"


@rule(when=(matrix_of_weights, per_row))
def scaled_operand_of_matmul(x: Tensor, w: Constant, s: Constant) -> Equation:
    """(X * S) W = X (S * W)"""
    scaled = _constant(lambda match: np.asarray(_rows(match))[:, None] * _wide(match, "w"))
    return op.MatMul(op.Mul(x, s), w), op.MatMul(x, scaled)


@rule
def products_of_weights(x: Tensor, v: Constant, w: Constant) -> Equation:
    """(X V) W = X (V W)"""
    return op.MatMul(op.MatMul(x, v), w), op.MatMul(x, op.MatMul(v, w))


@condition
def bias_spans_columns(match: Match) -> str | None:
    """B has an entry for each column"""
    columns = match.type("w").shape[-1]
    return None if match.type("b").shape[-1:] == (columns,) else "B is broadcast along the columns"


@condition
def splits_columns(match: Match) -> str | None:
    """the last dimension is split"""
    return None if match.attribute("axis") == match.type("x").rank - 1 else "rows are split"


def _part(name: str) -> Computed:
    """The columns of a constant that belong to the part."""

    def compute(match: Match) -> np.ndarray:
        array, outputs = match.constant(name), match.root.outputs
        first = sum(value.type.shape[-1] for value in outputs[: match.part])
        return array[..., first : first + match.result.shape[-1]]

    return Computed(compute)


@rule(when=(splits_columns, matrix_of_weights))
def split_matmul(x: Tensor, w: Constant, axis: Attribute) -> Equation:
    """Split(X W) = (X W1, X W2, ...)"""
    return op.Split(op.MatMul(x, w), axis=axis), EachPart(op.MatMul(x, _part("w")))


@rule(when=(splits_columns, matrix_of_weights, bias_spans_columns))
def split_linear_layer(x: Tensor, w: Constant, b: Constant, axis: Attribute) -> Equation:
    """Split(X W + B) = (X W1 + B1, X W2 + B2, ...)"""
    part = op.Add(op.MatMul(x, _part("w")), _part("b"))
    return op.Split(op.Add(op.MatMul(x, w), b), axis=axis), EachPart(part)
