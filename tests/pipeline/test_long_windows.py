"""Convolutions with long windows, as of speech encoders: generated kernels, right at the borders, of any length."""

from typing import Any

import numpy as np
import pytest
from onnx import ModelProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from small_models import assert_close, expected

import dnnf_mlir

# The operand's shape, None where it is free; the weights' shape; the attributes.
CASES: dict[str, tuple[list[int | None], list[int], dict[str, Any]]] = {
    "grouped": ([1, 24, 21], [24, 6, 64], {"group": 4, "pads": [32, 32]}),
    "grouped_of_a_free_length": ([None, 24, None], [24, 6, 64], {"group": 4, "pads": [32, 32]}),
    "depthwise": ([2, 20, 40], [20, 1, 17], {"group": 20, "pads": [8, 8]}),
    "depthwise_of_a_free_length": ([1, 20, None], [20, 1, 33], {"group": 20, "pads": [16, 16]}),
    "depthwise_of_images": ([1, 8, 12, 20], [8, 1, 17, 19], {"group": 8, "pads": [8, 9, 8, 9]}),
    "images": ([1, 6, 9, 24], [10, 3, 3, 18], {"group": 2, "pads": [1, 9, 1, 8], "strides": [1, 2]}),
    "dilated": ([1, 12, 70], [16, 12, 17], {"pads": [20, 12], "dilations": [2]}),
    "strided": ([1, 3, 200], [16, 3, 40], {"pads": [20, 0], "strides": [10]}),
    "of_one_row": ([1, 8, 30, 1], [8, 8, 21, 1], {"pads": [10, 0, 10, 0]}),
}


def model(shape: list[int | None], weights: list[int], attributes: dict[str, Any]) -> ModelProto:
    generator = np.random.default_rng(0)
    w = (generator.standard_normal(weights) / np.sqrt(np.prod(weights[1:]))).astype(np.float32)
    constants = {"w": w, "b": generator.standard_normal(weights[0]).astype(np.float32)}
    sizes = [f"d{i}" if size is None else size for i, size in enumerate(shape)]
    nodes = [helper.make_node("Conv", ["x", "w", "b"], ["c"], **attributes), helper.make_node("Relu", ["c"], ["y"])]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", 1, sizes)],
        [helper.make_tensor_value_info("y", 1, None)],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def test_a_pool_behind() -> None:
    proto = model([1, 24, 40], [24, 6, 32], {"group": 4, "pads": [16, 15]})
    proto.graph.node[1].output[0] = "r"
    proto.graph.node.append(helper.make_node("MaxPool", ["r"], ["y"], kernel_shape=[2], strides=[2]))
    feeds = {"x": np.random.default_rng(1).standard_normal((1, 24, 40)).astype(np.float32)}
    assert_close(dnnf_mlir.compile(proto, cache=False).run(list(feeds.values())), expected(proto, feeds))


@pytest.mark.parametrize("name", CASES)
def test_long_windows(name: str) -> None:
    shape, weights, attributes = CASES[name]
    proto = model(shape, weights, attributes)
    compiled = dnnf_mlir.compile(proto, cache=False)
    anchors = [block["form"] for block in compiled.plan["blocks"] if block["anchor"] is not None]
    assert anchors == ["kernel"]
    module = compiled.load()
    for free in (3, 50, 131) if None in shape else (0,):
        sizes = [free if size is None and i else size or 2 for i, size in enumerate(shape)]
        feeds = {"x": np.random.default_rng(1).standard_normal(sizes).astype(np.float32)}
        found = module.run(list(feeds.values()))
        assert_close(found, expected(proto, feeds))
        assert_close(found, ReferenceEvaluator(proto).run(None, feeds))
