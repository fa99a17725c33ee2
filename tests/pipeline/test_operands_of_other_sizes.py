"""Operands that an operator reads together must have sizes that fit: checked before anything is read beyond its end."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pytest
from onnx import parser

import dnnf_mlir
from dnnf_mlir.errors import DnnfError

Array = npt.NDArray[np.generic]

GENERATOR = np.random.default_rng(0)


def floats(*shape: int) -> Array:
    return GENERATOR.standard_normal(shape).astype(np.float32)


def indices(limit: int, *shape: int) -> Array:
    return GENERATOR.integers(0, limit, shape)


def boxes(*shape: int) -> Array:
    corners = np.sort(GENERATOR.uniform(0, 7, (*shape, 2, 2)), axis=-2)
    return np.asarray(corners.reshape(*shape, 4), np.float32)


CASES: dict[str, tuple[str, list[list[Array]], list[list[Array]]]] = {
    "TopK of fewer elements": (
        "(float[n,4] x) => (float[3,4] y, int64[3,4] i) { y, i = TopK <axis = 0> (x, k) }",
        [[floats(5, 4)], [floats(3, 4)]],
        [[floats(2, 4)]],
    ),
    "TopK of a number that is given": (
        "(float[n] x, int64[1] number) => (float[m] y, int64[m] i) { y, i = TopK (x, number) }",
        [[floats(8), np.array([3])], [floats(3), np.array([3])]],
        [[floats(8), np.array([9])]],
    ),
    "TopK of elements that are selected": (
        """(float[n] x) => (float[3] y, int64[3] i) {
          at = NonZero(x) positions = Transpose(at) chosen = GatherND(x, positions) y, i = TopK (chosen, k)
        }""",
        [[np.array([0, 1, 2, 0, 3, 4], np.float32)]],
        [[np.array([0, 1, 0, 0, 3, 0], np.float32)]],
    ),
    "ScatterElements of more updates": (
        "(float[n,4] x, int64[m,4] i, float[p,4] u) => (float[n,4] y) { y = ScatterElements (x, i, u) }",
        [[floats(5, 4), indices(5, 3, 4), floats(3, 4)]],
        [[floats(5, 4), indices(5, 3, 4), floats(2, 4)], [floats(5, 4), indices(5, 3, 4), floats(4, 4)]],
    ),
    "ScatterElements beyond another axis": (
        "(float[n,4] x, int64[m,4] i, float[m,4] u) => (float[n,4] y) { y = ScatterElements <axis = 1> (x, i, u) }",
        [[floats(5, 4), indices(4, 3, 4), floats(3, 4)]],
        [[floats(2, 4), indices(4, 3, 4), floats(3, 4)]],
    ),
    "GatherElements beyond another axis": (
        "(float[n,4] x, int64[m,4] i) => (float[m,4] y) { y = GatherElements <axis = 1> (x, i) }",
        [[floats(5, 4), indices(4, 3, 4)]],
        [[floats(2, 4), indices(4, 3, 4)]],
    ),
    "ScatterND of more updates": (
        "(float[n,4] x, int64[m,1] i, float[p,4] u) => (float[n,4] y) { y = ScatterND (x, i, u) }",
        [[floats(5, 4), indices(5, 3, 1), floats(3, 4)]],
        [[floats(5, 4), indices(5, 3, 1), floats(2, 4)]],
    ),
    "GatherND of another batch": (
        "(float[n,4,3] x, int64[m,2,1] i) => (float[m,2,3] y) { y = GatherND <batch_dims = 1> (x, i) }",
        [[floats(5, 4, 3), indices(4, 5, 2, 1)]],
        [[floats(3, 4, 3), indices(4, 5, 2, 1)]],
    ),
    "ReverseSequence of fewer lengths": (
        "(float[t,b] x, int64[m] l) => (float[t,b] y) { y = ReverseSequence (x, l) }",
        [[floats(5, 3), np.array([5, 1, 3])]],
        [[floats(5, 3), np.array([5, 1])]],
    ),
    "RoiAlign of fewer images": (
        "(float[n,2,8,8] x, float[m,4] r, int64[k] b) => (float[m,2,1,1] y) { y = RoiAlign (x, r, b) }",
        [[floats(2, 2, 8, 8), boxes(3), indices(2, 3)]],
        [[floats(2, 2, 8, 8), boxes(3), indices(2, 2)]],
    ),
    "NonMaxSuppression of more scores": (
        "(float[b,n,4] x, float[c,k,m] s) => (int64[q,3] y) { y = NonMaxSuppression (x, s, most) }",
        [[boxes(1, 6), floats(1, 2, 6)]],
        [[boxes(1, 6), floats(1, 2, 7)], [boxes(1, 6), floats(2, 2, 6)]],
    ),
    "MaxUnpool of fewer indices": (
        """(float[1,1,h,w] x, int64[1,1,a,b] i) => (float[1,1,c,d] y) {
          y = MaxUnpool <kernel_shape = [2, 2], strides = [2, 2]> (x, i)
        }""",
        [[floats(1, 1, 2, 2), np.array([[[[0, 3], [8, 15]]]])]],
        [[floats(1, 1, 2, 2), np.array([[[[0]]]])]],
    ),
}


def model_of(text: str) -> onnx.ModelProto:
    model = parser.parse_model(f'<ir_version: 8, opset_import: ["" : 17]> g {text}')
    for name, value in {"k": 3, "most": 2}.items():
        model.graph.initializer.append(onnx.numpy_helper.from_array(np.array([value]), name))
    return model


def static(model: onnx.ModelProto, arrays: Sequence[Array]) -> onnx.ModelProto:
    """The model with the inputs' dimensions given; those of its outputs stay names."""
    given = onnx.ModelProto()
    given.CopyFrom(model)
    for value, array in zip(given.graph.input, arrays, strict=True):
        for dim, size in zip(value.type.tensor_type.shape.dim, array.shape, strict=True):
            dim.dim_value = size
    return given


@pytest.mark.parametrize("name", CASES)
def test_sizes_that_fit_and_others(name: str) -> None:
    text, fitting, others = CASES[name]
    model = model_of(text)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    module = dnnf_mlir.compile(model, cache=False).load()
    for arrays in fitting:
        expected = session.run(None, dict(zip([each.name for each in session.get_inputs()], arrays, strict=True)))
        for found, right in zip(module.run(list(arrays)), expected, strict=True):
            np.testing.assert_allclose(found, right, rtol=0, atol=1e-5)
    for arrays in others:
        with pytest.raises(DnnfError):
            module.run(list(arrays))
        with pytest.raises(DnnfError):
            dnnf_mlir.compile(static(model, arrays), cache=False).run(list(arrays))
