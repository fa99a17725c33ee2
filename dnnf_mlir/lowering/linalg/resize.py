"""Resize: whole-number enlargements are index maps, the rest weighted sums of a few elements, by dimension."""

from collections.abc import Sequence

import numpy as np

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.dialect_defs.interpolation import Interpolation, phases, taps
from dnnf_mlir.dialect_defs.one_to_many.resize import Resize, scale_along
from dnnf_mlir.emit.interpolation import run_time_taps
from dnnf_mlir.emit.shapes import reshape
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.lowering.api import Composition, Region, composed, structured
from dnnf_mlir.lowering.linalg.contraction import contracted
from dnnf_mlir.lowering.linalg.gathering import Table, element_at, indexed, position_of
from dnnf_mlir.lowering.linalg.index_maps import Access, Apply, Dim, Expression, Loop, divided, iterate


@composed(Resize)
def _resize(composition: Composition, node: Node, result: int, access: Access) -> Expression | None:
    """Single elements, such as nearest neighbours; None where several are weighted."""
    kept = [_is_kept(node, axis) for axis in range(len(access))]
    if not all(kept) and Interpolation.of(node.attributes).taps > 1 and not _are_single(node, kept):
        return None
    dims: list[Dim] = []
    for axis, (dim, extent) in enumerate(zip(access, node.input(0).type.shape, strict=True)):
        factor = _repetitions(node, axis)
        parts = None if factor is None else (dim, Dim()) if factor == 1 else divided(dim, (extent, factor))
        if parts is None:
            break
        dims.append(parts[0])
    if len(dims) == len(access):
        return composition.read(node.input(0), tuple(dims))
    tables: list[Table] = []
    for axis in range(len(access)):
        tables.append(None if kept[axis] else _first_positions(composition.region, node, axis))
    return indexed(composition, node.input(0), access, tables)


def _is_kept(node: Node, axis: int) -> bool:
    return node.attributes["scales"][axis] == 1 and node.input(0).type.shape[axis] == node.output.type.shape[axis]


def _is_dynamic(node: Node, axis: int) -> bool:
    return is_dynamic(node.input(0).type.shape[axis]) or is_dynamic(node.output.type.shape[axis])


def _are_single(node: Node, kept: Sequence[bool]) -> bool:
    """Whether every result is one element, as where the weights of the others are 0."""
    axes = [axis for axis, same in enumerate(kept) if not same]
    return not any(_is_dynamic(node, axis) or _taps(node, axis)[1].shape[1] > 1 for axis in axes)


def _repetitions(node: Node, axis: int) -> int | None:
    """How often each element of a dimension follows itself; None where that is not all."""
    extent, count = node.input(0).type.shape[axis], node.output.type.shape[axis]
    if _is_kept(node, axis):
        return 1
    if _is_dynamic(node, axis):
        found = phases(extent, count, node.attributes["scales"][axis], Interpolation.of(node.attributes))
        return None if found is None or found[0].any() or found[0].shape[1] > 1 else len(found[0])
    table = _taps(node, axis)[0][:, 0]
    factor = count // extent if extent else 1
    return factor if np.array_equal(table, np.arange(extent * factor) // max(factor, 1)) else None


def _first_positions(region: Region, node: Node, axis: int) -> Table:
    if not _is_dynamic(node, axis):
        return _taps(node, axis)[0][:, 0]
    return reshape(run_time_tables(region, node, axis)[0], (node.output.type.shape[axis],), outside=True)


def run_time_tables(region: Region, node: Node, axis: int) -> tuple[ir.Value, ir.Value]:
    """Positions and weights along a dynamic dimension, [taps, count], computed before the dispatch."""
    size, count = node.input(0).type.shape[axis], node.output.type.shape[axis]
    how, scale = Interpolation.of(node.attributes), node.attributes["scales"][axis]
    with region.outside():
        return run_time_taps(how, size, count, scale)


@structured(Resize)
def _interpolate(region: Region, node: Node) -> list[ir.Value]:
    """One dimension after the other; each reads stored elements, at computed positions."""
    source = region.materialize_before(node.input(0))
    shape = list(node.input(0).type.shape)
    for axis, extent in enumerate(node.output.type.shape):
        if _is_kept(node, axis):
            continue
        if region.is_inside(source):
            region.cut()
            source = region.tensor_of(source)
        shape[axis] = extent
        source = _weighted(region, node, source, axis, node.output.type.with_shape(tuple(shape)))
    return [source]


def _weighted(region: Region, node: Node, source: ir.Value, axis: int, type_: TensorType) -> ir.Value:
    """Sums of ``weights[t, i] * source[.., positions[t, i], ..]`` over t."""
    composition = region.composition()
    access = iterate(type_.shape)
    if _is_dynamic(node, axis):
        positions, weights = run_time_tables(region, node, axis)
        tap = Dim((Loop(Interpolation.of(node.attributes).taps),))
        table: Expression = composition.read_tensor(positions, (tap, access[axis]), "i32")
        weight: Expression = composition.read_tensor(weights, (tap, access[axis]), "f32")
        weight = Apply(lambda factor: factor.to(type_.dtype), (weight,))
    else:
        known, factors = _taps(node, axis)
        tap = Dim((Loop(factors.shape[1]),))
        table = _constant(composition, known.astype(np.int32), (access[axis], tap))
        weight = _constant(composition, factors.astype(type_.numpy_dtype), (access[axis], tap))
    places: list[Expression] = [composition.position(dim) for dim in access]
    places[axis] = Apply(position_of, (table,))
    element = Apply(element_at(source, type_.dtype), tuple(places))
    return reshape(contracted(composition, access, type_.dtype, [element, weight], [tap], type_.shape), type_.shape)


def _constant(composition: Composition, array: np.ndarray, access: Access) -> Expression:
    return composition.read(Value(TensorType.of(array), constant=array), access)


def _taps(node: Node, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions and weights of a dimension whose sizes are numbers, [count, taps]."""
    size, count = node.input(0).type.shape[axis], node.output.type.shape[axis]
    if _is_kept(node, axis):
        return np.arange(size)[:, None], np.ones((size, 1))
    return taps(size, count, scale_along(node.signature, axis), Interpolation.of(node.attributes))
