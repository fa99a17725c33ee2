"""Operators recognised in the spellings of exporters: one operator instead of its definition.

The right side is computed as a whole, in one pass over the data where the definition takes many.
"""

import math

import ml_dtypes

from dnnf_mlir.rewriting import Family, Match, condition
from dnnf_mlir.rewriting.terms import Attribute, Equation, Scalar, Squeezed, Tensor, op

from .conditions import kept, reduces_something, single

rule = Family("recognition")

_TANH_SCALE = math.sqrt(2 / math.pi)


def _axis(match: Match) -> int:
    return int(match.attribute("axes")[0])


@rule(when=(single("axes"), kept("maximum", "x"), kept("total", "x")), recognition=True)
def softmax(x: Tensor, axes: Attribute, maximum: Tensor, total: Tensor) -> Equation:
    """exp(X - max(X)) / sum(exp(X - max(X))) = Softmax(X)"""
    e = op.Exp(op.Sub(x, Squeezed(op.ReduceMax(x, axes=axes), maximum)))
    return op.Div(e, Squeezed(op.ReduceSum(e, axes=axes), total)), op.Softmax(x, axis=_axis)


@rule(when=(single("axes"), kept("total", "x")), recognition=True)
def softmax_without_maximum(x: Tensor, axes: Attribute, total: Tensor) -> Equation:
    """exp(X) / sum(exp(X)) = Softmax(X)"""
    e = op.Exp(x)
    return op.Div(e, Squeezed(op.ReduceSum(e, axes=axes), total)), op.Softmax(x, axis=_axis)


@rule(recognition=True)
def safe_softmax(x: Tensor, axis: Attribute) -> Equation:
    """Where(IsNaN(Softmax(X)), 0, Softmax(X)) = SafeSoftmax(X)"""
    y = op.Softmax(x, axis=axis)
    return op.Where(op.IsNaN(y), 0.0, y), op.SafeSoftmax(x, axis=axis)


@condition
def last_is_reduced(match: Match) -> str | None:
    """the last dimension is reduced"""
    last = match.type("mask").rank - 1
    if match.attribute("axes") != (last,) or match.type("largest").rank != last + 1:
        return "the maxima are not along the last dimension, or do not keep it"
    rank = match.result.rank
    return None if match.attribute("axis") == rank - 1 else "the softmax is along another dimension"


@rule(when=last_is_reduced, recognition=True)
def safe_softmax_by_mask(x: Tensor, mask: Tensor, largest: Tensor, axes: Attribute, axis: Attribute) -> Equation:
    """Where(max(M) = -inf, 0, Softmax(X + M)) = SafeSoftmax(X + M)"""
    total = op.Add(x, mask)
    empty = op.Equal(Squeezed(op.ReduceMax(mask, axes=axes), largest), -math.inf)
    return op.Where(empty, 0.0, op.Softmax(total, axis=axis)), op.SafeSoftmax(total, axis=axis)


@rule(recognition=True)
def log_softmax(x: Tensor, axis: Attribute) -> Equation:
    """log(Softmax(X)) = LogSoftmax(X)"""
    return op.Log(op.Softmax(x, axis=axis)), op.LogSoftmax(x, axis=axis)


@rule(when=(single("axes"), kept("total", "x")), recognition=True)
def log_softmax_by_sum(x: Tensor, axes: Attribute, total: Tensor) -> Equation:
    """X - log(sum(exp(X))) = LogSoftmax(X)"""
    total_of = Squeezed(op.Log(op.ReduceSum(op.Exp(x), axes=axes)), total)
    return op.Sub(x, total_of), op.LogSoftmax(x, axis=_axis)


@rule(when=(single("axes"), kept("total", "x")), recognition=True)
def log_softmax_by_log_sum_exp(x: Tensor, axes: Attribute, total: Tensor) -> Equation:
    """X - ReduceLogSumExp(X) = LogSoftmax(X)"""
    return op.Sub(x, Squeezed(op.ReduceLogSumExp(x, axes=axes), total)), op.LogSoftmax(x, axis=_axis)


@rule(recognition=True)
def gelu(x: Tensor) -> Equation:
    """X * 0.5 * (1 + erf(X / sqrt(2))) = Gelu(X)"""
    cumulative = op.Add(op.Erf(op.Div(x, math.sqrt(2))), 1.0)
    return op.Mul(x, 0.5, cumulative), op.Gelu(x, approximate="none")


@rule(recognition=True)
def gelu_tanh(x: Tensor) -> Equation:
    """X * 0.5 * (1 + tanh(sqrt(2 / pi) * (X + 0.044715 * X^3))) = Gelu(X, tanh)"""
    cubic = op.Add(x, op.Mul(0.044715, x, x, x))
    cumulative = op.Add(op.Tanh(op.Mul(_TANH_SCALE, cubic)), 1.0)
    return op.Mul(x, 0.5, cumulative), op.Gelu(x, approximate="tanh")


