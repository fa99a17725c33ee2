"""Operators that move elements: views, gathers, concatenation, padding, resizing."""

import numpy as np
import pytest
from cases import TOLERANCE, Builder, Case, CompiledCases

from dnnf_mlir.graph.ecg import Value

CASES: dict[str, Case] = {}


def case(function: Case) -> Case:
    CASES[function.__name__] = function
    return function


@case
def transposed(b: Builder) -> Value:
    return b.call("transpose", b.input(2, 3, 4, 5), perm=(3, 1, 0, 2))


@case
def copied(b: Builder) -> list[Value]:
    x = b.call("exp", b.input(2, 3))
    return [x, b.call("identity", x), b.call("identity", b.input(2, 3))]


@case
def squeezed(b: Builder) -> Value:
    return b.call("exp", b.call("squeeze", b.input(1, 3, 1, 5), shape=(3, 5)))


@case
def unsqueezed(b: Builder) -> Value:
    return b.call("exp", b.call("unsqueeze", b.call("neg", b.input(3, 5)), shape=(1, 3, 1, 5)))


@case
def flattened(b: Builder) -> Value:
    return b.call("exp", b.call("flatten", b.input(2, 3, 5), shape=(2, 15)))


@case
def expanded(b: Builder) -> list[Value]:
    x = b.input(3, 1)
    return [b.call("expand", x, shape=(2, 3, 4)), b.call("neg", b.call("expand", b.call("exp", x), shape=(3, 6)))]


@case
def tiled(b: Builder) -> Value:
    return b.call("tile", b.input(2, 3), repeats=(2, 3))


@case
def tiled_then_reshaped(b: Builder) -> Value:
    return b.call("neg", b.call("reshape", b.call("tile", b.input(2, 3), repeats=(3, 1)), shape=(9, 2)))


@case
def slices(b: Builder) -> list[Value]:
    x = b.input(6, 10)
    return [
        b.call("slice", x, starts=(1, 2), steps=(1, 3), shape=(3, 2)),
        b.call("slice", x, starts=(5, 9), steps=(-1, -2), shape=(6, 4)),
        b.call("slice", x, starts=(2, 0), steps=(1, 1), shape=(1, 10)),
    ]


@case
def slice_of_transposed(b: Builder) -> Value:
    x = b.call("transpose", b.call("exp", b.input(6, 10)), perm=(1, 0))
    return b.call("slice", x, starts=(3, 1), steps=(2, 1), shape=(3, 4))


@case
def slice_of_slice_of_constant(b: Builder) -> Value:
    x = b.call("slice", b.constant(6, 10), starts=(1, 1), steps=(2, 2), shape=(3, 4))
    return b.call("add", b.call("slice", x, starts=(1, 0), steps=(1, 3), shape=(2, 2)), b.input(2, 2))


@case
def splits(b: Builder) -> list[Value]:
    return b.split(b.input(4, 9), 1, (2, 3, 4))


@case
def equal_splits_of_computed(b: Builder) -> list[Value]:
    return [b.call("neg", part) for part in b.split(b.call("exp", b.input(4, 9)), 1, (3, 3, 3))]


@case
def split_of_product_to_heads(b: Builder) -> list[Value]:
    x = b.call("add", b.call("matmul", b.input(1, 8, 16), b.constant(16, 24)), b.constant(24))
    parts = b.split(x, 2, (8, 8, 8))
    return [b.call("transpose", b.call("reshape", p, shape=(1, 8, 2, 4)), perm=(0, 2, 1, 3)) for p in parts]


@case
def concatenated(b: Builder) -> Value:
    return b.call("concat", b.input(2, 3, 4), b.input(2, 5, 4), b.input(2, 1, 4), axis=1)


@case
def concatenated_last(b: Builder) -> Value:
    return b.call("concat", b.input(1, 4, 4, 8), b.input(1, 4, 4, 16), axis=3)


@case
def concatenated_computed(b: Builder) -> Value:
    return b.call("concat", b.call("exp", b.input(2, 3)), b.call("relu", b.input(2, 5)), axis=1)


@case
def concatenated_then_computed(b: Builder) -> Value:
    return b.call("relu", b.call("concat", b.input(2, 3), b.input(2, 5), axis=1))


@case
def concatenated_with_constant(b: Builder) -> Value:
    return b.call("concat", b.constant(1, 3), b.input(4, 3), axis=0)


