"""The block under consideration: operators that might become one kernel, and what follows from the graph for them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from dnnf_mlir.graph.algorithms import ancestors, descendants
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.kernels.families import SOFTMAXES, family_of
from dnnf_mlir.targets import VectorUnit


@dataclass(frozen=True)
class Candidate:
    """Operators, in topological order, that might become one kernel.

    ``returned`` are the values that the function returns. ``vector`` is the machine's vector unit: without it,
    conditions that depend on the machine are taken to hold.
    """

    nodes: Sequence[Node]
    returned: Collection[Value]
    vector: VectorUnit | None = None

    @cached_property
    def members(self) -> frozenset[Node]:
        """The operators as a set."""
        return frozenset(self.nodes)

    @cached_property
    def anchors(self) -> tuple[Node, ...]:
        """All dominant operators."""
        return tuple(node for node in self.nodes if family_of(node).is_anchor)

    @cached_property
    def anchor(self) -> Node | None:
        """The dominant operator, None in blocks of element-wise and data movement operators.

        Of several the softmax, which tells an attention from a product, else the first.
        """
        return next((node for node in self.anchors if node.kind in SOFTMAXES), next(iter(self.anchors), None))

    def sole_anchor(self, kinds: Collection[str]) -> Node | None:
        """The dominant operator where it is the only one and of one of the kinds."""
        return self.anchors[0] if len(self.anchors) == 1 and self.anchors[0].kind in kinds else None

    @cached_property
    def after_anchor(self) -> frozenset[Node]:
        """Operators that depend on the anchor's result."""
        return frozenset() if self.anchor is None else frozenset(descendants(self.anchor, self.nodes))

    @cached_property
    def before_anchor(self) -> frozenset[Node]:
        """Operators that the anchor depends on."""
        return frozenset() if self.anchor is None else frozenset(ancestors(self.anchor, self.nodes))

    @cached_property
    def stored(self) -> list[Value]:
        """Values that the kernel writes."""
        return stored(self.nodes, self.returned)

    def readers_inside(self, node: Node) -> list[Node]:
        """Members that read a result of ``node``, once for each operand that does."""
        return [user for value in node.outputs for user in value.users if user in self.members]

    def only_reader(self, node: Node) -> Node | None:
        """The single operator that reads the node's result, None when there are several or it is returned."""
        users = set(node.output.users)
        return next(iter(users)) if len(users) == 1 and node.output not in self.returned else None

    def before(self, node: Node) -> Sequence[Node]:
        """The operators in front of ``node`` in the block's order."""
        return self.nodes[: list(self.nodes).index(node)]

    def after(self, node: Node) -> Sequence[Node]:
        """The operators behind ``node`` in the block's order."""
        return self.nodes[list(self.nodes).index(node) + 1 :]

    def between(self, first: Node, last: Node) -> Sequence[Node]:
        """The operators behind ``first`` and in front of ``last`` in the block's order."""
        return self.nodes[list(self.nodes).index(first) + 1 : list(self.nodes).index(last)]


def stored(nodes: Sequence[Node], returned: Collection[Value]) -> list[Value]:
    """Results of ``nodes`` that are read outside them or returned."""
    members = set(nodes)
    return [
        value
        for node in nodes
        for value in node.outputs
        if value in returned or any(user not in members for user in value.users)
    ]


def read_outside(nodes: Sequence[Node], root: Value) -> list[Value]:
    """What operators read beside ``root`` and each other's results, each once."""
    inside = set(nodes)
    read = dict.fromkeys(value for node in nodes for value in node.operands)
    return [value for value in read if value is not root and value.producer not in inside]
