"""Sampling between elements: Resize, Upsample, GridSample, AffineGrid."""

from typing import Any

import numpy as np

from tests.differential.case import Case
from tests.differential.drawing import FLOATS, Draw, draws

_COORDINATES = ("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel")
_NEAREST = ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")


@draws("Resize")
def resize(draw: Draw) -> Case:
    rank = draw.integer(1, 2)
    sizes = draw.integers(rank, 1, 6)
    x = draw.array(
        (draw.integer(1, 2), draw.integer(1, 2), *sizes),
        draw.dtype("T" if draw.opset < 11 else "T1", ["float", "uint8", "int8", "int32", "double", "float16"]),
    )
    if draw.opset < 11:
        scales = np.array([1, 1, *(draw.choice([0.5, 1, 2, 2.5]) for _ in sizes)], np.float32)
        return draw.case([x, scales], {"mode": draw.choice([None, "nearest", "linear"])}, constant=[1])
    mode = draw.choice([None, "nearest", "linear", "cubic"] if rank == 2 else [None, "nearest", "linear"])
    more = ("half_pixel_symmetric",) if draw.opset >= 19 else ()
    attributes: dict[str, Any] = {"mode": mode}
    if draw.chance(0.8):
        attributes["coordinate_transformation_mode"] = draw.choice([*_COORDINATES, *more])
    if mode in (None, "nearest"):
        attributes["nearest_mode"] = draw.choice([None, *_NEAREST])
    elif mode == "cubic":
        attributes |= {"cubic_coeff_a": draw.choice([None, -0.5]), "exclude_outside": draw.choice([None, 1])}
    axes = list(range(2, 2 + rank)) if draw.opset >= 18 and draw.chance(0.3) else None
    attributes["axes"] = axes
    if draw.opset >= 18:
        attributes["antialias"] = 1 if mode in ("linear", "cubic") and draw.chance(0.2) else None
    outer = [] if axes else [1, 1]
    roi = np.zeros(0, np.float32) if draw.opset < 13 else None
    if draw.chance():
        scales = np.array([*outer, *(draw.choice([0.5, 0.6, 1, 1.5, 2, 3]) for _ in sizes)], np.float32)
        return draw.case([x, roi, scales], attributes, constant=[1, 2])
    wanted = draw.integers(rank, 1, 9)
    empty = np.zeros(0, np.float32) if draw.opset < 13 else None
    full = wanted if axes else [*x.shape[:2], *wanted]
    return draw.case([x, roi, empty, draw.sizes(full)], attributes, constant=[1, 2, 3])


@draws("Upsample")
def upsample(draw: Draw) -> Case:
    x = draw.array((*draw.integers(2, 1, 2), *draw.integers(2, 1, 5)), draw.dtype("T", ["float", "int32", "uint8"]))
    scales = [1.0, 1.0, *(draw.choice([1.0, 2.0, 1.5, 3.0]) for _ in range(2))]
    attributes: dict[str, Any] = {"mode": draw.choice([None, "nearest", "linear" if draw.opset >= 9 else "nearest"])}
    if draw.has("scales"):
        return draw.case([x], {**attributes, "scales": scales})
    return draw.case([x, np.array(scales, np.float32)], attributes, constant=[1])


@draws("GridSample")
def grid_sample(draw: Draw) -> Case:
    dtype = draw.dtype(0, FLOATS)
    rank = 3 if draw.opset >= 20 and draw.chance(0.3) else 2
    batch = draw.integer(1, 2)
    modes = ["linear", "nearest", "cubic"] if draw.opset >= 20 else ["bilinear", "nearest", "bicubic"]
    mode = draw.choice([None, *(modes if rank == 2 else modes[:2])])
    x = draw.array((batch, draw.integer(1, 2), *draw.integers(rank, 2, 5)), dtype)
    grid = np.asarray(draw.numbers.uniform(-1.4, 1.4, (batch, *draw.integers(rank, 1, 4), rank))).astype(dtype)
    attributes = {
        "mode": mode,
        "padding_mode": draw.choice([None, "zeros", "border", "reflection"]),
        "align_corners": draw.choice([None, 0, 1]),
    }
    return draw.case([x, grid], attributes)


@draws("AffineGrid")
def affine(draw: Draw) -> Case:
    rank, batch = draw.integer(2, 3), draw.integer(1, 2)
    theta = draw.array((batch, rank, rank + 1), draw.dtype(0, ["float", "double"]))
    sizes = draw.sizes([batch, draw.integer(1, 2), *draw.integers(rank, 1, 4)])
    return draw.case([theta, sizes], {"align_corners": draw.choice([None, 0, 1])}, constant=[1], dynamic=0.0)
