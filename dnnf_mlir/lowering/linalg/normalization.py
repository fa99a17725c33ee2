"""Softmax and the normalizations: statistics are reductions, the rest is an expression that joins its neighbours."""

from collections.abc import Callable, Sequence
from math import prod

import numpy as np

from dnnf_mlir.bindings.iree import ir, linalg
from dnnf_mlir.dialect_defs.many_to_many.normalization import (
    InstanceNormalization,
    LayerNormalization,
    LogSoftmax,
    RMSNormalization,
    SafeSoftmax,
    Softmax,
)
from dnnf_mlir.dialect_defs.one_to_one.normalization import BatchNormalization
from dnnf_mlir.emit.scalar import Scalar
from dnnf_mlir.emit.shapes import empty
from dnnf_mlir.emit.sizes import shape_of
from dnnf_mlir.emit.types import element_of
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.lowering.api import Composition, Region, composed, structured
from dnnf_mlir.lowering.linalg.index_maps import Apply, Expression, Output

from .index_maps import Access, Dim, iterate
from .reduction import SUM, divide, exponential_sums, read_prologue, read_reduced, reduce, reduce_expression


@structured(Softmax)
def _softmax(region: Region, node: Node) -> list[ir.Value]:
    if region.lowering.is_plain:
        return _softmax_by_parts(region, node)
    shape = node.input(0).type.shape
    axis = node.attributes["axis"]
    outer, extent, inner = prod(shape[:axis]), shape[axis], prod(shape[axis + 1 :])
    collapsed = [outer, extent, inner] if inner > 1 else [outer, extent]
    x = region.shaped(node.input(0), collapsed)
    dtype = node.input(0).type.dtype
    if dtype == "f32" or dtype == "f64":
        return [_whole_softmax(x)]
    # Sums of f16 are too coarse; quirks.HALF_MAXIMUM.
    single = _map(region, x, collapsed, dtype, lambda element: element.to("f32"), "f32")
    return [_map(region, _whole_softmax(single), collapsed, "f32", lambda element: element.to(dtype), dtype)]


def _whole_softmax(x: ir.Value) -> ir.Value:
    return linalg.SoftmaxOp([x.type], x, empty(shape_of(x), element_of(x.type)), 1).results[0]


def _softmax_by_parts(region: Region, node: Node) -> list[ir.Value]:
    """Without the operation of linalg, which is none of loops alone."""
    type_, parts, composition = node.output.type, _softmax_parts(region, node), region.composition()
    access = iterate(type_.shape)
    element = _with_parts(composition, node, access, parts, lambda x, largest, total: (x - largest).exp() / total)
    return composition.emit([Output(access, type_.dtype, fixed=type_.shape)], [element])


@structured(LogSoftmax, SafeSoftmax, folds=True)
def _softmax_parts(region: Region, node: Node) -> list[ir.Value]:
    return exponential_sums(region, node.input(0), (node.attributes["axis"],))


@composed(SafeSoftmax)
def _safe_softmax(composition: Composition, node: Node, result: int, access: Access) -> Expression:
    """Only a row of -infinity has a sum, and exponentials, of zero; every other sum is 1 at least."""
    parts = composition.region.partial(node)
    return _with_parts(composition, node, access, parts, lambda x, largest, total: (x - largest).exp() / total.max(1))


@composed(LogSoftmax)
def _log_softmax(composition: Composition, node: Node, result: int, access: Access) -> Expression:
    parts = composition.region.partial(node)
    return _with_parts(composition, node, access, parts, lambda x, largest, total: x - largest - total.log())


def _with_parts(
    composition: Composition,
    node: Node,
    access: Access,
    parts: Sequence[ir.Value],
    body: Callable[[Scalar, Scalar, Scalar], Scalar],
) -> Expression:
    """``body`` of an element, the maximum of its row and the sum of the row's exponentials."""
    x, axes = node.input(0), (node.attributes["axis"],)
    rows = [read_reduced(composition, part, x, axes, access) for part in parts]
    return Apply(body, (read_prologue(composition, x, access), *rows))


def statistics(region: Region, x: Value, axes: Sequence[int], epsilon: float) -> list[ir.Value]:
    """Mean and 1/sqrt(variance + epsilon) over the axes, of the kept dimensions' order of elements."""
    dtype, shape = x.type.dtype, _without(x.type.shape, axes)
    count = prod(x.type.shape[axis] for axis in axes)
    mean = _map(region, reduce(region, x, axes, SUM), shape, dtype, lambda total: divide(total, count))
    composition = region.composition()
    access = iterate(x.type.shape)
    operands = (read_prologue(composition, x, access), read_reduced(composition, mean, x, axes, access))
    deviation = Apply(lambda element, mean: _squared(element - mean), operands)
    squares = reduce_expression(composition, deviation, access, axes, dtype, SUM)
    return [mean, _map(region, squares, shape, dtype, lambda total: _reciprocal_root(divide(total, count), epsilon))]


def _map(
    region: Region,
    tensor: ir.Value,
    shape: Sequence[int],
    dtype: str,
    function: Callable[[Scalar], Scalar],
    result: str | None = None,
) -> ir.Value:
    """The function of every element, of type ``dtype``; the tensor's elements are of type ``result`` or the same."""
    composition = region.composition()
    access = iterate(shape)
    element = composition.read_tensor(tensor, access, dtype, tuple(shape))
    output = Output(access, result or dtype, fixed=tuple(shape))
    return composition.emit([output], [Apply(function, (element,))])[0]


def _squared(x: Scalar) -> Scalar:
    return x * x


