"""Divides blocks that the back end could not compile, or computed wrongly."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from dnnf_mlir.graph.ecg import Node
from dnnf_mlir.kernels.kernel import Candidate

from .capabilities import Capabilities
from .constraints import border_reason, without_border_views

REJECTED = "rejected by the back end"

Reason = Callable[[Sequence[Node]], str | None]
"""Why nodes, in topological order, cannot be one kernel; None if they can."""


def split(candidate: Candidate, capabilities: Capabilities, reason: Reason) -> list[list[Node]]:
    """The candidate's nodes as one block, or as several if there is a ``reason`` against it.

    It is then cut in two where the fewest bytes cross, in the middle among equals, and its parts again until there is
    no reason against any. A single operator cannot be cut.
    """
    nodes = list(candidate.nodes)
    if len(nodes) < 2 or reason(nodes) is None:
        return [nodes]
    cuts = [_parts(candidate, position) for position in range(1, len(nodes))]
    valid = [parts for parts in cuts if all(border_reason(part, capabilities) is None for part in parts)]
    if not valid:
        return [[node] for node in nodes]
    best = min(valid, key=lambda parts: (_crossing_bytes(parts), max(len(part.nodes) for part in parts)))
    return [block for part in best for block in split(part, capabilities, reason)]


def _parts(candidate: Candidate, position: int) -> list[Candidate]:
    """The operators before and from ``position`` on; reshapes at the new borders by themselves.

    A topological order cut in two keeps both halves convex: all edges between them point forward.
    """
    result = []
    for half in (candidate.nodes[:position], candidate.nodes[position:]):
        inner = without_border_views(replace(candidate, nodes=half))
        if inner.nodes:
            result.append(inner)
        views = [node for node in half if node not in inner.members]
        result.extend(replace(candidate, nodes=[view]) for view in views)
    return result


def _crossing_bytes(parts: Sequence[Candidate]) -> int:
    return sum(value.type.bytes for part in parts for value in part.stored)
