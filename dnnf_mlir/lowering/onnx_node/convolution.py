"""Windows over images, element by element: forms of convolutions and pools that no class of the dialect covers."""

from collections.abc import Sequence
from math import prod

import numpy as np

from dnnf_mlir.bindings.iree import ir, math
from dnnf_mlir.dialect_defs.many_to_many.convolution import full_sizes, transposed_pads
from dnnf_mlir.dialect_defs.shapes import resolved_pads
from dnnf_mlir.emit.control import State, grid
from dnnf_mlir.emit.scalar import Scalar, all_of, number, select
from dnnf_mlir.emit.scalar_programs import each
from dnnf_mlir.emit.types import is_float
from dnnf_mlir.graph.tensor_type import TensorType

from .node import OpaqueNode
from .registry import opaque
from .sampling import linear_taps, near_position, weighted


def padding(node: OpaqueNode, extents: Sequence[int], kernel: Sequence[int]) -> Sequence[int]:
    """The padding in front of each dimension, from ``pads`` or ``auto_pad``."""
    attributes, rank = node.attributes, len(extents)
    strides, dilations = attributes.get("strides") or [1] * rank, attributes.get("dilations") or [1] * rank
    auto_pad, pads = attributes.get("auto_pad", "NOTSET"), attributes.get("pads")
    return resolved_pads(auto_pad, pads, extents, kernel, strides, dilations)[:rank]


def _inside(at: Sequence[Scalar], extents: Sequence[int]) -> Scalar:
    return all_of([(place >= 0) & (place < extent) for place, extent in zip(at, extents, strict=True)])


def _clamped(at: Sequence[Scalar], extents: Sequence[int]) -> list[Scalar]:
    return [place.max(0).min(extent - 1) for place, extent in zip(at, extents, strict=True)]


@opaque("ConvTranspose")
def _conv_transpose(node: OpaqueNode) -> list[ir.Value]:
    """Weights that are run-time values: every element gathers what reaches it."""
    x, w, shape = node.array(0), node.array(1), node.result().shape
    bias = node.array(2) if node.has_input(2) else None
    attributes, kernel, extents = node.attributes, w.shape[2:], x.shape[2:]
    rank, group = len(kernel), node.attributes["group"]
    strides, dilations = attributes.get("strides") or [1] * rank, attributes.get("dilations") or [1] * rank
    extra = attributes.get("output_padding") or [0] * rank
    auto_pad = attributes["auto_pad"]
    if auto_pad in ("NOTSET", "VALID") and not attributes.get("output_shape"):
        before = resolved_pads(auto_pad, attributes.get("pads"), extents, kernel, strides, dilations)
    else:
        before, _ = transposed_pads(auto_pad, full_sizes(extents, kernel, strides, dilations, extra), shape[2:], extra)
    channels, per_group = w.shape[0] // group, w.shape[1]

    def body(positions: list[Scalar]) -> list[Scalar]:
        batch, channel, *place = positions

        def step(inner: list[Scalar], state: list[State]) -> list[State]:
            c, *k = inner
            source, reached = [], []
            for i in range(rank):
                at = place[i] + before[i] - k[i] * dilations[i]
                source.append(at / strides[i])
                reached.append((at >= 0) & (at % strides[i]).equals(0) & (source[i] < extents[i]))
            of_group = channel / per_group * channels + c
            element = x.read(batch, of_group, *_clamped(source, extents))
            product = element * w.read(of_group, channel % per_group, *k)
            return [state[0] + select(all_of(reached), product, 0)]

        total = grid([channels, *kernel], [number(0, x.dtype)], step)[0]
        return [total if bias is None else total + bias.read(channel)]

    return each(shape, [x.dtype], body)


