"""The canonical form of a region: equal for isomorphic regions, whatever their operators are called.

What a measured latency may depend on is in it: operators, attributes (with layouts), shapes, element types, which
values are constants, shared or stored, and the values of scalars. The names and the contents of weights are not.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from dnnf_mlir.graph.algorithms import priority_order
from dnnf_mlir.graph.ecg import Node, Value, exits

_SMALL = 16
"""Elements up to which integer constants (axes, indices) are part of the form."""


def region_key(nodes: Sequence[Node], returned: Collection[Value]) -> str:
    """A short name of the canonical form: 32 hexadecimal digits."""
    return hashlib.sha256(canonical_form(nodes, returned).encode()).hexdigest()[:32]


def canonical_form(nodes: Sequence[Node], returned: Collection[Value]) -> str:
    """The region as text, one operator a line, in an order that follows from its structure alone.

    ``nodes`` are in topological order; ``returned`` are the values that the function returns, which the region stores
    as it stores what other operators read. Two regions with equal text are isomorphic.
    """
    kept = frozenset(exits(nodes, returned))
    colors = _colors(nodes, kept)
    names: dict[Value, str] = {}
    lines = []
    for number, node in enumerate(_ordered(nodes, colors)):
        operands = [_operand(value, names) for value in node.inputs]
        results = []
        for position, value in enumerate(node.outputs):
            names[value] = f"%{number}.{position}"
            results.append(f"{value.type}{' stored' if value in kept else ''}")
        lines.append(f"{_operator(node)} ({', '.join(operands)}) -> {', '.join(results)}")
    return "\n".join(lines)


def _operand(value: Value | None, names: dict[Value, str]) -> str:
    if value is None:
        return "-"
    if value not in names:
        names[value] = f"{_origin(value)}{sum(not name.startswith('%') for name in names.values())}:{_outside(value)}"
    return names[value]


def _origin(value: Value) -> str:
    return "const" if value.is_constant else "arg"


def _outside(value: Value) -> str:
    """What is known of a value that the region reads: its type, and the contents of scalars and small integers."""
    array = value.constant
    if array is None:
        return str(value.type)
    if array.size == 1 or (array.dtype.kind in "iub" and array.size <= _SMALL):
        return f"{value.type}={np.asarray(array).reshape(-1).tolist()}"
    return str(value.type)


def _operator(node: Node) -> str:
    attributes = ", ".join(f"{name}={_attribute(value)}" for name, value in sorted(node.attributes.items()))
    body = "" if node.body is None else f" of {region_key(node.body.nodes, node.body.outputs)}"
    return f"{node.kind} {{{attributes}}}{body}"


def _attribute(value: Any) -> str:
    if isinstance(value, np.ndarray):
        digest = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()[:16]
        return f"{value.dtype}{list(value.shape)}#{digest}"
    return repr(value)


def _colors(nodes: Sequence[Node], kept: Collection[Value]) -> Mapping[Node, bytes]:
    """A colour per node from what it computes, what it reads and who reads it: color refinement in both directions."""
    members = set(nodes)
    own = {node: _hash(_operator(node), *(f"{value.type}{value in kept}" for value in node.outputs)) for node in nodes}
    above: dict[Node, bytes] = {}
    for node in nodes:
        above[node] = _hash(own[node], *(_read_color(value, members, above) for value in node.inputs))
    below: dict[Node, bytes] = {}
    for node in reversed(nodes):
        uses = [
            _hash(above[user], below[user], str(position), str(number))
            for number, value in enumerate(node.outputs)
            for user in dict.fromkeys(value.users)
            if user in members
            for position, operand in enumerate(user.inputs)
            if operand is value
        ]
        below[node] = _hash(above[node], *sorted(uses))
    shared = _shared(nodes, members, below)
    return {node: _hash(below[node], *shared[node]) for node in nodes}


def _shared(nodes: Sequence[Node], members: Collection[Node], colors: Mapping[Node, bytes]) -> dict[Node, list[bytes]]:
    """For each operand from outside, who else in the region reads it: tells x + y, x * x from x + y, x * y."""
    return {
        node: [
            _hash(*sorted(colors[user] for user in value.users if user in members))
            for value in node.inputs
            if value is not None and value.producer not in members
        ]
        for node in nodes
    }


def _read_color(value: Value | None, members: Collection[Node], above: Mapping[Node, bytes]) -> bytes:
    if value is None:
        return b"-"
    if value.producer is not None and value.producer in members:
        return _hash(above[value.producer], str(value.producer.outputs.index(value)))
    return _hash(_origin(value), _outside(value))


def _ordered(nodes: Sequence[Node], colors: Mapping[Node, bytes]) -> list[Node]:
    """The nodes in a topological order, by colour among those that are ready."""
    position = {node: i for i, node in enumerate(nodes)}
    return priority_order(nodes, Node.predecessors, lambda node: (colors[node], position[node]))


def _hash(*parts: bytes | str) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(4, "little"))
        digest.update(data)
    return digest.digest()
