"""Operators that ONNX defined later, and those on images and small matrices."""

import itertools

import numpy as np

from tests.importer.microsoft.cases import Array, Case, floats, given, integers, plain


def _invertible(*shape: int | str, dtype: type = np.float32) -> Array:
    matrices = floats(*shape).array
    matrices[..., 0, 0] = 0  # the first pivot has to be another one
    return given(matrices, dtype, shape)


_IMAGE, _GRID = floats("N", 3, 6, 7), floats("N", 4, 5, 2)
_BOXES = given([[0.1, 0.2, 0.8, 0.9], [-0.2, 0.3, 0.5, 1.4], [0.9, 0.8, 0.2, 0.1], [0.5, 0.5, 0.5, 0.5]])
_OF_IMAGE = given([0, 2, 1, 1], np.int32)

CASES = [
    Case("Trilu", (floats("N", 5, 6),)),
    Case("Trilu", (floats("N", 5, 6), np.array(1)), {"upper": 0}),
    Case("Trilu", (floats(5, 5), given(-2, np.int64)), {"upper": 1}),
    Case("Unique", (given([2, 1, 1, 3, 4, 3]),), outputs=3),
    Case("Inverse", (_invertible("N", 3, 3),), tolerance=1e-3),
    Case("Inverse", (_invertible("N", 2, 5, 5),), tolerance=1e-3),
    Case("Inverse", (floats(1, 1),)),
    Case("Inverse", (_invertible(4, 4, dtype=np.float64),), tolerance=1e-9),
    *(
        Case("GridSample", (_IMAGE, _GRID), {"mode": mode, "padding_mode": padding, "align_corners": corners})
        for mode, padding, corners in itertools.product(
            ("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection"), (0, 1)
        )
    ),
    Case("CropAndResize", (_IMAGE, _BOXES, _OF_IMAGE, np.array([4, 3], np.int32)), {"extrapolation_value": 0.5}),
    Case("CropAndResize", (_IMAGE, _BOXES, _OF_IMAGE, np.array([1, 1], np.int32))),
    Case("CropAndResize", (_IMAGE, _BOXES, _OF_IMAGE, np.array([5, 4], np.int32)), {"mode": "nearest"}),
    Case("Pad", (floats("N", 4), np.array([0, 1, 2, 3]), np.array([1.5], np.float32))),
    Case("Pad", (floats("N", 4), np.array([[0, 1, 2, 3]]))),
    Case("Pad", (floats(5, 4), np.array([1, 1, 2, 3])), {"mode": "reflect"}),
    Case("Pad", (floats("N", 4), np.array([0, 1, 0, 3])), {"mode": "edge"}),
    Case("ExpandDims", (floats("N", 4), np.array(1, np.int32))),
    Case("ExpandDims", (floats("N", 4), np.array(-1, np.int32))),
    Case("GatherND", (floats(4, 5, 6), integers("N", 2, high=4))),
    Case("GatherND", (floats(4, 5, 6), integers("N", 2, 1, dtype=np.int64, high=4))),
    Case("Range", (np.array(1.0, np.float32), np.array(4.0, np.float32), np.array(0.5, np.float32))),
    Case("Range", (np.array([1]), np.array([4]))),
    *(Case("CDist", (floats("N", 6), floats("S", 6)), {"metric": each}) for each in ("sqeuclidean", "euclidean")),
    Case("Rfft", (floats(3, 8),), expect=lambda x: [_spectrum(x)]),
    Case(
        "TorchEmbedding",
        (floats(9, 4), integers("N", "S", dtype=np.int64, high=9)),
        expect=lambda table, indices: [table[indices]],
    ),
]


def _spectrum(x: Array) -> Array:
    values = np.fft.rfft(x)
    return np.stack([values.real, values.imag], -1).astype(np.float32)


EXPERIMENTAL = [
    Case("Crop", (floats("N", 3, 6, 7),), {"border": [1, 2, 1, 0]}, domain="", opset=9),
    Case("Crop", (floats("N", 3, 6, 7),), {"border": [1, 2, 1, 1], "scale": [3, 4]}, domain="", opset=9),
    Case(
        "DynamicSlice",
        (floats("N", 6), np.array([1]), np.array([5]), np.array([1])),
        domain="",
        opset=9,
        expect=plain("y = Slice(x0, x1, x2, x3)"),
    ),
]
