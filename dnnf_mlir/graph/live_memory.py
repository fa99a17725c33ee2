"""How much memory the values between kernels take while blocks run in order."""

from collections.abc import Collection, Sequence
from itertools import accumulate

from .ecg import Block, Node, Value
from .views import is_reshape, readers_through


def live_bytes(blocks: Sequence[Block], joined: Collection[Node]) -> list[int]:
    """The bytes that are live between kernels while each block runs, blocks running in order.

    A value is live from its block to the last one that reads it; reshapes share the memory of their operand. The
    results of the Concats in ``joined`` are live from their first operand on, and their operands lie in them.
    """
    block_of = {node: i for i, block in enumerate(blocks) for node in block.nodes}
    changes = [0] * (len(blocks) + 1)
    for i, block in enumerate(blocks):
        for value in block.outputs(()):
            readers = [block_of[user] for user in readers_through(value, is_reshape) if user not in joined]
            if not readers or _shares_operand(value, block.nodes):
                continue
            first = i
            if value.producer is not None and value.producer in joined:
                first = min(block_of[node] for node in (value.producer, *value.producer.predecessors()))
            changes[first] += value.type.bytes
            changes[max(readers) + 1] -= value.type.bytes
    return list(accumulate(changes[:-1]))


def _shares_operand(value: Value, inside: Collection[Node]) -> bool:
    """Whether the value is a reshape of what another block computes."""
    producer = value.producer
    return producer is not None and is_reshape(producer) and producer.input(0).producer not in inside
