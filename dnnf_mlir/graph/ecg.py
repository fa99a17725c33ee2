"""The extended computational graph: a plain Python snapshot of a function (paper, section 3.3).

Passes that reason about the whole graph (layouts, fusion planning, lowering) work on this, not on MLIR objects, which
are slow to ask and hard to build in a unit test.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dnnf_mlir.graph.operator import MappingType

from .operator import Operator, Signature
from .size import representative
from .tensor_type import TensorType


@dataclass(eq=False)
class Value:
    """A tensor: a function input, a constant (``constant`` holds it) or the result of ``producer``."""

    type: TensorType
    name: str = ""
    producer: "Node | None" = None
    constant: np.ndarray | None = None
    users: "list[Node]" = field(default_factory=list)
    """Every node that reads the value, once per operand that does."""

    @property
    def is_constant(self) -> bool:
        """Whether the value is known at compile time."""
        return self.constant is not None

    def __repr__(self) -> str:
        return f"<{self.name or 'value'} {self.type}>"


@dataclass(eq=False)
class Node:
    """One operation. ``inputs`` follows the operator's fields, None where an optional operand is absent."""

    op: type[Operator]
    inputs: list[Value | None]
    outputs: list[Value]
    attributes: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    mapping: MappingType = MappingType.ONE_TO_ONE
    operation: Any = None
    """The MLIR operation that this is the snapshot of; None in graphs built by hand."""
    body: "Graph | None" = None
    """What a loop computes in each iteration, from its number, the condition, the states and the captured values."""

    def __post_init__(self) -> None:
        for value in self.operands:
            value.users.append(self)
        for value in self.outputs:
            value.producer = self

    @property
    def operands(self) -> list[Value]:
        """The inputs that are present."""
        return [value for value in self.inputs if value is not None]

    @property
    def data_inputs(self) -> list[Value]:
        """The inputs computed at run time: present and no constants."""
        return [value for value in self.inputs if value is not None and value.constant is None]

    @property
    def output(self) -> Value:
        """The only result, or the first of several."""
        return self.outputs[0]

    @property
    def kind(self) -> str:
        """The operation's name without the dialect, as in ``conv``."""
        return str(self.op.OPERATION_NAME).removeprefix("dnnf.")

    @property
    def signature(self) -> Signature:
        """The node as its operator's class is asked about it."""
        return Signature(
            tuple(None if value is None else value.type for value in self.inputs),
            tuple(value.type for value in self.outputs),
            self.attributes,
            frozenset(i for i, value in enumerate(self.inputs) if value is not None and value.is_constant),
        )

    @property
    def flops(self) -> int:
        """Floating point operations, for representative sizes where dimensions are free."""
        return representative(self.op.flops(self.signature))

    def input(self, index: int) -> Value:
        """Operand that the caller knows to be present."""
        value = self.inputs[index]
        if value is None:
            raise IndexError(f"operand {index} of {self.name} is absent")
        return value

    def predecessors(self) -> "Iterator[Node]":
        """Producers of the inputs, each once."""
        return _distinct(value.producer for value in self.operands)

    def successors(self) -> "Iterator[Node]":
        """Readers of the outputs, each once."""
        return _distinct(user for value in self.outputs for user in value.users)

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name}>"


@dataclass(eq=False)
class Block:
    """A fused block: nodes in topological order that become one kernel."""

    nodes: list[Node]
    mapping: MappingType
    anchor: Node | None = None
    """The dominant operator; None for blocks of element-wise and data movement operators."""
    name: str = ""

    @property
    def inputs(self) -> list[Value]:
        """Values read from outside, constants included, in order of first use."""
        return entries(self.nodes)

    @property
    def names(self) -> set[str]:
        """What messages of iree-compile may call the block: its name, its nodes' and its values'."""
        values = (value.name for node in self.nodes for value in node.outputs)
        return {self.name, *(node.name for node in self.nodes), *values}

    def with_bodies(self) -> "Iterator[Block]":
        """The block itself, then those of the loop that it holds."""
        yield self
        for body in (node.body for node in self.nodes if node.body is not None):
            for block in body.blocks:
                yield from block.with_bodies()

    def outputs(self, graph_outputs: Iterable[Value]) -> list[Value]:
        """Values read by other blocks or returned by the function."""
        return exits(self.nodes, set(graph_outputs))

    def parts(self) -> "list[Block]":
        """What values inside the block connect, each as a block: several where siblings share a kernel."""
        part_of: dict[Node, list[Node]] = {}
        for node in self.nodes:
            joined = {
                id(part_of[producer]): part_of[producer] for producer in node.predecessors() if producer in part_of
            }
            part = [*(member for each in joined.values() for member in each), node]
            part_of.update(dict.fromkeys(part, part))
        parts = {id(part): part for part in (part_of[node] for node in self.nodes)}.values()
        if len(parts) < 2:
            return [self]
        position = {node: i for i, node in enumerate(self.nodes)}
        ordered = [sorted(part, key=position.__getitem__) for part in parts]
        return [Block(nodes, self.mapping, self._anchor_among(nodes), self.name) for nodes in ordered]

    def _anchor_among(self, nodes: "list[Node]") -> Node | None:
        if self.anchor in nodes:
            return self.anchor
        return next((node for node in nodes if node.mapping is MappingType.MANY_TO_MANY), None)


@dataclass(eq=False)
class Graph:
    """A function: ``nodes`` in topological order; ``blocks`` partition them once fusion has run, else empty."""

    inputs: list[Value]
    outputs: list[Value]
    nodes: list[Node]
    blocks: list[Block] = field(default_factory=list)
    name: str = "main"
    input_names: list[str] = field(default_factory=list)
    output_names: list[str] = field(default_factory=list)
    requirements: dict[str, int] = field(default_factory=dict)
    """What free dimensions must meet, in words -> a size that must not be negative."""

    @property
    def all_outputs(self) -> list[Value]:
        """What the function returns, and what the bodies of its loops do."""
        return [value for each in self.with_bodies() for value in each.outputs]

    def every_block(self) -> "Iterator[Block]":
        """The blocks, each followed by those of the loop that it holds."""
        for block in self.blocks:
            yield from block.with_bodies()

    def with_bodies(self) -> "Iterator[Graph]":
        """The graph itself, then the bodies of its loops, each followed by those of the loops in it."""
        yield self
        for node in self.nodes:
            if node.body is not None:
                yield from node.body.with_bodies()


def entries(nodes: Collection[Node]) -> list[Value]:
    """Values that ``nodes`` read from outside, constants included, in order of first use."""
    inside = set(nodes)
    return list(dict.fromkeys(value for node in nodes for value in node.operands if value.producer not in inside))


def exits(nodes: Collection[Node], returned: Collection[Value]) -> list[Value]:
    """Results of ``nodes`` that are read outside of them, or are among ``returned``, in the nodes' order."""
    inside = set(nodes)
    return [
        value
        for node in nodes
        for value in node.outputs
        if value in returned or any(user not in inside for user in value.users)
    ]


def _distinct(nodes: "Iterable[Node | None]") -> "Iterator[Node]":
    return iter(dict.fromkeys(node for node in nodes if node is not None))
