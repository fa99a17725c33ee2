"""Resize: whole-number enlargements are index maps, the rest weighted sums of a few elements, by dimension."""

import numpy as np

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.dialect_defs.one_to_many.resize import Resize
from dnnf_mlir.emit.shapes import reshape
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.lowering.api import Composition, Region
from dnnf_mlir.lowering.registry import composed, structured

from .expression import Apply, Expression, Output
from .gathering import element_at, indexed, position_of
from .index_maps import Access, Dim, Loop, divided, iterate
from .interpolation import Interpolation, taps


@composed(Resize)
def _resize(composition: Composition, node: Node, result: int, access: Access) -> Expression | None:
    """Single elements, such as nearest neighbours; None where several are weighted."""
    found = [_taps(node, axis) for axis in range(len(access))]
    if any(weights.shape[1] != 1 for _, weights in found):
        return None
    tables = [positions[:, 0] for positions, _ in found]
    dims = []
    for dim, table, extent in zip(access, tables, node.input(0).type.shape, strict=True):
        factor = len(table) // extent if extent else 1
        if not np.array_equal(table, np.arange(extent * factor) // max(factor, 1)):
            return indexed(composition, node.input(0), access, tables)
        parts = (dim, Dim()) if factor == 1 else divided(dim, (extent, factor))
        if parts is None:
            return indexed(composition, node.input(0), access, tables)
        dims.append(parts[0])
    return composition.read(node.input(0), tuple(dims))


@structured(Resize)
def _interpolate(region: Region, node: Node) -> list[ir.Value]:
    source = region.materialize_before(node.input(0))
    shape = list(node.input(0).type.shape)
    for axis, extent in enumerate(node.output.type.shape):
        positions, weights = _taps(node, axis)
        if weights.shape[1] == 1 and np.array_equal(positions[:, 0], np.arange(shape[axis])):
            continue
        shape[axis] = extent
        source = _weighted(region, source, axis, positions, weights, node.output.type.with_shape(tuple(shape)))
    return [source]


def _weighted(
    region: Region, source: ir.Value, axis: int, positions: np.ndarray, weights: np.ndarray, type_: TensorType
) -> ir.Value:
    """Sums of ``weights[i, t] * source[.., positions[i, t], ..]`` over t."""
    composition = region.composition()
    access = iterate(type_.shape)
    tap = Dim((Loop(weights.shape[1]),))
    table = _constant(composition, positions.astype(np.int32), (access[axis], tap))
    weight = _constant(composition, weights.astype(type_.numpy_dtype), (access[axis], tap))
    places: list[Expression] = [composition.position(dim) for dim in access]
    places[axis] = Apply(position_of, (table,))
    element = Apply(element_at(source, type_.dtype), tuple(places))
    result = composition.emit(
        [Output(access, type_.dtype, initial=0, fixed=type_.shape)],
        [element, weight],
        reduced=[tap],
        combine=lambda values, sums: [sums[0] + values[0] * values[1]],
    )[0]
    return reshape(result, type_.shape)


def _constant(composition: Composition, array: np.ndarray, access: Access) -> Expression:
    return composition.read(Value(TensorType.of(array), constant=array), access)


def _taps(node: Node, axis: int) -> tuple[np.ndarray, np.ndarray]:
    size, count = node.input(0).type.shape[axis], node.output.type.shape[axis]
    attributes = node.attributes
    if size == count and attributes["scales"][axis] == 1:
        return np.arange(size)[:, None], np.ones((size, 1))
    how = Interpolation(
        attributes["mode"],
        attributes["coordinate_transformation_mode"],
        attributes["nearest_mode"],
        attributes["cubic_coeff_a"],
        bool(attributes["exclude_outside"]),
        bool(attributes["antialias"]),
    )
    return taps(size, count, attributes["scales"][axis], how)
