"""GridSample and RoiAlign: images read between their elements, at positions that are run-time values."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.emit.control import Array, grid
from dnnf_mlir.emit.scalar import Scalar, all_of, number, select
from dnnf_mlir.emit.scalar_programs import each
from dnnf_mlir.graph.size import is_dynamic

from .node import OpaqueNode
from .registry import opaque


@opaque("GridSample")
def _grid_sample(node: OpaqueNode) -> list[ir.Value]:
    """The grid's last dimension holds positions from -1 to 1, the fastest dimension of the image first."""
    x, places = node.array(0), node.array(1)
    mode, aligned = node.attributes["mode"], bool(node.attributes["align_corners"])
    padding = node.attributes["padding_mode"]
    spatial, dtype = (
        x.shape[2:],
        "f64" if "f64" in (x.dtype, places.dtype) else "f32",
    )  # f16 is too coarse for positions
    if places.rank != x.rank or places.shape[0] != x.shape[0] or places.shape[-1] != len(spatial):
        raise ValueError(f"a grid {list(places.shape)} for {list(x.shape)}")

    def body(positions: list[Scalar]) -> list[Scalar]:
        batch, channel, *place = positions
        at = []
        for i, size in enumerate(spatial):
            extent = real(size, dtype)
            normal = places.read(batch, *place, len(spatial) - 1 - i).to(dtype)
            at.append((normal + 1) * ((extent - 1) / 2) if aligned else ((normal + 1) * extent - 1) / 2)

        def element(corner: Sequence[Scalar]) -> Scalar:
            return _padded(x, (batch, channel), corner, padding, aligned).to(dtype)

        if mode == "nearest":
            return [element([part.round() for part in at]).to(x.dtype)]
        taps = cubic_taps(at) if mode == "cubic" else linear_taps(at)
        return [weighted(taps, element).to(x.dtype)]

    return each(node.result().shape, [x.dtype], body)


def real(extent: int, dtype: str) -> Any:
    """A size as a float, or where it is dynamic as a number of the running module."""
    return number(extent, dtype) if is_dynamic(extent) else float(extent)


Taps = list[list[tuple[Scalar, Scalar]]]
"""For each dimension, the (position, weight) pairs that an element is interpolated from."""


def weighted(taps: Taps, element: Callable[[Sequence[Scalar]], Scalar]) -> Scalar:
    """The sum of weighted elements."""
    total: Scalar | None = None
    for combination in product(*taps):
        weight = combination[0][1]
        for _, factor in combination[1:]:
            weight = weight * factor
        part = element([position for position, _ in combination]) * weight
        total = part if total is None else total + part
    if total is None:
        raise ValueError("nothing to interpolate from")
    return total


def linear_taps(at: Sequence[Scalar]) -> Taps:
    """Positions and weights of linear interpolation."""
    taps: Taps = []
    for place in at:
        low = place.floor()
        taps.append([(low, 1 - (place - low)), (low + 1, place - low)])
    return taps


def cubic_taps(at: Sequence[Scalar], a: float = -0.75) -> Taps:
    """Keys' convolution kernel."""
    taps: Taps = []
    for place in at:
        low = place.floor()
        t = place - low
        weights = []
        for distance in (t + 1, t, 1 - t, 2 - t):
            near = ((a + 2) * distance - (a + 3)) * distance * distance + 1
            far = ((distance * a - 5 * a) * distance + 8 * a) * distance - 4 * a
            weights.append(select(distance <= 1, near, far))
        taps.append([(low + (i - 1), weight) for i, weight in enumerate(weights)])
    return taps


def _padded(x: Array, leading: Sequence[Scalar], corner: Sequence[Scalar], padding: str, aligned: bool) -> Scalar:
    """The element at a whole-numbered position, which may be outside."""
    inside = []
    source = []
    for place, extent in zip(corner, x.shape[len(leading) :], strict=True):
        inside.append((place >= 0) & (place <= extent - 1))
        if padding == "reflection":
            place = _reflected(place, extent, aligned)
        source.append(near_position(place, extent))
    found = x.read(*leading, *source)
    return select(all_of(inside), found, 0) if padding == "zeros" else found


def near_position(place: Scalar, extent: int) -> Scalar:
    """The nearest position of an element; some one for NaN."""
    return place.max(0).min(extent - 1).to("i64").to("index").inside(extent)


