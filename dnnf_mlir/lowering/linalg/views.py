"""Operators whose result is another view of an operand: they become a change of index, not a copy.

Reorganize, Shuffle and slicing operators, and the copying ones whose copies are whole loops (paper, section 4.4.1).
"""

import numpy as np

from dnnf_mlir.dialect_defs.one_to_many.repetition import Expand, Tile
from dnnf_mlir.dialect_defs.one_to_one.movement import Slice, Split
from dnnf_mlir.dialect_defs.one_to_one.selection import Identity
from dnnf_mlir.dialect_defs.reorganize import Flatten, Reshape, Squeeze, Unsqueeze
from dnnf_mlir.dialect_defs.shuffle import DepthToSpace, SpaceToDepth, Transpose
from dnnf_mlir.graph.ecg import Node
from dnnf_mlir.lowering.api import Composition, composed
from dnnf_mlir.lowering.linalg.index_maps import Expression

from .gathering import indexed
from .index_maps import Access, Dim, broadcast, divided, joined, reshape, transpose


def _read(composition: Composition, node: Node, access: Access | None) -> Expression | None:
    return None if access is None else composition.read(node.input(0), access)


@composed(Reshape, Flatten, Squeeze, Unsqueeze)
def _reshape(composition: Composition, node: Node, result: int, access: Access) -> Expression | None:
    return _read(composition, node, reshape(access, node.output.type.shape, node.input(0).type.shape))


@composed(Identity)
def _identity(composition: Composition, node: Node, result: int, access: Access) -> Expression | None:
    return _read(composition, node, access)


@composed(Transpose)
def _transpose(composition: Composition, node: Node, result: int, access: Access) -> Expression | None:
    return _read(composition, node, transpose(access, node.attributes["perm"]))


@composed(Expand)
def _expand(composition: Composition, node: Node, result: int, access: Access) -> Expression | None:
    return _read(composition, node, broadcast(access, node.output.type.shape, node.input(0).type.shape))


@composed(Slice)
def _slice(composition: Composition, node: Node, result: int, access: Access) -> Expression | None:
    starts, steps = node.attributes["starts"], node.attributes["steps"]
    if any(step < 0 and dim.iterations > 1 for dim, step in zip(access, steps, strict=True)):
        tables = [
            np.arange(extent) * step + start
            for extent, start, step in zip(node.output.type.shape, starts, steps, strict=True)
        ]
        return indexed(composition, node.input(0), access, tables)
    dims = (dim.sliced(start, step) for dim, start, step in zip(access, starts, steps, strict=True))
    return composition.read(node.input(0), tuple(dims))


@composed(Split)
def _split(composition: Composition, node: Node, result: int, access: Access) -> Expression:
    axis = node.attributes["axis"]
    start = sum(output.type.shape[axis] for output in node.outputs[:result])
    dims = (dim.sliced(start, 1) if i == axis else dim for i, dim in enumerate(access))
    return composition.read(node.input(0), tuple(dims))


@composed(Tile)
def _tile(composition: Composition, node: Node, result: int, access: Access) -> Expression:
    dims: list[Dim] = []
    shape = node.input(0).type.shape
    for dim, count, extent in zip(access, node.attributes["repeats"], shape, strict=True):
        parts = divided(dim, (count, extent)) if count != 1 else (Dim(), dim)
        if parts is None:
            return indexed(composition, node.input(0), access, [np.tile(np.arange(e), c) for c, e in _pairs(node)])
        dims.append(parts[1])
    return composition.read(node.input(0), tuple(dims))


def _pairs(node: Node) -> list[tuple[int, int]]:
    return list(zip(node.attributes["repeats"], node.input(0).type.shape, strict=True))


@composed(DepthToSpace)
def _depth_to_space(composition: Composition, node: Node, result: int, access: Access) -> Expression | None:
    block, channel, (row, column) = _block_layout(node)
    rows = divided(access[row], (node.input(0).type.shape[row], block))
    columns = divided(access[column], (node.input(0).type.shape[column], block))
    if rows is None or columns is None or not access[channel].covers(node.output.type.shape[channel]):
        return None
    order = (rows[1], columns[1], access[channel]) if node.attributes["mode"] == "DCR" else (
        access[channel], rows[1], columns[1]
    )  # fmt: skip
    dims = {channel: joined(*order), row: rows[0], column: columns[0]}
    return composition.read(node.input(0), _replaced(access, dims))


@composed(SpaceToDepth)
def _space_to_depth(composition: Composition, node: Node, result: int, access: Access) -> Expression | None:
    block, channel, (row, column) = _block_layout(node)
    channels = node.input(0).type.shape[channel]
    blocks_first = node.attributes["mode"] == "DCR"
    parts = divided(access[channel], (block, block, channels) if blocks_first else (channels, block, block))
    if parts is None or not all(access[i].covers(node.output.type.shape[i]) for i in (row, column)):
        return None
    depth, in_row, in_column = (parts[2], parts[0], parts[1]) if blocks_first else parts
    dims = {channel: depth, row: joined(access[row], in_row), column: joined(access[column], in_column)}
    return composition.read(node.input(0), _replaced(access, dims))


def _block_layout(node: Node) -> tuple[int, int, tuple[int, int]]:
    """Block size, channel dimension, spatial dimensions."""
    last = node.attributes["layout"] == "channels_last"
    return node.attributes["blocksize"], 3 if last else 1, (1, 2) if last else (2, 3)


def _replaced(access: Access, dims: dict[int, Dim]) -> Access:
    return tuple(dims.get(i, dim) for i, dim in enumerate(access))
