"""Local search over the borders of a finished plan: the greedy listing never looks back, this does.

Three moves are tried along every edge between two blocks: both become one; the producer, with what depends on it in
its block, goes over to the consumer's; the consumer, with what it depends on in its block, goes over to the producer's.
A move is made when both blocks are valid afterwards, no cycle of kernels arises and the cost of the blocks falls.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from dnnf_mlir.fusion.cost.model import Comparison, CostModel
from dnnf_mlir.graph.algorithms import ancestors, closes_cycle, descendants
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.operator import MappingType
from dnnf_mlir.kernels.families import family_of
from dnnf_mlir.kernels.kernel import Candidate

from .capabilities import Capabilities
from .constraints import border_reason, structural_reason
from .splitting import Reason
from .table import Verdict, combine, edge_mapping

_SWEEPS = 4
_GAIN = 0.999
"""Ratio of the new cost to the old one below which two blocks become one."""
_GAIN_OF_SHIFT = 0.9
"""The same for a border that only moves: the greedy plan prefers what code generators do best, as epilogues to
prologues, and estimates that close say nothing against it."""

Blocks = list[list[Node]]


@dataclass(frozen=True)
class Move:
    """Operators that changed sides, the new blocks, and the costs that decided."""

    before: Sequence[Sequence[Node]]
    after: Sequence[Sequence[Node]]
    comparison: Comparison


class Improvement:
    """Improves the blocks of one plan, which partition the graph's nodes."""

    def __init__(
        self,
        blocks: Sequence[Sequence[Node]],
        candidate: Callable[[Collection[Node]], Candidate],
        capabilities: Capabilities,
        costs: CostModel,
        reason: Reason,
        fixed: Collection[Node] = (),
    ) -> None:
        """``candidate`` puts nodes into topological order, ``reason`` says what is known against a block.

        The blocks of ``fixed`` nodes stay as they are: parts of a block that the back end refused, which another
        border would only bring before it again.
        """
        self._candidate = candidate
        self._costs = costs
        self._reason = reason
        self._capabilities = capabilities
        self._fixed = fixed
        self._block_of: dict[Node, frozenset[Node]] = {}
        for block in blocks:
            self._place(frozenset(block))
        self.moves: list[Move] = []

    def run(self) -> Blocks:
        """The improved blocks, each in topological order; ``moves`` tells what was done."""
        for _ in range(_SWEEPS):
            count = len(self.moves)
            for producer, consumer in list(self._edges()):
                if self._block_of[producer] is not self._block_of[consumer]:
                    self._improve(producer, consumer)
            if len(self.moves) == count:
                break
        return [list(self._candidate(block).nodes) for block in dict.fromkeys(self._block_of.values())]

    def _place(self, block: frozenset[Node]) -> None:
        self._block_of.update(dict.fromkeys(block, block))

    def _edges(self) -> Iterator[tuple[Node, Node]]:
        for node in self._block_of:
            for user in node.successors():
                if self._block_of[user] is not self._block_of[node]:
                    yield node, user

    def _improve(self, producer: Node, consumer: Node) -> None:
        """Makes the best of the moves along one edge, if any pays."""
        first, second = self._block_of[producer], self._block_of[consumer]
        if family_of(producer).is_alone or family_of(consumer).is_alone:
            return
        if producer in self._fixed or consumer in self._fixed:
            return
        down = descendants(producer, first) | {producer}
        up = ancestors(consumer, second) | {consumer}
        choices = [
            (first | second,),
            *([(first - down, second | down)] if down != first else []),
            *([(first | up, second - up)] if up != second else []),
        ]
        found: Move | None = None
        for choice in choices:
            move = self._move((first, second), choice)
            if move is not None and (found is None or _gain(move) > _gain(found)):
                found = move
        if found is not None:
            self.moves.append(found)
            for nodes in found.after:
                self._place(frozenset(nodes))

    def _move(self, old: Sequence[frozenset[Node]], new: Sequence[frozenset[Node]]) -> Move | None:
        candidates = [self._candidate(block) for block in new]
        if not all(map(self._is_valid, candidates)):
            return None
        before = [self._candidate(block).nodes for block in old]
        after = [candidate.nodes for candidate in candidates]
        comparison = self._costs.compare_plans(after, before)
        gain = _GAIN if len(new) < len(old) else _GAIN_OF_SHIFT
        if not comparison.fused < comparison.separate * gain or self._closes_cycle(new):
            return None
        return Move(before, after, comparison)

    def _is_valid(self, candidate: Candidate) -> bool:
        return (
            structural_reason(candidate, self._capabilities) is None
            and border_reason(candidate, self._capabilities) is None
            and not breaks_table(candidate)
            and self._reason(candidate.nodes) is None
        )

    def _closes_cycle(self, blocks: Sequence[frozenset[Node]]) -> bool:
        """Whether a path leads out of one of the changed blocks and back into it."""
        changed = {node: block for block in blocks for node in block}

        def following(block: frozenset[Node]) -> set[frozenset[Node]]:
            return {changed.get(user) or self._block_of[user] for node in block for user in node.successors()}

        return any(closes_cycle(block, following) for block in blocks)


def breaks_table(candidate: Candidate) -> bool:
    """Whether Table 3 forbids an edge inside the candidate, given what leads up to it there."""
    types: dict[Value, MappingType] = {}
    for node in candidate.nodes:
        inside = [value for value in node.operands if value.producer in candidate.members]
        edges = [edge_mapping(value, node) for value in inside]
        if any(combine(types[value], edge).verdict is Verdict.BREAK for value, edge in zip(inside, edges, strict=True)):
            return True
        own = [node.mapping] if node.op.default_mapping is not MappingType.ONE_TO_ONE else []
        found = max(
            [*own, *edges, *(types[value] for value in inside)], key=_complexity, default=MappingType.ONE_TO_ONE
        )
        types.update(dict.fromkeys(node.outputs, found))
    return False


def _complexity(mapping: MappingType) -> int:
    return mapping.complexity


def _gain(move: Move) -> float:
    return move.comparison.separate - move.comparison.fused