@case
def concatenated_integers(b: Builder) -> Value:
    return b.call("concat", b.input(3, dtype="i64"), b.input(2, dtype="i64"), axis=0)


@case
def gathered(b: Builder) -> list[Value]:
    indices = b.given(np.array([[0, -1, 3], [5, -6, 2]], np.int64))
    x = b.input(4, 6, 5)
    return [b.call("gather", x, indices, axis=1), b.call("gather", b.constant(6, 16), indices, axis=0)]


@case
def gathered_and_added(b: Builder) -> Value:
    words = b.call("gather", b.constant(30, 16), b.input(1, 8, dtype="i64", low=0, high=29), axis=0)
    return b.call("add", words, b.constant(8, 16))


@case
def gathered_one(b: Builder) -> Value:
    return b.call("gather", b.input(1, 8, 16), b.known(np.array(0, np.int64)), axis=1)


@case
def gathered_from_computed(b: Builder) -> Value:
    return b.call("neg", b.call("gather", b.call("exp", b.input(6, 4)), b.given(np.array([1, 3], np.int32)), axis=0))


@case
def gathered_elements(b: Builder) -> Value:
    indices = b.given(np.array([[0, 1, -1], [2, 0, 1]], np.int64))
    return b.call("gather_elements", b.input(2, 4), indices, axis=1)


@case
def padded(b: Builder) -> list[Value]:
    x = b.input(3, 5)
    modes = ("constant", "edge", "reflect", "wrap")
    return [b.call("pad", x, pads=(1, 2, 0, 1), mode=mode, value=1.5) for mode in modes]


@case
def padded_between_computations(b: Builder) -> Value:
    x = b.call("pad", b.call("exp", b.input(3, 5)), pads=(1, 0, 0, 1), mode="constant", value=0.0)
    return b.call("neg", x)


@case
def depth_to_space(b: Builder) -> list[Value]:
    first, last = b.input(1, 8, 3, 5), b.input(1, 3, 5, 8)
    return [
        b.call("depth_to_space", x, blocksize=2, mode=mode, layout=layout)
        for x, layout in ((first, "channels_first"), (last, "channels_last"))
        for mode in ("DCR", "CRD")
    ]


@case
def space_to_depth(b: Builder) -> list[Value]:
    first, last = b.input(1, 2, 4, 6), b.input(1, 4, 6, 2)
    return [
        b.call("space_to_depth", x, blocksize=2, mode="DCR", layout=layout)
        for x, layout in ((first, "channels_first"), (last, "channels_last"))
    ]


def _resize(b: Builder, x: Value, shape: tuple[int, ...], layout: str, **options: object) -> Value:
    attributes: dict[str, object] = {
        "mode": "nearest",
        "coordinate_transformation_mode": "half_pixel",
        "nearest_mode": "round_prefer_floor",
        "cubic_coeff_a": -0.75,
        "exclude_outside": 0,
        "antialias": 0,
        "scales": tuple(after / before for before, after in zip(x.type.shape, shape, strict=True)),
    }
    return b.call("resize", x, shape=shape, layout=layout, **(attributes | options))


@case
def enlarged_nearest(b: Builder) -> list[Value]:
    x = b.call("relu", b.input(1, 4, 5, 8))
    whole = _resize(
        b, x, (1, 8, 10, 8), "channels_last", coordinate_transformation_mode="asymmetric", nearest_mode="floor"
    )
    return [whole, _resize(b, b.input(1, 2, 4, 5), (1, 2, 7, 3), "channels_first")]


@case
def interpolated(b: Builder) -> list[Value]:
    x = b.input(1, 2, 4, 5)
    return [
        _resize(b, x, (1, 2, 8, 10), "channels_first", mode=mode, coordinate_transformation_mode=coordinates)
        for mode in ("linear", "cubic")
        for coordinates in ("half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel")
    ]


@case
def interpolated_down(b: Builder) -> list[Value]:
    x = b.input(1, 2, 8, 9)
    return [
        _resize(b, x, (1, 2, 4, 4), "channels_first", mode=mode, antialias=antialias, exclude_outside=outside)
        for mode, antialias, outside in (("linear", 0, 0), ("linear", 1, 0), ("cubic", 1, 0), ("cubic", 0, 1))
    ]


@pytest.fixture(scope="module")
def compiled() -> CompiledCases:
    return CompiledCases(CASES).run()


@pytest.mark.parametrize("name", CASES)
def test_operator(compiled: CompiledCases, name: str) -> None:
    assert compiled.error(name) <= TOLERANCE
