"""Operators that ONNX defines by no function, as nodes of simpler operators: recurrent layers, quantised products,
reads at positions known at compile time.

A recurrent layer's products with the input are one product for all steps; the steps follow one after the other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from onnx import NodeProto, helper

from dnnf_mlir.importer.value_type import ValueType

STEP_LIMIT = 256
"""Most steps of a recurrent layer that are written out."""


@dataclass
class Composite:
    """The nodes that take another node's place, and the constants that they read."""

    node: NodeProto
    types: Mapping[str, ValueType]
    known: Mapping[str, np.ndarray] = field(default_factory=dict)
    """Constants of the graph."""
    nodes: list[NodeProto] = field(default_factory=list)
    constants: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def attributes(self) -> dict[str, Any]:
        return {a.name: helper.get_attribute_value(a) for a in self.node.attribute}

    def input(self, index: int) -> str:
        """Name of an input, empty where it is omitted."""
        return self.node.input[index] if index < len(self.node.input) else ""

    def shape(self, index: int) -> tuple[int, ...]:
        return self.types[self.node.input[index]].shape

    def op(self, op_type: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        """Appends a node and gives its result's name."""
        name = f"{self.node.name}/{op_type}_{len(self.nodes)}"
        results = [output or name]
        self.nodes.append(helper.make_node(op_type, list(inputs), results, name, **attributes))
        return results[0]

    def split(self, x: str, parts: int, axis: int) -> list[str]:
        """Equal parts along an axis."""
        name = f"{self.node.name}/Split_{len(self.nodes)}"
        results = [f"{name}/{i}" for i in range(parts)]
        self.nodes.append(helper.make_node("Split", [x], results, name, axis=axis, num_outputs=parts))
        return results

    def ints(self, *values: int) -> str:
        return self.constant(np.array(values, np.int64))

    def constant(self, array: np.ndarray) -> str:
        name = f"{self.node.name}/constant_{len(self.constants)}"
        self.constants[name] = array
        return name

    def scalar(self, value: float, like: str) -> str:
        """A number of the element type of the value ``like``."""
        return self.constant(np.array(value, helper.tensor_dtype_to_np_dtype(self.types[like].elem_type)))


def compose(node: NodeProto, types: Mapping[str, ValueType], known: Mapping[str, np.ndarray]) -> Composite | None:
    """What takes the node's place; None for other operators and for forms that are not covered.

    ``known`` are the constants of the graph.
    """
    if node.domain or node.op_type not in _COMPOSITES:
        return None
    composite = Composite(node, types, known)
    return composite if _COMPOSITES[node.op_type](composite) else None


def _matmul(c: Composite) -> bool:
    """a and b as integers, the product scaled and quantised again."""
    a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero = c.node.input

    def per_row(name: str) -> str:
        """A parameter of a's rows, beside its columns."""
        shape = c.types[name].shape
        return c.op("Unsqueeze", name, c.ints(-1)) if len(shape) == 1 and shape[0] > 1 else name

    numbers = [
        c.op("Sub", c.op("Cast", x, to=6), c.op("Cast", zero, to=6)) for x, zero in ((a, per_row(a_zero)), (b, b_zero))
    ]
    product = c.op("Cast", c.op("MatMul", *numbers), to=1)
    scales = [c.op("Cast", scale, to=1) for scale in (per_row(a_scale), b_scale, y_scale)]
    factor = c.op("Div", c.op("Mul", scales[0], scales[1]), scales[2])
    whole = c.op("Add", c.op("Round", c.op("Mul", product, factor)), c.op("Cast", y_zero, to=1))
    signed = c.types[y_zero].elem_type == 3
    bounds = [c.constant(np.array(bound, np.float32)) for bound in ((-128, 127) if signed else (0, 255))]
    clipped = c.op("Clip", whole, *bounds)
    c.op("Cast", clipped, output=c.node.output[0], to=c.types[y_zero].elem_type)
    return c.types[y_zero].elem_type in (2, 3)


def _gather_nd(c: Composite) -> bool:
    """Positions known at compile time: one Gather from the indexed dimensions made one."""
    shape, indices = c.shape(0), c.known.get(c.input(1))
    batch = c.attributes["batch_dims"]
    if indices is None or 0 in shape or 0 in indices.shape:
        return False
    indexed = batch + indices.shape[-1]
    sizes = np.array(shape[batch:indexed])
    if np.any((indices < -sizes) | (indices >= sizes)):
        return False
    batches = np.ogrid[tuple(slice(size) for size in indices.shape[:-1])][:batch]
    inner = np.moveaxis(np.where(indices < 0, indices + sizes, indices), -1, 0)
    positions = np.ravel_multi_index(tuple(np.broadcast_arrays(*batches, *inner)), shape[:indexed])
    flat = c.op("Reshape", c.input(0), c.ints(-1, *shape[indexed:]))
    c.op("Gather", flat, c.constant(positions), output=c.node.output[0], axis=0)
    return True


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


_GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
_DEFAULTS = {"RNN": ["Tanh"], "GRU": ["Sigmoid", "Tanh"], "LSTM": ["Sigmoid", "Tanh", "Tanh"]}
_Step = Callable[[Composite, _Direction, int, list[str]], list[str]]


def _recurrent(c: Composite) -> bool:
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
    gates = _GATES[c.node.op_type]
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
_COMPOSITES: dict[str, Callable[[Composite], bool]] = {
    "GatherND": _gather_nd,
    "QLinearMatMul": _matmul,
    **dict.fromkeys(_GATES, _recurrent),
}

COMPOSITE_OPERATORS = frozenset(_COMPOSITES)
"""ONNX operators that are written with simpler ones here, rather than by ONNX's own function bodies."""
