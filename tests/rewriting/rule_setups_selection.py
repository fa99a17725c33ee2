"""What the variables stand for in rules of Gather, Slice, Split, Concat and Pad."""

import numpy as np
from rule_instances import Bindings, Drawing, setup

from dnnf_mlir.dialect_defs.one_to_one.movement import Slice, Split
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.tensor_type import TensorType


def _size(drawing: Drawing, low: int = 1, high: int = 5) -> int:
    return int(drawing.generator.integers(low, high))


def _some_shape(drawing: Drawing, low: int = 1) -> tuple[int, ...]:
    return tuple(_size(drawing) for _ in range(_size(drawing, low, 4)))


def _indices(drawing: Drawing, size: int) -> Value:
    """Fewer indices than there are elements, so that gathering first pays, often a single one."""
    shape = [(), (1,), (2,)][_size(drawing, 0, 3)]
    array = np.asarray(drawing.generator.integers(-size, size, shape))
    return Value(TensorType.of(array), "i", constant=array)


@setup("gather_in_steps")
def _steps(drawing: Drawing) -> Bindings:
    shape = _some_shape(drawing)
    axis = _size(drawing, 0, len(shape))
    start, step = _size(drawing, 0, shape[axis]), _size(drawing, 1, 3)
    array = np.arange(start, shape[axis], step) - shape[axis] * _size(drawing, 0, 2)
    return {
        "x": drawing.tensor(shape, "x"),
        "i": Value(TensorType.of(array), "i", constant=array),
        "axis": axis,
    }


@setup("gather_before_unary", "gather_before_binary", "gather_before_binary_scalar")
def _gathered(drawing: Drawing) -> Bindings:
    shape = _some_shape(drawing)
    axis = _size(drawing, 0, len(shape))
    return {
        "x": drawing.tensor(shape, "x"),
        "y": drawing.constant(shape[axis + 1 :] if drawing.generator.integers(2) else (1, 1)[: len(shape)]),
        "i": _indices(drawing, shape[axis]),
        "axis": axis,
    }


@setup("gather_before_matmul", "slice_before_matmul", "slice_of_columns")
def _gathered_rows(drawing: Drawing) -> Bindings:
    shape = _some_shape(drawing, 2)
    axis, columns = _size(drawing, 0, len(shape) - 1), 4
    found = {"x": drawing.tensor(shape, "x"), "i": _indices(drawing, shape[axis]), "axis": axis}
    result = (*shape[:-1], columns)
    if drawing.rule.name == "slice_of_columns":
        return {**found, "w": drawing.constant((shape[-1], columns)), **_slice(drawing, result, [len(shape) - 1])}
    sliced = _slice(drawing, result, range(len(shape) - 1)) if "slice" in drawing.rule.name else {}
    return {**found, "w": drawing.tensor((shape[-1], columns), "w"), **sliced}


@setup("gather_before_normalization", "slice_before_normalization")
def _normalized(drawing: Drawing) -> Bindings:
    shape = _some_shape(drawing, 2)
    first = _size(drawing, 1, len(shape))
    axis = _size(drawing, 0, first)
    sliced = _slice(drawing, shape, range(first)) if "slice" in drawing.rule.name else {}
    return {
        "x": drawing.tensor(shape, "x"),
        "g": drawing.constant(shape[first:]),
        "b": drawing.constant(shape[-1:]) if drawing.generator.integers(2) else None,
        "i": _indices(drawing, shape[axis]),
        "axis": axis,
        "n": first,
        "epsilon": 0.1,
        **sliced,
    }


def _slice(drawing: Drawing, shape: tuple[int, ...], axes: object = None) -> Bindings:
    """Starts, steps and the resulting shape of a Slice along some dimensions."""
    starts, steps, result = [0] * len(shape), [1] * len(shape), list(shape)
    for axis in range(len(shape)) if axes is None else axes:  # type: ignore[attr-defined]
        starts[axis], steps[axis] = _size(drawing, 0, shape[axis]), _size(drawing, 1, 3)
        result[axis] = len(range(starts[axis], shape[axis], steps[axis]))
    return {"starts": tuple(starts), "steps": tuple(steps), "shape_of_Slice": tuple(result)}


@setup("slice_before_unary", "slice_before_both", "slice_before_binary_scalar")
def _sliced(drawing: Drawing) -> Bindings:
    shape = _some_shape(drawing)
    return {"x": drawing.tensor(shape, "x"), "y": drawing.tensor(shape, "y"), **_slice(drawing, shape)}


