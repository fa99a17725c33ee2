"""Models quantised by onnxruntime.quantization (QuantizeLinear, DequantizeLinear around every operator)."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from small_models import Array, inputs, parse

import dnnf_mlir
from benchmarks import models
from dnnf_mlir.compiler import Compilation
from dnnf_mlir.lowering.kernel_form import has_kernel_form
from dnnf_mlir.targets import get_target

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


PRODUCTS = ("conv_integer", "matmul_integer")


class _Samples(CalibrationDataReader):
    def __init__(self, samples: list[dict[str, Array]]) -> None:
        self._samples = iter(samples)

    def get_next(self) -> dict[str, Array] | None:
        return next(self._samples, None)


@pytest.fixture(params=[(name, per_channel) for name in MODELS for per_channel in (False, True)], ids=str)
def quantized(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    name, per_channel = request.param
    model = parse(MODELS[name])
    return quantize(model, [inputs(model, seed) for seed in range(4)], tmp_path, per_channel=per_channel)


def quantize(
    model: onnx.ModelProto,
    samples: list[dict[str, Array]],
    folder: Path,
    activations: QuantType = QuantType.QUInt8,
    per_channel: bool = True,
) -> Path:
    source, result = folder / "float.onnx", folder / "quantized.onnx"
    onnx.save(model, source)
    quantize_static(
        source,
        result,
        _Samples(samples),
        quant_format=QuantFormat.QDQ,
        activation_type=activations,
        weight_type=QuantType.QInt8,
        per_channel=per_channel,
    )
    return result


def reference(path: Path, feeds: dict[str, Array], *, optimized: bool = False) -> list[Array]:
    options = onnxruntime.SessionOptions()
    if not optimized:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(str(path), options).run(None, feeds)


def test_quantized_model(quantized: Path) -> None:
    """One step apart at most: where a sum in another order falls on the other side of a half."""
    model = onnx.load(quantized)
    assert {"QuantizeLinear", "DequantizeLinear"} <= {node.op_type for node in model.graph.node}
    feeds = inputs(model)
    [expected] = reference(quantized, feeds)
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
    products = sum(node.kind in (*PRODUCTS, "matmul", "softmax", "global_average_pool") for node in graph.nodes)
    assert len(kernels) <= 2 * products + 1


def _distance(a: Array, b: Array) -> float:
    return float(np.linalg.norm(a.astype(np.float64) - b) / np.linalg.norm(a))


@pytest.mark.parametrize(
    ("name", "activations"),
    [("tinybert", QuantType.QUInt8), ("mobilenetv1_ssd", QuantType.QUInt8), ("tinybert", QuantType.QInt8)],
)
def test_whole_model(name: str, activations: QuantType, tmp_path: Path) -> None:
    """About as far from ONNX Runtime's results as its optimised graph is: a number beside a half, which another order
    of sums rounds the other way, is a step apart, and later layers pass it on.

    Every product with constant weights is one of integers, in the plan and in what is emitted for this machine.
    """
    model = models.load(name)
    feeds = models.inputs(model)
    path = quantize(model, [feeds], tmp_path, activations)
    expected, optimized = reference(path, feeds), reference(path, feeds, optimized=True)
    found = dnnf_mlir.compile(path).run(list(feeds.values()))
    for wanted, other, ours in zip(expected, optimized, found, strict=True):
        assert _distance(wanted, ours) <= max(2 * _distance(wanted, other), 0.01)
    compilation = Compilation(path)
    graph = compilation.graph(compilation.simplify())
    with_weights = [
        node for node in graph.nodes if node.kind in ("conv", "matmul", "gemm") and node.input(1).is_constant
    ]
    assert [node.name for node in with_weights if node.kind != "conv" or node.attributes["group"] == 1] == []
    assert sum(node.kind in PRODUCTS for node in graph.nodes) > 20
    unit = get_target("host").vector
    if unit is not None and unit.dot_product is not None:
        fused = compilation.fuse()
        assert unit.dot_product.intrinsic in str(compilation.lower(fused))
        planned = compilation.graph(fused)
        blocks = [block for block in planned.blocks if block.anchor is not None and block.anchor.kind in PRODUCTS]
        assert [block.name for block in blocks if not has_kernel_form(block, planned.outputs, unit)] == []


EQUATIONS = {
    "a Transpose between the same steps": (
        "q = QuantizeLinear(x, s, z)  d = DequantizeLinear(q, s, z)  t = Transpose<perm = [1, 0]>(d)"
        "  r = QuantizeLinear(t, s, z)  y = DequantizeLinear(r, s, z)",
        ["transpose"],
        1,
    ),
    "other steps": (
        "q = QuantizeLinear(x, s, z)  d = DequantizeLinear(q, s, z)  t = Transpose<perm = [1, 0]>(d)"
        "  r = QuantizeLinear(t, s2, z)  y = DequantizeLinear(r, s2, z)",
        ["transpose"],
        2,
    ),
    "a move that others read too": (
        "q = QuantizeLinear(x, s, z)  d = DequantizeLinear(q, s, z)  t = Transpose<perm = [1, 0]>(d)"
        "  r = QuantizeLinear(t, s, z)  e = DequantizeLinear(r, s, z)  n = Neg(e)  m = Exp(t)  y = Add(n, m)",
        ["transpose"],
        2,
    ),
}


@pytest.mark.parametrize("name", EQUATIONS)
def test_rounding_left(name: str) -> None:
    """How many times the graph still rounds, and which moves are left in it."""
    nodes, moves, rounds = EQUATIONS[name]
    model = parse(
        "g (float[4,6] x) => (float[N,M] y) <float s = {0.1}, float s2 = {0.2}, uint8 z = {7}> {" + nodes + "}"
    )
    compilation = Compilation(model)
    graph = compilation.graph(compilation.simplify())
    assert [node.kind for node in graph.nodes if node.kind == "transpose"] == moves
    assert sum(node.kind == "round" for node in graph.nodes) == rounds
