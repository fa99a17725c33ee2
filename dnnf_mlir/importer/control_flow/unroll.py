"""Control flow as plain nodes: loops of a known number of iterations, and both branches of a choice."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from onnx import GraphProto, NodeProto, TensorProto, TypeProto, helper, numpy_helper

from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.importer.control_flow.scan import ScanForm
from dnnf_mlir.importer.decompose.containers import Container
from dnnf_mlir.importer.decompose.functions import instantiate_body
from dnnf_mlir.importer.graphs import subgraphs
from dnnf_mlir.importer.shapes.value_type import ValueType

NODE_LIMIT = 20_000
"""Most nodes that a loop is unrolled to, with the loops in it."""

RUN_LIMIT = 10_000_000
"""Most operators that a loop with a constant trip count runs, with the loops in it: some seconds."""

UNROLLED_LIMIT = 50_000
"""The same for all loops of a model."""


class EndlessError(Exception):
    """A loop runs more operators than the limit; the text says how many."""


@dataclass
class Unrolled:
    """What takes a loop's place: nodes in order, and the initializers and other constants that they read.

    ``declared`` are types of results that the running module has to check.
    """

    nodes: list[NodeProto] = field(default_factory=list)
    weights: dict[str, TensorProto] = field(default_factory=dict)
    constants: dict[str, np.ndarray] = field(default_factory=dict)
    declared: dict[str, TypeProto] = field(default_factory=dict)

    def iteration(self, body: GraphProto, prefix: str, bound: Mapping[str, str]) -> list[str]:
        """Appends one iteration; ``bound`` names the values that the body's inputs stand for. Gives its outputs."""
        nodes, weights, outputs = instantiate_body(body, prefix, bound)
        self.nodes += nodes
        self.weights |= weights
        return outputs

    def add(self, op_type: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        """Appends a node with one result."""
        self.nodes.append(helper.make_node(op_type, list(inputs), [output], output, **attributes))
        return output

    def constant(self, name: str, array: np.ndarray) -> str:
        """Adds a constant; returns its value's name."""
        self.constants[name] = array
        return name

    def require_turns(self, name: str, limit: str, goes_on: Sequence[str], count: int) -> None:
        """Checks that a loop has ``count`` iterations: a Range up to their number has as many elements.

        Args:
            name: the loop's.
            limit: the most iterations, empty if unlimited.
            goes_on: the conditions: of the first iteration, and after each iteration of another one.
        """
        label = f"{name}/turns"
        scalar = self.constant(f"{label}/scalar", np.zeros(0, np.int64))
        zero, one, expected, more = (
            self.constant(f"{label}/{number}", np.array(number, np.int64)) for number in (0, 1, count, count + 1)
        )
        *before, last = (self.add("Reshape", [flag, scalar], f"{label}/goes_on_{i}") for i, flag in enumerate(goes_on))
        reached = before[0]
        for i, flag in enumerate(before[1:]):
            reached = self.add("And", [reached, flag], f"{label}/reached_{i}")
        most = self.add("Reshape", [limit, scalar], f"{label}/most") if limit else more
        stopped = self.add("Min", [most, expected], f"{label}/stopped")
        ended = self.add("Where", [last, most, stopped], f"{label}/ended")
        turns = self.add("Where", [reached, ended, zero], f"{label}/count")
        self.add("Range", [zero, turns, one], label)
        self.declared[label] = helper.make_tensor_type_proto(TensorProto.INT64, [count])

    def stack(self, parts: Sequence[str], axis: int, output: str) -> None:
        """Joins the results of all iterations along a new dimension."""
        axes = self.constant(f"{output}/axes", np.array([axis], np.int64))
        slices = [self.add("Unsqueeze", [part, axes], f"{output}/part_{i}") for i, part in enumerate(parts)]
        self.add("Concat", slices, output, axis=axis)


def unroll_scan(node: NodeProto, types: Mapping[str, ValueType]) -> Unrolled | None:
    """The iterations of a Scan; None beyond the limit, without iterations, and for a dynamic number of them."""
    form = ScanForm(node, types)
    count = form.lengths[0]
    if is_dynamic(count) or not 0 < count * len(form.body.node) <= NODE_LIMIT:
        return None
    unrolled = Unrolled()
    state = form.states
    parts: list[list[str]] = [[] for _ in form.results]
    for i in range(count):
        slices = []
        for j, sequence in enumerate(form.sequences):
            at = count - 1 - i if sequence.is_backwards else i
            index = unrolled.constant(f"{node.name}/index_{at}", np.array(at, np.int64))
            name = f"{node.name}/{i}/scan_{j}"
            slices.append(unrolled.add("Gather", [sequence.name, index], name, axis=sequence.axis))
        outputs = unrolled.iteration(form.body, f"{node.name}/{i}", form.bound(state, slices))
        state = outputs[: len(state)]
        for collected, output in zip(parts, outputs[len(state) :], strict=True):
            collected.append(output)
    for name, output in zip(state, form.last_states, strict=True):
        if output:
            unrolled.add("Identity", [name], output)
    for collected, result in zip(parts, form.results, strict=True):
        if result.name:
            unrolled.stack(collected[::-1] if result.is_backwards else collected, result.axis, result.name)
    return unrolled


def unroll_loop(
    node: NodeProto,
    constant: Callable[[str], np.ndarray | None],
    declared_length: Callable[[str], int | None],
) -> Unrolled | None:
    """The iterations of a Loop; None if their number is not known before the model runs, or beyond the limit.

    Known are a constant count with a condition that the body passes on, and the length that the model declares for a
    scan output, which the running module checks. Raises EndlessError.
    """
    body = next(attribute.g for attribute in node.attribute if attribute.name == "body")
    states = len(node.input) - 2
    results = list(node.output[states:])
    lengths = [length for output in results if output and (length := declared_length(output)) is not None]
    constant_count = _constant_count(node, body, constant)
    count = constant_count if constant_count is not None or not lengths else lengths[0]
    if count is None:
        return None
    operators = count * _unrolled_size(body, constant)
    if operators > RUN_LIMIT:
        raise EndlessError(f"with the loops in it, it runs {operators} operators; up to {RUN_LIMIT} can be compiled")
    if not 0 < operators <= NODE_LIMIT:
        return None
    unrolled = Unrolled()
    state = list(node.input[2:])
    parts: list[list[str]] = [[] for _ in results]
    goes_on = unrolled.constant(f"{node.name}/condition", np.array(True))
    conditions = [node.input[1] or goes_on]
    for i in range(count):
        index = unrolled.constant(f"{node.name}/iteration_{i}", np.array(i, np.int64))
        bound = dict(zip((value.name for value in body.input), [index, goes_on, *state], strict=True))
        outputs = unrolled.iteration(body, f"{node.name}/{i}", bound)
        state = outputs[1 : 1 + states]
        conditions.append(outputs[0])
        for collected, output in zip(parts, outputs[1 + states :], strict=True):
            collected.append(output)
    if constant_count is None:
        passed_on = [conditions[0], goes_on] if passes_on(body) else conditions
        unrolled.require_turns(node.name, node.input[0], passed_on, count)
    for name, output in zip(state, node.output, strict=False):
        if output:
            unrolled.add("Identity", [name], output)
    for collected, output in zip(parts, results, strict=True):
        if output:
            unrolled.stack(collected, 0, output)
    return unrolled


def unroll_map(node: NodeProto, containers: Mapping[str, Container]) -> Unrolled | None:
    """The body of a SequenceMap once for each tensor of its sequences, the first input's among them."""
    body = next(attribute.g for attribute in node.attribute if attribute.name == "body")
    count = len(containers[node.input[0]] or ())
    if count * len(body.node) > NODE_LIMIT:
        return None
    unrolled = Unrolled()
    parts: list[list[str]] = [[] for _ in node.output]
    for i in range(count):
        given = [held[i] if (held := containers.get(name)) is not None else name for name in node.input]
        bound = dict(zip((value.name for value in body.input), given, strict=True))
        for collected, output in zip(parts, unrolled.iteration(body, f"{node.name}/{i}", bound), strict=True):
            collected.append(output)
    for collected, output in zip(parts, node.output, strict=True):
        if output:
            unrolled.add("SequenceConstruct", collected, output)
    return unrolled


def both_branches(node: NodeProto) -> tuple[Unrolled, str, list[tuple[str, str]]]:
    """The nodes of both branches of an If, the condition as a scalar, and the results of then and else."""
    branches = {attribute.name: attribute.g for attribute in node.attribute}
    both = Unrolled()
    scalar = both.constant(f"{node.name}/scalar", np.zeros(0, np.int64))
    condition = both.add("Reshape", [node.input[0], scalar], f"{node.name}/condition")
    taken, other = (both.iteration(branches[f"{kind}_branch"], f"{node.name}/{kind}", {}) for kind in ("then", "else"))
    return both, condition, list(zip(taken, other, strict=True))


def _unrolled_size(graph: GraphProto, outer: Callable[[str], np.ndarray | None]) -> int:
    """Number of nodes of a body whose inner loops are unrolled, if their trip count is constant."""
    own = {tensor.name: tensor for tensor in graph.initializer}
    own |= {node.output[0]: node.attribute[0].t for node in graph.node if node.op_type == "Constant" and node.attribute}

    def constant(name: str) -> np.ndarray | None:
        return numpy_helper.to_array(own[name]) if name in own else outer(name)

    total = len(graph.node)
    for node in graph.node:
        bodies = list(subgraphs(node))
        turns = _constant_count(node, bodies[0], constant) if node.op_type == "Loop" and bodies else None
        total += max(turns or 1, 1) * sum(_unrolled_size(body, constant) for body in bodies)
    return total


def _constant_count(node: NodeProto, body: GraphProto, constant: Callable[[str], np.ndarray | None]) -> int | None:
    limit = constant(node.input[0]) if node.input[0] else None
    start = constant(node.input[1]) if node.input[1] else np.array(True)
    if limit is None or start is None:
        return None
    if not start.any():
        return 0
    return int(limit.reshape(-1)[0]) if passes_on(body) else None


def passes_on(body: GraphProto) -> bool:
    """Whether the body's condition stays as it is, through Identity or a constant that is true."""
    name = body.output[0].name
    producers = {output: inner for inner in body.node for output in inner.output}
    while name in producers and producers[name].op_type in ("Identity", "Cast"):
        name = producers[name].input[0]
    if name == body.input[1].name:
        return True
    if name in producers and producers[name].op_type == "Constant":
        value = helper.get_attribute_value(producers[name].attribute[0])
        return isinstance(value, TensorProto) and bool(np.frombuffer(value.raw_data, np.bool_).all())
    return False
