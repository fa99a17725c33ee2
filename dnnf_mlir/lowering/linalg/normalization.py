"""Softmax and the normalizations: statistics are reductions, the rest is an expression that joins its neighbours."""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import ml_dtypes
import numpy as np

from dnnf_mlir.bindings.iree import arith, ir, linalg, math
from dnnf_mlir.dialect_defs.many_to_many.normalization import (
    InstanceNormalization,
    LayerNormalization,
    LogSoftmax,
    RMSNormalization,
    SafeSoftmax,
    Softmax,
)
from dnnf_mlir.dialect_defs.one_to_one.normalization import BatchNormalization
from dnnf_mlir.emit.element_wise import present
from dnnf_mlir.emit.function_sizes import shape_of
from dnnf_mlir.emit.shapes import empty
from dnnf_mlir.emit.types import constant_like, element_of, element_type
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.tensor_type import NUMPY_DTYPES, TensorType
from dnnf_mlir.lowering.block import Region
from dnnf_mlir.lowering.registry import composed, structured

from .composition import Apply, Composition, Expression, Output
from .index_maps import Access, Dim, iterate
from .reduction import SUM, Reduction, divide, kept, read_prologue, reduce, reduce_expression


@structured(Softmax)
def _softmax(region: Region, node: Node) -> list[ir.Value]:
    shape = node.input(0).type.shape
    axis = node.attributes.get("axis", -1) % len(shape)
    outer, extent, inner = prod(shape[:axis]), shape[axis], prod(shape[axis + 1 :])
    collapsed = [outer, extent, inner] if inner > 1 else [outer, extent]
    x = region.shaped(node.input(0), collapsed)
    dtype = node.input(0).type.dtype
    if dtype == "f32" or dtype == "f64":
        return [_whole_softmax(x)]
    # Sums of f16 are too coarse, and where the machine has no f16 its maximum becomes a call of the C library.
    wide, narrow = element_type("f32"), element_of(x.type)
    single = _map(region, x, collapsed, "f32", lambda v: arith.ExtFOp(wide, v).result)
    return [_map(region, _whole_softmax(single), collapsed, dtype, lambda v: arith.TruncFOp(narrow, v).result)]


def _whole_softmax(x: ir.Value) -> ir.Value:
    return linalg.SoftmaxOp([x.type], x, empty(shape_of(x), element_of(x.type)), 1).results[0]


@structured(LogSoftmax, SafeSoftmax, folds=True)
def _softmax_parts(region: Region, node: Node) -> list[ir.Value]:
    """Maximum and sum of exponentials; the maximum is finite, also where every element is -infinity."""
    x = node.input(0)
    axis = node.attributes.get("axis", -1) % x.type.rank
    largest = reduce(region, x, (axis,), Reduction(_lowest, _maximum))
    composition = Composition(region)
    access = iterate(x.type.shape)
    exponential = Apply(
        lambda v: math.ExpOp(arith.SubFOp(v[0], v[1]).result).result,
        (
            read_prologue(composition, x, access),
            composition.read_tensor(largest, kept(access, (axis,)), _without(x.type.shape, (axis,))),
        ),
    )
    return [largest, reduce_expression(composition, exponential, access, (axis,), x.type.dtype, SUM)]


def _lowest(dtype: str) -> float:
    """The element type's lowest finite number."""
    return float(ml_dtypes.finfo(NUMPY_DTYPES[dtype]).min)  # type: ignore[no-untyped-call]


def _maximum(dtype: str, a: ir.Value, b: ir.Value) -> ir.Value:
    return arith.MaximumFOp(a, b).result


@composed(SafeSoftmax)
def _safe_softmax(composition: Composition, node: Node, result: int, access: Access) -> Expression:
    """Only a row of -infinity has a sum, and exponentials, of zero; every other sum is 1 at least."""
    return _with_parts(
        composition,
        node,
        access,
        lambda v: (
            arith.DivFOp(
                math.ExpOp(arith.SubFOp(v[0], v[1]).result).result,
                arith.MaximumFOp(v[2], constant_like(v[2], 1)).result,
            ).result
        ),
    )


@composed(LogSoftmax)
def _log_softmax(composition: Composition, node: Node, result: int, access: Access) -> Expression:
    return _with_parts(
        composition,
        node,
        access,
        lambda v: arith.SubFOp(arith.SubFOp(v[0], v[1]).result, math.LogOp(v[2]).result).result,
    )


def _with_parts(
    composition: Composition, node: Node, access: Access, body: Callable[[list[Any]], ir.Value]
) -> Expression:
    """``body`` of an element, the maximum of its row and the sum of the row's exponentials."""
    x = node.input(0)
    axis = node.attributes.get("axis", -1) % x.type.rank
    rows, shape = kept(access, (axis,)), _without(x.type.shape, (axis,))
    largest, total = (composition.read_tensor(t, rows, shape) for t in composition.region.partial(node))
    return Apply(body, (read_prologue(composition, x, access), largest, total))


