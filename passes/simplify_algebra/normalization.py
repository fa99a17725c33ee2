"""Layer, root mean square and instance normalization recognised in their definitions; scales and biases in them."""

from collections.abc import Callable

import numpy as np

from dnnf_mlir.rewriting import Condition, Family, Match, condition
from dnnf_mlir.rewriting.folding import rounded
from dnnf_mlir.rewriting.terms import (
    Apply,
    Attribute,
    Computed,
    Constant,
    Equation,
    Optional,
    Scalar,
    Squeezed,
    Tensor,
    op,
)

from .conditions import kept, nonnegative, reduces_something

rule = Family("normalization")


def _perm(match: Match) -> tuple[int, ...]:
    """The order that moves the normalised dimensions to the end."""
    axes, rank = match.attribute("axes"), match.type("x").rank
    return (*(axis for axis in range(rank) if axis not in axes), *axes)


def _inverse_perm(match: Match) -> tuple[int, ...]:
    perm = _perm(match)
    return tuple(perm.index(axis) for axis in range(len(perm)))


def _ones(match: Match) -> np.ndarray:
    shape = match.type("x").shape
    return np.ones([shape[axis] for axis in match.attribute("axes")], match.type("x").numpy_dtype)


def _normalised(x: Tensor) -> Apply:
    """The normalised tensor; dimensions in the middle are brought to the end and back."""
    normalised = op.LayerNormalization(
        op.Transpose(x, perm=_perm),
        Computed(_ones),
        None,
        axis=lambda match: match.type("x").rank - len(match.attribute("axes")),
        epsilon=lambda match: match.number("epsilon"),
    )
    return op.Transpose(normalised, perm=_inverse_perm)


def _mean_square(x: Tensor, axes: Attribute) -> Squeezed:
    return Squeezed(op.ReduceMean(op.Mul(x, x), axes=axes))


_WHEN = (kept("mean", "x"), kept("variance", "x"), nonnegative("epsilon"), reduces_something)


@rule(when=_WHEN, recognition=True)
def layer_normalization(x: Tensor, axes: Attribute, epsilon: Scalar, mean: Tensor, variance: Tensor) -> Equation:
    """(X - mean(X)) / sqrt(mean((X - mean(X))^2) + epsilon) = LayerNormalization(X)"""
    deviation = op.Sub(x, Squeezed(op.ReduceMean(x, axes=axes), mean))
    squares = Squeezed(op.ReduceMean(op.Mul(deviation, deviation), axes=axes), variance)
    return op.Div(deviation, op.Sqrt(op.Add(squares, epsilon))), _normalised(x)


@rule(when=_WHEN, recognition=True)
def layer_normalization_by_moments(
    x: Tensor, axes: Attribute, epsilon: Scalar, mean: Tensor, variance: Tensor
) -> Equation:
    """(X - mean(X)) / sqrt(mean(X^2) - mean(X)^2 + epsilon) = LayerNormalization(X)"""
    average = op.ReduceMean(x, axes=axes)
    squares = Squeezed(op.ReduceMean(op.Mul(x, x), axes=axes), variance)
    inside = op.Sub(squares, op.Mul(Squeezed(average), Squeezed(average)))
    return op.Div(op.Sub(x, Squeezed(average, mean)), op.Sqrt(op.Add(inside, epsilon))), _normalised(x)


@rule(when=_WHEN, recognition=True)
def layer_normalization_by_clamped_moments(
    x: Tensor, axes: Attribute, epsilon: Scalar, mean: Tensor, variance: Tensor
) -> Equation:
    """(X - mean(X)) / sqrt(max(mean(X^2) - mean(X)^2, 0) + epsilon) = LayerNormalization(X)"""
    average = op.ReduceMean(x, axes=axes)
    inside = op.Sub(_mean_square(x, axes), op.Mul(Squeezed(average), Squeezed(average)))
    clamped = Squeezed(op.Relu(inside), variance)
    return op.Div(op.Sub(x, Squeezed(average, mean)), op.Sqrt(op.Add(clamped, epsilon))), _normalised(x)


@condition
def scale_fits(match: Match) -> str | None:
    """S varies along the normalised dimensions only"""
    return _misfit(match, "s")


@condition
def bias_fits(match: Match) -> str | None:
    """B varies along the normalised dimensions only"""
    return _misfit(match, "b")


