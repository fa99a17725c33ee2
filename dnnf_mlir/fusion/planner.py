"""The fusion plan (paper, Listing 1): blocks grown from One-to-One seeds, checked against the back end.

Where this goes beyond the listing:

- Table 3 is asked with the block's type, as the paper's figure shows it; the last operator's would merge two products.
- Predecessors come before successors: an element-wise operator then joins the window whose result it can change in
  registers, rather than the reduction that reads it.
- A block stays convex, counting finished blocks as one operator, so that kernels can be put in an order.
- A kernel that computes several dominant operators joins their blocks (``kernels/api.py``: ``join``, ``groups``).
- Windows that read the same tensor become one kernel in the end (``horizontal.py``).
- Operators that no seed reaches seed blocks of their own, the same way.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from dnnf_mlir.fusion.cost.model import Comparison, CostModel, Profile
from dnnf_mlir.graph.ecg import Block, Graph, Node
from dnnf_mlir.graph.operator import MappingType
from dnnf_mlir.graph.reachability import Reachability
from dnnf_mlir.graph.views import is_reshape
from dnnf_mlir.kernels.api import Kernel, Refusal, match_with
from dnnf_mlir.kernels.kernel import Candidate, Join

from .capabilities import Capabilities
from .constraints import bounds
from .growth import Growth
from .horizontal import HorizontalDecision, HorizontalFusion
from .improvement import Improvement, Move
from .ordering import in_order, named_blocks
from .splitting import REJECTED, split
from .table import Verdict, combine, edge_mapping

Decision = Literal["fused", "separate"]


@dataclass(frozen=True)
class EdgeDecision:
    """Whether a producer and a consumer, given by name, became one kernel, and why.

    ``types`` are those of the two operators along the edge, ``verdict`` is Table 3's for them. ``comparison`` holds the
    costs where they decided. ``removable``: the producer's result is needed by no other kernel (IR_removable).
    """

    producer: str
    consumer: str
    decision: Decision
    reason: str
    types: tuple[MappingType, MappingType]
    verdict: Verdict
    comparison: Comparison | None = None
    removable: bool = False


@dataclass(frozen=True)
class Plan:
    """Blocks in a topological order, which partition the graph's nodes, and a decision for each edge.

    ``siblings`` holds the decisions about kernels that read the same tensor, between which there is no edge.
    """

    blocks: list[Block]
    edges: list[EdgeDecision]
    siblings: tuple[HorizontalDecision, ...] = ()


def plan(
    graph: Graph,
    capabilities: Capabilities,
    rejected: Collection[frozenset[str]] = (),
    profile: Profile | None = None,
) -> Plan:
    """The fusion plan of a graph for one back end; the same arguments give the same plan.

    ``rejected`` are blocks, as sets of node names, that the back end could not compile or computed wrongly: where the
    plan arrives at one of them, or at a region that ``profile`` has a problem with, it is split. ``profile`` decides
    the profiled cells of Table 3 where it has measured; the analytic cost decides the others.
    """
    return _Planner(graph, capabilities, frozenset(rejected), profile).run()


def one_block_per_operator(graph: Graph) -> Plan:
    """The plan without fusion."""
    blocks = [[node] for node in graph.nodes]
    edges = [
        _decision(node, user, "separate", "fusion is switched off")
        for node in graph.nodes
        for user in node.successors()
    ]
    return Plan(named_blocks(blocks), edges)


class _Planner:
    def __init__(
        self, graph: Graph, capabilities: Capabilities, rejected: frozenset[frozenset[str]], profile: Profile | None
    ) -> None:
        self.graph = graph
        self.capabilities = capabilities
        self.rejected = rejected
        self.returned = frozenset(graph.outputs)
        self.profile = profile
        machine = capabilities.machine if profile is None else profile.calibrate(capabilities.machine)
        self.costs = CostModel(machine, self.returned, profile, capabilities.kernels)
        self.reachability = Reachability(graph.nodes)
        self.unfused = dict.fromkeys(graph.nodes)
        self.blocks: list[list[Node]] = []
        self.accepted: dict[tuple[Node, Node], str] = {}
        self.refused: dict[tuple[Node, Node], str] = {}
        self.comparisons: dict[tuple[Node, Node], Comparison] = {}
        self.divided: set[Node] = set()

    def run(self) -> Plan:
        for seed in self._seeds():
            if seed in self.unfused:
                self._finish(self._grow_block(seed))
        for view in list(self.unfused):
            self._finish([view])
        self._join_blocks()
        improvement = Improvement(
            self.blocks, self.candidate, self.capabilities, self.costs, self._reason, self.divided
        )
        improved = improvement.run()
        for move in improvement.moves:
            self._explain(move)
        siblings = HorizontalFusion(
            self.graph.nodes, improved, self.capabilities, self.candidate, self.costs, self._reason
        )
        joined = siblings.run() if self.capabilities.siblings > 1 else improved
        blocks = named_blocks(in_order(self.graph.nodes, joined))
        return Plan(blocks, self._decisions(blocks), tuple(siblings.decisions))

    def _explain(self, move: Move) -> None:
        """Gives the edges that a move of the improvement fused or cut its reason."""
        for sides, table in ((move.after, self.accepted), (move.before, self.refused)):
            for nodes in sides:
                for node in nodes:
                    for user in node.successors():
                        if user in nodes and not (sides is move.after and (node, user) in self.accepted):
                            table[node, user] = f"{_pair(node, user)}: {move.comparison} (border moved)"
                            self.comparisons[node, user] = move.comparison

    def _join_blocks(self) -> None:
        """Makes one block of several, kernel by kernel, where a kernel computes them together."""
        for kernel in self.capabilities.kernels:
            if kernel.join is None:
                continue
            for group in kernel.groups(in_order(self.graph.nodes, self.blocks), self.returned):
                parts = [list(part) for part in group]
                if all(part in self.blocks for part in parts):  # else one is joined already
                    self._join(kernel, kernel.join, parts)

    def _join(self, kernel: Kernel, join: Join, parts: Sequence[list[Node]]) -> None:
        candidate = self.candidate([node for part in parts for node in part])
        refusal = self._join_refusal(kernel, join, candidate, parts)
        comparison = None
        if refusal is None and join.gain is not None:
            comparison = self.costs.compare(candidate.nodes, parts)
            gain = join.measured_gain if comparison.measured else join.gain
            if comparison.fused > comparison.separate * gain:
                refusal = f"{join.reason}: {comparison}"
        for number, part in enumerate(parts):
            before = [node for earlier in parts[:number] for node in earlier]
            for node in part:
                if comparison is not None:
                    self.compared(node, before, comparison)
                if refusal is not None:
                    self.refuse(node, before, refusal)
                else:
                    self.accept(node, before, join.reason if comparison is None else f"{join.reason}: {comparison}")
        if refusal is None:
            self.blocks = [block for block in self.blocks if block not in parts]
            self.blocks.append(list(candidate.nodes))
            self.reachability.merge(candidate.nodes)

    def _join_refusal(
        self, kernel: Kernel, join: Join, candidate: Candidate, parts: Sequence[Sequence[Node]]
    ) -> str | None:
        """Why the parts cannot be one block of the kernel."""
        matched = match_with(kernel, candidate)
        if isinstance(matched, Refusal):
            return matched.reason
        if join.gain is not None and (reason := bounds(candidate, self.capabilities)) is not None:
            return reason
        members: list[Node] = []
        for part in parts:
            detour = self.reachability.detour(members, part[0]) if members else None
            if detour is not None:
                return f"{detour.name or detour.kind} lies on a path between them: a cycle of kernels"
            members += part
        return self._reason(candidate.nodes)

    def candidate(self, nodes: Collection[Node]) -> Candidate:
        ordered = sorted(nodes, key=self.reachability.index)
        return Candidate(ordered, self.returned, self.capabilities.vector)

    def accept(self, node: Node, others: Collection[Node], reason: str) -> None:
        """Remembers why the edges between a node and others are fused."""
        self.accepted.update(dict.fromkeys(_edges(node, others), reason))

    def refuse(self, node: Node, others: Collection[Node], reason: str) -> None:
        """Remembers why the edges between a node and others are separate, should they stay so."""
        self.refused.update(dict.fromkeys(_edges(node, others), reason))

    def compared(self, node: Node, others: Collection[Node], comparison: Comparison) -> None:
        """Remembers the costs that decided about the edges between a node and others."""
        self.comparisons.update(dict.fromkeys(_edges(node, others), comparison))

    def _seeds(self) -> list[Node]:
        """One-to-One operators, smallest intermediate result first, then the others; reshapes never seed."""
        candidates = [node for node in self.graph.nodes if not is_reshape(node)]
        return sorted(
            candidates,
            key=lambda node: (
                node.mapping is not MappingType.ONE_TO_ONE,
                sum(value.type.bytes for value in node.outputs),
            ),
        )

    def _grow_block(self, seed: Node) -> list[Node]:
        return Growth(self, seed).run()

    def _finish(self, nodes: Sequence[Node]) -> None:
        """Makes a block of the nodes, or several if the back end has rejected this one."""
        candidate = self.candidate(nodes)
        reason = self._reason(candidate.nodes) or ""
        for part in split(candidate, self.capabilities, self._reason):
            if len(part) > 1:
                self.reachability.merge(part)
            if len(part) < len(nodes):
                self.divided.update(part)
                for node in part:
                    self.refuse(node, set(nodes).difference(part), reason)
            for node in part:
                del self.unfused[node]
            self.blocks.append(part)

    def _reason(self, nodes: Sequence[Node]) -> str | None:
        """Why the nodes, in topological order, must not be one kernel, though the constraints allow it."""
        if self.rejected and frozenset(node.name for node in nodes) in self.rejected:
            return REJECTED
        return self.profile.problem(nodes, self.returned) if self.profile is not None else None

    def _decisions(self, blocks: Sequence[Block]) -> list[EdgeDecision]:
        block_of = {node: block for block in blocks for node in block.nodes}
        edges = []
        for node in self.graph.nodes:
            users = list(node.successors())
            removable = all(block_of[user] is block_of[node] for user in users)
            removable &= self.returned.isdisjoint(node.outputs)
            for user in users:
                first, second = block_of[node], block_of[user]
                comparison = self.comparisons.get((node, user))
                if first is second:
                    reason = self.accepted[node, user]
                    edges.append(_decision(node, user, "fused", reason, comparison, removable))
                else:
                    reason = self.refused.get((node, user)) or _reason_apart(first, second)
                    edges.append(_decision(node, user, "separate", reason, comparison))
        return edges


def _edges(node: Node, others: Collection[Node]) -> Iterator[tuple[Node, Node]]:
    yield from ((other, node) for other in node.predecessors() if other in others)
    yield from ((node, other) for other in node.successors() if other in others)


def _decision(
    node: Node,
    user: Node,
    decision: Decision,
    reason: str,
    comparison: Comparison | None = None,
    removable: bool = False,
) -> EdgeDecision:
    types = max((edge_mapping(v, user) for v in user.operands if v.producer is node), key=lambda m: m.complexity)
    verdict = combine(node.mapping, types).verdict
    return EdgeDecision(node.name, user.name, decision, reason, (node.mapping, types), verdict, comparison, removable)


def _pair(first: Node, second: Node) -> str:
    cell = combine(first.mapping, second.mapping)
    return f"Table 3 ({first.mapping.value}, {second.mapping.value}): {cell.verdict.value}"


def _reason_apart(first: Block, second: Block) -> str:
    """Why two finished blocks with an edge between them, neither of which tried the other, are two."""
    cell = combine(first.mapping, second.mapping)
    reason = f"Table 3 ({first.mapping.value}, {second.mapping.value}): {cell.verdict.value}"
    if cell.verdict is Verdict.BREAK:
        return reason
    return f"{reason}, but both already belong to blocks, {first.name} and {second.name}"
