"""Concats whose results the kernels of their operands write part by part: data that planning hands to the lowering."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from .ecg import Block, Node, Value


@dataclass(frozen=True)
class Part:
    """Where an operand goes in the result of a Concat: from ``start`` on along its axis."""

    concat: Node
    start: int

    @property
    def axis(self) -> int:
        """The dimension along which the Concat joins its operands."""
        return int(self.concat.attributes["axis"])


@dataclass(frozen=True)
class InPlace:
    """The Concats that are no kernels.

    ``joined``: these Concats. ``parts``: operands that their own kernels write into strided parts of the results.
    ``reasons``: for every Concat why it is in place, or why not.
    """

    joined: frozenset[Node] = frozenset()
    parts: Mapping[Value, Sequence[Part]] = field(default_factory=dict)
    reasons: Mapping[Node, str] = field(default_factory=dict)

    def needs_tensor(self, value: Value, returned: Collection[Value], inside: Collection[Node] = ()) -> bool:
        """Whether something reads the value itself: none of the Concats that it is a part of, nor of its own kernel."""
        served = {part.concat for part in self.parts.get(value, ())}.union(inside)
        return value in returned or any(user not in served for user in value.users)

    def written_by(self, block: Block) -> set[Node]:
        """The Concats in place whose results the block computes or writes to."""
        written = {part.concat for node in block.nodes for v in node.outputs for part in self.parts.get(v, ())}
        users = {user for value in block.outputs(()) for user in value.users}
        return written | (self.joined & (users | set(block.nodes)))


def starts(concat: Node) -> list[int]:
    """Where each operand begins along the axis."""
    axis = concat.attributes["axis"]
    extents = [value.type.shape[axis] for value in concat.operands]
    return [sum(extents[:i]) for i in range(len(extents))]
