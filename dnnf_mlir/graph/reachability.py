"""Paths between blocks, kept as bit sets: answers at once whether merging operators would close a cycle."""

from collections.abc import Iterable, Iterator, Sequence

from .ecg import Node


class Reachability:
    """Transitive closure of a graph in which finished blocks count as one vertex.

    Bit i stands for node i. ``_above[i]`` and ``_below[i]`` are the ancestors and descendants of the vertex that node i
    belongs to, without the vertex itself.
    """

    def __init__(self, nodes: Sequence[Node]) -> None:
        """``nodes`` in topological order."""
        self._nodes = nodes
        self._index = {node: i for i, node in enumerate(nodes)}
        self._above = [0] * len(nodes)
        self._below = [0] * len(nodes)
        for i, node in enumerate(nodes):
            for producer in node.predecessors():
                j = self._index[producer]
                self._above[i] |= self._above[j] | 1 << j
        for i in reversed(range(len(nodes))):
            for user in nodes[i].successors():
                j = self._index[user]
                self._below[i] |= self._below[j] | 1 << j

    def index(self, node: Node) -> int:
        """The node's position in the topological order."""
        return self._index[node]

    def detour(self, members: Iterable[Node], node: Node) -> Node | None:
        """An operator outside on a path between ``members``, a convex set, and ``node``; None if they may be merged."""
        own, above, below = self._closure(members)
        i = self._index[node]
        between = (below & self._above[i] | above & self._below[i]) & ~(own | 1 << i)
        return self._nodes[_lowest(between)] if between else None

    def depend(self, first: Iterable[Node], second: Iterable[Node]) -> bool:
        """Whether a path leads from one of two disjoint sets to the other: then they cannot be one vertex."""
        _, above, below = self._closure(first)
        return any((above | below) >> self._index[node] & 1 for node in second)

    def merge(self, members: Sequence[Node]) -> None:
        """Makes one vertex of ``members``, between which no path leaves the set."""
        own, above, below = self._closure(members)
        common_above, common_below = above, below
        for node in members:
            common_above &= self._above[self._index[node]]
            common_below &= self._below[self._index[node]]
        for i in _bits(above & ~common_above):
            self._below[i] |= own | below
        for i in _bits(below & ~common_below):
            self._above[i] |= own | above
        for node in members:
            self._above[self._index[node]] = above
            self._below[self._index[node]] = below

    def _closure(self, members: Iterable[Node]) -> tuple[int, int, int]:
        own = above = below = 0
        for node in members:
            i = self._index[node]
            own |= 1 << i
            above |= self._above[i]
            below |= self._below[i]
        return own, above & ~own, below & ~own


def _lowest(bits: int) -> int:
    return (bits & -bits).bit_length() - 1


def _bits(bits: int) -> Iterator[int]:
    while bits:
        yield _lowest(bits)
        bits &= bits - 1
