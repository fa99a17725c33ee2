"""Applies rules to a graph: always the one with the largest saving, until none saves anything (paper, section 4.2).

The paper cuts the graph at operators without mathematical properties and works on each part by itself. Here the cut
is implicit: a left side holds only operators with its property, so no match crosses a cut. Savings of different parts
are independent.

A match is a candidate in a queue ordered by saving. A candidate taken from the queue is checked again, because the
graph may have changed. Nodes around a change are matched anew. Every application lowers the cost, so this ends.
"""

import heapq
import itertools
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from dnnf_mlir.dialect_defs import operators
from dnnf_mlir.dialect_defs.one_to_one.arithmetic import Mul, Pow
from dnnf_mlir.errors import DynamicSizeError
from dnnf_mlir.graph.ecg import Graph, Node, Value
from dnnf_mlir.graph.operator import Operator

from .compilation import Pattern
from .cost import ZERO, Cost
from .drafting import Draft, Operand, Undraftable, constants_in, draft, drafts_in
from .editing import GraphEditor
from .folding import LostPrecision
from .groups import CHAIN_LIMIT, GROUP_OF, group_of
from .match import Match
from .matching import matches
from .rule import Rule

_ALTERNATIVES = 64
"""Ways of matching one rule at one node that are compared."""

_TRIALS = 2_000_000
"""Most times that a rule is tried at a node, about a minute: a graph is right also where it could be rewritten more."""


@dataclass(frozen=True)
class NearMiss:
    """A rule whose left side matched and that was not applied."""

    rule: str
    node: str
    reason: str

    def __str__(self) -> str:
        return f"{self.node}: {self.rule} not applied: {self.reason}"


@dataclass
class Statistics:
    """What rewriting did: applications and saved cost by rule; near misses where they were asked for."""

    applications: Counter[str] = field(default_factory=Counter)
    saved: dict[str, Cost] = field(default_factory=dict)
    near_misses: dict[NearMiss, None] = field(default_factory=dict)

    def record(self, rule: Rule, saving: Cost) -> None:
        """Adds one application of a rule."""
        self.applications[rule.name] += 1
        self.saved[rule.name] = self.saved.get(rule.name, ZERO).plus(saving)


@dataclass(frozen=True)
class _Candidate:
    saving: Cost
    rule: Rule
    match: Match
    replacement: tuple[Operand, ...]


def simplify(graph: Graph, rules: Sequence[Rule], *, max_rewrites: int = 100_000, explain: bool = False) -> Statistics:
    """Rewrites the graph in place; ``explain`` collects near misses."""
    return _Engine(graph, rules, explain).run(max_rewrites)


