"""Convolutions: linalg's named operations on padded inputs, matrix products where the window is a single element."""

from math import prod

import numpy as np

from dnnf_mlir.bindings.iree import ir, linalg
from dnnf_mlir.dialect_defs.many_to_many.convolution import Conv
from dnnf_mlir.emit import quirks
from dnnf_mlir.emit.scalar import Scalar
from dnnf_mlir.emit.shapes import filled, reshape
from dnnf_mlir.emit.sizes import shape_of
from dnnf_mlir.emit.types import element_of, element_type
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.lowering.api import Composition, Region, composed, structured
from dnnf_mlir.lowering.linalg.index_maps import Apply, Expression
from dnnf_mlir.lowering.linalg.window import padded

from .contraction import left_shape, matrix_product
from .index_maps import Access
from .window import Window, spatial, window_generic, window_of

_DENSE = {
    (1, True): linalg.conv_1d_nwc_wcf,
    (2, True): linalg.conv_2d_nhwc_hwcf,
    (3, True): linalg.conv_3d_ndhwc_dhwcf,
    (1, False): linalg.conv_1d_ncw_fcw,
    (2, False): linalg.conv_2d_nchw_fchw,
    (3, False): linalg.conv_3d_ncdhw_fcdhw,
}
_DEPTHWISE = {
    (1, True): linalg.depthwise_conv_1d_nwc_wc,
    (2, True): linalg.depthwise_conv_2d_nhwc_hwc,
    (3, True): linalg.depthwise_conv_3d_ndhwc_dhwc,
    (1, False): linalg.depthwise_conv_1d_ncw_cw,
    (2, False): linalg.depthwise_conv_2d_nchw_chw,
    (3, False): linalg.depthwise_conv_3d_ncdhw_cdhw,
}


@composed(Conv)
def _biased(composition: Composition, node: Node, result: int, access: Access) -> Expression | None:
    """The bias is added where the result is read."""
    bias = node.inputs[2] if len(node.inputs) > 2 else None
    if bias is None:
        return None
    dtype, shape = node.output.type.dtype, node.output.type.shape
    channel = access[-1] if node.attributes.get("layout") == "channels_last" else access[1]
    sums = composition.read_tensor(composition.region.partial(node)[0], access, dtype, shape)
    return Apply(Scalar.__add__, (sums, composition.read(bias, (channel,))))


@structured(Conv)
def convolution(region: Region, node: Node) -> list[ir.Value]:
    """The convolution without its bias, of any element type."""
    x, w = node.input(0), node.input(1)
    window = window_of(node, w.type.shape[2:])
    result = node.output.type.shape
    group = node.attributes.get("group", 1)
    if 0 in w.type.shape:  # quirks.EMPTY_CONVOLUTION
        return [filled(result, element_type(x.type.dtype), 0)]
    low, high = window.borders(spatial(x.type.shape, window), spatial(result, window))
    if _is_matrix_product(window, group, low, high):
        return [_pointwise(region, x, w, result)]
    sums = convolve(region, window, padded(region, x, low, high, 0), w, group, result)
    if window.rank > 2 and region.lowering.has(quirks.VOLUME_CONVOLUTION):
        region.made([sums])
        region.cut()
    return [region.tensor_of(sums)]


def convolve(
    region: Region, window: Window, image: ir.Value, w: Value, group: int, result: tuple[int, ...]
) -> ir.Value:
    """The convolution of a padded image with weights [F, C/group, k...]."""
    channels, filters = w.type.shape[1] * group, w.type.shape[0]
    key = (window.rank, window.channels_last)
    accumulator = filled(result, element_of(image.type), 0)
    if group == 1 and key in _DENSE:
        axes = (*range(2, 2 + window.rank), 1, 0) if window.channels_last else tuple(range(2 + window.rank))
        return _DENSE[key](image, _weights(region, w, axes), outs=[accumulator], **window.attributes)
    if group == channels == filters and key in _DEPTHWISE:
        axes = (*range(2, 2 + window.rank), 0, 1) if window.channels_last else tuple(range(2 + window.rank))
        kernel = tuple(w.type.shape[axis] for axis in axes if axis != 1)
        weights = _weights(region, w, axes, kernel)
        if window.channels_last or not region.lowering.has(quirks.DEPTHWISE_CHANNELS_FIRST):
            return _DEPTHWISE[key](image, weights, outs=[accumulator], **window.attributes)
        return _depthwise_channels_first(window, image, weights, accumulator, w.type.dtype)
    return _grouped(region, window, image, w, group, accumulator)


