"""Inputs for a trial of a compiled module, and the reference's results."""

import contextlib
from collections.abc import Iterable, Iterator
from threading import Lock, Thread

import numpy as np

from dnnf_mlir.graph.ecg import Graph, Node, Value
from dnnf_mlir.graph.specialize import at_sizes
from dnnf_mlir.graph.tensor_type import TensorType

from .reference import evaluate_values

_SEED = 20210620


def random_inputs(graph: Graph) -> list[np.ndarray]:
    """One array per input: normal floats, integers of 0 and 1 (valid as indices, masks and types), true booleans."""
    return next(drawn_inputs(graph))


def drawn_inputs(graph: Graph) -> Iterator[list[np.ndarray]]:
    """:func:`random_inputs`, and where there are integers, the same with other ones: 0, 1, what the model asks for.

    A model does not take every integer: as axis, as size, as index into a dimension of one, as a rate that it compares
    with the one that it knows. What comes of a division by 0 is undefined: where integers are divided by run-time
    values, all are 1.
    """
    choices: tuple[int | None, ...] = (None,)
    if any(value.type.numpy_dtype.kind in "iu" for value in graph.inputs):
        nodes = (node for each in graph.with_bodies() for node in each.nodes)
        choices = (1,) if any(map(_divides_integers, nodes)) else (None, 0, 1)
    for integer in choices:
        generator = np.random.default_rng(_SEED)
        yield [_random(value.type, generator, integer) for value in graph.inputs]
    if compared := {value: number for value in graph.inputs if (number := _compared_with(value)) is not None}:
        generator = np.random.default_rng(_SEED)
        yield [_random(value.type, generator, compared.get(value, choices[0])) for value in graph.inputs]


def _compared_with(value: Value) -> int | None:
    """The number that an input of integers is compared with for equality."""
    if value.type.numpy_dtype.kind not in "iu":
        return None
    others = (operand for node in value.users if node.kind == "equal" for operand in node.operands)
    constants = (other.constant for other in others if other.constant is not None and other.type.elements == 1)
    return next((int(constant.item()) for constant in constants), None)


def _divides_integers(node: Node) -> bool:
    return node.kind in ("div", "mod") and not node.output.type.is_float and not node.input(1).is_constant


def largest_bytes(graph: Graph) -> int:
    """The size of the largest tensor."""
    values = (*graph.inputs, *(value for node in graph.nodes for value in node.outputs))
    return max((value.type.bytes for value in values), default=0)


_SLOW = frozenset({"DeformConv", "GridSample", "MaxRoiPool", "RoiAlign"})
"""ONNX operators that the reference computes element by element in Python, at about a millisecond each."""

_MOST_SLOW_ELEMENTS = 1 << 13


def takes_long(graph: Graph) -> bool:
    """Whether the reference would compute for minutes."""
    return any(
        node.attributes.get("op_type") in _SLOW and node.output.type.elements > _MOST_SLOW_ELEMENTS
        for node in graph.nodes
    )


class Sample:
    """Inputs of a function without free dimensions, and what the reference makes of them."""

    def __init__(self, graph: Graph, inputs: list[np.ndarray]) -> None:
        self.graph = graph
        self.inputs = inputs
        self._lock = Lock()
        self._expected: dict[Value, np.ndarray] | None = None

    def expected(self) -> dict[Value, np.ndarray]:
        """The outputs by the reference, which evaluates them once: whoever asks meanwhile waits."""
        with self._lock:
            if self._expected is None:
                self._expected = evaluate_values(self.graph, self.inputs, self.graph.outputs)
            return self._expected


class Trial:
    """A function at fixed dynamic sizes with random inputs; the first accepted input set is used."""

    def __init__(self, graph: Graph, dims: dict[str, int]) -> None:
        self.dims = dims
        self.graph = at_sizes(graph, dims)
        self._drawn = drawn_inputs(self.graph)
        self._cases: list[Sample] = []

    def cases(self) -> Iterator[Sample]:
        """One for each of the drawn inputs."""
        yield from self._cases
        for inputs in self._drawn:
            self._cases.append(Sample(self.graph, inputs))
            yield self._cases[-1]


def evaluate_beside(trials: Iterable[Trial]) -> None:
    """Has the reference evaluate the first case of each trial, one after the other, beside whatever the caller does.

    It has as long as the model is compiled, which seldom keeps all cores busy. The thread keeps no process alive, and
    the caller gets the reference's refusal.
    """
    first = [next(trial.cases()) for trial in trials]

    def evaluate() -> None:
        for case in first:
            with contextlib.suppress(Exception):
                case.expected()

    Thread(target=evaluate, name="reference", daemon=True).start()


def _random(type_: TensorType, generator: np.random.Generator, integer: int | None) -> np.ndarray:
    if type_.is_float:
        return generator.standard_normal(type_.shape).astype(type_.numpy_dtype)
    if type_.dtype == "i1":
        return np.ones(type_.shape, np.bool_)
    if integer is not None:
        return np.full(type_.shape, integer, type_.numpy_dtype)
    return generator.integers(0, 2, type_.shape).astype(type_.numpy_dtype)