@setup("slice_before_binary")
def _sliced_with_row(drawing: Drawing) -> Bindings:
    shape = _some_shape(drawing)
    axis = _size(drawing, 0, len(shape))
    row = tuple(1 if place == axis else size for place, size in enumerate(shape))
    y = drawing.constant(row if drawing.generator.integers(2) else shape[axis + 1 :])
    return {"x": drawing.tensor(shape, "x"), "y": y, **_slice(drawing, shape, [axis])}


def _parts(drawing: Drawing) -> tuple[tuple[Value, ...], int, tuple[int, ...]]:
    shape = _some_shape(drawing)
    axis = _size(drawing, 0, len(shape))
    sizes = [_size(drawing) for _ in range(_size(drawing, 2, 4))]
    parts = tuple(drawing.tensor((*shape[:axis], size, *shape[axis + 1 :])) for size in sizes)
    return parts, axis, (*shape[:axis], sum(sizes), *shape[axis + 1 :])


@setup("slice_of_concat")
def _sliced_operand(drawing: Drawing) -> Bindings:
    parts, axis, _ = _parts(drawing)
    chosen = _size(drawing, 0, len(parts))
    begin = sum(part.type.shape[axis] for part in parts[:chosen])
    found = _slice(drawing, parts[chosen].type.shape)
    starts = tuple(start + begin if place == axis else start for place, start in enumerate(found["starts"]))
    return {"x": parts, "axis": axis, **found, "starts": starts}


@setup("split_of_concat")
def _split_again(drawing: Drawing) -> Bindings:
    parts, axis, _ = _parts(drawing)
    return {"x": parts, "axis": axis, "parts": [part.type for part in parts]}


@setup("concat_of_split")
def _joined_again(drawing: Drawing) -> Bindings:
    parts, axis, shape = _parts(drawing)
    Node(Split, [drawing.tensor(shape, "x")], list(parts), {"axis": axis}, "split")
    return {"x": parts, "axis": axis, "result": drawing.tensor(shape).type}


@setup("concat_of_slices")
def _joined_slices(drawing: Drawing) -> Bindings:
    parts, axis, shape = _parts(drawing)
    margin = _size(drawing, 0, 3)
    x = drawing.tensor((*shape[:axis], shape[axis] + margin, *shape[axis + 1 :]), "x")
    position = margin
    for number, part in enumerate(parts):
        starts = tuple(position if place == axis else 0 for place in range(len(shape)))
        Node(Slice, [x], [part], {"starts": starts, "steps": (1,) * len(shape)}, f"slice{number}")
        position += part.type.shape[axis]
    return {"x": parts, "axis": axis, "result": drawing.tensor(shape).type}


@setup("slice_of_pad")
def _sliced_padding(drawing: Drawing) -> Bindings:
    shape = _some_shape(drawing)
    pads = tuple(_size(drawing, 0, 3) for _ in range(2 * len(shape)))
    found = _slice(drawing, shape)
    starts = tuple(start + pad for start, pad in zip(found["starts"], pads, strict=False))
    return {"x": drawing.tensor(shape, "x"), "pads": pads, **found, "starts": starts}


@setup("reduction_before_transpose")
def _reduced(drawing: Drawing) -> Bindings:
    shape = _some_shape(drawing, 2)
    perm = tuple(int(axis) for axis in drawing.generator.permutation(len(shape)))
    axes = tuple(axis for axis in range(len(shape)) if drawing.generator.integers(2)) or (0,)
    return {"x": drawing.tensor(shape, "x"), "perm": perm, "axes": axes}


@setup("product_of_steps", "layer_of_steps")
def _steps(drawing: Drawing) -> Bindings:
    shape = [_size(drawing, 2) for _ in range(_size(drawing, 3, 5))]
    axis, columns = _size(drawing, 0, len(shape) - 1), _size(drawing)
    x = drawing.tensor(tuple(shape), "x")
    one, without = [*shape[:axis], 1, *shape[axis + 1 :]], [*shape[:axis], *shape[axis + 1 :]]
    steps = tuple(drawing.tensor(tuple(one)) for _ in range(shape[axis]))
    for number, step in enumerate(steps):
        starts = tuple(number if place == axis else 0 for place in range(len(shape)))
        Node(Slice, [x], [step], {"starts": starts, "steps": (1,) * len(shape)}, f"slice{number}")
    return {
        "y": steps,
        "w": drawing.constant((shape[-1], columns)),
        "b": drawing.constant((columns,)),
        "axis": axis,
        "shape_of_Squeeze": [tuple(without)] * len(steps),
        "shape_of_Unsqueeze": [(*one[:-1], columns)] * len(steps),
    }