def statistics(region: Region, x: Value, axes: Sequence[int], epsilon: float) -> list[ir.Value]:
    """Mean and 1/sqrt(variance + epsilon) over the axes, of the kept dimensions' order of elements."""
    dtype, shape = x.type.dtype, _without(x.type.shape, axes)
    count = prod(x.type.shape[axis] for axis in axes)
    mean = _map(region, reduce(region, x, axes, SUM), shape, dtype, lambda s: divide(dtype, s, count))
    composition = Composition(region)
    access = iterate(x.type.shape)
    deviation = Apply(
        lambda v: _squared(arith.SubFOp(v[0], v[1]).result),
        (read_prologue(composition, x, access), composition.read_tensor(mean, kept(access, axes), shape)),
    )
    squares = reduce_expression(composition, deviation, access, axes, dtype, SUM)
    return [mean, _map(region, squares, shape, dtype, lambda s: _reciprocal_root(divide(dtype, s, count), epsilon))]


def _map(
    region: Region, tensor: ir.Value, shape: Sequence[int], dtype: str, function: Callable[[ir.Value], ir.Value]
) -> ir.Value:
    composition = Composition(region)
    access = iterate(shape)
    element = composition.read_tensor(tensor, access, tuple(shape))
    output = Output(access, dtype, fixed=tuple(shape))
    return composition.emit([output], [Apply(lambda v: function(present(v[0])), (element,))])[0]


def _squared(x: ir.Value) -> ir.Value:
    return arith.MulFOp(x, x).result


def _reciprocal_root(variance: ir.Value, epsilon: float) -> ir.Value:
    shifted = arith.AddFOp(variance, constant_like(variance, epsilon)).result
    return arith.DivFOp(constant_like(shifted, 1), math.SqrtOp(shifted).result).result


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
    rows, shape = kept(access, axes), _without(x.type.shape, axes)
    mean, deviation = (composition.read_tensor(t, rows, shape) for t in composition.region.partial(node)[:2])

    def body(values: list[ir.Value | None]) -> ir.Value:
        element, average, factor, weight, shift = values
        result = arith.MulFOp(arith.SubFOp(element, average).result, factor).result
        if weight is not None:
            result = arith.MulFOp(result, weight).result
        return arith.AddFOp(result, shift).result if shift is not None else result

    return Apply(body, (read_prologue(composition, x, access), mean, deviation, scale, bias))


def _layer_axes(node: Node) -> range:
    rank = node.input(0).type.rank
    return range(node.attributes.get("axis", -1) % rank, rank)


@structured(LayerNormalization, folds=True)
def _layer_statistics(region: Region, node: Node) -> list[ir.Value]:
    return statistics(region, node.input(0), _layer_axes(node), node.attributes.get("epsilon", 1e-5))


@composed(LayerNormalization)
def _layer_normalization(composition: Composition, node: Node, result: int, access: Access) -> Expression | None:
    if result > 0:
        return None
    axes, shape = _layer_axes(node), node.input(0).type.shape
    parameters = [_broadcast_read(composition, node, i, access, shape) for i in (1, 2)]
    return normalized(composition, node, access, axes, *parameters)


@structured(RMSNormalization, folds=True)
def _root_mean_square(region: Region, node: Node) -> list[ir.Value]:
    """1/sqrt(mean of squares + epsilon), of the kept dimensions' order of elements."""
    x, axes, epsilon = node.input(0), _layer_axes(node), node.attributes["epsilon"]
    composition, access, shape = Composition(region), iterate(x.type.shape), _without(x.type.shape, axes)
    square = Apply(lambda v: _squared(present(v[0])), (read_prologue(composition, x, access),))
    total = reduce_expression(composition, square, access, axes, x.type.dtype, SUM)
    dtype, count = x.type.dtype, prod(x.type.shape[axis] for axis in axes)
    return [_map(region, total, shape, dtype, lambda s: _reciprocal_root(divide(dtype, s, count), epsilon))]


@composed(RMSNormalization)
def _rms_normalization(composition: Composition, node: Node, result: int, access: Access) -> Expression:
    x, axes = node.input(0), _layer_axes(node)
    shape = x.type.shape
    rows = composition.read_tensor(composition.region.partial(node)[0], kept(access, axes), _without(shape, axes))
    operands = (read_prologue(composition, x, access), rows, _broadcast_read(composition, node, 1, access, shape))

    def body(values: list[ir.Value | None]) -> ir.Value:
        element, factor, weight = (present(value) for value in values)
        return arith.MulFOp(arith.MulFOp(element, factor).result, weight).result

    return Apply(body, operands)


def _broadcast_read(
    composition: Composition, node: Node, position: int, access: Access, shape: Sequence[int]
) -> Expression | None:
    value = node.inputs[position] if position < len(node.inputs) else None
    if value is None:
        return None
    operand = value.type.shape
    aligned = access[len(access) - len(operand) :]
    dims = tuple(dim if extent > 1 else Dim() for dim, extent in zip(aligned, operand, strict=True))
    return composition.read(value, dims)


def channel_axis(node: Node) -> int:
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
            lambda v: arith.AddFOp(arith.MulFOp(v[0], v[1]).result, v[2]).result,
            (element, *(composition.read(value, channel) for value in constants)),
        )

    def body(values: list[ir.Value | None]) -> ir.Value:
        value, weight, shift, average, spread = (present(operand) for operand in values)
        centred = arith.MulFOp(arith.SubFOp(value, average).result, _reciprocal_root(spread, epsilon)).result
        return arith.AddFOp(arith.MulFOp(centred, weight).result, shift).result

    parameters = (composition.read(value, channel) for value in (scale, bias, mean, variance))
    return Apply(body, (element, *parameters))


def _constant(array: np.ndarray, dtype: np.dtype) -> Value:
    narrow = array.astype(dtype)
    return Value(TensorType.of(narrow), constant=narrow)
