"""Recurrent layers with every attribute and optional operand: the module and the reference against ONNX Runtime."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

import dnnf_mlir
from dnnf_mlir.errors import InvalidModelError
from dnnf_mlir.graph.from_mlir import read_graph
from dnnf_mlir.importer import import_onnx
from dnnf_mlir.passes.base import functions
from dnnf_mlir.verify.reference.evaluation import evaluate_graph

Array = npt.NDArray[np.generic]
Attributes = Mapping[str, Any]

GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
SIZE, HIDDEN = 3, 21
STATIC = (4, 3)
SIZES = ((1, 1), STATIC, (3, 2), (5, 4), (2, 13), (9, 8))
TOLERANCE = 1e-5

PLAIN: Attributes = {"operands": "WR"}
COMMON: Sequence[Attributes] = (
    {},
    {"direction": "reverse"},
    {"direction": "bidirectional"},
    {"direction": "bidirectional", "operands": "WRB"},
    {"operands": "WRh"},
    {"clip": 0.3},
)
CASES: Mapping[str, Sequence[Attributes]] = {
    "RNN": (
        *COMMON,
        {"activations": ["Softsign"]},
        {"activations": ["Softplus"]},
        {"activations": ["ThresholdedRelu"], "activation_alpha": [0.4]},
        {"activations": ["ThresholdedRelu"], "activation_alpha": [float("inf")]},
        {"activations": ["Relu", "Tanh"], "direction": "bidirectional"},
    ),
    "GRU": (
        *COMMON,
        {"linear_before_reset": 1},
        {"linear_before_reset": 1, "operands": "WRlh"},
        {"linear_before_reset": 1, "direction": "bidirectional"},
        {"activations": ["hardsigmoid", "leakyrelu"]},
        {"activations": ["HardSigmoid", "Elu"], "activation_alpha": [0.3, 0.5], "activation_beta": [0.4]},
    ),
    "LSTM": (
        *COMMON,
        {"input_forget": 1},
        {"operands": "WRBhc"},
        {"operands": "WRlcP", "direction": "bidirectional"},
        {
            "activations": ["HardSigmoid", "Affine", "ScaledTanh"],
            "activation_alpha": [0.3, 0.7, 1.5],
            "activation_beta": [0.4, 0.1, 0.6],
        },
        {"direction": "bidirectional", "activations": ["Sigmoid", "Tanh", "Relu", "HardSigmoid", "Softsign", "Tanh"]},
    ),
}
"""Attributes, and ``operands``: W and R, B, l(engths), the initial h and c, P(eepholes); all where it is left out."""


def layer(kind: str, number: int, case: Attributes, sizes: tuple[int | str, int | str]) -> "Layer":
    """A layer on x, whose operands' names end in its number."""
    return Layer(kind, number, dict(case), sizes)


class Layer:
    """One node, its own inputs and weights."""

    def __init__(self, kind: str, number: int, attributes: dict[str, Any], sizes: tuple[int | str, int | str]) -> None:
        chosen = attributes.pop("operands", "WRBlhcP")
        self.directions = 2 if attributes.get("direction") == "bidirectional" else 1
        gates, random = GATES[kind], np.random.default_rng(number)
        shapes = {
            "W": (gates * HIDDEN, SIZE),
            "R": (gates * HIDDEN, HIDDEN),
            "B": (2 * gates * HIDDEN,),
            "P": (3 * HIDDEN,),
        }
        order = "WRBlhcP" if kind == "LSTM" else "WRBlh"
        names = {letter: f"{letter}{number}" if letter in chosen else "" for letter in order}
        self.weights: dict[str, Array] = {
            names[letter]: (random.standard_normal((self.directions, *shape)) / 4).astype(np.float32)
            for letter, shape in shapes.items()
            if names.get(letter)
        }
        self.states = [names[letter] for letter in "hc" if names.get(letter)]
        self.lengths = [names["l"]] if names["l"] else []
        self.outputs = [f"{result}{number}" for result in ("Y", "Yh", "Yc")[: 3 if kind == "LSTM" else 2]]
        self.node: NodeProto = helper.make_node(
            kind, ["x", *names.values()], self.outputs, f"layer{number}", hidden_size=HIDDEN, **attributes
        )
        _, batch = sizes
        self.inputs: list[ValueInfoProto] = [
            *(helper.make_tensor_value_info(n, TensorProto.INT32, [batch]) for n in self.lengths),
            *(
                helper.make_tensor_value_info(n, TensorProto.FLOAT, [self.directions, batch, HIDDEN])
                for n in self.states
            ),
        ]

    def feeds(self, steps: int, batch: int) -> dict[str, Array]:
        """Drawn values of the layer's own inputs."""
        random = np.random.default_rng(steps)
        lengths: dict[str, Array] = {
            name: random.integers(1, steps + 1, batch).astype(np.int32) for name in self.lengths
        }
        shape = (self.directions, batch, HIDDEN)
        return lengths | {name: random.standard_normal(shape).astype(np.float32) for name in self.states}


