"""RNN, GRU and LSTM as nodes of simpler operators.

A recurrent layer's products with the input are one product for all steps; the steps follow one after the other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx import helper

from .composite import Composite

STEP_LIMIT = 256
"""Most steps of a recurrent layer that are written out."""


@dataclass(frozen=True)
class _Direction:
    """One direction of a recurrent layer: X W^T + bias for all steps by gate, R^T, and the bias of the recurrence."""

    gates: list[list[str]]
    """For each step, by gate: [batch, hidden]."""
    recurrence: list[str]
    """R^T by gate: [hidden, hidden]."""
    recurrent_bias: list[str] | None
    """By gate: [hidden]."""
    functions: list[Callable[[str], str]]
    peepholes: list[str] | None


_NAMES = {"affine": "Affine", "relu": "Relu", "leakyrelu": "LeakyRelu", "thresholdedrelu": "ThresholdedRelu"}
_NAMES |= {"tanh": "Tanh", "scaledtanh": "ScaledTanh", "sigmoid": "Sigmoid", "hardsigmoid": "HardSigmoid"}
_NAMES |= {"elu": "Elu", "softsign": "Softsign", "softplus": "Softplus"}
_WITH_ALPHA = {"LeakyRelu": 0.01, "ThresholdedRelu": 1.0, "HardSigmoid": 0.2, "Elu": 1.0, "Affine": 1.0}
_WITH_ALPHA |= {"ScaledTanh": 1.0}
_WITH_BETA = {"HardSigmoid": 0.5, "Affine": 0.0, "ScaledTanh": 1.0}


def _activation(c: Composite, name: str, alphas: list[float], betas: list[float]) -> Callable[[str], str]:
    """The function by its name; takes its parameters off the front of the lists, by default ONNX's."""
    kind = _NAMES[name.lower()]
    alpha = (alphas.pop(0) if alphas else _WITH_ALPHA[kind]) if kind in _WITH_ALPHA else 0.0
    beta = (betas.pop(0) if betas else _WITH_BETA[kind]) if kind in _WITH_BETA else 0.0
    x = c.node.input[0]

    def apply(value: str) -> str:
        if kind == "Affine":
            return c.op("Add", c.op("Mul", value, c.scalar(alpha, x)), c.scalar(beta, x))
        if kind == "ScaledTanh":
            return c.op("Mul", c.op("Tanh", c.op("Mul", value, c.scalar(beta, x))), c.scalar(alpha, x))
        parameters: dict[str, Any] = {"alpha": alpha} if kind in _WITH_ALPHA else {}
        return c.op(kind, value, **parameters | ({"beta": beta} if kind in _WITH_BETA else {}))

    return apply


GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
_DEFAULTS = {"RNN": ["Tanh"], "GRU": ["Sigmoid", "Tanh"], "LSTM": ["Sigmoid", "Tanh", "Tanh"]}
_Step = Callable[[Composite, _Direction, int, list[str]], list[str]]


def recurrent(c: Composite) -> bool:
    kind = c.node.op_type
    attributes = c.attributes
    batchwise = bool(attributes.get("layout", 0))
    x = c.op("Transpose", c.input(0), perm=[1, 0, 2]) if batchwise else c.input(0)
    shape = c.shape(0)
    steps, batch = (shape[1], shape[0]) if batchwise else shape[:2]
    hidden, directions = c.shape(2)[2], c.shape(1)[0]
    if not 0 < steps <= STEP_LIMIT:
        return False
    backwards = {b"forward": [False], b"reverse": [True]}.get(attributes["direction"], [False, True])
    names = [name.decode() for name in attributes.get("activations") or []]
    names = names or _DEFAULTS[kind] * directions
    alphas, betas = (list(attributes.get(name) or []) for name in ("activation_alpha", "activation_beta"))
    count = len(_DEFAULTS[kind])
    if any(name.lower() not in _NAMES for name in names):
        return False
    last: list[list[str]] = []
    sequences: list[list[str]] = []
    for d, backward in enumerate(backwards):
        functions = [_activation(c, name, alphas, betas) for name in names[d * count : (d + 1) * count]]
        direction = _direction(c, x, d, steps, hidden, functions)
        state = [_initial(c, 5 + i, d, batch, hidden, batchwise) for i in range(2 if kind == "LSTM" else 1)]
        outputs = [""] * steps
        for t in reversed(range(steps)) if backward else range(steps):
            following = _STEPS[kind](c, direction, t, state)
            outputs[t] = following[0]
            if c.input(4):
                runs = c.op("Unsqueeze", c.op("Greater", c.input(4), c.constant(np.array(t, np.int32))), c.ints(1))
                outputs[t] = c.op("Where", runs, following[0], c.scalar(0, c.input(0)))
                following = [c.op("Where", runs, new, old) for new, old in zip(following, state, strict=True)]
            state = following
        last.append(state)
        sequences.append(outputs)
    _outputs(c, sequences, last, batchwise)
    return True


def _of_direction(c: Composite, name: str, d: int) -> str:
    return c.op("Gather", name, c.constant(np.array(d, np.int64)), axis=0)