def _misfit(match: Match, name: str) -> str | None:
    axis, rank = match.attribute("axis"), match.type("x").rank
    if match.type(name).rank > rank or any(size != 1 for size in _shape(match, name)[:axis]):
        return f"{name} varies along dimensions that are not normalised"
    return None


def _shape(match: Match, name: str) -> tuple[int, ...]:
    """A parameter's shape at full rank, in the order of the normalised tensor's dimensions."""
    shape, rank = match.type(name).shape, match.type("x").rank
    full = (1,) * (rank - len(shape)) + shape
    perm = match.bindings.get("perm")
    return full if perm is None else tuple(full[perm.index(axis)] for axis in range(rank))


def _parameter(name: str) -> Computed:
    """A parameter brought to the normalised dimensions alone."""

    def compute(match: Match) -> np.ndarray:
        array, rank = match.constant(name), match.type("x").rank
        full = array.reshape((1,) * (rank - array.ndim) + array.shape)
        perm = match.bindings.get("perm")
        ordered = full if perm is None else full.transpose([perm.index(axis) for axis in range(rank)])
        return ordered.reshape(ordered.shape[match.attribute("axis") :])

    return Computed(compute)


def _bias(match: Match) -> np.ndarray:
    """The bias that there is already plus the new one."""
    added = _parameter("b").function(match)
    if added is None:
        raise LookupError("b is absent")
    if not match.present("c"):
        return added
    return rounded(match.constant("c").astype(np.float64) + added, added.dtype)


_total_bias = Computed(_bias)


@rule(when=scale_fits)
def scale_into_normalization(x: Tensor, g: Constant, s: Constant, axis: Attribute, epsilon: Attribute) -> Equation:
    """LayerNormalization(X, G) * S = LayerNormalization(X, G * S)"""
    scaled = op.LayerNormalization(x, op.Mul(g, _parameter("s")), None, axis=axis, epsilon=epsilon)
    return op.Mul(op.LayerNormalization(x, g, None, axis=axis, epsilon=epsilon), s), scaled


@rule(when=bias_fits)
def bias_into_normalization(
    x: Tensor, g: Constant, c: Optional, b: Constant, axis: Attribute, epsilon: Attribute
) -> Equation:
    """LayerNormalization(X, G) + B = LayerNormalization(X, G, B)"""
    biased = op.LayerNormalization(x, g, _total_bias, axis=axis, epsilon=epsilon)
    return op.Add(op.LayerNormalization(x, g, c, axis=axis, epsilon=epsilon), b), biased


@rule(when=scale_fits)
def scale_into_transposed_normalization(
    x: Tensor, g: Constant, s: Constant, axis: Attribute, epsilon: Attribute, perm: Attribute
) -> Equation:
    """Transpose(LayerNormalization(X, G)) * S = Transpose(LayerNormalization(X, G * S))"""
    normalised = op.LayerNormalization(x, g, None, axis=axis, epsilon=epsilon)
    scaled = op.LayerNormalization(x, op.Mul(g, _parameter("s")), None, axis=axis, epsilon=epsilon)
    return op.Mul(op.Transpose(normalised, perm=perm), s), op.Transpose(scaled, perm=perm)


@rule(when=bias_fits)
def bias_into_transposed_normalization(
    x: Tensor, g: Constant, c: Optional, b: Constant, axis: Attribute, epsilon: Attribute, perm: Attribute
) -> Equation:
    """Transpose(LayerNormalization(X, G)) + B = Transpose(LayerNormalization(X, G, B))"""
    normalised = op.LayerNormalization(x, g, c, axis=axis, epsilon=epsilon)
    biased = op.LayerNormalization(x, g, _total_bias, axis=axis, epsilon=epsilon)
    return op.Add(op.Transpose(normalised, perm=perm), b), op.Transpose(biased, perm=perm)


def _root_mean_square(x: Tensor) -> Apply:
    """The tensor by its root mean square; dimensions in the middle are brought to the end and back."""
    normalised = op.RMSNormalization(
        op.Transpose(x, perm=_perm),
        Computed(_ones),
        axis=lambda match: match.type("x").rank - len(match.attribute("axes")),
        epsilon=lambda match: match.number("epsilon"),
    )
    return op.Transpose(normalised, perm=_inverse_perm)


_SQUARES = (kept("square", "x"), nonnegative("epsilon"), reduces_something)


