"""Steps of optimisers (domain ai.onnx.preview.training) as nodes of simpler operators."""

from collections.abc import Callable, Sequence

import numpy as np

from dnnf_mlir.importer.decompose.builder import Composite

TRAINING_DOMAIN = "ai.onnx.preview.training"


def compose_optimiser(c: Composite) -> bool:
    """Adds the nodes of the step to ``c``."""
    step = _STEPS[c.node.op_type]
    rate, count = c.node.input[:2]
    per_tensor = _STATES[c.node.op_type]
    tensors = (len(c.node.input) - 2) // per_tensor
    for i in range(tensors):
        values = [c.node.input[2 + i + part * tensors] for part in range(per_tensor)]
        results = [c.node.output[i + part * tensors] for part in range(per_tensor - 1)]
        for found, output in zip(step(c, rate, count, values), results, strict=True):
            c.op("Identity", found, output=output)
    return True


def _attribute(c: Composite, name: str, like: str) -> str:
    return c.scalar(c.attributes.get(name, 0.0), like)


def _regularised(c: Composite, x: str, gradient: str) -> str:
    return c.op("Add", c.op("Mul", _attribute(c, "norm_coefficient", x), x), gradient)


def _mixed(c: Composite, factor: str, old: str, new: str) -> str:
    """factor * old + (1 - factor) * new."""
    rest = c.op("Sub", c.scalar(1, old), factor)
    return c.op("Add", c.op("Mul", factor, old), c.op("Mul", rest, new))


def _is_first(c: Composite, count: str) -> str:
    return c.op("Equal", count, c.constant(np.array(0, np.int64)))


def _momentum(c: Composite, rate: str, count: str, values: Sequence[str]) -> list[str]:
    x, gradient, velocity = values
    gradient = _regularised(c, x, gradient)
    alpha = _attribute(c, "alpha", x)
    beta = c.op("Where", _is_first(c, count), c.scalar(1, x), _attribute(c, "beta", x))
    following = c.op("Add", c.op("Mul", alpha, velocity), c.op("Mul", beta, gradient))
    nesterov = c.attributes["mode"] == b"nesterov"
    direction = c.op("Add", gradient, c.op("Mul", alpha, following)) if nesterov else following
    return [c.op("Sub", x, c.op("Mul", rate, direction)), following]


def _adagrad(c: Composite, rate: str, count: str, values: Sequence[str]) -> list[str]:
    x, gradient, squares = values
    elem_type = c.types[x].elem_type
    slowed = c.op("Mul", c.op("Cast", count, to=elem_type), _attribute(c, "decay_factor", x))
    rate = c.op("Div", rate, c.op("Add", c.scalar(1, x), slowed))
    gradient = _regularised(c, x, gradient)
    following = c.op("Add", squares, c.op("Mul", gradient, gradient))
    divisor = c.op("Add", c.op("Sqrt", following), _attribute(c, "epsilon", x))
    return [c.op("Sub", x, c.op("Div", c.op("Mul", rate, gradient), divisor)), following]


def _adam(c: Composite, rate: str, count: str, values: Sequence[str]) -> list[str]:
    x, gradient, velocity, squares = values
    gradient = _regularised(c, x, gradient)
    alpha, beta = _attribute(c, "alpha", x), _attribute(c, "beta", x)
    following = _mixed(c, alpha, velocity, gradient)
    following_squares = _mixed(c, beta, squares, c.op("Mul", gradient, gradient))
    divisor = c.op("Add", c.op("Sqrt", following_squares), _attribute(c, "epsilon", x))
    steps = c.op("Cast", count, to=c.types[x].elem_type)
    one = c.scalar(1, x)
    corrected = c.op("Sqrt", c.op("Sub", one, c.op("Pow", beta, steps)))
    corrected = c.op("Div", c.op("Mul", rate, corrected), c.op("Sub", one, c.op("Pow", alpha, steps)))
    rate = c.op("Where", _is_first(c, count), rate, corrected)
    moved = c.op("Sub", x, c.op("Div", c.op("Mul", rate, following), divisor))
    shrunk = c.op("Sub", one, _attribute(c, "norm_coefficient_post", x))
    return [c.op("Mul", shrunk, moved), following, following_squares]


_STEPS: dict[str, Callable[[Composite, str, str, Sequence[str]], list[str]]] = {
    "Momentum": _momentum,
    "Adagrad": _adagrad,
    "Adam": _adam,
}
_STATES = {"Momentum": 3, "Adagrad": 3, "Adam": 4}
"""Tensors per parameter: its value, its gradient, and what the optimiser remembers."""
OPTIMISERS = frozenset(_STEPS)
"""The operators that have a step here."""