@rule(recognition=True)
def gelu_tanh_factored(x: Tensor) -> Equation:
    """X * 0.5 * (1 + tanh(sqrt(2 / pi) * X * (1 + 0.044715 * X^2))) = Gelu(X, tanh)"""
    cubic = op.Mul(_TANH_SCALE, x, op.Add(op.Mul(0.044715, x, x), 1.0))
    return op.Mul(x, 0.5, op.Add(op.Tanh(cubic), 1.0)), op.Gelu(x, approximate="tanh")


@rule(recognition=True)
def sigmoid(x: Tensor) -> Equation:
    """1 / (1 + exp(-X)) = Sigmoid(X)"""
    return op.Reciprocal(op.Add(op.Exp(op.Neg(x)), 1.0)), op.Sigmoid(x)


@rule(recognition=True)
def sigmoid_by_division(x: Tensor, c: Scalar) -> Equation:
    """C / (1 + exp(-X)) = Sigmoid(X) * C"""
    return op.Div(c, op.Add(op.Exp(op.Neg(x)), 1.0)), op.Mul(op.Sigmoid(x), c)


@rule(recognition=True)
def silu(x: Tensor) -> Equation:
    """X * Sigmoid(X) = Swish(X)"""
    return op.Mul(x, op.Sigmoid(x)), op.Swish(x, alpha=1.0)


@rule(recognition=True)
def silu_by_division(x: Tensor) -> Equation:
    """X / (1 + exp(-X)) = Swish(X)"""
    return op.Div(x, op.Add(op.Exp(op.Neg(x)), 1.0)), op.Swish(x, alpha=1.0)


@rule(recognition=True)
def swish(x: Tensor, c: Scalar) -> Equation:
    """X * Sigmoid(C * X) = Swish(X, C)"""
    return op.Mul(x, op.Sigmoid(op.Mul(x, c))), op.Swish(x, alpha=lambda match: match.number("c"))


@rule(recognition=True)
def softplus(x: Tensor) -> Equation:
    """log(1 + exp(X)) = Softplus(X)"""
    return op.Log(op.Add(op.Exp(x), 1.0)), op.Softplus(x)


@condition
def softplus_is_identity(match: Match) -> str | None:
    """C is so large that log(1 + exp(C)) is C"""
    c = match.number("c")
    resolution = float(ml_dtypes.finfo(match.result.numpy_dtype).eps)  # type: ignore[no-untyped-call]
    return None if c > 0 and math.exp(-c) < resolution / 4 * c else f"Softplus({c}) is not {c}"


@rule(when=softplus_is_identity, recognition=True)
def softplus_by_where(x: Tensor, c: Scalar) -> Equation:
    """Where(X > C, X, Softplus(X)) = Softplus(X)"""
    return op.Where(op.Greater(x, c), x, op.Softplus(x)), op.Softplus(x)


rule.states("mish", "X * tanh(Softplus(X)) = Mish(X)", recognition=True)


@rule(recognition=True)
def softsign(x: Tensor) -> Equation:
    """X / (1 + |X|) = Softsign(X)"""
    return op.Div(x, op.Add(op.Abs(x), 1.0)), op.Softsign(x)


@condition
def positive_upper_bound(match: Match) -> str | None:
    """the upper bound is positive and finite"""
    bound = match.attribute("top")
    return None if 0 < bound < math.inf else f"the upper bound is {bound}"


@condition
def divides_by_bound(match: Match) -> str | None:
    """C = 1 / top"""
    top, c = match.attribute("top"), match.number("c")
    return None if abs(c * top - 1) < 1e-6 else f"{c} is not 1 / {top}"


@rule(when=(positive_upper_bound, divides_by_bound), recognition=True)
def hard_sigmoid(x: Tensor, b: Scalar, c: Scalar, top: Attribute) -> Equation:
    """Clip(X + B, 0, top) / top = HardSigmoid(X, 1 / top, B / top)"""
    left = op.Mul(op.Clip(op.Add(x, b), min=0.0, max=top), c)
    right = op.HardSigmoid(
        x,
        alpha=lambda match: 1 / match.attribute("top"),
        beta=lambda match: match.number("b") / match.attribute("top"),
    )
    return left, right


@rule(recognition=True)
def hard_sigmoid_scaled(x: Tensor, a: Scalar, b: Scalar) -> Equation:
    """Clip(A * X + B, 0, 1) = HardSigmoid(X, A, B)"""
    right = op.HardSigmoid(x, alpha=lambda match: match.number("a"), beta=lambda match: match.number("b"))
    return op.Clip(op.Add(op.Mul(x, a), b), min=0.0, max=1.0), right


@rule(recognition=True)
def hard_swish(x: Tensor) -> Equation:
    """X * Clip(X + 3, 0, 6) / 6 = HardSwish(X)"""
    return op.Mul(x, op.Clip(op.Add(x, 3.0), min=0.0, max=6.0), 1 / 6), op.HardSwish(x)


