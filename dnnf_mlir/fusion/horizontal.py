"""Horizontal fusion: kernels that read the same tensor become one, side by side.

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
from dnnf_mlir.graph.views import is_reshape
from dnnf_mlir.kernels.api import Kernel, Refusal, match
from dnnf_mlir.kernels.kernel import Candidate

from .capabilities import Capabilities
from .constraints import operands, size
from .splitting import Reason


@dataclass(frozen=True)
class HorizontalDecision:
    """Whether kernels that read the tensor ``source``, given by their anchors' names, became one, and why."""

    source: str
    anchors: tuple[str, ...]
    decision: Literal["fused", "separate"]
    reason: str
    comparison: Comparison | None = None


class HorizontalFusion:
    """Joins the siblings among the blocks of one plan."""

    def __init__(
        self,
        nodes: Sequence[Node],
        blocks: Sequence[Sequence[Node]],
        capabilities: Capabilities,
        candidate: Callable[[Collection[Node]], Candidate],
        costs: CostModel,
        reason: Reason,
    ) -> None:
        """``nodes`` and each of the ``blocks`` are in topological order, ``capabilities`` bound a kernel's siblings.

        ``candidate`` puts nodes into that order, ``reason`` says what is known against a block.
        """
        self._blocks = [list(block) for block in blocks]
        self._capabilities = capabilities
        self._candidate = candidate
        self._costs = costs
        self._reason = reason
        self._reachability = Reachability(nodes)
        for block in self._blocks:
            self._reachability.merge(block)
        self.decisions: list[HorizontalDecision] = []

    def run(self) -> list[list[Node]]:
        """The blocks, siblings joined; ``decisions`` tells about each group of siblings."""
        families: dict[Value, list[list[Node]]] = {}
        for block in self._blocks:
            source = shared_input(self._candidate(block), self._capabilities.kernels)
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
        if len(group) == self._capabilities.siblings:
            return f"{self._capabilities.siblings} siblings already share the kernel"
        if self._reachability.depend([node for member in group for node in member], block):
            return "one needs a result of the other: a kernel cannot wait inside itself"
        union = self._union([*group, block])
        bounds = self._capabilities
        return size(union, bounds) or operands(union, bounds) or self._reason(union.nodes)

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
        self.decisions.append(HorizontalDecision(source.name, anchors, decision, reason, comparison))


def shared_input(candidate: Candidate, kernels: Sequence[Kernel]) -> Value | None:
    """The tensor that the block's kernel may read together with others; None where it has none, or stays alone.

    Reshapes of one tensor are the same tensor.
    """
    if candidate.anchor is not candidate.nodes[0]:
        return None
    matched = match(candidate, kernels)
    source = None if isinstance(matched, Refusal) else matched.problem.shared_input
    while source is not None and source.producer is not None and is_reshape(source.producer):
        source = source.producer.input(0)
    return source
