"""RoiAlign against ONNX Runtime: samples that are unrolled and samples in loops, regions beyond the image's edges."""

import numpy as np
import onnx
import onnxruntime
import pytest

import dnnf_mlir

RATIOS = {"by the region's size": 0, "unrolled": 2, "in a loop": 5}


@pytest.mark.parametrize("ratio", RATIOS.values(), ids=RATIOS.keys())
@pytest.mark.parametrize("transformation", ["half_pixel", "output_half_pixel"])
def test_regions(ratio: int, transformation: str) -> None:
    model = onnx.parser.parse_model(
        f"""<ir_version: 8, opset_import: ["": 16]>
        regions (float[2, 19, 11, 13] x, float[5, 4] rois, int64[5] images) => (float[5, 19, 3, 4] y) {{
            y = RoiAlign<output_height = 3, output_width = 4, sampling_ratio = {ratio}, spatial_scale = 0.5,
                         coordinate_transformation_mode = "{transformation}">(x, rois, images)
        }}"""
    )
    generator = np.random.default_rng(0)
    corners = generator.uniform(-4, 14, (5, 2))
    rois = np.concatenate([corners, corners + generator.uniform(1, 16, (5, 2))], axis=1).astype(np.float32)
    rois[0] = [6, 5, 4, 4]  # ends before it begins: no samples, where their number follows from its size
    feeds = {
        "x": generator.standard_normal((2, 19, 11, 13), np.float32),
        "rois": rois,
        "images": np.array([0, 1, 1, 0, 1]),
    }
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    [expected] = session.run(None, feeds)
    [found] = dnnf_mlir.compile(model).run(list(feeds.values()))
    # Bilinear weights from coordinates of up to 14 in single precision.
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * np.abs(expected).max())
