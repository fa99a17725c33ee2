"""The body of a loop is compiled like the function around it: generated kernels, weights as constants, the plan."""

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import ModelProto, numpy_helper, parser

import dnnf_mlir
from dnnf_mlir.compiler import Compilation
from dnnf_mlir.options import Options

HEADER = '<ir_version: 8, opset_import: ["" : 17]>\n'

LAYERS = """g (float[4,64] x, int64 n) => (float[4,64] y, float[t,4,32] z) <bool yes = {1}> {
  y, z = Loop (n, yes, x) <body = b (int64 i, bool g, float[4,64] s) => (bool h, float[4,64] next, float[4,32] part) {
    h = Identity(g) p = MatMul(s, w) q = Add(p, bias) next = Tanh(q) m = MatMul(next, v) part = Softmax <axis = 1> (m)
  }>
}"""

IMAGES = """g (float[1,8,12,12] x, int64 n) => (float[1,8,12,12] y) <bool yes = {1}> {
  y = Loop (n, yes, x) <body = b (int64 i, bool g, float[1,8,12,12] s) => (bool h, float[1,8,12,12] next) {
    h = Identity(g) p = Conv <pads = [1, 1, 1, 1]> (s, w, bias) r = Relu(p)
    k = Loop (i, yes, r) <body = inner (int64 j, bool a, float[1,8,12,12] t) => (bool b, float[1,8,12,12] u) {
      b = Identity(a) q = Conv (t, v) u = Add(q, s)
    }>
    next = Sigmoid(k)
  }>
}"""


def model(text: str, weights: Mapping[str, tuple[int, ...]]) -> ModelProto:
    random = np.random.default_rng(0)
    proto = parser.parse_model(HEADER + text)
    for name, shape in weights.items():
        array = (random.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32)
        proto.graph.initializer.append(numpy_helper.from_array(array, name))
    return proto


def layers() -> ModelProto:
    return model(LAYERS, {"w": (64, 64), "bias": (64,), "v": (64, 32)})


def images() -> ModelProto:
    return model(IMAGES, {"w": (8, 8, 3, 3), "bias": (8,), "v": (8, 8, 1, 1)})


def blocks(plan: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The blocks of a plan and of the loops in it."""
    return [*plan, *itertools.chain.from_iterable(blocks(block.get("body", [])) for block in plan)]


def compare(proto: ModelProto, module: Any, x: np.ndarray) -> None:
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    for iterations in (3, 0, 1):
        n = np.array(iterations)
        for found, expected in zip(module.run([x, n]), session.run(None, {"x": x, "n": n}), strict=True):
            assert found.shape == expected.shape
            np.testing.assert_allclose(found, expected, atol=1e-5, rtol=1e-4)


def test_kernels_in_loops() -> None:
    proto = layers()
    compiled = dnnf_mlir.compile(proto, cache=False)
    [loop] = [block for block in compiled.plan["blocks"] if "body" in block]
    forms = {tuple(block["operators"]): block["form"] for block in loop["body"]}
    assert list(forms.values()).count("kernel") == 3
    assert loop["form"] == "linalg"
    compare(proto, compiled.load(), np.random.default_rng(1).standard_normal((4, 64)).astype(np.float32))


def test_loops_inside_loops() -> None:
    """Two convolutions, channels last in kernels of their own; the outer body's values are the inner one's."""
    proto = images()
    compiled = dnnf_mlir.compile(proto, cache=False)
    anchors = [block for block in blocks(compiled.plan["blocks"]) if block["layout"] == "channels_last"]
    assert [block["form"] for block in anchors] == ["kernel", "kernel"]
    compare(proto, compiled.load(), np.random.default_rng(1).standard_normal((1, 8, 12, 12)).astype(np.float32))


def test_names_are_unique_in_the_module() -> None:
    """Plans, measurements and refusals of iree-compile speak of nodes by their names."""
    compilation = Compilation(images(), Options(verify=False, cache=False))
    names = [node.name for graph in compilation.graph(compilation.module).with_bodies() for node in graph.nodes]
    assert len(set(names)) == len(names)


def test_weights_are_shared() -> None:
    """A weight that the body and the function read is one resource of the module."""
    proto = model(
        LAYERS.replace("p = MatMul(s, w)", "p = MatMul(s, w)")
        .replace("(n, yes, x)", "(n, yes, x2)")
        .replace("y, z = Loop", "x2 = MatMul(x, w) y, z = Loop"),
        {"w": (64, 64), "bias": (64,), "v": (64, 32)},
    )
    text = str(dnnf_mlir.import_onnx(proto))
    assert text.count("dense_resource<w>") == 2
    assert "w_1" not in text


@pytest.mark.parametrize("options", [{"fuse": False}, {"simplify": False}])
def test_without_a_stage(options: dict[str, bool]) -> None:
    proto = layers()
    module = dnnf_mlir.compile(proto, cache=False, verify=False, **options).load()
    compare(proto, module, np.random.default_rng(1).standard_normal((4, 64)).astype(np.float32))
