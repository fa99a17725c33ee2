"""Operators that select or place elements by run-time values, one after the other: Compress, NonZero, Scatter."""

from math import prod

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.emit.control import Array, State, constant_array, copied, either, grid, loop, memory
from dnnf_mlir.emit.scalar import Scalar, number, select
from dnnf_mlir.emit.scalar_programs import sequence
from dnnf_mlir.graph.size import is_dynamic

from .node import OpaqueNode
from .registry import opaque


@opaque("Compress")
def _compress(node: OpaqueNode) -> list[ir.Value]:
    """The slices along ``axis`` (the elements, without one) whose condition holds."""
    x, condition = node.array(0), node.array(1)
    shape = node.result().shape
    axis = node.attributes.get("axis")
    axis = None if axis is None else axis % x.rank
    if 0 in shape:
        return [constant_array(shape, x.dtype, 0).tensor]
    size = shape[0 if axis is None else axis]
    room = shape
    if node.determines(size):
        room = (prod(x.shape),) if axis is None else x.shape

    def program(read: list[Array], state: list[Array]) -> list[Array]:
        data, chosen = read

        def found(last: list[State]) -> list[Array]:
            return [last[0], state[1].write(last[1].to("i64"), 0)]

        def take(position: list[Scalar], carried_state: list[State]) -> list[State]:
            result, count = carried_state
            element = data.read(*position)
            at = _flat(position, data.shape) if axis is None else position[axis]
            target = [count] if axis is None else [*position[:axis], count, *position[axis + 1 :]]
            # The condition may be shorter than the dimension.
            within = at < chosen.shape[0]
            holds = within & chosen.read(at.min(chosen.shape[0] - 1)).to("i1")
            written = either(holds, lambda: [result.write(element, *target)], lambda: [result], [result])
            return [written[0], count + select(holds, number(1, "index"), 0)]

        zero = number(0, "index")
        if axis is None:
            return found(grid(data.shape, [state[0], zero], take))

        def slices(at: Scalar, carried_state: list[State]) -> list[State]:
            result, count = carried_state
            others = [extent for i, extent in enumerate(data.shape) if i != axis]

            def copy(position: list[Scalar], inner: list[State]) -> list[State]:
                whole = [*position[:axis], at, *position[axis:]]
                return [take(whole, [inner[0], count])[0]]

            within = at < chosen.shape[0]
            holds = within & chosen.read(at.min(chosen.shape[0] - 1)).to("i1")
            return [grid(others, [result], copy)[0], count + select(holds, number(1, "index"), 0)]

        return found(loop(0, data.shape[axis], [state[0], zero], slices))

    start = memory(room, x.dtype) if node.determines(size) else constant_array(shape, x.dtype, 0)
    results = sequence([x, condition], [start, memory((1,), "i64")], program)
    return [taken(node, size, results, shape)]


def _flat(position: list[Scalar], shape: tuple[int, ...]) -> Scalar:
    """The row-major number of an element."""
    found = number(0, "index")
    for at, extent in zip(position, shape, strict=True):
        found = found * extent + at
    return found


def taken(node: OpaqueNode, size: int, results: list[ir.Value], shape: tuple[int, ...]) -> ir.Value:
    """The first of two results, cut to its shape: the second holds the size where that is not known before."""
    if node.determines(size):
        node.count(size, Array(results[1], "i64").read(0))
    return node.cut(results[0], shape)


@opaque("NonZero")
def _non_zero(node: OpaqueNode) -> list[ir.Value]:
    """As many columns as there are, or as the result's type says."""
    x = node.array(0)
    shape = node.result().shape
    if 0 in shape:
        return [constant_array(shape, "i64", 0).tensor]
    room = (shape[0], prod(x.shape) if node.determines(shape[1]) else shape[1])

    def program(read: list[Array], state: list[Array]) -> list[Array]:
        def take(position: list[Scalar], inner: list[State]) -> list[State]:
            result, count = inner
            holds = read[0].read(*position).to("i1") & (count < room[1])

            def write() -> list[State]:
                written = result
                for dimension, at in enumerate(position):
                    written = written.write(at.to("i64"), dimension, count)
                return [written]

            return [
                either(holds, write, lambda: [result], [result])[0],
                count + select(holds, number(1, "index"), 0),
            ]

        result, count = grid(read[0].shape, [state[0], number(0, "index")], take)
        return [result, state[1].write(count.to("i64"), 0)]

    start = memory(room, "i64") if node.determines(shape[1]) else constant_array(shape, "i64", 0)
    results = sequence([x], [start, memory((1,), "i64")], program)
    return [taken(node, shape[1], results, shape)]


def _combined(reduction: str, old: Scalar, new: Scalar) -> Scalar:
    match reduction:
        case "add":
            return old | new if old.dtype == "i1" else old + new
        case "mul":
            return old & new if old.dtype == "i1" else old * new
        case "max":
            return old.max(new)
        case "min":
            return old.min(new)
    return new


@opaque("ScatterElements", "Scatter")
def _scatter_elements(node: OpaqueNode) -> list[ir.Value]:
    x, indices, updates = node.array(0), node.array(1), node.array(2)
    axis = node.attributes["axis"] % x.rank
    reduction = node.attributes.get("reduction", "none")
    node.expect_shape(2, indices.shape)
    node.expect_inside(1, x.shape[axis : axis + 1])
    others = [pair for i, pair in enumerate(zip(indices.shape, x.shape, strict=True)) if i != axis]
    if any(a > b for a, b in others if not is_dynamic(a - b)):
        raise ValueError(f"indices {list(indices.shape)} reach beyond {list(x.shape)}")
    if 0 in indices.shape:
        return [x.tensor]

    def program(read: list[Array], state: list[Array]) -> list[Array]:
        def place(position: list[Scalar], inner: list[State]) -> list[State]:
            target = list(position)
            target[axis] = read[0].read(*position).to("index").inside(x.shape[axis])
            new = _combined(reduction, inner[0].read(*target), read[1].read(*position))
            return [inner[0].write(new, *target)]

        return grid(read[0].shape, [copied(read[2], state[0])], place)

    return sequence([indices, updates, x], [memory(x.shape, x.dtype)], program)


@opaque("ScatterND")
def _scatter_nd(node: OpaqueNode) -> list[ir.Value]:
    x, indices, updates = node.array(0), node.array(1), node.array(2)
    reduction = node.attributes.get("reduction", "none")
    depth, outer = indices.shape[-1], indices.rank - 1
    node.expect_shape(2, (*indices.shape[:-1], *x.shape[depth:]))
    node.expect_inside(1, x.shape[:depth])
    if 0 in updates.shape:
        return [x.tensor]

    def program(read: list[Array], state: list[Array]) -> list[Array]:
        def place(position: list[Scalar], inner: list[State]) -> list[State]:
            chosen = [read[0].read(*position[:outer], i).to("index").inside(x.shape[i]) for i in range(depth)]
            target = [*chosen, *position[outer:]]
            new = _combined(reduction, inner[0].read(*target), read[1].read(*position))
            return [inner[0].write(new, *target)]

        return grid(read[1].shape, [copied(read[2], state[0])], place)

    return sequence([indices, updates, x], [memory(x.shape, x.dtype)], program)
