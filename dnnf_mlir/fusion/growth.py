"""One block on its way from a seed to its largest valid extent (paper, Listing 1)."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Protocol

from dnnf_mlir.fusion.cost.model import Comparison, CostModel, executions
from dnnf_mlir.graph.ecg import Node
from dnnf_mlir.graph.operator import MappingType
from dnnf_mlir.graph.reachability import Reachability
from dnnf_mlir.kernels.families import Family, family_of
from dnnf_mlir.kernels.kernel import Candidate

from .capabilities import Capabilities
from .constraints import BORDER_VIEW, border_reason, structural_reason, without_border_views
from .table import Verdict, combine, edge_mapping, fold_mapping, mapping_inside


class Planner(Protocol):
    """The plan so far, and where decisions about edges are remembered."""

    capabilities: Capabilities
    costs: CostModel
    reachability: Reachability
    unfused: dict[Node, None]

    def candidate(self, nodes: Collection[Node]) -> Candidate:
        """The nodes in topological order, as one kernel."""

    def accept(self, node: Node, others: Collection[Node], reason: str) -> None:
        """Remembers why the edges between a node and others are fused."""

    def refuse(self, node: Node, others: Collection[Node], reason: str) -> None:
        """Remembers why the edges between a node and others are separate, should they stay so."""

    def compared(self, node: Node, others: Collection[Node], comparison: Comparison) -> None:
        """Remembers the costs that decided about the edges between a node and others."""


class Growth:
    """One block on its way from the seed to its largest valid extent."""

    def __init__(self, planner: Planner, seed: Node) -> None:
        self.planner = planner
        self.history = [seed]
        self.members = {seed}
        self.forbidden: set[Node] = set()

    def run(self) -> list[Node]:
        """The block's nodes in topological order."""
        while True:
            self._expand()
            block, length, broken = self._settle()
            for position, node in enumerate(self.history):
                if node not in block:
                    self.planner.refuse(node, block, broken if position >= length else BORDER_VIEW)
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
        against = structural_reason(candidate, planner.capabilities) or self._belongs_to_window(node)
        if against is not None:
            return False, f"{reason}, but {against}"
        times = executions(candidate.nodes)
        if cell.verdict is Verdict.FUSE and all(count == 1 for count in times.values()):
            return True, reason
        comparison = planner.costs.compare(candidate.nodes, [planner.candidate(self.members).nodes, [node]])
        planner.compared(node, self.members, comparison)
        return comparison.pays, f"{reason}: {comparison}"

    def _belongs_to_window(self, node: Node) -> str | None:
        """Why an edge between the node and the block keeps the better place free: behind a window, in registers.

        ``conv(x, w) * (scale_x * scale_w)``: the factor, a single number, would take the large product into its block.
        The product is then no epilogue of the convolution, whose kernel computes no operands of its epilogue.
        """
        members = {*self.members, node}
        for user in (node, *node.successors()):
            if user not in members or family_of(user) is not Family.ELEMENTWISE:
                continue
            joined = [v for v in user.operands if v.producer in members and (user is node or v.producer is node)]
            if all(value.type.elements == user.output.type.elements for value in joined):
                continue
            window = self._window_before(user, user.output.type.shape)
            if window is not None and window not in members:
                return f"{user.kind} may follow {window.kind} in registers"
        return None

    def _window_before(self, node: Node, shape: Sequence[int]) -> Node | None:
        """The window without a block whose result reaches the node through element-wise operators of one shape."""
        reached, seen = [node], {node}
        for each in reached:
            for value in each.operands:
                producer = value.producer
                if producer is None or producer in seen or value.type.shape != shape:
                    continue
                if producer not in self.planner.unfused:
                    continue
                if family_of(producer).is_window:
                    return producer
                if family_of(producer) is Family.ELEMENTWISE:
                    seen.add(producer)
                    reached.append(producer)
        return None

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
        broken = ""
        for length in range(len(self.history), 1, -1):
            candidate = without_border_views(self.planner.candidate(self.history[:length]))
            reason = border_reason(candidate, self.planner.capabilities)
            if reason is None:
                return list(candidate.nodes), length, broken
            broken = reason
        return self.history[:1], 1, broken