@condition
def is_a_sixth(match: Match) -> str | None:
    """alpha = 1/6, beta = 1/2"""
    alpha, beta = match.attribute("alpha"), match.attribute("beta")
    return None if abs(alpha * 6 - 1) < 1e-6 and beta == 0.5 else f"alpha is {alpha}, beta {beta}"


@rule(when=is_a_sixth, recognition=True)
def hard_swish_by_hard_sigmoid(x: Tensor, alpha: Attribute, beta: Attribute) -> Equation:
    """X * HardSigmoid(X, 1/6, 1/2) = HardSwish(X)"""
    return op.Mul(x, op.HardSigmoid(x, alpha=alpha, beta=beta)), op.HardSwish(x)


rule.states("relu", "max(X, 0) = Relu(X)", recognition=True, exact=True)


@rule(first=True, exact=True)
def relu_by_clip(x: Tensor) -> Equation:
    """Clip(X, 0, inf) = Relu(X)"""
    return op.Clip(x, min=0.0, max=math.inf), op.Relu(x)


@condition
def ordered(match: Match) -> str | None:
    """low <= high"""
    low, high = match.number("low"), match.number("high")
    return None if low <= high else f"{low} > {high}"


@rule(when=ordered, recognition=True, exact=True)
def clip(x: Tensor, low: Scalar, high: Scalar) -> Equation:
    """min(max(X, low), high) = Clip(X, low, high)"""
    return op.Min(op.Max(x, low), high), op.Clip(
        x, min=lambda match: match.number("low"), max=lambda match: match.number("high")
    )


@rule(when=ordered, recognition=True, exact=True)
def clip_outside(x: Tensor, low: Scalar, high: Scalar) -> Equation:
    """max(min(X, high), low) = Clip(X, low, high)"""
    return op.Max(op.Min(x, high), low), op.Clip(
        x, min=lambda match: match.number("low"), max=lambda match: match.number("high")
    )


@condition
def positive_bound(match: Match) -> str | None:
    """high >= 0"""
    return None if match.number("high") >= 0 else "the bound is negative"


@rule(when=positive_bound, recognition=True, exact=True)
def relu_clip(x: Tensor, high: Scalar) -> Equation:
    """min(Relu(X), high) = Clip(X, 0, high)"""
    return op.Min(op.Relu(x), high), op.Clip(x, min=0.0, max=lambda match: match.number("high"))


@condition
def a_slope(match: Match) -> str | None:
    """0 <= C <= 1"""
    return None if 0 <= match.number("c") <= 1 else "the slope is not between 0 and 1"


@rule(when=a_slope, recognition=True, exact=True)
def leaky_relu(x: Tensor, c: Scalar) -> Equation:
    """max(X, C * X) = LeakyRelu(X, C)"""
    return op.Max(x, op.Mul(x, c)), op.LeakyRelu(x, alpha=lambda match: match.number("c"))


@rule(recognition=True, exact=True)
def leaky_relu_by_where(x: Tensor, c: Scalar) -> Equation:
    """Where(X >= 0, X, C * X) = LeakyRelu(X, C)"""
    left = op.Where(op.GreaterOrEqual(x, 0.0), x, op.Mul(x, c))
    return left, op.LeakyRelu(x, alpha=lambda match: match.number("c"))


rule.states("absolute", "max(X, -X) = |X|", recognition=True, exact=True)
rule.states("tangent", "sin(X) / cos(X) = tan(X)", recognition=True)


@condition
def spatial(match: Match) -> str | None:
    """the dimensions are all of an image's but batch and channels"""
    axes, rank = match.attribute("axes"), match.type("x").rank
    return None if 4 <= rank <= 5 and axes == tuple(range(2, rank)) else f"{axes} are not all of 2 or 3 spatial ones"


@rule(when=(spatial, reduces_something), recognition=True, first=False)
def global_average_pool(x: Tensor, axes: Attribute) -> Equation:
    """mean(X) = GlobalAveragePool(X), over all spatial dimensions"""
    return op.ReduceMean(x, axes=axes, keepdims=1), op.GlobalAveragePool(x, layout="channels_first")


rule.states("reduce_sum_square", "sum(X * X) = ReduceSumSquare(X)", recognition=True, first=False)
rule.states("reduce_l1", "sum(|X|) = ReduceL1(X)", recognition=True, first=False)
rule.states("reduce_l2", "sqrt(ReduceSumSquare(X)) = ReduceL2(X)", recognition=True, first=False)
rule.states("reduce_log_sum", "log(sum(X)) = ReduceLogSum(X)", recognition=True, first=False)
rule.states("reduce_log_sum_exp", "ReduceLogSum(exp(X)) = ReduceLogSumExp(X)", recognition=True, first=False)
