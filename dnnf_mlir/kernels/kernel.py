"""What every kernel is, and what it is asked about: blocks of operators that might become one kernel."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, ClassVar, Self

from dnnf_mlir.graph.algorithms import ancestors, descendants
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.views import is_permuted_view, view_chain
from dnnf_mlir.kernels.families import SOFTMAXES, family_of
from dnnf_mlir.kernels.machine import Machine
from dnnf_mlir.kernels.nest.layout import Layout
from dnnf_mlir.kernels.nest.problem import ANALYTIC, Variant
from dnnf_mlir.targets import VectorUnit


@dataclass(frozen=True)
class Refusal:
    """Why a kernel does not compute a block, in plain English."""

    reason: str


NOT_MINE = Refusal("no kernel for its dominant operators")
"""The block's dominant operators are those of another kernel: no reason that a user is told."""


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

    @cached_property
    def refusal(self) -> Refusal | None:
        """Why no kernel at all computes the block."""
        if self.anchor is None:
            return Refusal("no dominant operator")
        values = [value for node in self.nodes for value in (*node.operands, *node.outputs)]
        if any(value.type.elements == 0 for value in values):
            return Refusal("a tensor has no elements")
        floats = {value.type.dtype for value in values if value.type.is_float}
        return Refusal(" beside ".join(sorted(floats))) if len(floats) > 1 else None

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


Nodes = Sequence[Node]
"""A block of a plan on its way: operators in topological order."""


@dataclass(frozen=True)
class Stage:
    """An operator whose result the kernel has in registers, and the operators of the block that work on it there.

    ``pooled`` is read by a pool, whose stage follows.
    """

    root: Node
    behind: tuple[Node, ...]
    pooled: Value | None = None

    def view_chain(self, value: Value) -> tuple[Value, list[Node]]:
        """The computed value behind a result, and the reshapes and transposes that lead from it to the result.

        They become a part of the store's address.
        """
        return view_chain(value, lambda node: node in self.behind and is_permuted_view(node))


@dataclass(frozen=True)
class Problem:
    """A block as one kernel computes it; each kernel's subclass says how.

    Class facts: ``recomputes``: the epilogue may compute again what precedes the anchor. ``stores_parts``: results
    can be written into parts of a larger tensor (a Concat's).
    """

    block: Candidate

    recomputes: ClassVar[bool] = False
    stores_parts: ClassVar[bool] = True

    @property
    def last(self) -> Node:
        """The operator whose result the epilogue works on."""
        return self.block.anchors[-1]

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The last anchor and what is fused behind it; with a pool behind the anchor a second stage for the pool."""
        return (Stage(self.last, tuple(self.block.after(self.last))),)

    @property
    def computed_dtype(self) -> str:
        """The element type in which the epilogue's results leave the registers, beside integers."""
        return self.last.output.type.dtype

    @property
    def layout(self) -> Layout | None:
        """How the kernel's elements form the anchor's result, where they are not the same."""
        return None

    @property
    def merged_from(self) -> int:
        """The kernel sees the dimensions of the anchor's result from this one on as a single one."""
        return self.last.output.type.rank - 1

    @property
    def shared_input(self) -> Value | None:
        """The tensor that kernels side by side may read together with this one; None where it stays alone."""
        return None

    def results(self, stage: int, values: Sequence[Value]) -> list[Value]:
        """Those of the block's results that a stage gives."""
        late = [{each.root, *each.behind} for each in self.stages[1:]]
        of = [next((i for i, nodes in enumerate(late, 1) if value.producer in nodes), 0) for value in values]
        return [value for value, number in zip(values, of, strict=True) if number == stage]

    def in_order(self) -> list[Value]:
        """The block's results in the order in which the kernel gives them: those behind a pool come last."""
        return [value for i in range(len(self.stages)) for value in self.results(i, self.block.stored)]

    def with_variant(self, variant: Variant) -> Self:
        """The same problem, to be generated so."""
        return self


@dataclass(frozen=True)
class Join:
    """How a kernel joins several blocks of a plan.

    ``reason`` is what the plan says about the edges inside. They are joined where the estimated cost of the joined
    block is at most ``gain`` times that of the parts, ``measured_gain`` times where both are measured. Without a gain
    the kernel is made for the pattern, and no cost is asked.
    """

    reason: str
    gain: float | None = None
    measured_gain: float = 1.0


class Kernel:
    """One kernel; what it does not override does not concern it."""

    join: ClassVar[Join | None] = None
    """How blocks of several anchors are made; None for a kernel of one anchor."""

    emitter: ClassVar[str | None] = None
    """The module whose ``emit`` generates the kernel; by default ``emit`` beside the module of the class."""

    def match(self, block: Candidate) -> Problem | Refusal:
        """The block as the kernel computes it, or why it does not: the only copy of its conditions.

        What is common to all kernels is checked around this call: element types, empty tensors, the epilogue.
        Returns :data:`NOT_MINE` for a block with other dominant operators.
        """
        raise NotImplementedError

    def reads_through(self, block: Candidate, anchor: Node, node: Node) -> bool:
        """Whether the kernel of ``anchor``, a window, takes the operator ``node`` in front of it into its reads."""
        return False

    def groups(self, blocks: Sequence[Nodes], returned: Collection[Value]) -> Iterable[Sequence[Nodes]]:
        """Groups of a plan's blocks that the kernel may compute as one; ``blocks`` come in topological order.

        The parts of a group follow each other. Whether a group becomes a block is asked by :meth:`match`.
        """
        return ()

    def cost(self, nodes: Nodes, machine: Machine, estimate: Callable[[Nodes], float]) -> float | None:
        """Seconds of the kernel for these nodes; None where the general estimate of the cost model holds.

        ``estimate`` gives the seconds of parts of the block as kernels by themselves.
        """
        return None

    def variants(self, problem: Any, vector: VectorUnit) -> list[Variant]:
        """What is worth measuring, the analytic choice first."""
        return [ANALYTIC]

    def suits_linalg(self, problem: Any) -> bool:
        """Whether IREE's own code for the block may be as fast and is worth measuring too."""
        return False


@dataclass(frozen=True)
class Dimensions:
    """How a kernel sees tensors of ``shape``: the dimensions from ``merged_from`` on are one."""

    shape: tuple[int, ...]
    merged_from: int

    @staticmethod
    def of(value: Value) -> "Dimensions":
        """The value's dimensions as they are."""
        return Dimensions(value.type.shape, value.type.rank - 1)

    def seen(self, operand: Sequence[int], aligned_to: int | None = None) -> tuple[int, ...] | None:
        """The shape of an operand that broadcasts to ``shape``; None when it follows a part of what is merged.

        The operand's last dimension is ``aligned_to``, by default the last one.
        """
        last = len(self.shape) - 1
        behind = 0 if aligned_to is None else last - aligned_to
        before = len(self.shape) - len(operand) - behind
        aligned = (1,) * before + tuple(operand) + (1,) * behind
        merged = aligned[self.merged_from :]
        if merged != self.shape[self.merged_from :] and any(extent != 1 for extent in merged):
            return None
        return (*aligned[: self.merged_from], prod(merged))
