"""RNN, GRU and LSTM as nodes of simpler operators.

A recurrent layer's products with the input are one product for all steps; the steps follow one after the other: written
out, or as the turns of a Loop where they are many, or as many as the sequence has when the model runs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx import TensorProto, helper

from dnnf_mlir.graph.size import is_free
from dnnf_mlir.importer.control_flow.steps import Steps

from .builder import Composite

STEP_LIMIT = 256
"""Most steps of a recurrent layer that are written out."""


_Function = Callable[[Composite, str], str]


@dataclass(frozen=True)
class _Direction:
    """One direction of a recurrent layer: X W^T + bias for all steps, R^T, and the bias of the recurrence."""

    projected: str
    """All gates of all steps: [steps, batch, gates * hidden]."""
    recurrence: list[str]
    """R^T by gate: [hidden, hidden]."""
    recurrent_bias: list[str] | None
    """By gate: [hidden]."""
    functions: list[_Function]
    peepholes: list[str] | None


_NAMES = {"affine": "Affine", "relu": "Relu", "leakyrelu": "LeakyRelu", "thresholdedrelu": "ThresholdedRelu"}
_NAMES |= {"tanh": "Tanh", "scaledtanh": "ScaledTanh", "sigmoid": "Sigmoid", "hardsigmoid": "HardSigmoid"}
_NAMES |= {"elu": "Elu", "softsign": "Softsign", "softplus": "Softplus"}
_WITH_ALPHA = {"LeakyRelu": 0.01, "ThresholdedRelu": 1.0, "HardSigmoid": 0.2, "Elu": 1.0, "Affine": 1.0}
_WITH_ALPHA |= {"ScaledTanh": 1.0}
_WITH_BETA = {"HardSigmoid": 0.5, "Affine": 0.0, "ScaledTanh": 1.0}


def _activation(c: Composite, name: str, alphas: list[float], betas: list[float]) -> _Function:
    """The function by its name; takes its parameters off the front of the lists, by default ONNX's."""
    kind = _NAMES[name.lower()]
    alpha = (alphas.pop(0) if alphas else _WITH_ALPHA[kind]) if kind in _WITH_ALPHA else 0.0
    beta = (betas.pop(0) if betas else _WITH_BETA[kind]) if kind in _WITH_BETA else 0.0
    x = c.node.input[0]

    def apply(c: Composite, value: str) -> str:
        if kind == "Affine":
            return c.op("Add", c.op("Mul", value, c.scalar(alpha, x)), c.scalar(beta, x))
        if kind == "ScaledTanh":
            return c.op("Mul", c.op("Tanh", c.op("Mul", value, c.scalar(beta, x))), c.scalar(alpha, x))
        parameters: dict[str, Any] = {"alpha": alpha} if kind in _WITH_ALPHA else {}
        return c.op(kind, value, **parameters | ({"beta": beta} if kind in _WITH_BETA else {}))

    return apply


GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
_DEFAULTS = {"RNN": ["Tanh"], "GRU": ["Sigmoid", "Tanh"], "LSTM": ["Sigmoid", "Tanh", "Tanh"]}
_Step = Callable[[Composite, _Direction, list[str], list[str]], list[str]]
"""(where to write it, direction, the gates of a step: [batch, hidden] each, state) -> the next state, output first."""