@opaque("DeformConv")
def _deform_conv(node: OpaqueNode) -> list[ir.Value]:
    """A convolution whose window's positions are moved by run-time offsets, and weighted by a mask."""
    x, w, offset = node.array(0), node.array(1), node.array(2)
    bias = node.array(3) if node.has_input(3) else None
    mask = node.array(4) if node.has_input(4) else None
    attributes, kernel, extents = node.attributes, w.shape[2:], x.shape[2:]
    rank = len(kernel)
    strides, dilations = attributes.get("strides") or [1] * rank, attributes.get("dilations") or [1] * rank
    before = list(attributes.get("pads") or [0] * rank)[:rank]
    offset_groups, points = attributes["offset_group"], prod(kernel)
    filters_per_group = w.shape[0] // attributes["group"]
    channels_per_offset = x.shape[1] // offset_groups

    def body(positions: list[Scalar]) -> list[Scalar]:
        batch, channel, *place = positions

        def step(inner: list[Scalar], state: list[State]) -> list[State]:
            c, *k = inner
            source = channel / filters_per_group * w.shape[1] + c
            point = number(0, "index")
            for index, extent in zip(k, kernel, strict=True):
                point = point * extent + index
            point = source / channels_per_offset * points + point
            at = []
            for i in range(rank):
                regular = place[i] * strides[i] + k[i] * dilations[i] - before[i]
                at.append(regular.to(x.dtype) + offset.read(batch, point * rank + i, *place))

            def element(corner: Sequence[Scalar]) -> Scalar:
                inside = all_of([(p >= 0) & (p <= e - 1) for p, e in zip(corner, extents, strict=True)])
                near = [near_position(p, e) for p, e in zip(corner, extents, strict=True)]
                return select(inside, x.read(batch, source, *near), 0)

            product = weighted(linear_taps(at), element) * w.read(channel, c, *k)
            if mask is not None:
                product = product * mask.read(batch, point, *place)
            return [state[0] + product]

        total = grid([w.shape[1], *kernel], [number(0, x.dtype)], step)[0]
        return [total if bias is None else total + bias.read(channel)]

    return each(node.result().shape, [x.dtype], body)


@opaque("Col2Im")
def _col2im(node: OpaqueNode) -> list[ir.Value] | None:
    """Every element adds up the blocks that cover it; the block's shape must be known."""
    x, shape = node.array(0), node.result().shape
    image, rank = shape[2:], len(shape) - 2
    block = node.array(2)
    attributes = node.attributes
    strides, dilations = attributes.get("strides") or [1] * rank, attributes.get("dilations") or [1] * rank
    pads = attributes.get("pads") or [0] * (2 * rank)

    def body(positions: list[Scalar]) -> list[Scalar]:
        batch, channel, *place = positions
        kernel = [block.read(i).to("index") for i in range(rank)]
        columns = []
        for i in range(rank):
            padded = image[i] + pads[i] + pads[rank + i]
            columns.append((padded - 1 - (kernel[i] - 1) * dilations[i]) / strides[i] + 1)

        def step(k: list[Scalar], state: list[State]) -> list[State]:
            row, column = channel, number(0, "index")
            reached = []
            for i in range(rank):
                row = row * kernel[i] + k[i]
                at = place[i] + pads[i] - k[i] * dilations[i]
                reached.append((at >= 0) & (at % strides[i]).equals(0) & (at / strides[i] < columns[i]))
                column = column * columns[i] + at / strides[i]
            found = x.read(batch, row, column.max(0).min(x.shape[2] - 1))
            return [state[0] + select(all_of(reached), found, 0)]

        return [grid(kernel, [number(0, x.dtype)], step)[0]]

    return each(shape, [x.dtype], body)


@opaque("LpPool")
def _lp_pool(node: OpaqueNode) -> list[ir.Value]:
    x, shape = node.array(0), node.result().shape
    attributes, extents = node.attributes, x.shape[2:]
    kernel, rank = attributes["kernel_shape"], len(extents)
    strides, dilations = attributes.get("strides") or [1] * rank, attributes.get("dilations") or [1] * rank
    before, p = padding(node, extents, kernel), attributes["p"]

    def power(value: Scalar, exponent: float) -> Scalar:
        if exponent in (1.0, 2.0):
            return value * value if exponent == 2.0 else value
        if exponent == 0.5:
            return value.sqrt()
        exponent_value = number(exponent, value.dtype).value
        return Scalar(math.PowFOp(value.value, exponent_value).result, value.dtype)

    def body(positions: list[Scalar]) -> list[Scalar]:
        batch, channel, *place = positions

        def step(k: list[Scalar], state: list[State]) -> list[State]:
            at = [place[i] * strides[i] + k[i] * dilations[i] - before[i] for i in range(rank)]
            element = x.read(batch, channel, *_clamped(at, extents)).abs()
            return [state[0] + select(_inside(at, extents), power(element, float(p)), 0)]

        return [power(grid(kernel, [number(0, x.dtype)], step)[0], 1 / p)]

    return each(shape, [x.dtype], body)


