"""Pools: linalg's named window operations on padded inputs, reductions for the global ones."""

import functools
from collections.abc import Sequence
from math import prod

import numpy as np

from dnnf_mlir.bindings.iree import ir, linalg
from dnnf_mlir.dialect_defs.many_to_many.pooling import AveragePool, GlobalAveragePool, GlobalMaxPool, MaxPool
from dnnf_mlir.emit.scalar import Scalar
from dnnf_mlir.emit.shapes import empty, filled
from dnnf_mlir.emit.types import element_of, lowest
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.lowering.api import Composition, Region, composed, structured
from dnnf_mlir.lowering.linalg.index_maps import Apply, Expression, Position
from dnnf_mlir.lowering.linalg.window import padded

from .index_maps import Access
from .reduction import MAX, SUM, divide, read_reduced, reduce
from .window import Window, spatial, window_generic, window_of

_NAMED = {
    ("max_pool", 1, True): linalg.pooling_nwc_max,
    ("max_pool", 2, True): linalg.pooling_nhwc_max,
    ("max_pool", 3, True): linalg.pooling_ndhwc_max,
    ("max_pool", 1, False): linalg.pooling_ncw_max,
    ("max_pool", 2, False): linalg.pooling_nchw_max,
    ("average_pool", 1, True): linalg.pooling_nwc_sum,
    ("average_pool", 2, True): linalg.pooling_nhwc_sum,
    ("average_pool", 3, True): linalg.pooling_ndhwc_sum,
    ("average_pool", 1, False): linalg.pooling_ncw_sum,
    ("average_pool", 2, False): linalg.pooling_nchw_sum,
}


@structured(MaxPool, AveragePool)
def _pool(region: Region, node: Node) -> list[ir.Value]:
    """The maximum, or for the average the sum, of every window."""
    x, result = node.input(0), node.output.type
    window = window_of(node, node.attributes["kernel_shape"])
    low, high = window.borders(spatial(x.type.shape, window), spatial(result.shape, window))
    initial = lowest(result.dtype) if node.kind == "max_pool" else 0
    image = padded(region, x, low, high, initial)
    element = element_of(image.type)
    accumulator = filled(result.shape, element, initial)
    shape_only = empty(window.kernel, element)
    named = _NAMED.get((node.kind, window.rank, window.channels_last))
    if named is not None and (result.is_float or node.kind != "max_pool" or not result.dtype.startswith("u")):
        return [named(image, shape_only, outs=[accumulator], **window.attributes)]
    combine = Scalar.max if node.kind == "max_pool" else Scalar.__add__
    places = [f"s{i}" for i in range(window.rank)]
    dims = ["n", *places, "c"] if window.channels_last else ["n", "c", *places]
    kernel = [f"k{i}" for i in range(window.rank)]
    pooled = window_generic(
        window,
        image,
        shape_only,
        accumulator,
        dims,
        kernel,
        dims,
        result.dtype,
        lambda element, _, total: combine(total, element),
    )
    return [pooled]


@composed(AveragePool)
def _average(composition: Composition, node: Node, result: int, access: Access) -> Expression:
    window, dtype = window_of(node, node.attributes["kernel_shape"]), node.output.type.dtype
    sums = composition.read_tensor(composition.region.partial(node)[0], access, dtype, node.output.type.shape)
    counts_all = node.attributes.get("count_include_pad", 0) or not any(node.attributes["pads"])
    places = access[window.first_axis : window.first_axis + window.rank]
    sizes = spatial(node.input(0).type.shape, window)
    if not counts_all and any(map(is_dynamic, sizes)):
        return Apply(functools.partial(_divided, window, sizes), (sums, *map(Position, places)))
    counts = None if counts_all else _counts(node, window)
    if counts is None or (counts == counts.flat[0]).all():
        count = prod(window.kernel) if counts is None else int(counts.flat[0])
        return Apply(lambda total: divide(total, count), (sums,))
    scale = (1 / counts).astype(node.output.type.numpy_dtype)
    factor = composition.read(Value(TensorType.of(scale), constant=scale), places)
    return Apply(Scalar.__mul__, (sums, factor))


def _divided(window: Window, sizes: Sequence[int], total: Scalar, *positions: Scalar) -> Scalar:
    """A sum over as many elements as its window covers of the input."""
    count: Scalar | None = None
    for i, position in enumerate(positions):
        start = position * window.strides[i] - window.pads[i]
        before = (-start).max(0).ceil_quotient(window.dilations[i])
        after = (-start + sizes[i]).ceil_quotient(window.dilations[i]).min(window.kernel[i])
        count = after - before if count is None else count * (after - before)
    if count is None:
        raise TypeError("a pool has a dimension")
    return total / count.to("i64").to(total.dtype)


def _counts(node: Node, window: Window) -> np.ndarray:
    """How many elements of the input every window covers."""
    sizes = spatial(node.input(0).type.shape, window)
    positions = spatial(node.output.type.shape, window)
    counts = np.ones(positions, np.int64)
    for i in range(window.rank):
        starts = np.arange(positions[i]) * window.strides[i] - window.pads[i]
        taps = starts[:, None] + np.arange(window.kernel[i]) * window.dilations[i]
        inside = ((taps >= 0) & (taps < sizes[i])).sum(axis=1)
        counts = counts * inside.reshape([-1 if j == i else 1 for j in range(window.rank)])
    return counts


@structured(GlobalAveragePool, GlobalMaxPool, folds=True)
def _global_pool(region: Region, node: Node) -> list[ir.Value]:
    reduction = SUM if node.kind == "global_average_pool" else MAX
    return [reduce(region, node.input(0), _spatial_axes(node), reduction)]


@composed(GlobalAveragePool)
def _global_average(composition: Composition, node: Node, result: int, access: Access) -> Expression:
    x, axes = node.input(0), _spatial_axes(node)
    total = read_reduced(composition, composition.region.partial(node)[0], x, axes, access)
    count = prod(x.type.shape[axis] for axis in axes)
    return Apply(lambda total: divide(total, count), (total,))


def _spatial_axes(node: Node) -> list[int]:
    rank = node.input(0).type.rank
    return list(range(1, rank - 1)) if node.attributes["layout"] == "channels_last" else list(range(2, rank))