def _is_matrix_product(window: Window, group: int, low: list[int], high: list[int]) -> bool:
    single = all(extent == 1 for extent in (*window.kernel, *window.strides))
    return single and window.channels_last and group == 1 and not any((*low, *high))


def _pointwise(region: Region, x: Value, w: Value, result: tuple[int, ...]) -> ir.Value:
    filters, channels = w.type.shape[:2]
    weights = _weights(region, w, (*range(1, w.type.rank), 0), (channels, filters))
    return matrix_product(region.shaped(x, left_shape(prod(result[:-1]), channels)), weights)


def _depthwise_channels_first(
    window: Window, image: ir.Value, weights: ir.Value, accumulator: ir.Value, dtype: str
) -> ir.Value:
    """See quirks.DEPTHWISE_CHANNELS_FIRST."""
    dims = ["n", "c", *(f"s{i}" for i in range(window.rank))]
    kernel = ["c", *(f"k{i}" for i in range(window.rank))]
    return window_generic(
        window, image, weights, accumulator, dims, kernel, dims, dtype, lambda x, y, total: total + x * y
    )


def _grouped(region: Region, window: Window, image: ir.Value, w: Value, group: int, accumulator: ir.Value) -> ir.Value:
    filters, per_group = w.type.shape[0] // group, w.type.shape[1]
    kernel = [f"k{i}" for i in range(window.rank)]
    places = [f"s{i}" for i in range(window.rank)]
    weight_shape = (group, filters, per_group, *window.kernel)
    if window.channels_last:
        order = (0, *range(3, 3 + window.rank), 2, 1)
        weights = _weights(region, w, order, tuple(weight_shape[i] for i in order), weight_shape)
        weight_dims = ["g", *kernel, "c", "f"]
        image_dims, result_dims = ["n", *places, "g", "c"], ["n", *places, "g", "f"]
    else:
        weights = _weights(region, w, tuple(range(3 + window.rank)), weight_shape, weight_shape)
        weight_dims = ["g", "f", "c", *kernel]
        image_dims, result_dims = ["n", "g", "c", *places], ["n", "g", "f", *places]
    dtype, result = w.type.dtype, shape_of(accumulator)

    def split(shape: tuple[int, ...], channels: int) -> tuple[int, ...]:
        return (*shape[:-1], group, channels) if window.channels_last else (shape[0], group, channels, *shape[2:])

    return window_generic(
        window,
        reshape(image, split(shape_of(image), per_group)),
        weights,
        filled(split(result, filters), element_of(image.type), 0),
        image_dims,
        weight_dims,
        result_dims,
        dtype,
        lambda x, y, total: total + x * y,
    )


def _weights(
    region: Region,
    w: Value,
    axes: tuple[int, ...],
    shape: tuple[int, ...] | None = None,
    view: tuple[int, ...] | None = None,
) -> ir.Value:
    """The weights seen as ``view``, transposed by ``axes`` and reshaped: at compile time if they are constants."""
    viewed = w.type.shape if view is None else view
    target = tuple(viewed[axis] for axis in axes) if shape is None else shape
    if w.constant is not None:
        form = ("weights", viewed, axes, target)
        return region.lowering.pool.derive(
            w.constant, form, lambda array: np.ascontiguousarray(array.reshape(viewed).transpose(axes)).reshape(target)
        )
    source = region.lowering.reshape(region.materialize_before(w), viewed, region.outside())

    def create() -> ir.Value:
        permuted = tuple(viewed[axis] for axis in axes)
        empty = filled(permuted, element_of(source.type), 0)
        return reshape(linalg.transpose(source, outs=[empty], permutation=list(axes)).results[0], target)

    return region.lowering.cached((source, axes, target), region.outside(), create)