def _reciprocal_root(variance: Scalar, epsilon: float) -> Scalar:
    shifted = variance + epsilon
    return shifted.splat(1) / shifted.sqrt()


def _without(shape: Sequence[int], axes: Sequence[int]) -> tuple[int, ...]:
    return tuple(extent for i, extent in enumerate(shape) if i not in axes)


def normalized(
    composition: Composition,
    node: Node,
    access: Access,
    axes: Sequence[int],
    scale: Expression | None,
    bias: Expression | None,
) -> Expression:
    """(x - mean) * rstd * scale + bias."""
    x = node.input(0)
    parts = [read_reduced(composition, part, x, axes, access) for part in composition.region.partial(node)]

    def body(element: Scalar, average: Scalar, factor: Scalar, weight: Scalar | None, shift: Scalar | None) -> Scalar:
        result = (element - average) * factor
        if weight is not None:
            result = result * weight
        return result if shift is None else result + shift

    return Apply(body, (read_prologue(composition, x, access), *parts, scale, bias))


def _layer_axes(node: Node) -> range:
    return range(node.attributes["axis"], node.input(0).type.rank)


@structured(LayerNormalization, folds=True)
def _layer_statistics(region: Region, node: Node) -> list[ir.Value]:
    return statistics(region, node.input(0), _layer_axes(node), node.attributes.get("epsilon", 1e-5))


@composed(LayerNormalization)
def _layer_normalization(composition: Composition, node: Node, result: int, access: Access) -> Expression | None:
    if result > 0:
        return None
    parameters = [_broadcast_read(composition, node, i, access) for i in (1, 2)]
    return normalized(composition, node, access, _layer_axes(node), *parameters)


@structured(RMSNormalization, folds=True)
def _root_mean_square(region: Region, node: Node) -> list[ir.Value]:
    """1/sqrt(mean of squares + epsilon), of the kept dimensions' order of elements."""
    x, axes, epsilon = node.input(0), _layer_axes(node), node.attributes["epsilon"]
    composition, access, shape = region.composition(), iterate(x.type.shape), _without(x.type.shape, axes)
    square = Apply(_squared, (read_prologue(composition, x, access),))
    total = reduce_expression(composition, square, access, axes, x.type.dtype, SUM)
    dtype, count = x.type.dtype, prod(x.type.shape[axis] for axis in axes)
    return [_map(region, total, shape, dtype, lambda mean: _reciprocal_root(divide(mean, count), epsilon))]


@composed(RMSNormalization)
def _rms_normalization(composition: Composition, node: Node, result: int, access: Access) -> Expression:
    x = node.input(0)
    rows = read_reduced(composition, composition.region.partial(node)[0], x, _layer_axes(node), access)
    operands = (read_prologue(composition, x, access), rows, _broadcast_read(composition, node, 1, access))
    return Apply(lambda element, factor, weight: element * factor * weight, operands)


def _broadcast_read(composition: Composition, node: Node, position: int, access: Access) -> Expression | None:
    value = node.inputs[position] if position < len(node.inputs) else None
    if value is None:
        return None
    operand = value.type.shape
    aligned = access[len(access) - len(operand) :]
    dims = tuple(dim if extent > 1 else Dim() for dim, extent in zip(aligned, operand, strict=True))
    return composition.read(value, dims)


def channel_axis(node: Node) -> int:
    """Where the channels stand in the layout of the first operand."""
    return node.input(0).type.rank - 1 if node.attributes.get("layout") == "channels_last" else 1


@structured(InstanceNormalization, folds=True)
def _instance_statistics(region: Region, node: Node) -> list[ir.Value]:
    return statistics(region, node.input(0), _spatial_axes(node), node.attributes.get("epsilon", 1e-5))


@composed(InstanceNormalization)
def _instance_normalization(composition: Composition, node: Node, result: int, access: Access) -> Expression:
    channel = (access[channel_axis(node)],)
    scale, bias = (composition.read(node.input(i), channel) for i in (1, 2))
    return normalized(composition, node, access, _spatial_axes(node), scale, bias)


def _spatial_axes(node: Node) -> list[int]:
    return [axis for axis in range(1, node.input(0).type.rank) if axis != channel_axis(node)]


@composed(BatchNormalization)
def _batch_normalization(composition: Composition, node: Node, result: int, access: Access) -> Expression:
    """x * factor + shift per channel; both are computed at compile time where all parameters are known."""
    x = node.input(0)
    channel = (access[channel_axis(node)] if x.type.rank > 1 else Dim(),)
    epsilon = node.attributes.get("epsilon", 1e-5)
    scale, bias, mean, variance = (node.input(i) for i in range(1, 5))
    element = composition.read(x, access)
    known = [value.constant for value in (scale, bias, mean, variance)]
    if all(array is not None for array in known):
        wide = [np.asarray(array, np.float64) for array in known]
        factor = wide[0] / np.sqrt(wide[3] + epsilon)
        constants = [_constant(array, x.type.numpy_dtype) for array in (factor, wide[1] - wide[2] * factor)]
        return Apply(
            lambda element, factor, shift: element * factor + shift,
            (element, *(composition.read(value, channel) for value in constants)),
        )

    def body(element: Scalar, weight: Scalar, shift: Scalar, average: Scalar, spread: Scalar) -> Scalar:
        centred = (element - average) * _reciprocal_root(spread, epsilon)
        return centred * weight + shift

    parameters = (composition.read(value, channel) for value in (scale, bias, mean, variance))
    return Apply(body, (element, *parameters))


def _constant(array: np.ndarray, dtype: np.dtype) -> Value:
    narrow = array.astype(dtype)
    return Value(TensorType.of(narrow), constant=narrow)
