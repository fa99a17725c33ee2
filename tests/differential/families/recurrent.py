"""RNN, GRU and LSTM."""

from typing import Any

import numpy as np

from tests.differential.case import Case
from tests.differential.drawing import Draw, draws

_GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
_FUNCTIONS = {"RNN": 1, "GRU": 2, "LSTM": 3}
_PLAIN = ("Tanh", "Sigmoid", "Relu", "HardSigmoid", "Softsign", "LeakyRelu", "Affine", "Elu")


@draws("RNN", "GRU", "LSTM")
def recurrent(draw: Draw) -> Case:
    gates, directions = _GATES[draw.operator], 1
    dtype = draw.dtype(0, ["float", "double"])
    steps, batch, inputs, hidden = draw.integer(1, 6), draw.integer(1, 3), draw.integer(1, 5), draw.integer(1, 6)
    direction = draw.choice([None, "forward", "reverse", "bidirectional"])
    if direction == "bidirectional":
        directions = 2
    layout = draw.choice([None, 0, 1]) if draw.has("layout") else None
    attributes: dict[str, Any] = {"hidden_size": hidden, "direction": direction, "layout": layout}
    if draw.chance(0.3):
        names = [draw.choice(_PLAIN[:3]) for _ in range(_FUNCTIONS[draw.operator])] * directions
        attributes["activations"] = names
    if draw.chance(0.2):
        attributes["clip"] = draw.number(0.5, 3)
    if draw.operator == "GRU":
        attributes["linear_before_reset"] = draw.choice([None, 0, 1])
    states = (directions, batch, hidden)
    shape = (steps, batch, inputs)
    if layout:
        states, shape = (batch, directions, hidden), (batch, steps, inputs)
    lengths = np.asarray(draw.integers(batch, 1, steps), np.int32) if draw.chance(0.4) else None
    operands = [
        draw.array(shape, dtype),
        draw.array((directions, gates * hidden, inputs), dtype),
        draw.array((directions, gates * hidden, hidden), dtype),
        draw.array((directions, 2 * gates * hidden), dtype) if draw.chance(0.7) else None,
        lengths,
        draw.array(states, dtype) if draw.chance() else None,
    ]
    if draw.operator == "LSTM":
        operands.append(draw.array(states, dtype) if draw.chance() else None)
        operands.append(draw.array((directions, 3 * hidden), dtype) if draw.chance(0.3) else None)
    count = 3 if draw.operator == "LSTM" else 2
    return draw.case(operands, attributes, weights=[1, 2, 3], outputs=draw.choice([count, count, 1, [1]]))
