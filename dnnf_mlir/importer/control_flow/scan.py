"""Scans as Loops, if the number of steps is dynamic or too large to unroll.

Before::

    l, y = Scan<scan_input_axes=[1], scan_output_axes=[1]>(s, x) <body = (s, v) => (n, o) { .. }>

After::

    l, parts = Loop(turns, , s) <body = (turn, go, s) => (go, n, o) { v = Gather<axis=1>(x, turn); .. }>
    y = Transpose(parts)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from onnx import NodeProto, helper, numpy_helper

from dnnf_mlir.importer.decompose.builder import Decomposition
from dnnf_mlir.importer.decompose.functions import instantiate_body
from dnnf_mlir.importer.shapes.value_type import ValueType

from .steps import Steps


@dataclass(frozen=True)
class Scanned:
    """A scan input or scan output."""

    name: str
    axis: int
    is_backwards: bool


class ScanForm:
    """What the attributes and the inputs of a Scan say."""

    def __init__(self, node: NodeProto, types: Mapping[str, ValueType]) -> None:
        attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
        self.body = attributes["body"]
        count = len(node.input) - attributes["num_scan_inputs"]
        self.states = list(node.input[:count])
        self.last_states = list(node.output[:count])

        def scanned(kind: str, names: Sequence[str]) -> list[Scanned]:
            """The scan inputs or outputs (``kind``) with their axes and directions."""
            axes, directions = (attributes.get(f"scan_{kind}_{what}") for what in ("axes", "directions"))
            zeros = [0] * len(names)
            rows = zip(names, axes or zeros, directions or zeros, strict=True)
            return [Scanned(name, axis, direction == 1) for name, axis, direction in rows]

        self.sequences = [
            Scanned(each.name, each.axis % len(types[each.name].shape), each.is_backwards)
            for each in scanned("input", node.input[count:])
        ]
        self.results = scanned("output", node.output[count:])
        """An axis may be negative, and a name empty."""
        self.lengths = [types[each.name].shape[each.axis] for each in self.sequences]

    def bound(self, states: Sequence[str], slices: Sequence[str]) -> dict[str, str]:
        """What the body's inputs stand for in one iteration."""
        return dict(zip((value.name for value in self.body.input), [*states, *slices], strict=True))


def scan_as_loop(c: Decomposition, form: ScanForm) -> list[tuple[str, Scanned]]:
    """Builds the Loop; gives its scan outputs, and the result that :func:`placed` makes of each."""
    steps = Steps(c, form.sequences[0].name, form.sequences[0].axis)
    wanted = [result.name != "" for result in form.results]

    def iteration(body: Decomposition, number: str, states: list[str]) -> tuple[list[str], list[str]]:
        slices = [
            body.op("Gather", each.name, steps.position(body, number, backwards=each.is_backwards), axis=each.axis)
            for each in form.sequences
        ]
        nodes, weights, outputs = instantiate_body(form.body, body.node.name, form.bound(states, slices))
        body.nodes.extend(nodes)
        body.constants.update((name, numpy_helper.to_array(tensor)) for name, tensor in weights.items())
        after, parts = outputs[: len(states)], outputs[len(states) :]
        return after, [part for part, is_wanted in zip(parts, wanted, strict=True) if is_wanted]

    last, parts = steps.loop(form.states, iteration)
    for value, name in zip(last, form.last_states, strict=True):
        if name:
            c.op("Identity", value, output=name)
    results = [result for result in form.results if result.name]
    return [
        (steps.reversed(part) if result.is_backwards else part, result)
        for part, result in zip(parts, results, strict=True)
    ]


def placed(c: Decomposition, outputs: Sequence[tuple[str, Scanned]]) -> None:
    """Moves the first dimension of the Loop's scan outputs, whose types are known, to the Scan's output axes."""
    for value, result in outputs:
        rank = len(c.types[value].shape)
        axis = result.axis % rank
        if axis:
            order = [*range(1, axis + 1), 0, *range(axis + 1, rank)]
            c.op("Transpose", value, output=result.name, perm=order)
        else:
            c.op("Identity", value, output=result.name)