class _Engine:
    def __init__(self, graph: Graph, rules: Sequence[Rule], explain: bool) -> None:
        self._editor = GraphEditor(graph)
        self._buckets = _by_root(rules)
        self._depth = max((rule.depth for rule in rules), default=0)
        self._queue: list[tuple[tuple[int, ...], int, int, Rule, Node]] = []
        self._order = {rule.name: position for position, rule in enumerate(rules)}
        self._numbers: dict[Node, int] = {}
        self._tie = itertools.count()
        self._trials = 0
        self._explain = explain
        # A size that is no number makes what computes with numbers raise one of these.
        self._needs_numbers = (DynamicSizeError, TypeError) if _has_dynamic_sizes(graph) else ()
        self.statistics = Statistics()

    def run(self, max_rewrites: int) -> Statistics:
        for node in list(self._editor.graph.nodes):
            self._enqueue_all(node, 0)
        done = 0
        while self._queue and done < max_rewrites and self._trials < _TRIALS:
            key, _, _, rule, node = heapq.heappop(self._queue)
            if node not in self._editor.alive:
                continue
            found = self._best(rule, node)
            if found is None:
                continue
            if _key(found) > key:
                self._push(found)
            elif self._keeps_constants(found):
                self._apply(found)
                done += 1
        self._editor.finish()
        return self.statistics

    def _enqueue_all(self, node: Node, distance: int) -> None:
        for rule in self._buckets.get(node.op, ()):
            if rule.depth > distance or distance == 0:
                found = self._best(rule, node)
                if found is not None:
                    self._push(found)

    def _push(self, found: _Candidate) -> None:
        number = self._numbers.setdefault(found.match.root, len(self._numbers))
        entry = (_key(found), number * 1000 + self._order[found.rule.name], next(self._tie))
        heapq.heappush(self._queue, (*entry, found.rule, found.match.root))

    def _best(self, rule: Rule, node: Node) -> _Candidate | None:
        """The way to apply the rule at the node that saves most."""
        self._trials += 1
        best: _Candidate | None = None
        outputs = self._editor.outputs
        for match in itertools.islice(matches(rule, node, outputs), _ALTERNATIVES):
            try:
                found = self._candidate(rule, match)
            except self._needs_numbers:
                self._miss(rule, match, "it needs sizes that are known at compile time")
                continue
            if found is not None and (best is None or found.saving > best.saving):
                best = found
        return best

    def _candidate(self, rule: Rule, match: Match) -> _Candidate | None:
        try:
            for condition in rule.conditions:
                reason = condition.check(match)
                if reason is not None:
                    self._miss(rule, match, reason)
                    return None
            replacement = draft(rule.right, match)
        except (Undraftable, LookupError, LostPrecision) as problem:
            self._miss(rule, match, str(problem))
            return None
        if not self._editor.can_replace(match.root, replacement):
            self._miss(rule, match, "the function would return an input, a constant or a value twice")
            return None
        saving = self._saving(rule, match.root, replacement)
        if saving <= ZERO:
            self._miss(rule, match, f"it would not save anything ({_words(saving)})")
            return None
        return _Candidate(saving, rule, match, replacement)

    def _keeps_constants(self, found: _Candidate) -> bool:
        """Whether no constant of the right side overflows or vanishes; they are computed for good only here."""
        try:
            for made in constants_in(found.replacement):
                _ = made.constant
        except LostPrecision as problem:
            self._miss(found.rule, found.match, str(problem))
            return False
        return True

    def _miss(self, rule: Rule, match: Match, reason: str) -> None:
        if self._explain:
            self.statistics.near_misses[NearMiss(rule.name, match.root.name or match.root.kind, reason)] = None

    def _saving(self, rule: Rule, root: Node, replacement: tuple[Operand, ...]) -> Cost:
        """Cost of the operators that die with the root, less that of the ones to be created."""
        created = ZERO
        reads: Counter[Value] = Counter()
        existing: dict[Draft, Value] = {}
        for made in drafts_in(replacement):
            inputs = [existing.get(part, part) if isinstance(part, Draft) else part for part in made.inputs]
            known = self._editor.find(made.op, inputs, made.attributes, made.type)
            if known is not None:
                existing[made] = known
                continue
            created = created.plus(made.cost)
            reads.update(part for part in inputs if isinstance(part, Value))
        wholes = [existing.get(part, part) if isinstance(part, Draft) else part for part in replacement]
        if any(part in root.outputs for part in wholes):
            return ZERO
        reads.update(part for part in wholes if isinstance(part, Value))
        saved = ZERO
        for node in self._editor.dying(root, reads):
            saved = saved.plus(self._editor.cost(node))
        saving = saved.minus(created)
        return saving.without_flops if rule.recognition else saving

    def _apply(self, found: _Candidate) -> None:
        self.statistics.record(found.rule, found.saving)
        changed = self._editor.replace(found.match.root, found.replacement)
        for node, distance in self._around(changed).items():
            self._enqueue_all(node, distance)

    def _around(self, changed: Iterable[Node]) -> dict[Node, int]:
        """The nodes whose matches can reach a changed node, with their distance; a chain counts as one step.

        No match sees more operators of a chain than CHAIN_LIMIT.
        """
        reached = dict.fromkeys((node for node in changed if node in self._editor.alive), (0, 0))
        queue = deque(reached)
        while queue:
            node = queue.popleft()
            distance, links = reached[node]
            for user in node.successors():
                is_linked = group_of(user) is not None and group_of(user) is group_of(node) and links < CHAIN_LIMIT
                place = (distance, links + 1) if is_linked else (distance + 1, 0)
                if place[0] < self._depth and place < reached.get(user, (self._depth, 0)):
                    reached[user] = place
                    queue.append(user)
        return {node: distance for node, (distance, _) in reached.items()}


def _has_dynamic_sizes(graph: Graph) -> bool:
    values = [*graph.inputs, *(value for node in graph.nodes for value in node.outputs)]
    return any(not value.type.is_static for value in values)


def _by_root(rules: Sequence[Rule]) -> dict[type[Operator], list[Rule]]:
    """The rules that can match at a node of each operator class."""
    buckets: dict[type[Operator], list[Rule]] = {}
    for op in operators():
        if fitting := [rule for rule in rules if _fits(rule.pattern, op)]:
            buckets[op] = fitting
    return buckets


def _fits(pattern: Pattern, op: type[Operator]) -> bool:
    if pattern.chain is not None:
        return GROUP_OF.get(op, op) is pattern.chain or (op is Pow and pattern.chain is Mul)
    return issubclass(op, pattern.classes)


def _key(found: _Candidate) -> tuple[int, ...]:
    return (0 if found.rule.first else 1, *(-part for part in found.saving))


def _words(saving: Cost) -> str:
    names = ("FLOPs", "elements", "operators", "strength")
    return ", ".join(f"{part:+} {name}" for name, part in zip(names, saving, strict=True) if part) or "nothing changes"
