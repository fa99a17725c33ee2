"""Siblings: kernels that read the same tensor become one, side by side (horizontal fusion).

By distributivity X [W1 W2 W3] = [X W1, X W2, X W3]: the queries, keys and values of an attention, or the first
convolutions of an Inception module's branches, are the parts of one larger product. Table 3 speaks of a producer and
its consumer; siblings have no edge between them and no value passes from one to another, so no pair of it is concerned.
Each sibling keeps its own weights, epilogue and store; only the workgroups are those of one kernel.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from dnnf_mlir.fusion.cost.model import Comparison, CostModel
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.reachability import Reachability

from .capabilities import KERNEL_DTYPES
from .constraints import Candidate, operands, size
from .families import Family, family_of
from .splitting import Problem


@dataclass(frozen=True)
class SiblingDecision:
    """Whether kernels that read the tensor ``source``, given by their anchors' names, became one, and why."""

    source: str
    anchors: tuple[str, ...]
    decision: Literal["fused", "separate"]
    reason: str
    comparison: Comparison | None = None


class Siblings:
    """Joins the siblings among the blocks of one plan."""

    def __init__(
        self,
        nodes: Sequence[Node],
        blocks: Sequence[Sequence[Node]],
        limit: int,
        candidate: Callable[[Collection[Node]], Candidate],
        costs: CostModel,
        problem: Problem,
    ) -> None:
        """``nodes`` and each of the ``blocks`` are in topological order; ``limit`` is the most siblings of a kernel.

        ``candidate`` puts nodes into that order, ``problem`` says what is known against a block.
        """
        self._blocks = [list(block) for block in blocks]
        self._limit = limit
        self._candidate = candidate
        self._costs = costs
        self._problem = problem
        self._reachability = Reachability(nodes)
        for block in self._blocks:
            self._reachability.merge(block)
        self.decisions: list[SiblingDecision] = []

    def run(self) -> list[list[Node]]:
        """The blocks, siblings joined; ``decisions`` tells about each group of siblings."""
        families: dict[Value, list[list[Node]]] = {}
        for block in self._blocks:
            source = shared_input(block)
            if source is not None:
                families.setdefault(source, []).append(block)
        joined: list[list[Node]] = []
        for source, family in sorted(families.items(), key=lambda item: min(map(self._position, item[1]))):
            joined.extend(self._join(source, sorted(family, key=self._position)))
        taken = {node for block in joined for node in block}
        return [block for block in self._blocks if block[0] not in taken] + joined

    def _join(self, source: Value, family: Sequence[list[Node]]) -> list[list[Node]]:
        """The blocks made of one family, those with a single member left out."""
        groups: list[list[list[Node]]] = []
        for block in family:
            group = next((group for group in groups if self._accepts(source, group, block)), None)
            if group is None:
                groups.append([block])
            else:
                group.append(block)
                self._reachability.merge([node for member in group for node in member])
        several = [group for group in groups if len(group) > 1]
        for group in several:
            comparison = self._compare(group)
            reason = f"siblings read {source.name or source.type} and none needs another: side by side in one kernel"
            self._decide(source, group, "fused", f"{reason}: {comparison}", comparison)
        return [list(self._union(group).nodes) for group in several]

    def _position(self, block: Sequence[Node]) -> int:
        return self._reachability.index(block[0])

    def _accepts(self, source: Value, group: Sequence[list[Node]], block: list[Node]) -> bool:
        together = [*group, block]
        reason, comparison = self._obstacle(group, block), None
        if reason is None:
            comparison = self._compare(together)
            reason = None if comparison.pays else str(comparison)
        if reason is not None:
            self._decide(source, together, "separate", reason, comparison)
        return reason is None

    def _obstacle(self, group: Sequence[list[Node]], block: list[Node]) -> str | None:
        """Why the block cannot join the group."""
        if len(group) == self._limit:
            return f"{self._limit} siblings already share the kernel"
        if self._reachability.depend([node for member in group for node in member], block):
            return "one needs a result of the other: a kernel cannot wait inside itself"
        union = self._union([*group, block])
        return size(union) or operands(union) or self._problem(union.nodes)

    def _union(self, group: Sequence[list[Node]]) -> Candidate:
        return self._candidate([node for member in group for node in member])

    def _compare(self, group: Sequence[list[Node]]) -> Comparison:
        return self._costs.compare(self._union(group).nodes, group)

    def _decide(
        self,
        source: Value,
        group: Sequence[list[Node]],
        decision: Literal["fused", "separate"],
        reason: str,
        comparison: Comparison | None,
    ) -> None:
        anchors = tuple(block[0].name for block in group)
        self.decisions.append(SiblingDecision(source.name, anchors, decision, reason, comparison))


def shared_input(block: Sequence[Node]) -> Value | None:
    """The tensor that the block's window reads and may share with siblings; None where the window has no kernel.

    Kernels are generated for windows in single or half precision, channels last, with constant weights. A window whose
    input is computed in its own block has no sibling. Reshapes of one tensor are the same tensor.
    """
    anchor = block[0]
    several = any(family_of(node).is_anchor for node in block[1:])  # one kernel already: vector products, attention
    if several or not family_of(anchor).is_window or len(anchor.outputs) != 1:
        return None
    source = anchor.input(0)
    dtypes = {value.type.dtype for value in (*anchor.operands, anchor.output)}
    if source.is_constant or len(dtypes) > 1 or not dtypes <= KERNEL_DTYPES:
        return None
    if not _is_product(anchor) and not _is_sliding(anchor):
        return None
    while source.producer is not None and family_of(source.producer) is Family.REORGANIZE:
        source = source.producer.input(0)
    return source


def _is_product(anchor: Node) -> bool:
    """Whether it multiplies one to three dimensions of rows with a constant matrix."""
    if family_of(anchor) is not Family.PRODUCT or anchor.attributes.get("transA", 0):
        return False
    constants = all(value is None or value.is_constant for value in anchor.inputs[1:])
    return constants and anchor.input(1).type.rank == 2 and 2 <= anchor.input(0).type.rank <= 4


def _is_sliding(anchor: Node) -> bool:
    """Whether it is a convolution with constant weights, or a pool."""
    if family_of(anchor) not in (Family.CONVOLUTION, Family.POOL) or anchor.kind == "conv_transpose":
        return False
    constants = all(value is None or value.is_constant for value in anchor.inputs[1:])
    return constants and anchor.attributes.get("layout") == "channels_last"