def recurrent(c: Composite) -> bool:
    kind = c.node.op_type
    attributes = c.attributes
    batchwise = bool(attributes.get("layout", 0))
    x = c.op("Transpose", c.input(0), perm=[1, 0, 2]) if batchwise else c.input(0)
    shape = c.shape(0)
    steps, batch = (shape[1], shape[0]) if batchwise else shape[:2]
    hidden, directions = c.shape(2)[2], c.shape(1)[0]
    backwards = {b"forward": [False], b"reverse": [True]}.get(attributes["direction"], [False, True])
    names = [name.decode() for name in attributes.get("activations") or []]
    names = names or _DEFAULTS[kind] * directions
    alphas, betas = (list(attributes.get(name) or []) for name in ("activation_alpha", "activation_beta"))
    count = len(_DEFAULTS[kind])
    if any(name.lower() not in _NAMES for name in names):
        return False
    is_written_out = not is_free(steps) and 0 < steps <= STEP_LIMIT
    loop = None if is_written_out else Steps(c, x, 0)
    last: list[list[str]] = []
    sequences: list[str] = []
    for d, backward in enumerate(backwards):
        functions = [_activation(c, name, alphas, betas) for name in names[d * count : (d + 1) * count]]
        direction = _direction(c, x, d, functions)
        state = [_initial(c, 5 + i, d, batch, hidden, batchwise) for i in range(2 if kind == "LSTM" else 1)]
        if loop is None:
            sequence, state = _written_out(c, direction, steps, state, backward)
        else:
            sequence, state = _repeated(c, direction, loop, state, backward)
        sequences.append(sequence)
        last.append(state)
    _outputs(c, sequences, last, batchwise)
    return True


def _written_out(
    c: Composite, direction: _Direction, steps: int, state: list[str], backward: bool
) -> tuple[str, list[str]]:
    """The outputs of all steps, [steps, batch, hidden], and the last state."""
    gates = GATES[c.node.op_type]
    parts = [direction.projected] if gates == 1 else c.split(direction.projected, gates, 2)
    outputs = [""] * steps
    for t in reversed(range(steps)) if backward else range(steps):
        of_step = [c.op("Gather", part, c.constant(np.array(t, np.int64)), axis=0) for part in parts]
        number = c.constant(np.array(t, np.int32)) if c.input(4) else ""
        outputs[t], state = _following(c, direction, of_step, number, state)
    if not c.node.output[0]:
        return "", state
    return c.op("Concat", *(c.op("Unsqueeze", part, c.ints(0)) for part in outputs), axis=0), state


def _repeated(
    c: Composite, direction: _Direction, steps: Steps, state: list[str], backward: bool
) -> tuple[str, list[str]]:
    """The same with a Loop."""
    gates = GATES[c.node.op_type]

    def turn(body: Composite, number: str, before: list[str]) -> tuple[list[str], list[str]]:
        t = steps.position(body, number, backwards=backward)
        of_step = body.op("Gather", direction.projected, t, axis=0)
        parts = [of_step] if gates == 1 else body.split(of_step, gates, 1)
        compared = body.op("Cast", t, to=TensorProto.INT32) if c.input(4) else ""
        output, after = _following(body, direction, parts, compared, before)
        return after, [output] if c.node.output[0] else []

    last, stacked = steps.loop(state, turn)
    sequence = stacked[0] if stacked else ""
    return steps.reversed(sequence) if backward and sequence else sequence, last


def _following(
    c: Composite, direction: _Direction, gates: list[str], t: str, state: list[str]
) -> tuple[str, list[str]]:
    """A step's output and the state after it; beyond the end of a batch's sequence, zero and the state before."""
    following = _STEPS[c.node.op_type](c, direction, gates, state)
    output = following[0]
    if c.input(4):
        runs = c.op("Unsqueeze", c.op("Greater", c.input(4), t), c.ints(1))
        output = c.op("Where", runs, output, c.scalar(0, c.input(0)))
        following = [c.op("Where", runs, new, old) for new, old in zip(following, state, strict=True)]
    return output, following


def _of_direction(c: Composite, name: str, d: int) -> str:
    return c.op("Gather", name, c.constant(np.array(d, np.int64)), axis=0)


def _initial(c: Composite, index: int, d: int, batch: int, hidden: int, batchwise: bool) -> str:
    if not c.input(index):
        dtype = helper.tensor_dtype_to_np_dtype(c.types[c.input(0)].elem_type)
        if not is_free(batch):
            return c.constant(np.zeros((batch, hidden), dtype))
        axis = 0 if batchwise else 1
        shape = c.op("Concat", c.op("Shape", c.input(0), start=axis, end=axis + 1), c.ints(hidden), axis=0)
        return c.op("Expand", c.constant(np.zeros((), dtype)), shape)
    return c.op("Gather", c.input(index), c.constant(np.array(d, np.int64)), axis=1 if batchwise else 0)


