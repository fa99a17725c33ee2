"""Where onnx.reference departs from ONNX: the corrected operators against ONNX Runtime."""

import numpy as np
import onnx
import onnxruntime
import pytest

import dnnf_mlir


@pytest.mark.parametrize("mode", ["linear", "cubic"])
def test_positions_just_above_a_whole_number(mode: str) -> None:
    """(5 + 0.5) * 30 / 22 - 0.5 is 7 and a rounding error."""
    model = onnx.parser.parse_model(
        f"""<ir_version: 8, opset_import: ["": 18]>
        resize (float[1, 1, 30, 30] x) => (float[1, 1, 174, 22] y) <int64[4] sizes = {{1, 1, 174, 22}}> {{
            y = Resize<mode = "{mode}", coordinate_transformation_mode = "half_pixel">(x, , , sizes)
        }}"""
    )
    x = np.random.default_rng(0).random((1, 1, 30, 30), np.float32)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    [expected] = session.run(None, {"x": x})
    # Compiling compares the module with the corrected reference.
    [found] = dnnf_mlir.compile(model, cache=False).run([x])
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