@opaque("MaxPool")
def _max_pool(node: OpaqueNode) -> list[ir.Value]:
    """With the flat position of each maximum, row-major or, by ``storage_order``, column-major."""
    x, shape = node.array(0), node.result().shape
    attributes, extents = node.attributes, x.shape[2:]
    kernel, rank = attributes["kernel_shape"], len(extents)
    strides, dilations = attributes.get("strides") or [1] * rank, attributes.get("dilations") or [1] * rank
    before = padding(node, extents, kernel)
    lowest = float("-inf") if is_float(x.dtype) else int(np.iinfo(TensorType((), x.dtype).numpy_dtype).min)

    def body(positions: list[Scalar]) -> list[Scalar]:
        batch, channel, *place = positions

        def step(k: list[Scalar], state: list[State]) -> list[State]:
            best, where = state
            at = [place[i] * strides[i] + k[i] * dilations[i] - before[i] for i in range(rank)]
            element = x.read(batch, channel, *_clamped(at, extents))
            # The first element may be the type's lowest number; NaNs are passed over.
            better = _inside(at, extents) & ((element > best) | ((where < 0) & (element >= best)))
            flat = number(0, "index") if attributes["storage_order"] else batch * x.shape[1] + channel
            order = list(zip(at, extents, strict=True))
            for i, extent in reversed(order) if attributes["storage_order"] else order:
                flat = flat * extent + i
            if attributes["storage_order"]:
                flat = (batch * x.shape[1] + channel) * prod(extents) + flat
            return [select(better, element, best), select(better, flat.to("i64"), where)]

        start: list[State] = [number(lowest, x.dtype), number(-1, "i64")]
        largest, where = grid(kernel, start, step)
        return [largest, where.max(0)]

    return each(shape, [x.dtype, "i64"], body)[: len(node.node.outputs)]


@opaque("AveragePool")
def _average_pool(node: OpaqueNode) -> list[ir.Value]:
    """The mean of what the window has inside the operand, or inside its padding where that counts."""
    x, shape = node.array(0), node.result().shape
    attributes, extents = node.attributes, x.shape[2:]
    kernel, rank = attributes["kernel_shape"], len(extents)
    strides, dilations = attributes.get("strides") or [1] * rank, attributes.get("dilations") or [1] * rank
    before = padding(node, extents, kernel)
    counted = bool(attributes["count_include_pad"])
    pads = attributes.get("pads") or [0] * (2 * rank)
    after = pads[rank:] if attributes["auto_pad"] == "NOTSET" else [max(strides) * max(kernel)] * rank

    def body(positions: list[Scalar]) -> list[Scalar]:
        batch, channel, *place = positions

        def step(k: list[Scalar], state: list[State]) -> list[State]:
            total, count = state
            at = [place[i] * strides[i] + k[i] * dilations[i] - before[i] for i in range(rank)]
            inside = _inside(at, extents)
            element = x.read(batch, channel, *_clamped(at, extents))
            counts = inside
            if counted:  # a window may reach beyond the padding, which does not count
                counts = all_of([place_ < e + a for place_, e, a in zip(at, extents, after, strict=True)])
            return [total + select(inside, element, 0), count + select(counts, number(1, x.dtype), 0)]

        start: list[State] = [number(0, x.dtype), number(0, x.dtype)]
        total, count = grid(kernel, start, step)
        return [total / count]

    return each(shape, [x.dtype], body)