def _direction(c: Composite, x: str, d: int, functions: list[_Function]) -> _Direction:
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
    recurrence = c.op("Transpose", _of_direction(c, c.input(2), d), perm=[1, 0])
    by_gate = [recurrence] if gates == 1 else c.split(recurrence, gates, 1)
    peepholes = c.split(_of_direction(c, c.input(7), d), 3, 0) if c.input(7) else None
    return _Direction(projected, by_gate, recurrent_bias, functions, peepholes)


def _clip(c: Composite, value: str) -> str:
    limit = c.attributes.get("clip")
    return c.op("Clip", value, c.scalar(-limit, c.input(0)), c.scalar(limit, c.input(0))) if limit else value


def _rnn_step(c: Composite, direction: _Direction, gates: list[str], state: list[str]) -> list[str]:
    total = c.op("Add", gates[0], c.op("MatMul", state[0], direction.recurrence[0]))
    return [direction.functions[0](c, _clip(c, total))]


def _gru_step(c: Composite, direction: _Direction, gates: list[str], state: list[str]) -> list[str]:
    """Gates update, reset, hidden."""
    biases = direction.recurrent_bias

    def recurrent(gate: int, h: str) -> str:
        product = c.op("MatMul", h, direction.recurrence[gate])
        return c.op("Add", product, biases[gate]) if biases is not None else product

    previous = state[0]
    inner, outer = direction.functions
    update, reset = (inner(c, _clip(c, c.op("Add", gates[gate], recurrent(gate, previous)))) for gate in (0, 1))
    if c.attributes.get("linear_before_reset"):
        remembered = c.op("Mul", reset, recurrent(2, previous))
    else:
        remembered = recurrent(2, c.op("Mul", reset, previous))
    hidden = outer(c, _clip(c, c.op("Add", gates[2], remembered)))
    return [c.op("Add", hidden, c.op("Mul", update, c.op("Sub", previous, hidden)))]


def _lstm_step(c: Composite, direction: _Direction, gates: list[str], state: list[str]) -> list[str]:
    """Gates input, output, forget, cell."""
    previous, cell = state
    f, g, h = direction.functions

    def gate(index: int, peephole: int | None, remembered: str) -> str:
        total = c.op("Add", gates[index], c.op("MatMul", previous, direction.recurrence[index]))
        if direction.peepholes is not None and peephole is not None:
            total = c.op("Add", total, c.op("Mul", direction.peepholes[peephole], remembered))
        return _clip(c, total)

    entering = f(c, gate(0, 0, cell))
    coupled = c.attributes.get("input_forget")
    kept = c.op("Sub", c.scalar(1, c.input(0)), entering) if coupled else f(c, gate(2, 2, cell))
    candidate = g(c, gate(3, None, cell))
    following = c.op("Add", c.op("Mul", kept, cell), c.op("Mul", entering, candidate))
    leaving = f(c, gate(1, 1, following))
    return [c.op("Mul", leaving, h(c, following)), following]


def _outputs(c: Composite, sequences: list[str], last: list[list[str]], batchwise: bool) -> None:
    """Y [steps, directions, batch, hidden] and the last states [directions, batch, hidden], batch first on request."""
    names = [*c.node.output, "", ""]
    if names[0]:
        both = c.op("Concat", *(c.op("Unsqueeze", part, c.ints(1)) for part in sequences), axis=1)
        c.op("Transpose", both, output=names[0], perm=[2, 0, 1, 3] if batchwise else [0, 1, 2, 3])
    for i in range(len(last[0])):
        if names[1 + i]:
            axis = 1 if batchwise else 0
            parts = [c.op("Unsqueeze", state[i], c.ints(axis)) for state in last]
            c.op("Concat", *parts, output=names[1 + i], axis=axis)


_STEPS: dict[str, _Step] = {"RNN": _rnn_step, "GRU": _gru_step, "LSTM": _lstm_step}
