"""Operators whose result's shape follows from a dynamic dimension, against ONNX Runtime."""

import numpy as np
import onnx
import onnxruntime
import pytest

import dnnf_mlir

MODELS = {
    "slice backwards": "<int64[1] s = {-1}, int64[1] e = {-9223372036854775808}, int64[1] a = {0}, int64[1] t = {-2}> "
    "{ y = Slice(x, s, e, a, t) }",
    "center crop": "<int64[1] size = {3}> { y = CenterCropPad<axes = [1]>(x, size) }",
    "resize": "<float[4] s = {1.0, 1.0, 2.0, 1.5}> "
    '{ shape = Constant<value = int64[4] {0, 1, 5, 1}>() z = Reshape(x, shape) r = Resize<mode = "linear">(z, , s) '
    "flat = Constant<value = int64[2] {0, 10}>() y = Reshape(r, flat) }",
}


@pytest.mark.parametrize("name", MODELS)
def test_as_onnx_runtime(name: str) -> None:
    text = f'<ir_version: 8, opset_import: ["" : 18]> g (float[n, 5] x) => (float[a, b] y) {MODELS[name]}'
    model = onnx.parser.parse_model(text)
    module = dnnf_mlir.compile(model, verify=False).load()
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    for batch in (1, 5, 8):
        x = np.random.default_rng(batch).standard_normal((batch, 5)).astype(np.float32)
        [expected] = session.run(None, {"x": x})
        [found] = module.run([x])
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
