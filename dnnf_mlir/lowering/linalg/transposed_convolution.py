"""ConvTranspose: a matrix product where windows do not overlap, else a convolution over the spread-out input."""

import numpy as np

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.dialect_defs.many_to_many.convolution import ConvTranspose
from dnnf_mlir.emit.scalar import Scalar
from dnnf_mlir.emit.shapes import pad, reshape
from dnnf_mlir.errors import UnsupportedModelError
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.lowering.api import Composition, Region, composed, structured
from dnnf_mlir.lowering.linalg.index_maps import Apply, Expression

from .contraction import contracted
from .convolution import convolve
from .index_maps import Access, Dim, Loop, divided, iterate
from .window import Window, window_of


@composed(ConvTranspose)
def _transposed(composition: Composition, node: Node, result: int, access: Access) -> Expression | None:
    """The bias, and the place of every window's elements, where the result is read."""
    shape, dtype = node.output.type.shape, node.output.type.dtype
    last = node.attributes["layout"] == "channels_last"
    bias = node.inputs[2]
    if _is_disjoint(node):
        places = _window_access(node, access)
        if places is None:
            return None
        sums: Expression = composition.read_tensor(
            composition.region.partial(node)[0], places, dtype, _window_shape(node)
        )
    elif bias is None:
        return None
    else:
        sums = composition.read_tensor(composition.region.partial(node)[0], access, dtype, shape)
    if bias is None:
        return sums
    channel = composition.read(bias, (access[-1] if last else access[1],))
    return Apply(Scalar.__add__, (sums, channel))


@structured(ConvTranspose)
def _conv_transpose(region: Region, node: Node) -> list[ir.Value]:
    return [_disjoint(region, node) if _is_disjoint(node) else _overlapping(region, node)]


def _is_disjoint(node: Node) -> bool:
    """Whether every element of the result comes from one element per channel of the input."""
    attributes = node.attributes
    return (
        tuple(node.input(1).type.shape[2:]) == tuple(attributes["strides"])
        and attributes["group"] == 1
        and not any((*attributes["pads"], *attributes["output_padding"]))
        and all(dilation == 1 for dilation in attributes["dilations"])
    )


def _disjoint(region: Region, node: Node) -> ir.Value:
    """A contraction over the input's channels; dimensions as in :func:`_window_shape`."""
    x, w = node.input(0), node.input(1)
    composition = region.composition()
    access = iterate(_window_shape(node))
    rank = w.type.rank - 2
    depth = Dim((Loop(w.type.shape[0]),))
    spatial_dims, kernel_dims = access[1 : 1 + 2 * rank : 2], access[2 : 2 + 2 * rank : 2]
    batch, filters = access[0], access[-1]
    if node.attributes["layout"] == "channels_last":
        image = composition.read(x, (batch, *spatial_dims, depth))
    else:
        image = composition.read(x, (batch, depth, *spatial_dims))
    weights = composition.read(w, (depth, filters, *kernel_dims))
    return contracted(composition, access, x.type.dtype, [image, weights], [depth])


def _window_shape(node: Node) -> tuple[int, ...]:
    """[N, size, kernel, size, kernel, ..., F]: the result with every spatial dimension divided into windows."""
    x, w = node.input(0).type.shape, node.input(1).type.shape
    sizes = x[1:-1] if node.attributes["layout"] == "channels_last" else x[2:]
    pairs = [extent for pair in zip(sizes, w[2:], strict=True) for extent in pair]
    return (x[0], *pairs, w[1])


def _window_access(node: Node, access: Access) -> Access | None:
    last = node.attributes["layout"] == "channels_last"
    batch, channel = access[0], access[-1] if last else access[1]
    dims: list[Dim] = []
    shape = _window_shape(node)
    for i, dim in enumerate(access[1:-1] if last else access[2:]):
        parts = divided(dim, shape[1 + 2 * i : 3 + 2 * i])
        if parts is None:
            return None
        dims.extend(parts)
    return (batch, *dims, channel)


def _overlapping(region: Region, node: Node) -> ir.Value:
    """A convolution with the mirrored kernel over the input with ``stride - 1`` zeros between elements."""
    x, w, attributes = node.input(0), node.input(1), node.attributes
    if w.constant is None:
        raise UnsupportedModelError(f"ConvTranspose '{node.name}': its weights are computed at run time")
    window = window_of(node, w.type.shape[2:])
    low, high = [0] * (window.rank + 2), [0] * (window.rank + 2)
    for i in range(window.rank):
        reach = window.dilations[i] * (window.kernel[i] - 1)
        axis = window.first_axis + i
        low[axis] = reach - window.pads[i]
        # The zeros after the last element are part of the spread-out input and of this border.
        high[axis] = reach - window.pads[window.rank + i] + attributes["output_padding"][i] - (window.strides[i] - 1)
    source = region.materialize_before(x)
    with region.outside():
        image = pad(_spread(source, window), low, high, 0)
    mirrored = _mirrored(w.constant, attributes["group"])
    weights = Value(TensorType.of(mirrored), constant=mirrored)
    dense = Window(window.kernel, (1,) * window.rank, window.dilations, (0,) * 2 * window.rank, window.channels_last)
    return convolve(region, dense, image, weights, attributes["group"], node.output.type.shape)


def _spread(image: ir.Value, window: Window) -> ir.Value:
    """``stride - 1`` zeros after every element of the spatial dimensions."""
    shape = tuple(image.type.shape)
    places = range(window.first_axis, window.first_axis + window.rank)
    strides = [window.strides[i - window.first_axis] if i in places else 1 for i in range(len(shape))]
    if all(stride == 1 for stride in strides):
        return image
    divided_shape = [extent for i, size in enumerate(shape) for extent in ((size, 1) if i in places else (size,))]
    high = [amount for i, stride in enumerate(strides) for amount in ((0, stride - 1) if i in places else (0,))]
    spread = pad(reshape(image, divided_shape), [0] * len(high), high, 0)
    return reshape(spread, [size * stride for size, stride in zip(shape, strides, strict=True)])


def _mirrored(weights: np.ndarray, group: int) -> np.ndarray:
    """[C, F/group, k...] as the weights [F, C/group, k...] of the convolution that computes the same."""
    channels, filters, *kernel = weights.shape
    grouped = np.flip(weights, tuple(range(2, weights.ndim))).reshape(group, channels // group, filters, *kernel)
    return np.ascontiguousarray(grouped.swapaxes(1, 2)).reshape(group * filters, channels // group, *kernel)
