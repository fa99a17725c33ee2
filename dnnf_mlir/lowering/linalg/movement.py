"""Concat and Pad: tensor operations of their own."""

from collections.abc import Sequence

import numpy as np

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.dialect_defs.one_to_one.movement import Concat, Pad
from dnnf_mlir.emit import quirks
from dnnf_mlir.emit.scalar import Scalar, number, select
from dnnf_mlir.emit.scalar_programs import each
from dnnf_mlir.emit.shapes import empty, insert_slice, pad
from dnnf_mlir.emit.sizes import shape_of
from dnnf_mlir.emit.types import element_type
from dnnf_mlir.graph.ecg import Node
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.lowering.api import Composition, Region, composed, outside, structured
from dnnf_mlir.lowering.borders import copied_position
from dnnf_mlir.lowering.linalg.index_maps import Apply, Expression

from .gathering import Table, element_at, indexed
from .index_maps import Access


@structured(Concat)
def _concat(region: Region, node: Node) -> list[ir.Value]:
    """Every operand written into its part of the result."""
    axis, shape = node.attributes["axis"], node.output.type.shape
    operands = [operand for operand in node.operands if operand.type.elements]
    for operand in operands:
        region.tensor(operand)
        region.cut()  # quirks.INSERT_SLICE
    parts = [region.shaped(operand) for operand in operands]
    result = empty(shape, element_type(node.output.type.dtype))
    start = 0
    for part in parts:
        result = insert_slice(part, result, [start if i == axis else 0 for i in range(len(shape))])
        start += shape_of(part)[axis]
    return [result]


@composed(Concat)
def _select(composition: Composition, node: Node, result: int, access: Access) -> Expression | None:
    """Where parts cannot be written, every element chooses the operand that it comes from."""
    operands = [operand for operand in node.operands if operand.type.elements]
    if len(operands) == 1:
        return composition.read(operands[0], access)
    if not composition.region.lowering.has(quirks.PART_WRITES):
        return None
    axis = node.attributes["axis"]
    sources = [(composition.region.materialize_before(v), v.type.shape[axis]) for v in operands]

    dtype = node.output.type.dtype

    def choose(place: Sequence[Scalar], remaining: Sequence[tuple[ir.Value, int]]) -> Scalar:
        source, extent = remaining[0]
        if len(remaining) == 1:
            return element_at(source, dtype)(*place)
        bound = number(extent, "index")
        below = place[axis] < bound
        # A branch would read only one operand: quirks.BRANCHED_I64.
        inside = [at.min(extent - 1) if i == axis else at for i, at in enumerate(place)]
        behind = [(at - bound).max(0) if i == axis else at for i, at in enumerate(place)]
        return select(below, element_at(source, dtype)(*inside), choose(behind, remaining[1:]))

    return Apply(lambda *place: choose(place, sources), tuple(composition.position(dim) for dim in access))


@outside(Pad)
def _pad(region: Region, node: Node) -> ir.Value | None:
    """A border of one value, outside of all dispatches: IREE makes it a fill and a copy."""
    if node.attributes["mode"] != "constant":
        return None
    rank = node.output.type.rank
    pads = node.attributes["pads"]
    number = node.attributes["value"]
    with region.outside():
        return pad(region.materialize_before(node.input(0)), pads[:rank], pads[rank:], number)


@composed(Pad)
def _pad_indexed(composition: Composition, node: Node, result: int, access: Access) -> Expression | None:
    mode, pads, shape = node.attributes["mode"], node.attributes["pads"], node.input(0).type.shape
    if mode == "constant":
        return None
    tables: list[Table] = []
    for axis, (extent, padded) in enumerate(zip(shape, node.output.type.shape, strict=True)):
        before, after = pads[axis], pads[len(shape) + axis]
        if not before and not after:
            tables.append(None)
        elif is_dynamic(extent):
            tables.append(_copied_positions(composition.region, mode, extent, padded, before, after))
        else:
            crop = slice(max(0, -before), extent - max(0, -after))
            tables.append(np.pad(np.arange(extent)[crop], (max(0, before), max(0, after)), mode=mode))
    return indexed(composition, node.input(0), access, tables)


def _copied_positions(region: Region, mode: str, extent: int, padded: int, before: int, after: int) -> ir.Value:
    """For every place of a padded dynamic dimension the position that is copied to it, computed before the dispatch."""

    def body(places: list[Scalar]) -> list[Scalar]:
        return [copied_position(mode, places[0], extent, before, after).to("i32")]

    key = ("copied positions", mode, extent, before, after)
    return region.lowering.cached(key, region.outside(), lambda: each((padded,), ["i32"], body)[0])