@rule(when=_SQUARES, recognition=True)
def rms_normalization(x: Tensor, axes: Attribute, epsilon: Scalar, square: Tensor) -> Equation:
    """X / sqrt(mean(X^2) + epsilon) = RMSNormalization(X)"""
    squares = Squeezed(op.ReduceMean(op.Mul(x, x), axes=axes), square)
    return op.Div(x, op.Sqrt(op.Add(squares, epsilon))), _root_mean_square(x)


@rule(when=_SQUARES, recognition=True)
def rms_normalization_by_power(x: Tensor, axes: Attribute, epsilon: Scalar, square: Tensor) -> Equation:
    """X * (mean(X^2) + epsilon) ^ -0.5 = RMSNormalization(X)"""
    squares = Squeezed(op.ReduceMean(op.Mul(x, x), axes=axes), square)
    return op.Mul(x, op.Pow(op.Add(squares, epsilon), -0.5)), _root_mean_square(x)


@rule(when=scale_fits)
def scale_into_rms_normalization(x: Tensor, g: Constant, s: Constant, axis: Attribute, epsilon: Attribute) -> Equation:
    """RMSNormalization(X, G) * S = RMSNormalization(X, G * S)"""
    scaled = op.RMSNormalization(x, op.Mul(g, _parameter("s")), axis=axis, epsilon=epsilon)
    return op.Mul(op.RMSNormalization(x, g, axis=axis, epsilon=epsilon), s), scaled


def _per_channel(name: str) -> Condition:
    """One number for each channel of X, which are its second dimension."""

    def check(match: Match) -> str | None:
        x = match.type("x")
        if match.type(name).rank > x.rank or x.rank < 3:
            return "X has no spatial dimensions"
        varies = any(size != 1 for axis, size in enumerate(_shape(match, name)) if axis != 1)
        return f"{name} varies within a channel" if varies else None

    return Condition(f"{name.upper()} has one number for each channel", check)


def _channels(match: Match, name: str) -> np.ndarray:
    return np.broadcast_to(match.constant(name).astype(np.float64).reshape(-1), match.type("x").shape[1:2])


def _rounded(compute: Callable[[Match], np.ndarray]) -> Computed:
    return Computed(lambda match: rounded(compute(match), match.result.numpy_dtype))


@condition
def normalises_space(match: Match) -> str | None:
    """all but the first two dimensions are normalised"""
    return None if match.attribute("axis") == 2 else "other dimensions are normalised"


@rule(when=(normalises_space, _per_channel("s")))
def instance_normalization(x: Tensor, s: Constant, axis: Attribute, epsilon: Attribute) -> Equation:
    """LayerNormalization(X) * S = InstanceNormalization(X, S, 0), where S has a number for each channel"""
    left = op.Mul(op.LayerNormalization(x, 1.0, None, axis=axis, epsilon=epsilon), s)
    scale = _rounded(lambda match: _channels(match, "s"))
    zero = _rounded(lambda match: np.zeros(match.type("x").shape[1]))
    return left, op.InstanceNormalization(x, scale, zero, epsilon=epsilon, layout="channels_first")


@rule(when=_per_channel("s"))
def scale_into_instance_normalization(x: Tensor, g: Constant, b: Constant, s: Constant, epsilon: Attribute) -> Equation:
    """InstanceNormalization(X, G, B) * S = InstanceNormalization(X, G * S, B * S)"""
    scale = _rounded(lambda match: _channels(match, "g") * _channels(match, "s"))
    bias = _rounded(lambda match: _channels(match, "b") * _channels(match, "s"))
    left = op.Mul(op.InstanceNormalization(x, g, b, epsilon=epsilon, layout="channels_first"), s)
    return left, op.InstanceNormalization(x, scale, bias, epsilon=epsilon, layout="channels_first")


@rule(when=_per_channel("c"))
def bias_into_instance_normalization(x: Tensor, g: Constant, b: Constant, c: Constant, epsilon: Attribute) -> Equation:
    """InstanceNormalization(X, G, B) + C = InstanceNormalization(X, G, B + C)"""
    bias = _rounded(lambda match: _channels(match, "b") + _channels(match, "c"))
    left = op.Add(op.InstanceNormalization(x, g, b, epsilon=epsilon, layout="channels_first"), c)
    return left, op.InstanceNormalization(x, g, bias, epsilon=epsilon, layout="channels_first")
