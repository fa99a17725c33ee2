"""RNN, GRU and LSTM as nodes of simpler operators.

The products with the input of all steps are one MatMul. The steps (``cells.py``) are unrolled, or the iterations of a
Loop if there are many of them or the number is dynamic.
"""

from dataclasses import dataclass

import numpy as np
from onnx import FunctionProto, TensorProto, helper

from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.importer.control_flow.steps import Steps

from .builder import Decomposition
from .cells import GRU, LSTM, RNN, activation, gate_functions, is_activation

STEP_LIMIT = 16
"""Most steps of a recurrent layer that are unrolled."""


GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
_DEFAULTS = {"RNN": ["Tanh"], "GRU": ["Sigmoid", "Tanh"], "LSTM": ["Sigmoid", "Tanh", "Tanh"]}
_CELLS = {"RNN": RNN, "GRU": GRU, "LSTM": LSTM}


@dataclass(frozen=True)
class _Direction:
    """One direction of a recurrent layer: X W^T + bias for all steps, and what a step reads beside the state."""

    projected: str
    """All gates of all steps: [steps, batch, gates * hidden]."""
    operands: list[str]
    """The last operands of the cell: R^T, biases or peepholes by gate, the limits, and one."""
    callees: dict[str, FunctionProto]


def recurrent(c: Decomposition) -> bool:
    """RNN, GRU and LSTM; False for an activation that ONNX does not define."""
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
    if not all(map(is_activation, names)):
        return False
    is_unrolled = not is_dynamic(steps) and 0 < steps <= STEP_LIMIT
    loop = None if is_unrolled else Steps(c, x, 0)
    last: list[list[str]] = []
    sequences: list[str] = []
    for d, backward in enumerate(backwards):
        clips = [bool(attributes.get("clip")), bool(attributes.get("clip")), False]
        functions = {
            callee: activation(name, alphas, betas, clipped=clipped)
            for callee, name, clipped in zip("fgh", names[d * count : (d + 1) * count], clips, strict=False)
        }
        direction = _direction(c, x, d, functions)
        state = [_initial(c, 5 + i, d, batch, hidden, batchwise) for i in range(2 if kind == "LSTM" else 1)]
        if loop is None:
            sequence, state = _unrolled(c, direction, steps, state, backward)
        else:
            sequence, state = _repeated(c, direction, loop, state, backward)
        sequences.append(sequence)
        last.append(state)
    _outputs(c, sequences, last, batchwise)
    return True


def _unrolled(
    c: Decomposition, direction: _Direction, steps: int, state: list[str], backward: bool
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
    c: Decomposition, direction: _Direction, steps: Steps, state: list[str], backward: bool
) -> tuple[str, list[str]]:
    """The same as a Loop."""
    gates = GATES[c.node.op_type]

    def iteration(body: Decomposition, number: str, before: list[str]) -> tuple[list[str], list[str]]:
        t = steps.position(body, number, backwards=backward)
        of_step = body.op("Gather", direction.projected, t, axis=0)
        parts = [of_step] if gates == 1 else body.split(of_step, gates, 1)
        compared = body.op("Cast", t, to=TensorProto.INT32) if c.input(4) else ""
        output, after = _following(body, direction, parts, compared, before)
        return after, [output] if c.node.output[0] else []

    last, parts = steps.loop(state, iteration)
    sequence = parts[0] if parts else ""
    return steps.reversed(sequence) if backward and sequence else sequence, last


def _following(
    c: Decomposition, direction: _Direction, gates: list[str], t: str, state: list[str]
) -> tuple[str, list[str]]:
    """Output and state after step ``t``; beyond the end of a batch's sequence they are zero and the state before."""
    following = c.call(_CELLS[c.node.op_type], *gates, *state, *direction.operands, callees=direction.callees)
    output = following[0]
    if c.input(4):
        runs = c.op("Unsqueeze", c.op("Greater", c.input(4), t), c.ints(1))
        output = c.op("Where", runs, output, c.scalar(0, c.input(0)))
        following = [c.op("Where", runs, new, old) for new, old in zip(following, state, strict=True)]
    return output, following


def _of_direction(c: Decomposition, name: str, d: int) -> str:
    return c.op("Gather", name, c.constant(np.array(d, np.int64)), axis=0)


def _initial(c: Decomposition, index: int, d: int, batch: int, hidden: int, batchwise: bool) -> str:
    if not c.input(index):
        dtype = helper.tensor_dtype_to_np_dtype(c.types[c.input(0)].elem_type)
        if not is_dynamic(batch):
            return c.constant(np.zeros((batch, hidden), dtype))
        axis = 0 if batchwise else 1
        shape = c.op("Concat", c.op("Shape", c.input(0), start=axis, end=axis + 1), c.ints(hidden), axis=0)
        return c.op("Expand", c.constant(np.zeros((), dtype)), shape)
    return c.op("Gather", c.input(index), c.constant(np.array(d, np.int64)), axis=1 if batchwise else 0)


def _direction(c: Decomposition, x: str, d: int, functions: dict[str, FunctionProto]) -> _Direction:
    kind, attributes = c.node.op_type, c.attributes
    weights = c.op("Transpose", _of_direction(c, c.input(1), d), perm=[1, 0])
    projected = c.op("MatMul", x, weights)  # [steps, batch, gates * hidden]
    biases = [""] * GATES[kind]
    if c.input(3):
        bias, of_recurrence = c.split(_of_direction(c, c.input(3), d), 2, 0)
        if kind == "GRU":
            biases = c.split(of_recurrence, GATES[kind], 0)
            projected = c.op("Add", projected, bias)
        else:
            projected = c.op("Add", projected, c.op("Add", bias, of_recurrence))
    recurrence = c.op("Transpose", _of_direction(c, c.input(2), d), perm=[1, 0])
    operands = [recurrence] if kind == "RNN" else c.split(recurrence, GATES[kind], 1)
    if kind == "GRU":
        operands += biases
    if kind == "LSTM":
        operands += c.split(_of_direction(c, c.input(7), d), 3, 0) if c.input(7) else [""] * 3
    limit, coupled = attributes.get("clip"), bool(attributes.get("input_forget"))
    operands += [c.scalar(-limit, c.input(0)), c.scalar(limit, c.input(0))] if limit else ["", ""]
    operands += [c.scalar(1, c.input(0))] if coupled else []
    callees = gate_functions(
        biased=bool(biases[0]),
        peepholes=bool(c.input(7)),
        coupled=coupled,
        resets_product=bool(attributes.get("linear_before_reset")),
    )
    return _Direction(projected, operands, callees | functions)


def _outputs(c: Decomposition, sequences: list[str], last: list[list[str]], batchwise: bool) -> None:
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
