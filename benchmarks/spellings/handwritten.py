"""Spellings that no installed exporter writes, node by node: as tf2onnx leaves what Keras layers compute.

tf2onnx writes TensorFlow's primitive operators: ``rsqrt`` as Sqrt and Reciprocal, a squared difference as Sub and Mul,
``relu6`` as Clip or as Relu and Min, and the normalisation of Keras layers as a multiple and an offset of x.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

_SIZE = 64
_SHAPE = (1, 16, _SIZE)


class _Writer:
    """Appends nodes; numbers and arrays among the inputs become initializers."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def __call__(self, op_type: str, *inputs: str | float | Sequence[int] | np.ndarray, **attributes: Any) -> str:
        names = [value if isinstance(value, str) else self._weight(value) for value in inputs]
        name = f"{op_type}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op_type, names, [name], name, **attributes))
        return name

    def _weight(self, value: float | Sequence[int] | np.ndarray) -> str:
        array = np.asarray(value, np.float32 if isinstance(value, float) else None)
        name = f"constant_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(array, name))
        return name


def _model(write: Callable[[_Writer, str], str], opset: int, shape: Sequence[int] = _SHAPE) -> onnx.ModelProto:
    writer = _Writer()
    result = write(writer, "x")
    writer.nodes.append(helper.make_node("Identity", [result], ["y"], "y"))
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in "xy"]
    graph = helper.make_graph(writer.nodes, "model", values[:1], values[1:], writer.weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def _parameters() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    scale, offset = generator.uniform(0.5, 1.5, _SIZE), generator.uniform(-0.5, 0.5, _SIZE)
    return scale.astype(np.float32), offset.astype(np.float32)


def _moments(op: _Writer, x: str) -> tuple[str, str]:
    """tf.nn.moments: the mean, and the mean of the squared differences from it."""
    mean = op("ReduceMean", x, axes=[-1], keepdims=1)
    difference = op("Sub", x, mean)
    return mean, op("ReduceMean", op("Mul", difference, difference), axes=[-1], keepdims=1)


def _keras_layer_norm(op: _Writer, x: str) -> str:
    """tf.nn.batch_normalization: x * inverse + (offset - mean * inverse)."""
    scale, offset = _parameters()
    mean, variance = _moments(op, x)
    inverse = op("Reciprocal", op("Sqrt", op("Add", variance, 1e-3)))
    factor = op("Mul", inverse, scale)
    return op("Add", op("Mul", x, factor), op("Sub", offset, op("Mul", mean, factor)))


def _keras_layer_norm_by_rank(op: _Writer, x: str) -> str:
    """The same with the parameters reshaped to the operand's rank, as for an axis that is not the last."""
    scale, offset = (op("Reshape", array, np.array([1, 1, _SIZE])) for array in _parameters())
    mean, variance = _moments(op, x)
    inverse = op("Reciprocal", op("Sqrt", op("Add", variance, 1e-3)))
    factor = op("Mul", inverse, scale)
    return op("Add", op("Mul", x, factor), op("Sub", offset, op("Mul", factor, mean)))


def _divided_layer_norm(op: _Writer, x: str) -> str:
    """TensorFlow 1's BERT and hand-written layers: the deviation by the root, by Pow."""
    scale, offset = _parameters()
    mean = op("ReduceMean", x, axes=[2], keepdims=1)
    deviation = op("Sub", x, mean)
    variance = op("ReduceMean", op("Pow", deviation, 2.0), axes=[2], keepdims=1)
    normal = op("Div", deviation, op("Pow", op("Add", variance, 1e-3), 0.5))
    return op("Add", op("Mul", scale, normal), offset)


def _whole_layer_norm(op: _Writer, x: str) -> str:
    return op("LayerNormalization", x, *_parameters(), axis=-1, epsilon=1e-3)


def _keras_gelu(op: _Writer, x: str) -> str:
    """0.5 * x * (1 + erf(x / sqrt(2)))"""
    return op("Mul", op("Mul", x, 0.5), op("Add", op("Erf", op("Div", x, math.sqrt(2))), 1.0))


def _half_outside_gelu(op: _Writer, x: str) -> str:
    """x * (0.5 * (1 + erf(x * 0.7071)))"""
    return op("Mul", x, op("Mul", op("Add", op("Erf", op("Mul", x, math.sqrt(0.5))), 1.0), 0.5))


def _keras_gelu_tanh(op: _Writer, x: str) -> str:
    cubic = op("Add", x, op("Mul", 0.044715, op("Pow", x, 3.0)))
    return op("Mul", op("Mul", 0.5, x), op("Add", 1.0, op("Tanh", op("Mul", math.sqrt(2 / math.pi), cubic))))


def _factored_gelu_tanh(op: _Writer, x: str) -> str:
    """0.79788456 * x * (1 + 0.044715 * x * x), as Flax and JAX write it."""
    inner = op("Mul", op("Mul", math.sqrt(2 / math.pi), x), op("Add", 1.0, op("Mul", op("Mul", 0.044715, x), x)))
    return op("Mul", x, op("Mul", 0.5, op("Add", 1.0, op("Tanh", inner))))


def _keras_hard_swish(op: _Writer, x: str) -> str:
    return op("Mul", op("Mul", x, op("Clip", op("Add", x, 3.0), 0.0, 6.0)), 1 / 6)


def _relu6_hard_swish(op: _Writer, x: str) -> str:
    """relu6 as Relu and Min; the sixth on the gate, as MobileNetV3 writes it."""
    gate = op("Min", op("Relu", op("Add", x, 3.0)), 6.0)
    return op("Mul", x, op("Mul", gate, 1 / 6))


def _exponential_softmax(op: _Writer, x: str) -> str:
    e = op("Exp", op("Sub", x, op("ReduceMax", x, axes=[-1], keepdims=1)))
    return op("Div", e, op("ReduceSum", e, np.array([-1]), keepdims=1))


def _flattened_softmax(op: _Writer, x: str) -> str:
    """Softmax of opset 11 on rows made a matrix."""
    rows = op("Reshape", x, np.array([-1, _SIZE]))
    return op("Reshape", op("Softmax", rows, axis=1), np.array(_SHAPE))


def _silu_by_exponential(op: _Writer, x: str) -> str:
    return op("Div", x, op("Add", op("Exp", op("Neg", x)), 1.0))


def _mish_by_logarithm(op: _Writer, x: str) -> str:
    return op("Mul", x, op("Tanh", op("Log", op("Add", op("Exp", x), 1.0))))


GROUPS: Mapping[str, Mapping[str, Callable[[], onnx.ModelProto]]] = {
    "keras_layer_norm": {
        "LayerNormalization, opset 17": lambda: _model(_whole_layer_norm, 17),
        "multiple and offset": lambda: _model(_keras_layer_norm, 13),
        "multiple and offset of full rank": lambda: _model(_keras_layer_norm_by_rank, 13),
        "deviation by root": lambda: _model(_divided_layer_norm, 13),
    },
    "keras_gelu": {
        "half on x": lambda: _model(_keras_gelu, 13),
        "half on the sum": lambda: _model(_half_outside_gelu, 13),
    },
    "keras_gelu_tanh": {
        "power of three": lambda: _model(_keras_gelu_tanh, 13),
        "factored": lambda: _model(_factored_gelu_tanh, 13),
    },
    "keras_hard_swish": {
        "HardSwish, opset 14": lambda: _model(lambda op, x: op("HardSwish", x), 14),
        "Clip": lambda: _model(_keras_hard_swish, 13),
        "Relu and Min": lambda: _model(_relu6_hard_swish, 13),
    },
    "keras_softmax": {
        "Softmax, opset 13": lambda: _model(lambda op, x: op("Softmax", x, axis=-1), 13),
        "exponentials": lambda: _model(_exponential_softmax, 13),
        "Softmax of a matrix, opset 11": lambda: _model(_flattened_softmax, 11),
    },
    "keras_silu": {
        "Sigmoid": lambda: _model(lambda op, x: op("Mul", x, op("Sigmoid", x)), 13),
        "exponential": lambda: _model(_silu_by_exponential, 13),
    },
    "keras_mish": {
        "Softplus": lambda: _model(lambda op, x: op("Mul", x, op("Tanh", op("Softplus", x))), 13),
        "logarithm": lambda: _model(_mish_by_logarithm, 13),
        "Mish, opset 18": lambda: _model(lambda op, x: op("Mish", x), 18),
    },
}
"""By what is computed: the spellings, built on demand."""
