"""RNN, GRU and LSTM: the products of the input of all steps as one MatMul, the recurrence as an operator of our own::

    gates = MatMul(X, transposed W of all directions) + biases                      [steps, batch, directions * G * H]
    Y, Y_h, Y_c = dnnf.Recurrence(gates, R, bias inside GRU's reset, lengths, initial states, peepholes)

With ``layout`` 1 Transposes bring the batch behind the steps, and back in the results.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from dnnf_mlir.dialect_defs.many_to_many.recurrence import ACTIVATIONS, FUNCTIONS, GATES
from dnnf_mlir.graph.size import is_dynamic

from .builder import Decomposition
from .functions import LOCAL_DOMAIN

RECURRENT = ("RNN", "GRU", "LSTM")

_DEFAULTS = {"rnn": ["tanh"], "gru": ["sigmoid", "tanh"], "lstm": ["sigmoid", "tanh", "tanh"]}

_PARAMETERS: Mapping[str, Mapping[str, float]] = {
    "affine": {"alpha": 1.0, "beta": 0.0},
    "elu": {"alpha": 1.0},
    "hardsigmoid": {"alpha": 0.2, "beta": 0.5},
    "leakyrelu": {"alpha": 0.01},
    "scaledtanh": {"alpha": 1.0, "beta": 1.0},
    "thresholdedrelu": {"alpha": 1.0},
}
"""Activation -> its parameters with ONNX's defaults."""

# Numbers of ONNX's inputs.
_W, _R, _B, _LENGTHS, _H, _C, _P = range(1, 8)


def recurrent(c: Decomposition) -> bool:
    """RNN, GRU and LSTM; False for an activation that ONNX does not define."""
    kind, attributes = c.node.op_type.lower(), c.attributes
    weights = _sized_operands(c, kind)
    directions = 2 if attributes["direction"] in (b"bidirectional", "bidirectional") else 1
    names = [name.decode().lower() for name in attributes.get("activations") or []] or _DEFAULTS[kind] * directions
    names = names[: FUNCTIONS[kind] * directions]  # RNN's default has two, for one direction too
    if not set(names) <= set(ACTIVATIONS) or len(names) < FUNCTIONS[kind] * directions:
        return False
    batchwise = bool(attributes.get("layout", 0))
    resets_product = kind == "gru" and bool(attributes.get("linear_before_reset", 0))
    hidden = attributes.get("hidden_size") or c.shape(_R)[-1]
    gates, bias = _gates(c, weights, (directions, GATES[kind] * hidden, hidden), batchwise, resets_product)
    states = [c.op("Transpose", x, perm=[1, 0, 2]) if x and batchwise else x for x in (weights[_H], weights[_C])]
    alphas, betas = _parameters(names, attributes)
    operands = [gates, weights[_R], bias, c.input(_LENGTHS), states[0], states[1], weights[_P], ""]
    given = [*c.node.output, "", ""][: 3 if kind == "lstm" else 2]
    results = [f"{c.node.name}/{i}" if batchwise or not name else name for i, name in enumerate(given)]
    c.op_with(
        "Recurrence",
        operands,
        results,
        domain=LOCAL_DOMAIN,
        kind=kind,
        direction=attributes["direction"],
        activations=",".join(names),
        alphas=alphas,
        betas=betas,
        clip=attributes.get("clip") or float("inf"),
        input_forget=int(attributes.get("input_forget", 0)),
        linear_before_reset=int(resets_product),
    )
    for name, result, perm in zip(given, results, ([2, 0, 1, 3], [1, 0, 2], [1, 0, 2]), strict=False):
        if name and batchwise:
            c.op("Transpose", result, output=name, perm=perm)
    return True


def _sized_operands(c: Decomposition, kind: str) -> dict[int, str]:
    """Weights and states by number; dimensions that are dynamic, though the attributes tell them, get their sizes.

    The module checks that they have these.
    """
    attributes = c.attributes
    directions = 2 if attributes["direction"] in (b"bidirectional", "bidirectional") else 1
    hidden = attributes.get("hidden_size") or c.shape(_R)[-1]
    rows = GATES[kind] * hidden
    state = (None, directions, hidden) if attributes.get("layout", 0) else (directions, None, hidden)
    told = {
        _W: (directions, rows, None),
        _R: (directions, rows, hidden),
        _B: (directions, 2 * rows),
        _H: state,
        _C: state,
        _P: (directions, 3 * hidden),
    }
    found = {}
    for number, sizes in told.items():
        name = found[number] = c.input(number)
        if name and len(c.shape(number)) == len(sizes):
            shape = [a if b is None or not is_dynamic(a) else b for a, b in zip(c.shape(number), sizes, strict=True)]
            if shape != list(c.shape(number)):
                found[number] = c.op("Reshape", name, c.ints(*shape), allowzero=1)
    return found


def _gates(
    c: Decomposition, weights: Mapping[int, str], sizes: tuple[int, int, int], batchwise: bool, resets_product: bool
) -> tuple[str, str]:
    """X W^T with all biases that are added to it, and GRU's bias that the reset gate multiplies.

    ``sizes`` are the number of directions, the rows of W and the hidden size.
    """
    directions, rows, hidden = sizes
    x = c.op("Transpose", c.input(0), perm=[1, 0, 2]) if batchwise else c.input(0)
    flat = c.op("Reshape", weights[_W], c.ints(directions * rows, c.shape(_W)[-1]))
    gates = c.op("MatMul", x, c.op("Transpose", flat, perm=[1, 0]))
    if not weights[_B]:
        return gates, ""
    of_input, of_recurrence = c.parts(weights[_B], [rows, rows], 1)
    inside = ""
    if resets_product:
        outside, inside = c.parts(of_recurrence, [rows - hidden, hidden], 1)
        none = np.zeros((directions, hidden), np.float32)
        of_recurrence = c.op("Concat", outside, c.op("CastLike", c.constant(none), outside), axis=1)
    bias = c.op("Reshape", c.op("Add", of_input, of_recurrence), c.ints(directions * rows))
    return c.op("Add", gates, bias), inside


def _parameters(names: Sequence[str], attributes: Mapping[str, Sequence[float]]) -> tuple[list[float], list[float]]:
    """alpha and beta of each activation: the next ones of the lists, which hold them for those that have any."""
    found: dict[str, list[float]] = {}
    for key in ("alpha", "beta"):
        given = list(attributes.get(f"activation_{key}") or [])
        found[key] = []
        for name in names:
            default = _PARAMETERS.get(name, {}).get(key)
            found[key].append(0.0 if default is None else given.pop(0) if given else default)
    return found["alpha"], found["beta"]
