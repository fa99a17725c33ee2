"""Operators that read or write elements at indices."""

import numpy as np

from tests.differential.case import Array, Case
from tests.differential.drawing import Draw, draws


def _indices(draw: Draw, size: int, shape: tuple[int, ...], least: int = 11, dtype: type = np.int64) -> Array:
    """Within a dimension; negative ones from the version on that has them."""
    low = -size if draw.opset >= least else 0
    return np.asarray(draw.numbers.integers(low, size, shape), dtype)


@draws("Gather")
def gather(draw: Draw) -> Case:
    shape = draw.shape(1, low=2)
    axis = draw.axis(len(shape))
    indices = _indices(draw, max(shape[axis], 1), draw.shape(0, 2), dtype=draw.choice([np.int64, np.int32]))
    return draw.case([draw.array(shape, draw.dtype()), indices], {"axis": axis if axis or draw.chance() else None})


@draws("GatherElements")
def gather_elements(draw: Draw) -> Case:
    shape = draw.shape(1, low=2)
    axis = draw.axis(len(shape))
    own = [draw.integer(1, size) for size in shape]
    own[axis] = draw.integer(1, 6)
    indices = _indices(draw, shape[axis], tuple(own), dtype=draw.choice([np.int64, np.int32]))
    return draw.case([draw.array(shape, draw.dtype()), indices], {"axis": axis})


@draws("GatherND")
def gather_nd(draw: Draw) -> Case:
    shape = draw.shape(2, low=2, high=4)
    batch = draw.integer(0, len(shape) - 1) if draw.has("batch_dims") and draw.chance(0.4) else 0
    depth = draw.integer(1, len(shape) - batch)
    own = (*shape[:batch], *draw.shape(0 if batch else 1, 2, 2, 3))
    parts = [_indices(draw, size, own) for size in shape[batch : batch + depth]]
    attributes = {"batch_dims": batch} if batch else {}
    return draw.case([draw.array(shape, draw.dtype()), np.stack(parts, -1)], attributes)


@draws("Scatter", "ScatterElements")
def scatter_elements(draw: Draw) -> Case:
    shape, dtype = draw.shape(1, low=2), draw.dtype()
    axis = draw.axis(len(shape))
    reductions = ["none", "add", "mul", *(["max", "min"] if draw.opset >= 18 else [])]
    reduction = draw.choice(reductions) if draw.has("reduction") and draw.chance(0.7) else None
    if np.dtype(dtype) == np.bool_:
        reduction = None
    own = [draw.integer(1, size) for size in shape]
    along = shape[axis]
    if reduction in (None, "none"):  # one index twice has no defined result
        order = np.argsort(draw.numbers.random((*own[:axis], along, *own[axis % len(shape) + 1 :])), axis=axis)
        indices = np.take(order, range(own[axis]), axis=axis)
    else:
        own[axis] = draw.integer(1, 6)
        indices = _indices(draw, along, tuple(own))
    updates = draw.array(indices.shape, dtype)
    return draw.case([draw.array(shape, dtype), indices, updates], {"axis": axis, "reduction": reduction})


@draws("ScatterND")
def scatter_nd(draw: Draw) -> Case:
    shape, dtype = draw.shape(1, low=2, high=4), draw.dtype()
    depth = draw.integer(1, len(shape))
    reductions = ["none", "add", "mul", *(["max", "min"] if draw.opset >= 18 else [])]
    reduction = draw.choice(reductions) if draw.has("reduction") and draw.chance(0.7) else None
    if np.dtype(dtype) == np.bool_:
        reduction = None
    cells = int(np.prod(shape[:depth]))
    count = draw.integer(1, min(cells, 4))
    chosen = draw.numbers.choice(cells, count, replace=reduction not in (None, "none"))
    indices = np.stack(np.unravel_index(chosen, shape[:depth]), -1).astype(np.int64)
    updates = draw.array((count, *shape[depth:]), dtype)
    return draw.case([draw.array(shape, dtype), indices, updates], {"reduction": reduction})


@draws("OneHot")
def one_hot(draw: Draw) -> Case:
    shape, depth = draw.shape(1, 3), draw.integer(2, 6)
    rank = len(shape) + 1
    kind = draw.dtype("T1", ["int32", "int64", "float"])
    low = -depth if draw.opset >= 11 else 0
    indices = np.asarray(draw.numbers.integers(low - draw.integer(0, 1), depth + draw.integer(0, 1), shape), kind)
    values = draw.array((2,), draw.dtype("T3", ["float", "int32", "int64", "double"]))
    depths = draw.sizes(draw.choice([depth, [depth]]))
    return draw.case(
        [indices, depths, values], {"axis": draw.choice([None, draw.integer(-rank, rank - 1)])}, constant=[1]
    )


@draws("Compress")
def compress(draw: Draw) -> Case:
    shape = draw.shape(1, low=2)
    axis = draw.axis(len(shape)) if draw.chance(0.7) else None
    most = int(np.prod(shape)) if axis is None else shape[axis]
    condition = draw.array((draw.integer(1, max(most, 1)),), np.bool_)
    return draw.case([draw.array(shape, draw.dtype()), condition], {"axis": axis})


@draws("NonZero")
def non_zero(draw: Draw) -> Case:
    return draw.case([draw.array(draw.shape(1), draw.dtype(), -1, 1)])


@draws("Unique")
def unique(draw: Draw) -> Case:
    shape = draw.shape(1, 3)
    x = draw.array(shape, draw.dtype(), 0, 3)
    if x.dtype.kind == "f":
        x = np.round(x)
    axis = draw.axis(len(shape)) if draw.chance() else None
    outputs = draw.choice([1, 4, [0, 3], [0, 2]])
    return draw.case([x], {"axis": axis, "sorted": draw.choice([None, 0, 1])}, outputs=outputs)


@draws("NonMaxSuppression")
def suppression(draw: Draw) -> Case:
    batch, classes, boxes = draw.integer(1, 2), draw.integer(1, 3), draw.integer(1, 8)
    corners = np.sort(draw.numbers.random((batch, boxes, 2, 2)), axis=2).reshape(batch, boxes, 4)
    scores = draw.numbers.random((batch, classes, boxes))
    most = draw.sizes([draw.integer(0, 5)]) if draw.chance(0.8) else None
    limits = [np.array([draw.number(0, 1)], np.float32) if draw.chance(0.6) else None for _ in range(2)]
    operands = [corners.astype(np.float32), scores.astype(np.float32), most, *limits]
    return draw.case(operands, {"center_point_box": draw.choice([None, 0, 1])}, constant=[2, 3, 4])


@draws("TensorScatter")
def tensor_scatter(draw: Draw) -> Case:
    batch, most, width = draw.integer(1, 3), draw.integer(3, 6), draw.integer(1, 4)
    count, dtype = draw.integer(1, 3), draw.dtype()
    mode = draw.choice([None, "linear", "circular"])
    high = most - count if mode != "circular" else most - 1
    where = draw.sizes(draw.integers(batch, 0, high)) if draw.chance(0.8) else None
    past, update = draw.array((batch, 2, most, width), dtype), draw.array((batch, 2, count, width), dtype)
    return draw.case([past, update, where], {"mode": mode, "axis": draw.choice([None, -2, 2])})
