"""How much memory the values between kernels take."""

from collections.abc import Collection, Sequence
from itertools import accumulate

from dnnf_mlir.graph.ecg import Block, Node, Value
from dnnf_mlir.kernels.families import Family, family_of


def held_bytes(blocks: Sequence[Block], joined: Collection[Node]) -> list[int]:
    """The bytes held between kernels while each block runs, blocks running in order.

    A value is held from its block to the last one that reads it; reshapes share the memory of their operand. The
    results of the Concats in ``joined`` are held from their first operand on, and their operands lie in them.
    """
    block_of = {node: i for i, block in enumerate(blocks) for node in block.nodes}
    changes = [0] * (len(blocks) + 1)
    for i, block in enumerate(blocks):
        for value in block.outputs(()):
            readers = [block_of[user] for user in _readers(value) if user not in joined]
            if not readers or _is_view(value, block.nodes):
                continue
            first = i
            if value.producer is not None and value.producer in joined:
                first = min(block_of[node] for node in (value.producer, *value.producer.predecessors()))
            changes[first] += value.type.bytes
            changes[max(readers) + 1] -= value.type.bytes
    return list(accumulate(changes[:-1]))


def _is_view(value: Value, inside: Collection[Node]) -> bool:
    """Whether the value is a reshape of what another block computes."""
    producer = value.producer
    if producer is None or family_of(producer) is not Family.REORGANIZE:
        return False
    return producer.input(0).producer not in inside


def _readers(value: Value) -> list[Node]:
    """The nodes that read the value or a reshape of it."""
    found: list[Node] = []
    for user in value.users:
        found.extend(_readers(user.output) if family_of(user) is Family.REORGANIZE else [user])
    return found