def _reflected(place: Scalar, extent: int, aligned: bool) -> Scalar:
    """Mirrored at the first and last element, or half an element beyond them."""
    size = real(extent, place.dtype)
    low, span = (0.0, size - 1.0) if aligned else (-0.5, size)
    if isinstance(span, float) and span == 0:
        return place * 0
    offset = (place - low).abs()
    period = (offset / (2 * span)).floor()
    inside = offset - period * (2 * span)
    found = select(inside > span, 2 * span - inside, inside) + low
    return select(span > 0, found, 0) if isinstance(span, Scalar) else found


_UNROLLED_SAMPLES = 4
"""Samples along an axis of a bin up to this many are no loop: what the channels share is computed before theirs."""


@opaque("RoiAlign")
def _roi_align(node: OpaqueNode) -> list[ir.Value]:
    """Mean or maximum of interpolated samples on a grid in each bin of each region of interest.

    Channels run fastest, in a copy of the image and of the result: they share the positions of all samples.
    """
    x, rois, images = _moved(node.array(0), (0, 2, 3, 1)), node.array(1), node.array(2)
    extents, channels = x.shape[1:3], x.shape[3]
    attributes = node.attributes
    size = (attributes["output_height"], attributes["output_width"])
    scale, ratio = attributes["spatial_scale"], attributes["sampling_ratio"]
    half_pixel = attributes["coordinate_transformation_mode"] == "half_pixel"
    maximum = attributes["mode"] == "max"
    node.expect_shape(1, (node.result().shape[0], 4))
    node.expect_shape(2, node.result().shape[:1])

    def body(positions: list[Scalar]) -> list[Scalar]:
        roi, *bins, channel = positions
        sizes = [real(extent, x.dtype) for extent in extents]
        image = images.read(roi).to("index").inside(x.shape[0])
        offset = 0.5 if half_pixel else 0.0
        start, step, counts = [], [], []
        for i in range(2):
            low = rois.read(roi, 1 - i) * scale - offset
            length = rois.read(roi, 3 - i) * scale - offset - low
            if not half_pixel:
                length = length.max(1.0)
            width = length / size[i]
            count = number(ratio, x.dtype) if ratio > 0 else width.ceil().max(0.0)
            start.append(low + bins[i].to(x.dtype) * width)
            step.append(width / (count if ratio > 0 else count.max(1.0)))
            counts.append(count)

        def sample(place: list[Scalar], state: list[Scalar]) -> list[Scalar]:
            at = [s + (i.to(x.dtype) + 0.5) * d for s, d, i in zip(start, step, place, strict=True)]
            inside = all_of([(p >= -1.0) & (p <= e) for p, e in zip(at, sizes, strict=True)])
            taps = linear_taps([p.max(0.0).min(e - 1.0) for p, e in zip(at, sizes, strict=True)])
            values = []

            def element(corner: Sequence[Scalar]) -> Scalar:
                return x.read(image, *map(near_position, corner, extents), channel)

            if maximum:
                for combination in product(*taps):
                    values.append(element([c[0] for c in combination]) * combination[0][1] * combination[1][1])
                found = values[0].max(values[1]).max(values[2]).max(values[3])
                return [state[0].max(select(inside, found, 0))]
            return [state[0] + select(inside, weighted(taps, element), 0)]

        initial = number(float("-inf") if maximum else 0.0, x.dtype)
        total = initial
        if 0 < ratio <= _UNROLLED_SAMPLES:
            for place in product(range(ratio), repeat=2):
                [total] = sample([number(i, "index") for i in place], [total])
        else:
            total = grid([count.to("i64").to("index") for count in counts], [initial], sample)[0]
        if ratio > 0:
            return [total if maximum else total / (counts[0] * counts[1])]
        samples = counts[0] * counts[1]  # none in a region that ends before it begins
        return [select(samples > 0, total, 0) if maximum else total / samples.max(1.0)]

    shape = (node.result().shape[0], *size, channels)
    [found] = each(shape, [x.dtype], body)
    return [_moved(Array(found, x.dtype, shape), (0, 3, 1, 2)).tensor]


def _moved(array: Array, order: Sequence[int]) -> Array:
    """A copy with its dimensions in another order."""
    shape = tuple(array.shape[dim] for dim in order)

    def body(positions: list[Scalar]) -> list[Scalar]:
        return [array.read(*(positions[order.index(dim)] for dim in range(array.rank)))]

    [moved] = each(shape, [array.dtype], body)
    return Array(moved, array.dtype, shape)
