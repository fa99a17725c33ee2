"""Graph algorithms: topological orders, transitive closure, cycles.

A graph is a function from a vertex to its neighbours; a vertex is anything that can be hashed (a node, a block, a
block's number).
"""

import heapq
from collections.abc import Callable, Collection, Hashable, Iterable
from graphlib import TopologicalSorter
from typing import Any, TypeVar

from .ecg import Node

Vertex = TypeVar("Vertex", bound=Hashable)
Neighbours = Callable[[Vertex], Iterable[Vertex]]


def priority_order(
    vertices: Collection[Vertex], predecessors: Neighbours[Vertex], priority: Callable[[Vertex], Any]
) -> list[Vertex]:
    """A topological order that takes the vertex of the least priority value among those that are ready.

    Neighbours outside ``vertices`` are ignored, as are edges from a vertex to itself. Priorities are distinct.
    Raises graphlib.CycleError.
    """
    members = set(vertices)
    sorter = TopologicalSorter({vertex: members.intersection(predecessors(vertex)) - {vertex} for vertex in vertices})
    sorter.prepare()
    ready: list[tuple[Any, Vertex]] = []
    order: list[Vertex] = []
    while sorter.is_active():
        for vertex in sorter.get_ready():
            heapq.heappush(ready, (priority(vertex), vertex))
        _, vertex = heapq.heappop(ready)
        order.append(vertex)
        sorter.done(vertex)
    return order


def depth_first_order(vertices: Iterable[Vertex], dependencies: Neighbours[Vertex]) -> list[Vertex]:
    """The vertices in their order, except that each one's dependencies come right before it.

    Dependencies that are not among ``vertices`` are listed as well. An edge that closes a cycle is ignored.
    """
    order: dict[Vertex, None] = {}
    entered: set[Vertex] = set()
    for start in vertices:
        stack = [start]
        while stack:
            vertex = stack[-1]
            if vertex in entered:
                order.setdefault(stack.pop())
                continue
            entered.add(vertex)
            stack.extend(reversed([each for each in dependencies(vertex) if each not in entered]))
    return list(order)


def reachable(starts: Iterable[Vertex], neighbours: Neighbours[Vertex]) -> set[Vertex]:
    """The transitive closure: the starts, and everything to which a path leads from them."""
    reached = set(starts)
    waiting = list(reached)
    while waiting:
        new = set(neighbours(waiting.pop())) - reached
        reached |= new
        waiting += new
    return reached


def closes_cycle(vertex: Vertex, successors: Neighbours[Vertex]) -> bool:
    """Whether a path leads from the vertex through others back to it."""
    following = set(successors(vertex)) - {vertex}
    return vertex in reachable(following, successors)


def descendants(node: Node, within: Collection[Node]) -> set[Node]:
    """The nodes of ``within`` that depend on ``node`` by a path inside ``within``, without ``node`` itself."""
    members = set(within)
    return reachable([node], lambda each: members.intersection(each.successors())) - {node}


def ancestors(node: Node, within: Collection[Node]) -> set[Node]:
    """The nodes of ``within`` that ``node`` depends on by a path inside ``within``, without ``node`` itself."""
    members = set(within)
    return reachable([node], lambda each: members.intersection(each.predecessors())) - {node}
