"""MaxUnpool reads positions in the whole tensor that was pooled: all its dimensions, also of larger outputs."""

import numpy as np
import onnxruntime
import pytest
from onnx import parser

import dnnf_mlir

HEADER = '<ir_version: 8, opset_import: ["" : 17]>\n'


@pytest.mark.parametrize("shape", [(2, 3, 7, 9), (1, 2, 6, 8)])
@pytest.mark.parametrize("dims", ["2,3,7,9", "n,c,h,w"])
def test_a_pool_undone(shape: tuple[int, ...], dims: str) -> None:
    """As segmentation networks do it: what the pool drops is 0, what it keeps is back where it was."""
    if dims == "2,3,7,9" and shape != (2, 3, 7, 9):
        pytest.skip("another static shape")
    text = f"""g (float[{dims}] x) => (float[a,b,d,e] y) {{
      p, at = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (x) q = Mul(p, p) s = Shape(x)
      y = MaxUnpool <kernel_shape = [2, 2], strides = [2, 2]> (q, at, s)
    }}"""
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    (found,) = dnnf_mlir.compile(parser.parse_model(HEADER + text), cache=False).run([x])
    expected = np.zeros(shape, np.float32)
    height, width = shape[2] // 2 * 2, shape[3] // 2 * 2
    blocks = x[:, :, :height, :width].reshape(*shape[:2], height // 2, 2, width // 2, 2)
    largest = np.broadcast_to(blocks.max(axis=(3, 5), keepdims=True), blocks.shape)
    kept = np.where(blocks == largest, largest**2, 0).reshape(*shape[:2], height, width)
    expected[:, :, :height, :width] = kept
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_positions_of_unknown_origin() -> None:
    text = """g (float[2,2,2,2] x, int64[2,2,2,2] at) => (float[2,2,4,4] y) {
      y = MaxUnpool <kernel_shape = [2, 2], strides = [2, 2]> (x, at)
    }"""
    model = parser.parse_model(HEADER + text)
    generator = np.random.default_rng(0)
    x = generator.standard_normal((2, 2, 2, 2)).astype(np.float32)
    at = generator.permutation(64)[:16].reshape(2, 2, 2, 2)
    (expected,) = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": x, "at": at})
    np.testing.assert_array_equal(dnnf_mlir.compile(model, cache=False).run([x, at])[0], expected)
