"""A small image classifier for the examples: ``python examples/model.py small.onnx`` writes it, with random weights.

Input ``image``: float32[1,3,32,32]. Output ``scores``: float32[1,10], probabilities.
"""

import argparse

import numpy as np
import onnx
from onnx import numpy_helper, parser

_TEXT = """<ir_version: 8, opset_import: ["" : 17]>
classifier (float[1,3,32,32] image) => (float[1,10] scores) {
  features = Conv<kernel_shape = [3,3], strides = [2,2], pads = [1,1,1,1]>(image, filters)
  positive = Relu(features)
  pooled = GlobalAveragePool(positive)
  flat = Flatten(pooled)
  logits = Gemm<transB = 1>(flat, weights, bias)
  scores = Softmax(logits)
}"""
_WEIGHTS = {"filters": (16, 3, 3, 3), "weights": (10, 16), "bias": (10,)}


def small_classifier() -> onnx.ModelProto:
    """The model with the same random weights each time."""
    model = parser.parse_model(_TEXT)
    random = np.random.default_rng(0)
    for name, shape in _WEIGHTS.items():
        array = random.standard_normal(shape, np.float32)
        model.graph.initializer.append(numpy_helper.from_array(array, name))
    onnx.checker.check_model(model)
    return model


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Write a small image classifier with random weights.")
    arguments.add_argument("output", help="the ONNX file to write")
    onnx.save(small_classifier(), arguments.parse_args().output)
