"""Concats that are no kernels: what computes their operands writes into parts of the result.

Where the parts follow each other in memory, IREE gives the operands' kernels a piece of the result to write to. Where
they are strided (the channels of channels-last values), each kernel takes the result so far and returns it with its own
part written::

    %0 = flow.tensor.alloca : 26x26x96
    %1 = dispatch(.., %0) -> %0      // stores 26x26x64 at channel 0
    %2 = dispatch(.., %1) -> %1      // stores 26x26x32 at channel 64
    %y = %2

A part that is also read elsewhere is stored twice by its kernel.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from math import prod

from dnnf_mlir.graph.ecg import Block, Node, Value
from dnnf_mlir.graph.in_place import InPlace, Part, starts
from dnnf_mlir.graph.live_memory import live_bytes

FOLLOWING = "in place: its operands follow each other in memory"
STRIDED = "in place: the kernels of its operands write their parts"
_GAPS = 1 / 8
"""The share of the memory that may be lost in gaps between values, when they are held for long."""


PartReason = Callable[[Block, Value, Part], str | None]
"""Why a block's kernel cannot write a result into a part of a Concat's result; None when it can."""


def concats_in_place(blocks: Sequence[Block], part_reason: PartReason, apart: Collection[str] = ()) -> InPlace:
    """Which Concats, blocks of their own, are written in place; those named ``apart`` are not.

    A Concat is left a kernel where holding its result from the first part on might raise the peak of the memory between
    kernels. What the function returns plays no part in it, so that more can be returned to look for an error.
    """
    block_of = {node: block for block in blocks for node in block.nodes}
    joined: set[Node] = set()
    parts: dict[Value, list[Part]] = {}
    reasons: dict[Node, str] = {}
    before = live_bytes(blocks, ())
    for concat in (block.nodes[0] for block in blocks if [node.kind for node in block.nodes] == ["concat"]):
        shape, axis = concat.output.type.shape, concat.attributes["axis"]
        if concat.name in apart:
            reasons[concat] = "a kernel: written in place it was not compiled, or computed wrongly"
            continue
        following = prod(shape[:axis]) == 1
        own = {} if following else _parts(concat)
        reason = _first(_reason(block_of, part_reason, value, part) for value, part in own.items())
        if reason is None and not following and _raises_peak(before, live_bytes(blocks, {*joined, concat})):
            reason = "its result would be held too long, the peak of the memory might rise"
        if reason is None:
            joined.add(concat)
            for value, part in own.items():
                parts.setdefault(value, []).append(part)
        done = FOLLOWING if following else STRIDED
        reasons[concat] = done if reason is None else f"a kernel: {reason}"
    return InPlace(frozenset(joined), parts, reasons)


def _raises_peak(before: Sequence[int], after: Sequence[int]) -> bool:
    """Whether more is held at some time, and nearly as much as the peak was."""
    limit = max(before, default=0) * (1 - _GAPS)
    return any(now > earlier and now > limit for earlier, now in zip(before, after, strict=True))


def _parts(concat: Node) -> dict[Value, Part]:
    pairs = zip(concat.operands, starts(concat), strict=True)
    return {value: Part(concat, start) for value, start in pairs if value.type.elements}


def _reason(block_of: Mapping[Node, Block], part_reason: PartReason, value: Value, part: Part) -> str | None:
    """Why an operand cannot be written into its part by the kernel that computes it."""
    if part.concat.operands.count(value) > 1:
        return f"{value.name} is two of its operands"
    if value.producer is None:
        return f"a constant, {value.name}, is among its operands" if value.is_constant else f"{value.name} is an input"
    return part_reason(block_of[value.producer], value, part)


def _first(reasons: Iterable[str | None]) -> str | None:
    return next((reason for reason in reasons if reason is not None), None)
