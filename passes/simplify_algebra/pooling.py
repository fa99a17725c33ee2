"""Pools that do nothing or cover everything, padding merged into windows, means taken before linear operators."""

import math

from dnnf_mlir.dialect_defs.many_to_many.convolution import Conv
from dnnf_mlir.dialect_defs.many_to_many.pooling import AveragePool, GlobalPool, MaxPool, Pool
from dnnf_mlir.dialect_defs.many_to_many.reduction import ReduceMax, ReduceMean, ReduceMin, ReduceProd, ReduceSum
from dnnf_mlir.dialect_defs.spatial import SpatialOperator
from dnnf_mlir.graph.ecg import Node
from dnnf_mlir.rewriting import Family, Match, condition
from dnnf_mlir.rewriting.terms import AnyOf, Attribute, Constant, Equation, Optional, Tensor, op

rule = Family("pooling")

_NUMBERS = "fiu"


class Window(AnyOf):
    """AveragePool or MaxPool."""

    classes = (Pool,)


class Average(AnyOf):
    """AveragePool."""

    classes = (AveragePool,)


class Largest(AnyOf):
    """MaxPool."""

    classes = (MaxPool,)


class Whole(AnyOf):
    """GlobalAveragePool or GlobalMaxPool."""

    classes = (GlobalPool,)


class Pointwise(AnyOf):
    """Conv."""

    classes = (Conv,)


class Linear(AnyOf):
    """The sum or the mean."""

    classes = (ReduceSum, ReduceMean)


def _spatial(node: Node) -> tuple[int, ...]:
    """The spatial sizes of a spatial operator's first operand."""
    if not issubclass(node.op, SpatialOperator):
        raise LookupError("it has no spatial dimensions")
    return node.op.split_shape(node.signature)[2]


@condition
def windows_of_one(match: Match) -> str | None:
    """every window is one element, none is left out"""
    attributes = match.node("f").attributes
    if any(attributes["pads"]) or any(size != 1 for size in (*attributes["kernel_shape"], *attributes["strides"])):
        return "the windows are larger, padded or strided"
    return None


@rule(when=windows_of_one, dtypes=_NUMBERS, first=True, exact=True)
def pool_of_one(x: Tensor, f: Window) -> Equation:
    """Pool(X) = X, where windows have one element"""
    return f(x), x


@condition
def one_position(match: Match) -> str | None:
    """X and the result have one spatial position"""
    node = match.node("f")
    if any(size != 1 for size in (*_spatial(node), *node.output.type.shape[2:])) or match.result != match.type("x"):
        return "there are several positions"
    return None


@condition
def padding_is_not_counted(match: Match) -> str | None:
    """padding is not counted"""
    attributes = match.node("f").attributes
    counted = attributes.get("count_include_pad") and math.prod(attributes["kernel_shape"]) != 1
    return "padding is counted" if counted else None


@rule(when=(one_position, padding_is_not_counted), dtypes=_NUMBERS, first=True, exact=True)
def pool_of_one_position(x: Tensor, f: Window) -> Equation:
    """Pool(X) = X, where X and the result have one position"""
    return f(x), x


@rule(when=one_position, dtypes=_NUMBERS, first=True, exact=True)
def global_pool_of_one_position(x: Tensor, f: Whole) -> Equation:
    """GlobalPool(X) = X, where X has one position"""
    return f(x), x


@condition
def covers_everything(match: Match) -> str | None:
    """the window is as large as X and not padded"""
    node = match.node("f")
    if any(node.attributes["pads"]) or tuple(node.attributes["kernel_shape"]) != _spatial(node):
        return "the window is not all of X"
    return "X is empty" if 0 in match.type("x").shape else None


class Combined(AnyOf):
    """A reduction that gives a single element back."""

    classes = (ReduceMax, ReduceMean, ReduceMin, ReduceProd, ReduceSum)


@condition
def reduces_ones(match: Match) -> str | None:
    """the reduced dimensions have size 1"""
    shape = match.type("x").shape
    return None if all(shape[axis] == 1 for axis in match.attribute("axes")) else "several elements are reduced"


@rule(when=reduces_ones, dtypes=_NUMBERS, exact=True)
def reduction_of_one(x: Tensor, e: Combined, axes: Attribute) -> Equation:
    """reduce(X) = Reshape(X), over dimensions of 1"""
    return e(x, axes=axes), op.Reshape(x, shape=lambda match: match.result.shape)


def _layout(match: Match) -> str:
    return str(match.node("f").attributes["layout"])


@rule(when=covers_everything)
def average_of_everything(x: Tensor, f: Average) -> Equation:
    """AveragePool(X) = GlobalAveragePool(X), where the window is all of X"""
    return f(x), op.GlobalAveragePool(x, layout=_layout)


@rule(when=covers_everything, exact=True)
def largest_of_everything(x: Tensor, f: Largest) -> Equation:
    """MaxPool(X) = GlobalMaxPool(X), where the window is all of X"""
    return f(x), op.GlobalMaxPool(x, layout=_layout)


def _merged(match: Match) -> tuple[int, ...]:
    """The paddings of the window and of the Pad, of spatial dimensions."""
    node, pads, rank = match.node("f"), match.attribute("outer"), match.type("x").rank
    if not issubclass(node.op, SpatialOperator):
        raise LookupError("it has no spatial dimensions")
    axes = node.op.spatial_axes(node.signature)
    added = (*(pads[axis] for axis in axes), *(pads[rank + axis] for axis in axes))
    return tuple(a + b for a, b in zip(node.attributes["pads"], added, strict=True))


