"""Models quantised by onnxruntime.quantization (QuantizeLinear, DequantizeLinear around every operator)."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from small_models import Array, inputs, parse

import dnnf_mlir
from dnnf_mlir.compiler import Compilation

MODELS = {
    "convolutions": """
g (float[1,3,8,8] x, float[8,3,3,3] w1, float[8] w2, float[8,10] w3) => (float[1,10] y) {
  a = Conv<pads = [1, 1, 1, 1]>(x, w1, w2)  b = Relu(a)  p = GlobalAveragePool(b)  f = Flatten(p)  y = MatMul(f, w3)
}""",
    "attention": """
g (float[2,6,16] x, float[16,16] w1, float[16] w2, float[16,16] w3) => (float[2,6,16] y) {
  q = MatMul(x, w1)  b = Add(q, w2)  t = Transpose<perm = [0, 2, 1]>(x)  s = MatMul(b, t)  p = Softmax(s)
  c = MatMul(p, x)  y = MatMul(c, w3)
}""",
}


class _Samples(CalibrationDataReader):
    def __init__(self, samples: list[dict[str, Array]]) -> None:
        self._samples = iter(samples)

    def get_next(self) -> dict[str, Array] | None:
        return next(self._samples, None)


@pytest.fixture(params=[(name, per_channel) for name in MODELS for per_channel in (False, True)], ids=str)
def quantized(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    name, per_channel = request.param
    model = parse(MODELS[name])
    source, result = tmp_path / "float.onnx", tmp_path / "quantized.onnx"
    onnx.save(model, source)
    samples = [inputs(model, seed) for seed in range(4)]
    quantize_static(
        source,
        result,
        _Samples(samples),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=per_channel,
    )
    return result


def test_quantized_model(quantized: Path) -> None:
    """One step apart at most: where a sum in another order falls on the other side of a half."""
    model = onnx.load(quantized)
    assert {"QuantizeLinear", "DequantizeLinear"} <= {node.op_type for node in model.graph.node}
    feeds = inputs(model)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    [expected] = onnxruntime.InferenceSession(str(quantized), options).run(None, feeds)
    compiled = dnnf_mlir.compile(quantized)
    [found] = compiled.run(list(feeds.values()))
    steps = np.unique(np.round(np.diff(np.unique(expected)), 6))
    assert np.abs(found - expected).max() <= 1.01 * steps[steps > 0].min()
    assert np.mean(found != expected) < 0.05


def test_quantized_operators_are_fused(quantized: Path) -> None:
    """They are element-wise operators of the dialect, so that nothing is carried and no kernel is one of them alone."""
    compilation = Compilation(quantized)
    graph = compilation.graph(compilation.simplify())
    assert "onnx_node" not in {node.kind for node in graph.nodes}
    compilation.fuse()
    assert compilation.plan is not None
    kernels = [block for block in compilation.plan.blocks if block.nodes[0].kind not in ("reshape", "flatten")]
    products = sum(node.kind in ("conv", "matmul", "softmax", "global_average_pool") for node in graph.nodes)
    assert len(kernels) <= 2 * products + 1
