"""The recurrent part of RNN, GRU and LSTM in numpy, by the text of the ONNX specification.

onnx.reference ignores the lengths of sequences, the direction of some operators, clip and other attributes.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from dnnf_mlir.dialect_defs.many_to_many.recurrence import FUNCTIONS, GATES
from dnnf_mlir.graph.operator import Signature

from .elementwise import required

Array = np.ndarray
Function = Callable[[Array], Array]

_ACTIVATIONS: Mapping[str, Callable[[Array, float, float], Array]] = {
    "affine": lambda x, alpha, beta: alpha * x + beta,
    "elu": lambda x, alpha, beta: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))),
    "hardsigmoid": lambda x, alpha, beta: np.clip(alpha * x + beta, 0, 1),
    "leakyrelu": lambda x, alpha, beta: np.where(x > 0, x, alpha * x),
    "relu": lambda x, alpha, beta: np.maximum(x, 0),
    "scaledtanh": lambda x, alpha, beta: alpha * np.tanh(beta * x),
    "sigmoid": lambda x, alpha, beta: (1 + np.tanh(x / 2)) / 2,
    "softplus": lambda x, alpha, beta: np.logaddexp(x, 0),
    "softsign": lambda x, alpha, beta: x / (1 + np.abs(x)),
    "tanh": lambda x, alpha, beta: np.tanh(x),
    "thresholdedrelu": lambda x, alpha, beta: np.where(x > alpha, x, 0),
}


def recurrence(signature: Signature, inputs: Sequence[Array | None]) -> list[Array]:
    """The results of ``dnnf.recurrence``; narrower types are computed in f32."""
    attributes, dtype = signature.attributes, signature.output.numpy_dtype
    computed = np.float64 if dtype == np.float64 else np.float32
    lengths = inputs[3]
    wide = [None if x is None else x.astype(computed) for x in inputs]
    gates, weights, bias, _, h, c, peepholes, scales = wide
    gates, weights = required(gates), required(weights)
    if scales is not None:
        weights = np.multiply(weights, scales[..., np.newaxis])
    steps, batch, _ = gates.shape
    directions, columns, hidden = weights.shape
    y = np.zeros((steps, directions, batch, hidden), computed)
    last = np.stack([np.zeros(y.shape[1:], computed) if start is None else start for start in (h, c)])
    for d, backward in enumerate(_backwards(attributes["direction"])):
        cell = _CELLS[attributes["kind"]](
            attributes,
            _functions(attributes, d),
            weights[d].T,
            None if bias is None else bias[d],
            None if peepholes is None else peepholes[d],
            *([] if scales is None else [_rounded]),
        )
        for t in reversed(range(steps)) if backward else range(steps):
            after = cell(gates[t, :, d * columns : (d + 1) * columns], *last[:, d])
            runs = np.full((batch, 1), True) if lengths is None else (t < lengths)[:, np.newaxis]
            y[t, d] = np.where(runs, after[0], 0)
            last[:, d] = np.where(runs, np.stack(after), last[:, d])
    return [array.astype(dtype) for array in (y, *last)[: len(signature.outputs)]]


def _backwards(direction: str) -> list[bool]:
    return [False, True] if direction == "bidirectional" else [direction == "reverse"]


def _functions(attributes: Mapping[str, Any], direction: int) -> list[Function]:
    """f, g and h of a direction; f and g clip their arguments."""
    count, clip = FUNCTIONS[attributes["kind"]], attributes["clip"]
    part = slice(direction * count, (direction + 1) * count)

    def function(name: str, alpha: float, beta: float, limit: float) -> Function:
        return lambda x: _ACTIVATIONS[name](np.clip(x, -limit, limit), alpha, beta)

    names = attributes["activations"].split(",")[part]
    limits = [clip, clip, np.inf][:count]
    return list(map(function, names, attributes["alphas"][part], attributes["betas"][part], limits))


Cell = Callable[[Array, Array, Array], tuple[Array, Array]]
"""(gates of a step, h, c) -> the next h and c."""


def _rnn(attributes: Mapping[str, Any], of: list[Function], weights: Array, *_: Array | None) -> Cell:
    return lambda x, h, c: (of[0](x + h @ weights), c)


def _gru(
    attributes: Mapping[str, Any], of: list[Function], weights: Array, bias: Array | None, _: Array | None
) -> Cell:
    (f, g), inner = of, 0 if bias is None else bias
    for_z, for_r, for_h = np.split(weights, GATES["gru"], 1)

    def step(x: Array, h: Array, c: Array) -> tuple[Array, Array]:
        of_z, of_r, of_h = np.split(x, GATES["gru"], 1)
        z, r = f(of_z + h @ for_z), f(of_r + h @ for_r)
        recurrent = r * (h @ for_h + inner) if attributes["linear_before_reset"] else (r * h) @ for_h
        return (1 - z) * g(of_h + recurrent) + z * h, c

    return step


def _rounded(h: Array) -> Array:
    """The states in steps of a 255th of their range, which includes 0."""
    low, high = min(h.min(initial=0), 0), max(h.max(initial=0), 0)
    step = (high - low) / 255 if high > low else 1
    zero = np.rint(-low / step)
    return np.asarray((np.minimum(np.rint(h / step) + zero, 255) - zero) * step).astype(h.dtype)


def _lstm(
    attributes: Mapping[str, Any],
    of: list[Function],
    weights: Array,
    _: Array | None,
    peepholes: Array | None,
    read: Function = lambda h: h,
) -> Cell:
    f, g, last = of
    seen_i, seen_o, seen_f = (0, 0, 0) if peepholes is None else np.split(peepholes, 3)

    def step(x: Array, h: Array, c: Array) -> tuple[Array, Array]:
        of_i, of_o, of_f, of_c = np.split(x + read(h) @ weights, GATES["lstm"], 1)
        i = f(of_i + seen_i * c)
        forget = 1 - i if attributes["input_forget"] else f(of_f + seen_f * c)
        cell = forget * c + i * g(of_c)
        return f(of_o + seen_o * cell) * last(cell), cell

    return step


_CELLS: Mapping[str, Callable[..., Cell]] = {"rnn": _rnn, "gru": _gru, "lstm": _lstm}