def model_of(layers: Sequence[Layer], sizes: tuple[int | str, int | str]) -> ModelProto:
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [*sizes, SIZE])
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for each in layers for name in each.outputs]
    weights = [numpy_helper.from_array(array, name) for each in layers for name, array in each.weights.items()]
    inputs = [x, *(info for each in layers for info in each.inputs)]
    graph = helper.make_graph([each.node for each in layers], "layers", inputs, outputs, weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@pytest.mark.parametrize("sizes", [STATIC, ("T", "N")], ids=["static", "dynamic"])
@pytest.mark.parametrize("kind", CASES)
def test_attributes(kind: str, sizes: tuple[int | str, int | str]) -> None:
    layers = [layer(kind, number, case, sizes) for number, case in enumerate(CASES[kind])]
    model = model_of(layers, sizes)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    imported = import_onnx(model)
    graph = read_graph(next(functions(imported.operation)))
    module = dnnf_mlir.compile(model, verify=False, cache=False).load()
    names = [(each.node.attribute, name) for each in layers for name in each.outputs]
    for steps, batch in [STATIC] if sizes == STATIC else SIZES:
        x = np.random.default_rng(batch).standard_normal((steps, batch, SIZE)).astype(np.float32)
        feeds = {"x": x}
        for each in layers:
            feeds |= each.feeds(steps, batch)
        expected = session.run(None, feeds)
        found = [module.run(list(feeds.values())), evaluate_graph(graph, list(feeds.values()))]
        for results in found:
            for result, wanted, name in zip(results, expected, names, strict=True):
                assert result.shape == wanted.shape
                scale = max(1.0, float(np.abs(wanted).max()))
                np.testing.assert_allclose(result, wanted, rtol=0, atol=TOLERANCE * scale, err_msg=str(name))


@pytest.mark.parametrize("kind", CASES)
def test_batch_first(kind: str) -> None:
    """``layout`` 1, which ONNX Runtime does not compute, is the layer between Transposes."""
    steps, batch = 5, 2
    plain = layer(kind, 0, {"direction": "bidirectional"}, (steps, batch))
    turned = layer(kind, 0, {"direction": "bidirectional", "layout": 1}, (steps, batch))
    model = model_of([turned], (batch, steps))
    for info in [info for info in model.graph.input if info.name in turned.states]:
        dims = info.type.tensor_type.shape.dim
        dims[0].dim_value, dims[1].dim_value = batch, turned.directions
    feeds = {"x": np.random.default_rng(0).standard_normal((steps, batch, SIZE)).astype(np.float32)}
    feeds |= plain.feeds(steps, batch)
    session = onnxruntime.InferenceSession(model_of([plain], (steps, batch)).SerializeToString())
    y, *last = session.run(None, feeds)
    given = [array.swapaxes(0, 1) if array.ndim == 3 else array for array in feeds.values()]
    found = dnnf_mlir.compile(model, cache=False).run([np.ascontiguousarray(array) for array in given])
    for result, wanted in zip(found, [y.transpose(2, 0, 1, 3), *(each.swapaxes(0, 1) for each in last)], strict=True):
        np.testing.assert_allclose(result, wanted, rtol=0, atol=TOLERANCE)


def test_wrong_sizes() -> None:
    """Numbers that differ are an error at import; names that differ are compared when the module runs."""
    wrong = layer("GRU", 0, {}, STATIC)
    wrong.inputs[1] = helper.make_tensor_value_info("h0", TensorProto.FLOAT, [1, 7, HIDDEN])
    with pytest.raises(InvalidModelError, match=r"layer0.*h0"):
        import_onnx(model_of([wrong], STATIC))
    named = layer("GRU", 0, {}, STATIC)
    named.inputs[1] = helper.make_tensor_value_info("h0", TensorProto.FLOAT, [1, "M", HIDDEN])
    module = dnnf_mlir.compile(model_of([named], STATIC), cache=False).load()
    x = np.zeros((*STATIC, SIZE), np.float32)
    feeds = [x, np.ones(STATIC[1], np.int32), np.zeros((1, 2, HIDDEN), np.float32)]
    with pytest.raises(Exception, match=r"layer0|input .h0. is"):
        module.run(feeds)
