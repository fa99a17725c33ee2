"""Attributes and optional operands of recurrent layers: the prepared nodes against ONNX Runtime."""

from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import helper
from onnx_models import as_model, evaluate, make_model, prepared

STEPS, BATCH, SIZE, HIDDEN = 3, 2, 4, 5
GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "clip": ("LSTM", {"clip": 0.3}),
    "clip GRU": ("GRU", {"clip": 0.3}),
    "clip RNN": ("RNN", {"clip": 0.3}),
    "coupled": ("LSTM", {"input_forget": 1}),
    "reset after the product": ("GRU", {"linear_before_reset": 1}),
    "parameters of activations": (
        "LSTM",
        {"activations": ["HardSigmoid", "Affine", "ScaledTanh"], "activation_alpha": [0.3, 0.7, 1.5]}
        | {"activation_beta": [0.4, 0.1, 0.6]},
    ),
    "defaults of activations": ("GRU", {"activations": ["hardsigmoid", "leakyrelu"]}),
    "another activation": ("RNN", {"activations": ["Softsign"]}),
    "elu": ("GRU", {"activations": ["Elu", "Tanh"], "activation_alpha": [0.5]}),
    "infinite limit": ("RNN", {"activations": ["ThresholdedRelu"], "activation_alpha": [float("inf")]}),
}


@pytest.mark.parametrize("name", CASES)
def test_attributes(name: str) -> None:
    kind, attributes = CASES[name]
    random = np.random.default_rng(3)
    gates = GATES[kind]
    weights = {
        "W": random.standard_normal((1, gates * HIDDEN, SIZE)),
        "R": random.standard_normal((1, gates * HIDDEN, HIDDEN)),
        "B": random.standard_normal((1, 2 * gates * HIDDEN)),
    }
    operands = ["x", "W", "R", "B"]
    if kind == "LSTM":
        weights["P"] = random.standard_normal((1, 3 * HIDDEN))
        operands += ["", "", "", "P"]
    node = helper.make_node(kind, operands, ["y"], "layer", hidden_size=HIDDEN, **attributes)
    model = make_model(
        [node],
        [("x", [STEPS, BATCH, SIZE])],
        [("y", [STEPS, 1, BATCH, HIDDEN])],
        {name: array.astype(np.float32) for name, array in weights.items()},
    )
    x = random.standard_normal((STEPS, BATCH, SIZE)).astype(np.float32)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    [expected] = session.run(None, {"x": x})
    [result] = evaluate(as_model(prepared(model)), {"x": x})
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-6)
