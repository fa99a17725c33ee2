"""Where onnx.reference departs from ONNX: the corrected operators against ONNX Runtime."""

import math

import numpy as np
import onnx
import onnxruntime
import pytest

from dnnf_mlir.graph.operator import OnnxCall, Signature
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.importer.shapes.folding import evaluate
from dnnf_mlir.verify.reference.onnx_call import call_onnx


def test_erf_of_constants_in_double_precision() -> None:
    x = np.linspace(-3, 3, 13)
    found = evaluate(onnx.helper.make_node("Erf", ["x"], ["y"]), [x], [None])
    assert found is not None
    np.testing.assert_allclose(found[0], [math.erf(number) for number in x], rtol=1e-15)


@pytest.mark.parametrize("width", [22, 25, 75, 90])
@pytest.mark.parametrize("mode", ["linear", "cubic"])
def test_resize_at_positions_just_above_whole_numbers(mode: str, width: int) -> None:
    """From 30 to 22, (5 + 0.5) * 30 / 22 - 0.5 is 7 and a rounding error."""
    model = onnx.parser.parse_model(
        f"""<ir_version: 8, opset_import: ["": 18]>
        resize (float[1, 1, 2, 30] x) => (float[1, 1, 4, {width}] y) <int64[4] sizes = {{1, 1, 4, {width}}}> {{
            y = Resize<mode = "{mode}", coordinate_transformation_mode = "half_pixel">(x, , , sizes)
        }}"""
    )
    x = np.random.default_rng(0).random((1, 1, 2, 30), np.float32)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    [expected] = session.run(None, {"x": x})
    attributes = {"mode": mode, "coordinate_transformation_mode": "half_pixel"}
    call = OnnxCall("Resize", (0, None, None, np.array(expected.shape)), attributes)
    signature = Signature((TensorType.of(x),), (TensorType.of(expected),))
    [found] = call_onnx(call, signature, [x])
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("mode", ["linear", "cubic"])
def test_resize_to_one_element(mode: str) -> None:
    """ONNX: ``x_original = length_resized > 1 ? (x_resized + 0.5) / scale - 0.5 : 0`` for pytorch_half_pixel."""
    x = np.random.default_rng(0).random((1, 1, 4, 6), np.float32)
    attributes = {"mode": mode, "coordinate_transformation_mode": "pytorch_half_pixel"}
    call = OnnxCall("Resize", (0, None, None, np.array([1, 1, 4, 1])), attributes)
    [found] = call_onnx(call, Signature((TensorType.of(x),), (TensorType.of(x[..., :1]),)), [x])
    np.testing.assert_allclose(found, x[..., :1], rtol=0, atol=1e-6)


@pytest.mark.parametrize("size", [1, 3, 5])
def test_lrn_of_every_channel(size: int) -> None:
    """onnx.reference counts as many channels as the batch has elements: 2 of 6 here."""
    model = onnx.parser.parse_model(
        f"""<ir_version: 8, opset_import: ["": 17]>
        lrn (float[2, 6, 3, 4] x) => (float[2, 6, 3, 4] y) {{ y = LRN<size = {size}, alpha = 0.1>(x) }}"""
    )
    x = np.random.default_rng(0).standard_normal((2, 6, 3, 4)).astype(np.float32)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    [expected] = session.run(None, {"x": x})
    call = OnnxCall("LRN", (0,), {"size": size, "alpha": 0.1, "beta": 0.75, "bias": 1.0})
    [found] = call_onnx(call, Signature((TensorType.of(x),), (TensorType.of(expected),)), [x])
    np.testing.assert_allclose(found, expected, rtol=1e-5)  # another order of a few f32 sums
