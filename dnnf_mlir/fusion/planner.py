"""The fusion plan (paper, Listing 1): blocks grown from One-to-One seeds, checked against the back end.

Where this goes beyond the listing:

- Table 3 is asked with the block's type, as the paper's figure shows it; the last operator's would merge two products.
- Predecessors come before successors: an element-wise operator then joins the window whose result it can change in
  registers, rather than the reduction that reads it.
- A block stays convex, counting finished blocks as one operator, so that kernels can be put in an order.
- Windows that read the same tensor become one kernel in the end (``siblings.py``).
- Operators that no seed reaches seed blocks of their own, the same way.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from dnnf_mlir.dialect_defs.mapping import MappingType
from dnnf_mlir.fusion.cost.model import Comparison, CostModel, Profile, executions
from dnnf_mlir.graph.ecg import Block, Graph, Node
from dnnf_mlir.graph.reachability import Reachability

from .attention import REASON as ATTENTION
from .attention import attention_blocks
from .capabilities import Capabilities
from .constraints import BORDER_VIEW, Candidate, border_problem, structural_problem, without_border_views
from .families import Family, family_of
from .horizontal import SiblingDecision, Siblings
from .improvement import Improvement, Move
from .ordering import in_order, named_blocks
from .pooling import REASON as POOLING
from .pooling import pool_readers, pooling_problem
from .separable import REASON as SEPARABLE
from .separable import separable_pairs, separable_pays, separable_problem
from .splitting import REJECTED, split
from .table import Verdict, combine, edge_mapping, fold_mapping, mapping_inside
from .vector_products import REASON as VECTOR_PRODUCTS
from .vector_products import vector_product_blocks

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
    siblings: tuple[SiblingDecision, ...] = ()


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
        self.costs = CostModel(machine, self.returned, profile)
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
        if self.capabilities.attention:
            self._join(attention_blocks(self.blocks, self.returned), ATTENTION)
        if self.capabilities.vector_products is not None:
            ordered = in_order(self.graph.nodes, self.blocks)
            chains = vector_product_blocks(ordered, self.returned, self.capabilities.vector_products)
            self._join(chains, VECTOR_PRODUCTS)
        if self.capabilities.pooled_extent:
            self._join_pools()
        if self.capabilities.separable:
            self._join_separable()
        improvement = Improvement(self.blocks, self.candidate, self.costs, self._problem, self.divided)
        improved = improvement.run()
        for move in improvement.moves:
            self._explain(move)
        siblings = Siblings(
            self.graph.nodes, improved, self.capabilities.siblings, self.candidate, self.costs, self._problem
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

    def _join(self, groups: Iterable[Sequence[Sequence[Node]]], reason: str) -> None:
        """Makes one block of each group of blocks, for which the back end has a kernel."""
        for parts in groups:
            nodes = self.candidate([node for part in parts for node in part]).nodes
            if self._problem(nodes) is not None:
                continue
            for part in parts:
                self.blocks.remove(list(part))
            self.blocks.append(list(nodes))
            for node in nodes:
                joined = {user for user in node.successors() if user in nodes and (node, user) not in self.accepted}
                self.accepted.update(dict.fromkeys(((node, user) for user in joined), reason))

    def _join_pools(self) -> None:
        for first, second in pool_readers(self.blocks):
            if list(first) not in self.blocks:
                continue  # already joined with another pool
            candidate = self.candidate([*first, *second])
            pool = second[0]
            problem = pooling_problem(candidate) or self._problem(candidate.nodes)
            if problem is None and (detour := self.reachability.detour(first, pool)) is not None:
                problem = f"{detour.name or detour.kind} lies on a path between them: a cycle of kernels"
            if problem is not None:
                self.refuse(pool, first, problem)
                continue
            comparison = self.costs.compare(candidate.nodes, [first, second])
            self.compared(pool, first, comparison)
            if not comparison.pays:
                self.refuse(pool, first, f"{POOLING}: {comparison}")
                continue
            self.blocks = [block for block in self.blocks if block not in (list(first), list(second))]
            self.blocks.append(list(candidate.nodes))
            self.reachability.merge(candidate.nodes)
            self.accept(pool, first, f"{POOLING}: {comparison}")

    def _join_separable(self) -> None:
        for first, second, pointwise in separable_pairs(self.blocks):
            candidate = self.candidate([*first, *second])
            problem = separable_problem(candidate, first, pointwise) or self._problem(candidate.nodes)
            if problem is not None:
                for node in second:
                    self.refuse(node, first, problem)
                continue
            comparison = self.costs.compare(candidate.nodes, [first, second])
            pays = separable_pays(comparison)
            for node in second:
                self.compared(node, first, comparison)
                (self.accept if pays else self.refuse)(node, first, f"{SEPARABLE}: {comparison}")
            if not pays:
                continue
            self.blocks = [block for block in self.blocks if block not in (list(first), list(second))]
            self.blocks.append(list(candidate.nodes))
            self.reachability.merge(candidate.nodes)

    def candidate(self, nodes: Collection[Node]) -> Candidate:
        ordered = sorted(nodes, key=self.reachability.index)
        return Candidate(ordered, self.returned, self.capabilities)

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
        candidates = [node for node in self.graph.nodes if family_of(node) is not Family.REORGANIZE]
        return sorted(
            candidates,
            key=lambda node: (
                node.mapping is not MappingType.ONE_TO_ONE,
                sum(value.type.bytes for value in node.outputs),
            ),
        )

    def _grow_block(self, seed: Node) -> list[Node]:
        return _Growth(self, seed).run()

    def _finish(self, nodes: Sequence[Node]) -> None:
        """Makes a block of the nodes, or several if the back end has rejected this one."""
        candidate = self.candidate(nodes)
        reason = self._problem(candidate.nodes) or ""
        for part in split(candidate, self._problem):
            if len(part) > 1:
                self.reachability.merge(part)
            if len(part) < len(nodes):
                self.divided.update(part)
                for node in part:
                    self.refuse(node, set(nodes).difference(part), reason)
            for node in part:
                del self.unfused[node]
            self.blocks.append(part)

    def _problem(self, nodes: Sequence[Node]) -> str | None:
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


class _Growth:
    """One block on its way from the seed to its largest valid extent."""

    def __init__(self, planner: _Planner, seed: Node) -> None:
        self.planner = planner
        self.history = [seed]
        self.members = {seed}
        self.forbidden: set[Node] = set()

    def run(self) -> list[Node]:
        while True:
            self._expand()
            block, length, problem = self._settle()
            for position, node in enumerate(self.history):
                if node not in block:
                    self.planner.refuse(node, block, problem if position >= length else BORDER_VIEW)
            if length == len(self.history):
                return block
            self.forbidden.add(self.history[length])
            del self.history[length:]
            self.members = set(self.history)

    def _expand(self) -> None:
        """Adds whatever may be added, predecessors and then successors, until nothing can."""
        before = 0
        while before != len(self.history):
            before = len(self.history)
            for node in list(self.history):
                self._follow(node, Node.predecessors)
            for node in list(self.history):
                self._follow(node, Node.successors)

    def _follow(self, node: Node, direction: Callable[[Node], Iterable[Node]]) -> None:
        for neighbour in direction(node):
            if neighbour in self.planner.unfused and neighbour not in self.members and self._accepts(neighbour):
                self.history.append(neighbour)
                self.members.add(neighbour)
                self._follow(neighbour, direction)

    def _accepts(self, node: Node) -> bool:
        if node in self.forbidden:
            return False
        accepted, reason = self._judge(node)
        if accepted:
            self.planner.accept(node, self.members, reason)
        else:
            self.planner.refuse(node, self.members, reason)
        return accepted

    def _judge(self, node: Node) -> tuple[bool, str]:
        """Table 3, the convexity test, the back end's constraints, then the cost where Table 3 leaves it open."""
        planner = self.planner
        first, second = self._types(node)
        cell = combine(first, second)
        reason = f"Table 3 ({first.value}, {second.value}): {cell.verdict.value}"
        if cell.verdict is Verdict.BREAK:
            return False, reason
        detour = planner.reachability.detour(self.members, node)
        if detour is not None:
            return False, f"{reason}, but {detour.name or detour.kind} lies on a path between them: a cycle of kernels"
        candidate = planner.candidate((*self.members, node))
        problem = structural_problem(candidate)
        if problem is not None:
            return False, f"{reason}, but {problem}"
        times = executions(candidate.nodes)
        if cell.verdict is Verdict.FUSE and all(count == 1 for count in times.values()):
            return True, reason
        comparison = planner.costs.compare(candidate.nodes, [planner.candidate(self.members).nodes, [node]])
        planner.compared(node, self.members, comparison)
        return comparison.pays, f"{reason}: {comparison}"

    def _types(self, node: Node) -> tuple[MappingType, MappingType]:
        """Row and column of Table 3: the node's own type and the block's, in the direction of the data."""
        block = fold_mapping(self.planner.candidate(self.members).nodes)
        own = mapping_inside(node, self.members)
        if any(value.producer in self.members for value in node.operands):
            return block, own
        # A producer that the block broadcasts is One-to-Many together with that edge.
        edges = [edge_mapping(value, user) for value in node.outputs for user in value.users if user in self.members]
        if MappingType.ONE_TO_MANY in edges and own.complexity < MappingType.ONE_TO_MANY.complexity:
            own = MappingType.ONE_TO_MANY
        return own, block

    def _settle(self) -> tuple[list[Node], int, str]:
        """The longest beginning of the history that is a valid block, its length, and what the next operator broke."""
        problem = ""
        for length in range(len(self.history), 1, -1):
            candidate = without_border_views(self.planner.candidate(self.history[:length]))
            found = border_problem(candidate)
            if found is None:
                return list(candidate.nodes), length, problem
            problem = found
        return self.history[:1], 1, problem


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