@condition
def pads_space_only(match: Match) -> str | None:
    """only spatial dimensions are padded"""
    node, pads, rank = match.node("f"), match.attribute("outer"), match.type("x").rank
    if not issubclass(node.op, SpatialOperator) or min(pads, default=0) < 0:
        return "a padding is negative"
    axes = node.op.spatial_axes(node.signature)
    outside = [axis for axis in range(rank) if axis not in axes and (pads[axis] or pads[rank + axis])]
    return f"dimension {outside[0]} is padded" if outside else None


@rule(when=pads_space_only)
def pad_before_convolution(x: Tensor, w: Tensor, b: Optional, outer: Attribute, f: Pointwise) -> Equation:
    """Conv(Pad(X, P), W) = Conv(X, W), where Conv pads by P more"""
    return f(op.Pad(x, pads=outer, mode="constant", value=0.0), w, b), f(x, w, b, pads=_merged)


@condition
def counts_padding(match: Match) -> str | None:
    """the pool counts its own padding, or has none"""
    attributes = match.node("f").attributes
    own = any(attributes["pads"]) and not attributes["count_include_pad"]
    return "the pool leaves its own padding out" if own else None


@rule(when=(pads_space_only, counts_padding))
def pad_before_average(x: Tensor, outer: Attribute, f: Average) -> Equation:
    """AveragePool(Pad(X, P)) = AveragePool(X), where the pool pads by P more and counts it"""
    return f(op.Pad(x, pads=outer, mode="constant", value=0.0)), f(x, pads=_merged, count_include_pad=1)


@rule(when=pads_space_only, exact=True)
def pad_before_largest(x: Tensor, outer: Attribute, f: Largest) -> Equation:
    """MaxPool(Pad(X, P, -inf)) = MaxPool(X), where the pool pads by P more"""
    return f(op.Pad(x, pads=outer, mode="constant", value=-math.inf)), f(x, pads=_merged)


@condition
def one_by_one(match: Match) -> str | None:
    """the kernel is 1 x 1, with stride 1 and no padding"""
    attributes = match.node("f").attributes
    if any(size != 1 for size in (*match.type("w").shape[2:], *attributes["strides"])) or any(attributes["pads"]):
        return "positions are left out, padded or mixed"
    return "nothing is averaged" if 0 in match.type("x").shape else None


@rule(when=one_by_one)
def mean_of_pointwise(x: Tensor, w: Tensor, b: Optional, f: Pointwise) -> Equation:
    """GlobalAveragePool(Conv(X, W, B)) = Conv(GlobalAveragePool(X), W, B), where W is 1 x 1"""
    return op.GlobalAveragePool(f(x, w, b)), f(op.GlobalAveragePool(x, layout=_layout), w, b)


@condition
def reduces_space(match: Match) -> str | None:
    """only spatial dimensions are reduced"""
    node = match.node("f")
    if not issubclass(node.op, SpatialOperator):
        return "it has no spatial dimensions"
    axes = node.op.spatial_axes(node.signature)
    return None if set(match.attribute("axes")) <= set(axes) else "channels or the batch are reduced"


@rule(when=(one_by_one, reduces_space))
def reduced_mean_of_pointwise(x: Tensor, w: Tensor, b: Optional, f: Pointwise, axes: Attribute) -> Equation:
    """ReduceMean(Conv(X, W, B)) = Reshape(Conv(ReduceMean(X), W, B)), where W is 1 x 1 and space is reduced"""
    inner = f(op.ReduceMean(x, axes=axes, keepdims=1), w, b)
    return op.ReduceMean(f(x, w, b), axes=axes), op.Reshape(inner, shape=lambda match: match.result.shape)


@condition
def reduces_rows(match: Match) -> str | None:
    """W is a matrix, and the last dimension is not reduced"""
    rank = match.type("x").rank
    if match.type("w").rank != 2 or rank < 2 or rank - 1 in match.attribute("axes"):
        return "columns are reduced, or W is no matrix"
    if rank - len(match.attribute("axes")) < 2 and not match.node("e").attributes["keepdims"]:
        return "no row would be left"
    return "nothing is reduced" if 0 in match.type("x").shape else None


@rule(when=reduces_rows)
def reduction_of_matmul(x: Tensor, w: Tensor, axes: Attribute, e: Linear) -> Equation:
    """mean(X W) = mean(X) W, sum(X W) = sum(X) W, over dimensions of X that W keeps"""
    return e(op.MatMul(x, w), axes=axes), op.MatMul(e(x, axes=axes), w)


class Mean(AnyOf):
    """The mean."""

    classes = (ReduceMean,)


@condition
def bias_is_a_row(match: Match) -> str | None:
    """B has one dimension"""
    return None if match.type("b").rank == 1 else "B has several dimensions"


@rule(when=(reduces_rows, bias_is_a_row))
def mean_of_linear_layer(x: Tensor, w: Tensor, b: Constant, axes: Attribute, e: Mean) -> Equation:
    """mean(X W + B) = mean(X) W + B, over dimensions of X that W keeps"""
    return e(op.Add(op.MatMul(x, w), b), axes=axes), op.Add(op.MatMul(e(x, axes=axes), w), b)
