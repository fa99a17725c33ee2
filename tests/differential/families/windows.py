"""Convolutions, pools, and other operators that go over windows."""

from typing import Any

import numpy as np

from tests.differential.case import Case
from tests.differential.drawing import FLOATS, Draw, draws


def _padding(draw: Draw, kernel: list[int], limit: bool) -> dict[str, Any]:
    """Pads, or a rule for them; ``limit``: below the kernel's size, as a window without elements is undefined."""
    if draw.chance(0.3):
        return {"auto_pad": draw.choice(["SAME_UPPER", "SAME_LOWER", "VALID"])}
    most = [size - 1 if limit else 3 for size in kernel] * 2
    return {"pads": [draw.integer(0, each) for each in most]} if draw.chance(0.8) else {}


def _window(draw: Draw, rank: int, most: int = 4) -> tuple[list[int], list[int], list[int]]:
    """Kernel, dilations, and sizes of an input that holds the kernel."""
    kernel = draw.integers(rank, 1, most)
    dilations = draw.integers(rank, 1, 2) if draw.chance(0.4) else [1] * rank
    return kernel, dilations, [(k - 1) * d + 1 + draw.integer(0, 6) for k, d in zip(kernel, dilations, strict=True)]


@draws("Conv", "ConvInteger")
def convolution(draw: Draw) -> Case:
    rank, group = draw.choice([1, 2, 2, 3]), draw.choice([1, 1, 2, 3])
    kernel, dilations, sizes = _window(draw, rank)
    padding = _padding(draw, kernel, limit=False)
    attributes = {
        "kernel_shape": kernel if draw.chance(0.7) else None,
        "dilations": dilations if any(each > 1 for each in dilations) and "auto_pad" not in padding else None,
        "strides": draw.integers(rank, 1, 3) if draw.chance(0.6) else None,
        "group": group if group > 1 else None,
        **padding,
    }
    channels, features = group * draw.integer(1, 3), group * draw.integer(1, 3)
    shapes = [(draw.integer(1, 2), channels, *sizes), (features, channels // group, *kernel)]
    if draw.operator == "ConvInteger":
        kinds = [draw.dtype(0), draw.dtype(1)]
        arrays = [draw.array(shape, kind, -100, 100) for shape, kind in zip(shapes, kinds, strict=True)]
        zeros = [draw.array((), kind, 0, 20) if draw.chance() else None for kind in kinds]
        return draw.case([*arrays, *zeros], attributes, weights=[1, 2, 3])
    dtype = draw.dtype()
    bias = draw.array((features,), dtype) if draw.chance() else None
    return draw.case([*(draw.array(shape, dtype) for shape in shapes), bias], attributes, weights=[1, 2])


@draws("ConvTranspose")
def transposed(draw: Draw) -> Case:
    rank, group, dtype = draw.choice([1, 2, 2, 3]), draw.choice([1, 1, 2]), draw.dtype()
    kernel, strides = draw.integers(rank, 2, 4), draw.integers(rank, 1, 3)
    dilations = draw.integers(rank, 1, 2) if draw.chance(0.3) else [1] * rank
    sizes = draw.integers(rank, 1, 5)
    attributes: dict[str, Any] = {"strides": strides, "group": group if group > 1 else None, "kernel_shape": kernel}
    attributes["dilations"] = dilations if max(dilations) > 1 else None
    form = draw.choice(["pads", "pads", "output_padding", "output_shape", "SAME_UPPER", "SAME_LOWER", "VALID"])
    full = [s * (n - 1) + (k - 1) * d + 1 for s, n, k, d in zip(strides, sizes, kernel, dilations, strict=True)]
    if form == "pads":
        attributes["pads"] = [draw.integer(0, min(1, size // 3)) for size in full * 2]
    elif form == "output_padding":
        attributes["output_padding"] = [draw.integer(0, max(s, d) - 1) for s, d in zip(strides, dilations, strict=True)]
    elif form == "output_shape":
        attributes["output_shape"] = [max(1, size - draw.integer(0, 2)) for size in full]
        attributes["auto_pad"] = draw.choice([None, "SAME_UPPER", "SAME_LOWER"])
    else:
        attributes |= {"auto_pad": form, "strides": [min(s, k) for s, k in zip(strides, kernel, strict=True)]}
        attributes["dilations"] = None
    channels, features = group * draw.integer(1, 3), draw.integer(1, 3)
    x, w = draw.array((draw.integer(1, 2), channels, *sizes), dtype), draw.array((channels, features, *kernel), dtype)
    bias = draw.array((group * features,), dtype) if draw.chance() else None
    return draw.case([x, w, bias], attributes, weights=[1, 2])


@draws("MaxPool", "AveragePool", "LpPool")
def pool(draw: Draw) -> Case:
    rank = draw.choice([1, 2, 2, 3])
    kernel, dilations, sizes = _window(draw, rank)
    padding = _padding(draw, kernel, limit=True)
    attributes: dict[str, Any] = {
        "kernel_shape": kernel,
        "strides": draw.integers(rank, 1, 3) if draw.chance(0.7) else None,
    }
    attributes |= padding
    if "auto_pad" not in padding:
        if draw.has("dilations"):
            attributes["dilations"] = dilations if max(dilations) > 1 else None
        if draw.has("ceil_mode"):
            attributes["ceil_mode"] = draw.choice([None, 0, 1])
    outputs = 1
    if draw.operator == "AveragePool":
        attributes["count_include_pad"] = draw.choice([None, 0, 1])
    elif draw.operator == "LpPool":
        attributes["p"] = draw.choice([None, 1, 2, 3])
    elif draw.opset >= 8:
        outputs = draw.choice([1, 1, 2])
        attributes["storage_order"] = 1 if outputs == 2 and draw.chance(0.3) else None
    x = draw.array((draw.integer(1, 2), draw.integer(1, 3), *sizes), draw.dtype(), -50, 50)
    return draw.case(
        [draw.edges(x, 0.1, [-9.0, 9.0]) if draw.operator == "MaxPool" else x], attributes, outputs=outputs
    )


@draws("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool")
def global_pool(draw: Draw) -> Case:
    attributes = {"p": draw.choice([None, 1, 2, 3])} if draw.has("p") else {}
    return draw.case([draw.array((*draw.shape(2, 2), *draw.shape(1, 3, 1, 6)), draw.dtype())], attributes)


@draws("MaxUnpool")
def unpool(draw: Draw) -> Case:
    rank, dtype = draw.integer(1, 2), draw.dtype(0, FLOATS)
    kernel = draw.integers(rank, 2, 3)
    sizes = draw.integers(rank, 1, 3)
    outer = draw.integers(2, 1, 2)
    full = [n * k for n, k in zip(sizes, kernel, strict=True)]
    places = int(np.prod(full))
    count = int(np.prod(sizes))
    indices = np.stack([draw.numbers.choice(places, count, replace=False) for _ in range(outer[0] * outer[1])])
    base = np.arange(outer[0] * outer[1])[:, None] * places
    indices = (indices + base).reshape(*outer, *sizes).astype(np.int64)
    shape = draw.sizes([*outer, *full]) if draw.chance(0.3) else None
    attributes = {"kernel_shape": kernel, "strides": kernel}
    return draw.case([draw.array((*outer, *sizes), dtype), indices, shape], attributes, constant=[2])


@draws("Col2Im")
def columns(draw: Draw) -> Case:
    rank = draw.integer(1, 2)
    block, dilations, image = _window(draw, rank, 3)
    strides, pads = draw.integers(rank, 1, 2), draw.integers(2 * rank, 0, 1)
    counts = [
        (n + pads[i] + pads[rank + i] - d * (k - 1) - 1) // s + 1
        for i, (n, d, k, s) in enumerate(zip(image, dilations, block, strides, strict=True))
    ]
    x = draw.array(
        (draw.integer(1, 2), draw.integer(1, 2) * int(np.prod(block)), int(np.prod(counts))), draw.dtype(0, FLOATS)
    )
    attributes = {"dilations": dilations, "pads": pads, "strides": strides}
    return draw.case([x, draw.sizes(image), draw.sizes(block)], attributes, constant=[1, 2])


@draws("RoiAlign", "MaxRoiPool")
def regions(draw: Draw) -> Case:
    batch, channels, height, width = draw.integer(1, 2), draw.integer(1, 3), draw.integer(4, 8), draw.integer(4, 8)
    count = draw.integer(1, 3)
    corners = np.sort(draw.numbers.uniform(0, 2 * min(height, width), (count, 2, 2)), axis=1).reshape(count, 4)
    x = draw.array((batch, channels, height, width), np.float32)
    attributes: dict[str, Any] = {"spatial_scale": draw.choice([0.5, 1.0])}
    indices = draw.numbers.integers(0, batch, count)
    if draw.operator == "MaxRoiPool":
        rois = np.concatenate([indices[:, None], np.round(corners)], 1).astype(np.float32)
        return draw.case([x, rois], {**attributes, "pooled_shape": draw.integers(2, 1, 3)})
    attributes |= {name: draw.choice([None, 1, 2, 3]) for name in ("output_height", "output_width", "sampling_ratio")}
    attributes["mode"] = draw.choice([None, "avg", "max"])
    if draw.has("coordinate_transformation_mode"):
        attributes["coordinate_transformation_mode"] = draw.choice([None, "half_pixel", "output_half_pixel"])
    return draw.case([x, corners.astype(np.float32), indices.astype(np.int64)], attributes)


@draws("DeformConv")
def deformed(draw: Draw) -> Case:
    dtype, group, kernel = draw.dtype(0, ["float", "double"]), draw.integer(1, 2), draw.integers(2, 1, 3)
    sizes = [each + draw.integer(0, 3) for each in kernel]
    result = [n - k + 1 for n, k in zip(sizes, kernel, strict=True)]
    batch, channels, features = draw.integer(1, 2), 2 * group, group * draw.integer(1, 2)
    points = kernel[0] * kernel[1]
    offsets = draw.integer(1, 2)
    x, w = draw.array((batch, channels, *sizes), dtype), draw.array((features, channels // group, *kernel), dtype)
    offset = draw.array((batch, offsets * points * 2, *result), dtype)
    bias = draw.array((features,), dtype) if draw.chance() else None
    mask = draw.positive((batch, offsets * points, *result), dtype) if draw.chance() else None
    return draw.case([x, w, offset, bias, mask], {"group": group, "offset_group": offsets}, weights=[1, 3])
