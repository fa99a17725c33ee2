"""Shapes that a model declares where run-time values tell them: values that ask for another shape stop the module."""

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator
from small_models import HEADER

import dnnf_mlir
from dnnf_mlir.errors import InputValuesError

Numbers = Sequence[float] | float

_BOXES = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]

# Operator -> inputs, result, the node; numbers that the declared shape is right for, and some that ask for others.
CASES: Mapping[str, tuple[str, dict[str, Numbers], Sequence[dict[str, Numbers]]]] = {
    "ReduceSum": (
        "g (float[2,3,4] x, int64[1] i) => (float[2,1,4] y) { [node] y = ReduceSum(x, i) }",
        {"i": [1]},
        [{"i": [0]}, {"i": [-1]}, {"i": [7]}],
    ),
    "ReduceMean without dimensions": (
        "g (float[2,3,4] x, int64[2] i) => (float[3] y) { [node] y = ReduceMean<keepdims = 0>(x, i) }",
        {"i": [0, -1]},
        [{"i": [0, 1]}, {"i": [0, 0]}],
    ),
    "Squeeze": (
        "g (float[2,1,1,3] x, int64[1] i) => (float[2,1,3] y) { [node] y = Squeeze(x, i) }",
        {"i": [-2]},
        [{"i": [0]}, {"i": [9]}],
    ),
    "Unsqueeze": (
        "g (float[2,3] x, int64[2] i) => (float[1,2,1,3] y) { [node] y = Unsqueeze(x, i) }",
        {"i": [2, 0]},
        [{"i": [0, 1]}, {"i": [0, 0]}, {"i": [0, 9]}],
    ),
    "Reshape": (
        "g (float[2,6] x, int64[3] i) => (float[2,2,3] y) { [node] y = Reshape(x, i) }",
        {"i": [0, -1, 3]},
        [{"i": [2, 3, 2]}, {"i": [-1, -1, 3]}, {"i": [2, 2, 4]}],
    ),
    "Expand": (
        "g (float[2,1] x, int64[3] i) => (float[4,2,3] y) { [node] y = Expand(x, i) }",
        {"i": [4, 1, 3]},
        [{"i": [4, 3, 3]}, {"i": [4, 2, 2]}],
    ),
    "Tile": (
        "g (float[2,3] x, int64[2] i) => (float[4,3] y) { [node] y = Tile(x, i) }",
        {"i": [2, 1]},
        [{"i": [1, 2]}, {"i": [2, -1]}],
    ),
    "ConstantOfShape": (
        "g (int64[2] i) => (float[2,3] y) { [node] y = ConstantOfShape(i) }",
        {"i": [2, 3]},
        [{"i": [3, 2]}],
    ),
    "HannWindow": (
        "g (int64 i) => (float[6] y) { [node] y = HannWindow(i) }",
        {"i": 6},
        [{"i": 5}],
    ),
    "Slice": (
        "g (float[9] x, int64[1] i, int64[1] j, int64[1] k, int64[1] l) => (float[3] y) "
        "{ [node] y = Slice(x, i, j, k, l) }",
        {"i": [-2], "j": [0], "k": [0], "l": [-3]},
        [
            {"i": [0], "j": [9], "k": [0], "l": [2]},
            {"i": [0], "j": [3], "k": [0], "l": [0]},
            {"i": [0], "j": [3], "k": [1], "l": [1]},
            {"i": [8], "j": [-(2**63)], "k": [0], "l": [-(2**63)]},
        ],
    ),
    "Pad": (
        "g (float[2,3] x, int64[2] i, int64[1] k) => (float[2,6] y) { [node] y = Pad(x, i, , k) }",
        {"i": [1, 2], "k": [-1]},
        [{"i": [1, 1], "k": [1]}, {"i": [1, 2], "k": [0]}],
    ),
    "Range": (
        "g (float i, float j, float k) => (float[3] y) { [node] y = Range(i, j, k) }",
        {"i": 1.0, "j": 2.5, "k": 0.5},
        [{"i": 1.0, "j": 2.6, "k": 0.5}, {"i": 1.0, "j": 1.0, "k": 0.0}, {"i": float("nan"), "j": 1.0, "k": 1.0}],
    ),
    "OneHot": (
        "g (int64[2] x, int64 i, float[2] v) => (float[2,4] y) { [node] y = OneHot(x, i, v) }",
        {"x": [1, 3], "i": 4, "v": [0.0, 1.0]},
        [{"x": [1, 3], "i": 5, "v": [0.0, 1.0]}],
    ),
    "TopK": (
        "g (float[5] x, int64[1] i) => (float[3] y, int64[3] z) { [node] y, z = TopK(x, i) }",
        {"i": [3]},
        [{"i": [2]}],
    ),
    "Split": (
        "g (float[5] x, int64[2] i) => (float[3] y, float[2] z) { [node] y, z = Split(x, i) }",
        {"i": [3, 2]},
        [{"i": [2, 3]}],
    ),
    "AffineGrid": (
        "g (float[2,2,3] x, int64[4] i) => (float[2,4,5,2] y) { [node] y = AffineGrid(x, i) }",
        {"i": [2, 1, 4, 5]},
        [{"i": [2, 1, 5, 4]}],
    ),
    "CenterCropPad": (
        "g (float[4,5] x, int64[1] i) => (float[4,3] y) { [node] y = CenterCropPad<axes = [1]>(x, i) }",
        {"i": [3]},
        [{"i": [4]}],
    ),
    "Resize by scales": (
        'g (float[1,1,4,4] x, float[4] i) => (float[1,1,6,2] y) { [node] y = Resize<mode = "linear">(x, , i) }',
        {"i": [1.0, 1.0, 1.5, 0.5]},
        [{"i": [1.0, 1.0, 1.5, 1.0]}, {"i": [1.0, 2.0, 1.5, 0.5]}],
    ),
    "Resize by sizes": (
        "g (float[4,6] x, int64[2] i) => (float[2,3] y) "
        '{ [node] y = Resize<mode = "nearest", keep_aspect_ratio_policy = "not_larger">(x, , , i) }',
        {"i": [2, 5]},
        [{"i": [4, 5]}],
    ),
    "DFT": (
        "g (float[1,6,4,1] x, int64 i, int64 k) => (float[1,4,4,2] y) { [node] y = DFT<onesided = 1>(x, i, k) }",
        {"i": 6, "k": 1},
        [{"i": 6, "k": 2}, {"i": 0, "k": 1}, {"i": 5, "k": 1}],
    ),
    "STFT": (
        "g (float[1,16,1] x, int64 i, int64 k) => (float[1,4,3,2] y) { [node] y = STFT(x, i, , k) }",
        {"i": 4, "k": 4},
        [{"i": 3, "k": 4}, {"i": 0, "k": 4}, {"i": 4, "k": 5}],
    ),
    "Col2Im": (
        "g (float[1,4,4] x, int64[2] i, int64[2] j) => (float[1,1,3,3] y) { [node] y = Col2Im(x, i, j) }",
        {"i": [3, 3], "j": [2, 2]},
        [{"i": [3, 4], "j": [2, 2]}, {"i": [3, 3], "j": [4, 1]}, {"i": [3, 3], "j": [0, 0]}],
    ),
    "NonZero": (
        "g (float[2,3] x) => (int64[2,2] y) { [node] y = NonZero(x) }",
        {"x": [0, 1, 0, 0, 0, 2]},
        [{"x": [0, 1, 0, 0, 0, 0]}, {"x": [1, 1, 1, 0, 0, 0]}],
    ),
    "Compress": (
        "g (float[4,2] x, bool[3] i) => (float[2,2] y) { [node] y = Compress<axis = 0>(x, i) }",
        {"i": [0, 1, 1]},
        [{"i": [0, 0, 1]}, {"i": [1, 1, 1]}],
    ),
    "NonMaxSuppression": (
        "g (float[1,3,4] b, float[1,1,3] x, int64[1] i, float[1] t, float[1] s) => (int64[2,3] y) "
        "{ [node] y = NonMaxSuppression(b, x, i, t, s) }",
        {"b": _BOXES, "i": [2], "t": [0.5], "s": [-9.0]},
        [{"b": _BOXES, "i": [3], "t": [0.5], "s": [-9.0]}],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_declared_shapes(name: str) -> None:
    text, fitting, others = CASES[name]
    model = onnx.parser.parse_model(HEADER.format(opset=20) + text)
    module = dnnf_mlir.compile(model, cache=False).load()
    feeds = _feeds(model, fitting)
    expected = ReferenceEvaluator(model).run(None, feeds)
    for found, right in zip(module.run(list(feeds.values())), expected, strict=True):
        np.testing.assert_allclose(found, right, rtol=1e-5, atol=1e-5)
    for numbers in others:
        with pytest.raises(InputValuesError, match=r"node 'node' .*its result has not the declared shape"):
            module.run(list(_feeds(model, numbers).values()))


def _feeds(model: onnx.ModelProto, numbers: Mapping[str, Numbers]) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(0)
    feeds = {}
    for value in model.graph.input:
        type_ = value.type.tensor_type
        shape = [dim.dim_value for dim in type_.shape.dim]
        given = numbers.get(value.name)
        array = generator.standard_normal(shape) if given is None else np.array(given).reshape(shape)
        feeds[value.name] = array.astype(onnx.helper.tensor_dtype_to_np_dtype(type_.elem_type))
    return feeds