def _initial(c: Composite, index: int, d: int, batch: int, hidden: int, batchwise: bool) -> str:
    if not c.input(index):
        dtype = helper.tensor_dtype_to_np_dtype(c.types[c.input(0)].elem_type)
        return c.constant(np.zeros((batch, hidden), dtype))
    return c.op("Gather", c.input(index), c.constant(np.array(d, np.int64)), axis=1 if batchwise else 0)


def _direction(
    c: Composite, x: str, d: int, steps: int, hidden: int, functions: list[Callable[[str], str]]
) -> _Direction:
    gates = GATES[c.node.op_type]
    weights = c.op("Transpose", _of_direction(c, c.input(1), d), perm=[1, 0])
    projected = c.op("MatMul", x, weights)  # [steps, batch, gates * hidden]
    recurrent_bias = None
    if c.input(3):
        bias, of_recurrence = c.split(_of_direction(c, c.input(3), d), 2, 0)
        if c.node.op_type == "GRU":
            recurrent_bias = c.split(of_recurrence, gates, 0)
            projected = c.op("Add", projected, bias)
        else:
            projected = c.op("Add", projected, c.op("Add", bias, of_recurrence))
    parts = [projected] if gates == 1 else c.split(projected, gates, 2)
    by_step = [
        [c.op("Gather", part, c.constant(np.array(t, np.int64)), axis=0) for part in parts] for t in range(steps)
    ]
    recurrence = c.op("Transpose", _of_direction(c, c.input(2), d), perm=[1, 0])
    by_gate = [recurrence] if gates == 1 else c.split(recurrence, gates, 1)
    peepholes = c.split(_of_direction(c, c.input(7), d), 3, 0) if c.input(7) else None
    return _Direction(by_step, by_gate, recurrent_bias, functions, peepholes)


def _clip(c: Composite, value: str) -> str:
    limit = c.attributes.get("clip")
    return c.op("Clip", value, c.scalar(-limit, c.input(0)), c.scalar(limit, c.input(0))) if limit else value


def _rnn_step(c: Composite, direction: _Direction, t: int, state: list[str]) -> list[str]:
    total = c.op("Add", direction.gates[t][0], c.op("MatMul", state[0], direction.recurrence[0]))
    return [direction.functions[0](_clip(c, total))]


def _gru_step(c: Composite, direction: _Direction, t: int, state: list[str]) -> list[str]:
    """Gates update, reset, hidden."""
    biases = direction.recurrent_bias

    def recurrent(gate: int, h: str) -> str:
        product = c.op("MatMul", h, direction.recurrence[gate])
        return c.op("Add", product, biases[gate]) if biases is not None else product

    previous = state[0]
    inner, outer = direction.functions
    update, reset = (
        inner(_clip(c, c.op("Add", direction.gates[t][gate], recurrent(gate, previous)))) for gate in (0, 1)
    )
    if c.attributes.get("linear_before_reset"):
        remembered = c.op("Mul", reset, recurrent(2, previous))
    else:
        remembered = recurrent(2, c.op("Mul", reset, previous))
    hidden = outer(_clip(c, c.op("Add", direction.gates[t][2], remembered)))
    return [c.op("Add", hidden, c.op("Mul", update, c.op("Sub", previous, hidden)))]


def _lstm_step(c: Composite, direction: _Direction, t: int, state: list[str]) -> list[str]:
    """Gates input, output, forget, cell."""
    previous, cell = state
    f, g, h = direction.functions

    def gate(index: int, peephole: int | None, remembered: str) -> str:
        total = c.op("Add", direction.gates[t][index], c.op("MatMul", previous, direction.recurrence[index]))
        if direction.peepholes is not None and peephole is not None:
            total = c.op("Add", total, c.op("Mul", direction.peepholes[peephole], remembered))
        return _clip(c, total)

    entering = f(gate(0, 0, cell))
    coupled = c.attributes.get("input_forget")
    kept = c.op("Sub", c.scalar(1, c.input(0)), entering) if coupled else f(gate(2, 2, cell))
    candidate = g(gate(3, None, cell))
    following = c.op("Add", c.op("Mul", kept, cell), c.op("Mul", entering, candidate))
    leaving = f(gate(1, 1, following))
    return [c.op("Mul", leaving, h(following)), following]


def _outputs(c: Composite, sequences: list[list[str]], last: list[list[str]], batchwise: bool) -> None:
    """Y [steps, directions, batch, hidden] and the last states [directions, batch, hidden], batch first on request."""
    names = [*c.node.output, "", ""]
    if names[0]:
        stacked = [
            c.op("Concat", *(c.op("Unsqueeze", part, c.ints(0)) for part in parts), axis=0) for parts in sequences
        ]
        both = c.op("Concat", *(c.op("Unsqueeze", part, c.ints(1)) for part in stacked), axis=1)
        c.op("Transpose", both, output=names[0], perm=[2, 0, 1, 3] if batchwise else [0, 1, 2, 3])
    for i in range(len(last[0])):
        if names[1 + i]:
            axis = 1 if batchwise else 0
            parts = [c.op("Unsqueeze", state[i], c.ints(axis)) for state in last]
            c.op("Concat", *parts, output=names[1 + i], axis=axis)


_STEPS: dict[str, _Step] = {"RNN": _rnn_step, "GRU": _gru_step, "LSTM": _lstm_step}
