"""3x3 convolutions of a free or counted number of images, by Winograd's algorithm, against ONNX Runtime."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from device_runners import run_arm64
from onnx import numpy_helper, parser

import dnnf_mlir
from dnnf_mlir.kernels.convolution import emit as convolution

# Of the largest result: three convolutions, each of which loses 2e-6.
TOLERANCE = 1e-5
MOST = 7

# With bias and activation; of another number of filters; with a residual; with a pool behind.
CONVOLUTIONS = """
  a = Conv <pads = [1, 1, 1, 1]> (x, w1, b1) b = Relu(a) c = Conv <pads = [0, 1, 2, 1]> (b, w2) d = Sigmoid(c)
  e = Conv <pads = [1, 1, 1, 1]> (d, w3, b3) f = Add(e, x) y = Relu(f)
  g = Conv <pads = [1, 1, 1, 1]> (y, w1, b1) h = Relu(g) p = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (h)
"""
WEIGHTS = {"w1": (64, 64, 3, 3), "b1": (64,), "w2": (95, 64, 3, 3), "w3": (64, 95, 3, 3), "b3": (64,)}
FREE = f"g (float[batch,64,14,14] x) => (float[batch,64,14,14] y, float[batch,64,7,7] p) {{ {CONVOLUTIONS} }}"
COUNTED = f"""g (float[7] score, float[7,64,14,14] all) => (float[n,64,14,14] y, float[n,64,7,7] p)
<float zero = {{0.0}}, int64[1] first = {{0}}> {{
  found = Greater(score, zero) at = NonZero(found) places = Squeeze(at, first) x = Gather(all, places) {CONVOLUTIONS}
}}"""

Feeds = dict[str, np.ndarray]


def model(text: str) -> onnx.ModelProto:
    random = np.random.default_rng(0)
    result = parser.parse_model('<ir_version: 8, opset_import: ["" : 17]>\n' + text)
    for name, shape in WEIGHTS.items():
        array = (random.standard_normal(shape) / 16).astype(np.float32)
        result.graph.initializer.append(numpy_helper.from_array(array, name))
    return result


def inputs(text: str, images: int) -> Feeds:
    random = np.random.default_rng(images)
    if text == FREE:
        return {"x": random.standard_normal((images, 64, 14, 14), dtype=np.float32)}
    score = random.permutation(np.arange(MOST) < images).astype(np.float32)
    return {"score": score, "all": random.standard_normal((MOST, 64, 14, 14), dtype=np.float32)}


@pytest.mark.parametrize("target", ["host", "arm64-linux"])
@pytest.mark.parametrize("text", [FREE, COUNTED], ids=["free", "counted"])
def test_one_module_for_every_number_of_images(
    text: str, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No image, tiles of images that do not fill a block, and several blocks."""
    proto = model(text)
    generated = []
    dispatch = convolution.winograd_dispatch
    monkeypatch.setattr(convolution, "winograd_dispatch", lambda *a: generated.append(a) or dispatch(*a))
    compiled = dnnf_mlir.compile(proto, target=target, verify=False, cache=False)
    assert len({given[0] for given in generated}) == 3, "problems"
    compiled.save(tmp_path / "model.vmfb")
    module = compiled.load() if target == "host" else None
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    for images in (0, 1, 2, 5, MOST):
        given = inputs(text, images)
        arrays = list(given.values())
        found = run_arm64(tmp_path / "model.vmfb", arrays, 2) if module is None else module.run(arrays)
        for a, b in zip(found, session.run(None, given), strict=True):
            assert a.shape == b.shape
            assert np.abs(a - b).max(initial=0) <= TOLERANCE * np.abs(b).max(initial=0), images
