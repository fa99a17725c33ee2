"""Resize: whole-number enlargements are index maps, the rest weighted sums of a few elements, by dimension."""

import math
from dataclasses import dataclass

import numpy as np

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.dialect_defs.coordinates import original_coordinate
from dnnf_mlir.dialect_defs.one_to_many.resize import Resize
from dnnf_mlir.emit.shapes import reshape
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.lowering.api import Composition, Region, composed, structured
from dnnf_mlir.lowering.linalg.contraction import contracted
from dnnf_mlir.lowering.linalg.gathering import element_at, indexed, position_of
from dnnf_mlir.lowering.linalg.index_maps import Access, Apply, Dim, Expression, Loop, divided, iterate


@dataclass(frozen=True)
class Interpolation:
    """ONNX's attributes of Resize that tell how one dimension is interpolated."""

    mode: str
    coordinates: str
    nearest: str
    cubic: float
    exclude_outside: bool
    antialias: bool


def taps(size: int, count: int, scale: float, how: Interpolation) -> tuple[np.ndarray, np.ndarray]:
    """Positions and weights of the elements that each of ``count`` results reads, both of shape [count, taps]."""
    positions = np.array([original_coordinate(how.coordinates, float(i), size, count, scale) for i in range(count)])
    if how.mode == "nearest":
        chosen = np.clip([_nearest(x, how.nearest) for x in positions], 0, size - 1).astype(np.int64)
        return chosen[:, None], np.ones((count, 1))
    stretch = min(scale, 1.0) if how.antialias else 1.0
    support = (1 if how.mode == "linear" else 2) / stretch
    first = np.floor(positions - support).astype(np.int64) + 1
    indices = first[:, None] + np.arange(math.ceil(2 * support) + 1)
    weights = _kernel((indices - positions[:, None]) * stretch, how)
    if how.exclude_outside:
        weights = np.where((indices < 0) | (indices >= size), 0, weights)
    weights = weights / weights.sum(axis=1, keepdims=True)
    used = np.flatnonzero((weights != 0).any(axis=0))
    return np.clip(indices[:, used], 0, size - 1), weights[:, used]


def _nearest(x: float, mode: str) -> int:
    match mode:
        case "floor":
            return math.floor(x)
        case "ceil":
            return math.ceil(x)
        case "round_prefer_ceil":
            return math.floor(x + 0.5)
    return math.ceil(x - 0.5)


def _kernel(distance: np.ndarray, how: Interpolation) -> np.ndarray:
    x = np.abs(distance)
    if how.mode == "linear":
        return np.asarray(np.maximum(0, 1 - x))
    a = how.cubic
    near = (a + 2) * x**3 - (a + 3) * x**2 + 1
    far = a * x**3 - 5 * a * x**2 + 8 * a * x - 4 * a
    return np.asarray(np.where(x <= 1, near, np.where(x < 2, far, 0)))


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
    return reshape(contracted(composition, access, type_.dtype, [element, weight], [tap], type_.shape), type_.shape)


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
