"""A Loop over the steps of a sequence, with scan outputs::

    turns = Squeeze(Shape<start=axis, end=axis + 1>(sequence))
    last = turns - 1
    .., parts = Loop(turns, , start..) <body = (turn, go, state..) => (go, state.., part) { .. }>

Backwards, an iteration reads and writes the position ``last - turn``; the scan outputs are then reversed::

    y = Gather(parts, last - Range(0, turns, 1))
"""

from collections.abc import Callable, Sequence

import numpy as np
from onnx import TensorProto, helper

from dnnf_mlir.importer.decompose.builder import Decomposition

Turn = Callable[[Decomposition, str, list[str]], tuple[Sequence[str], Sequence[str]]]
"""Builds one iteration: (builder of the body, iteration number, states) -> (next states, scan outputs)."""


class Steps:
    """The steps along an axis of a sequence, in the place of the node that ``c`` replaces."""

    def __init__(self, c: Decomposition, sequence: str, axis: int) -> None:
        self._c = c
        self._turns = c.op("Squeeze", c.op("Shape", sequence, start=axis, end=axis + 1), c.ints(0))
        self._last = c.op("Sub", self._turns, c.constant(np.array(1)))
        self._backwards: str | None = None

    def position(self, c: Decomposition, turn: str, *, backwards: bool) -> str:
        """The position that an iteration reads; ``c`` builds the body."""
        return c.op("Sub", self._last, turn) if backwards else turn

    def reversed(self, parts: str, output: str | None = None) -> str:
        """A scan output with the last iteration first."""
        c = self._c
        if self._backwards is None:
            numbers = c.op("Range", c.constant(np.array(0)), self._turns, c.constant(np.array(1)))
            self._backwards = c.op("Sub", self._last, numbers)
        return c.op("Gather", parts, self._backwards, output=output, axis=0)

    def loop(self, states: Sequence[str], turn: Turn) -> tuple[list[str], list[str]]:
        """Builds the Loop; gives the states after the last iteration, and the scan outputs."""
        c = self._c
        name = f"{c.node.name}/Loop_{len(c.nodes)}"
        body = c.inside(f"{name}/turn")
        number, goes_on, *before = (
            f"{body.node.name}/{part}" for part in ("number", "goes_on", *map(str, range(len(states))))
        )
        after, parts = turn(body, number, before)
        given = [body.op("Identity", value) for value in (goes_on, *after, *parts)]
        inputs = [
            helper.make_tensor_value_info(number, TensorProto.INT64, []),
            helper.make_tensor_value_info(goes_on, TensorProto.BOOL, []),
            *map(helper.make_empty_tensor_value_info, before),
        ]
        outputs = list(map(helper.make_empty_tensor_value_info, given))
        results = [f"{name}/{i}" for i in range(len(after) + len(parts))]
        graph = helper.make_graph(body.nodes, f"{name}/body", inputs, outputs)
        c.nodes.append(helper.make_node("Loop", [self._turns, "", *states], results, name, body=graph))
        c.carried.add(name)
        return results[: len(after)], results[len(after) :]
