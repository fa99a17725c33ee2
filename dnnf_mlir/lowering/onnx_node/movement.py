"""Slice, Pad, ReverseSequence, GatherND and their like, whose bounds are run-time values."""

from math import prod

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.dialect_defs.one_to_one.movement import first_position
from dnnf_mlir.emit.control import Array, loop
from dnnf_mlir.emit.scalar import Number, Scalar, all_of, number, select
from dnnf_mlir.emit.scalar_programs import each
from dnnf_mlir.emit.shapes import extract_slice, reshape
from dnnf_mlir.graph.extents import by_dimension, position
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.lowering.borders import copied_position

from .node import OpaqueNode
from .registry import opaque


def places(axes: Array | None, count: int, rank: int) -> list[Scalar] | range:
    """The dimensions that run-time axes name, by default the first ones."""
    return range(count) if axes is None else [position(axis, rank) for axis in elements(axes)]


def elements(array: Array) -> list[Scalar]:
    """The elements of a small vector as i64; read in the body that is being built."""
    return [array.read(i).to("i64") for i in range(array.shape[0])]


def _index(value: Number) -> Scalar:
    return value.to("index") if isinstance(value, Scalar) else number(value, "index")


@opaque("Reshape", "Squeeze", "Unsqueeze")
def _reshape(node: OpaqueNode) -> list[ir.Value]:
    """The same elements; the declared shape was compared with what the run-time values ask for.

    A size that is left over is calculated; the module checks the number of elements of sizes that it determines.
    """
    x, shape = node.array(0), node.result().shape
    if prod(x.shape) != prod(shape) and not any(map(is_dynamic, (*x.shape, *shape))):
        raise ValueError(f"{list(x.shape)} has not as many elements as {list(shape)}")
    return [reshape(x.tensor, shape, outside=True)]


@opaque("Expand")
def _expand(node: OpaqueNode) -> list[ir.Value]:
    x, shape = node.array(0), node.result().shape
    if x.rank > len(shape):
        raise ValueError(f"{list(x.shape)} has more dimensions than {list(shape)}")

    def body(positions: list[Scalar]) -> list[Scalar]:
        inner = positions[len(shape) - x.rank :]
        return [x.read(*[at.min(extent - 1) for at, extent in zip(inner, x.shape, strict=True)])]

    return each(shape, [x.dtype], body)


@opaque("Tile")
def _tile(node: OpaqueNode) -> list[ir.Value]:
    x = node.array(0)

    def body(positions: list[Scalar]) -> list[Scalar]:
        return [x.read(*[at % max(1, extent) for at, extent in zip(positions, x.shape, strict=True)])]

    return each(node.result().shape, [x.dtype], body)


@opaque("Split")
def _split(node: OpaqueNode) -> list[ir.Value]:
    """The parts one behind the other, of the declared sizes or of as many elements as the run-time values say."""
    x = node.array(0)
    axis = node.attributes["axis"] % x.rank
    shapes = [value.type.shape for value in node.results if value is not None]
    if len(shapes) < len(node.results):
        raise ValueError("a part that is left out has no size")
    parts, start = [], 0
    for shape in shapes:
        parts.append(extract_slice(x.tensor, [start if i == axis else 0 for i in range(x.rank)], shape))
        start += shape[axis]
    if start != x.shape[axis] and not is_dynamic(start):
        raise ValueError(f"the parts are {start} of {x.shape[axis]} elements")
    return parts


@opaque("Slice")
def _slice(node: OpaqueNode) -> list[ir.Value]:
    x = node.array(0)
    starts = node.array(1)
    axes = node.array(3) if node.has_input(3) else None
    steps = node.array(4) if node.has_input(4) else None

    def body(positions: list[Scalar]) -> list[Scalar]:
        count = starts.shape[0]
        chosen = places(axes, count, x.rank)
        start = by_dimension(elements(starts), chosen, x.rank, 0)
        step = by_dimension([1] * count if steps is None else elements(steps), chosen, x.rank, 1)
        source = []
        for place, extent, first, stride in zip(positions, x.shape, start, step, strict=True):
            at = _index(first_position(extent, first, stride)) + place * _index(stride)
            source.append(at.max(0).min(max(0, extent - 1)))
        return [x.read(*source)]

    return each(node.result().shape, [x.dtype], body)


@opaque("Pad")
def _pad(node: OpaqueNode) -> list[ir.Value]:
    x, pads = node.array(0), node.array(1)
    value = node.array(2) if node.has_input(2) else None
    axes = node.array(3) if node.has_input(3) else None
    mode = node.attributes["mode"]

    def body(positions: list[Scalar]) -> list[Scalar]:
        widths = elements(pads)
        count = len(widths) // 2
        chosen = places(axes, count, x.rank)
        before, after = (by_dimension(part, chosen, x.rank, 0) for part in (widths[:count], widths[count:]))
        if mode != "constant":
            sides = zip(positions, x.shape, before, after, strict=True)
            return [x.read(*[copied_position(mode, place, size, *widths) for place, size, *widths in sides])]
        source = [position - _index(width) for position, width in zip(positions, before, strict=True)]
        border = number(0, x.dtype) if value is None else value.read(*[0] * value.rank)
        if 0 in x.shape:
            return [border]
        inside = all_of([(at >= 0) & (at < extent) for at, extent in zip(source, x.shape, strict=True)])
        element = x.read(*[at.max(0).min(extent - 1) for at, extent in zip(source, x.shape, strict=True)])
        return [select(inside, element, border)]

    return each(node.result().shape, [x.dtype], body)


@opaque("ReverseSequence")
def _reverse_sequence(node: OpaqueNode) -> list[ir.Value]:
    x, lengths = node.array(0), node.array(1)
    time, batch = node.attributes["time_axis"], node.attributes["batch_axis"]
    if not 0 <= time < x.rank or not 0 <= batch < x.rank:
        raise ValueError(f"its axes {time} and {batch} are none of {x.rank} dimensions")
    node.expect_shape(1, x.shape[batch : batch + 1])

    def body(positions: list[Scalar]) -> list[Scalar]:
        length = lengths.read(positions[batch]).to("index").max(0).min(x.shape[time])
        source = list(positions)
        source[time] = select(positions[time] < length, length - positions[time] - 1, positions[time])
        return [x.read(*source)]

    return each(x.shape, [x.dtype], body)


@opaque("GatherND")
def _gather_nd(node: OpaqueNode) -> list[ir.Value]:
    x, indices = node.array(0), node.array(1)
    batch, depth = node.attributes["batch_dims"], indices.shape[-1]
    node.expect_shape(1, (*x.shape[:batch], *indices.shape[batch:]))
    node.expect_inside(1, x.shape[batch : batch + depth])

    def body(positions: list[Scalar]) -> list[Scalar]:
        outer, inner = positions[: indices.rank - 1], positions[indices.rank - 1 :]
        chosen = [indices.read(*outer, i).to("index").inside(x.shape[batch + i]) for i in range(depth)]
        return [x.read(*positions[:batch], *chosen, *inner)]

    return each(node.result().shape, [x.dtype], body)


@opaque("Trilu")
def _trilu(node: OpaqueNode) -> list[ir.Value]:
    x = node.array(0)
    k = node.array(1) if node.has_input(1) else None
    node.expect_scalar(1)
    upper = node.attributes["upper"]

    def body(positions: list[Scalar]) -> list[Scalar]:
        shift = number(0, "index") if k is None else k.read(*[0] * k.rank).to("index")
        row, column = positions[-2] + shift, positions[-1]
        return [select(column >= row if upper else column <= row, x.read(*positions), 0)]

    return each(x.shape, [x.dtype], body)


@opaque("OneHot")
def _one_hot(node: OpaqueNode) -> list[ir.Value]:
    indices, values = node.array(0), node.array(2)
    shape = node.result().shape
    axis = node.attributes["axis"] % len(shape)
    node.expect_scalar(1)
    node.expect_shape(2, (2,))

    def body(positions: list[Scalar]) -> list[Scalar]:
        at = indices.read(*positions[:axis], *positions[axis + 1 :]).to("index").wrapped(shape[axis])
        return [select(at.equals(positions[axis]), values.read(1), values.read(0))]

    return each(shape, [values.dtype], body)


@opaque("EyeLike")
def _eye_like(node: OpaqueNode) -> list[ir.Value]:
    type_, k = node.result(), node.attributes["k"]

    def body(positions: list[Scalar]) -> list[Scalar]:
        return [positions[1].equals(positions[0] + k).to(type_.dtype)]

    return each(type_.shape, [type_.dtype], body)


@opaque("ConstantOfShape")
def _constant_of_shape(node: OpaqueNode) -> list[ir.Value]:
    value = node.attributes.get("value")
    type_ = node.result()
    scalar = 0 if value is None else _only(value)
    return each(type_.shape, [type_.dtype], lambda positions: [number(scalar, type_.dtype)])


def _only(value: object) -> float | int | bool:
    from onnx import TensorProto, numpy_helper  # noqa: PLC0415

    if not isinstance(value, TensorProto):
        raise TypeError(f"expected a tensor, got {type(value).__name__}")
    item = numpy_helper.to_array(value).reshape(-1)[0]
    return item.item() if item.dtype.kind in "biuf" else float(item)


@opaque("CumSum", "CumProd")
def _cumulate(node: OpaqueNode) -> list[ir.Value]:
    """The sum (product) of the elements before a position along a run-time axis."""
    x, axis = node.array(0), node.array(1)
    exclusive, reverse = node.attributes["exclusive"], node.attributes["reverse"]
    product = node.proto.op_type == "CumProd"
    node.expect_scalar(1)

    def body(positions: list[Scalar]) -> list[Scalar]:
        along = axis.read(*[0] * axis.rank).to("index").wrapped(x.rank)
        here, extent = positions[0], number(x.shape[0], "index")
        for dimension in range(1, x.rank):
            is_axis = along.equals(dimension)
            here = select(is_axis, positions[dimension], here)
            extent = select(is_axis, number(x.shape[dimension], "index"), extent)
        lower = here + (1 if exclusive else 0) if reverse else number(0, "index")
        upper = extent if reverse else here + (0 if exclusive else 1)

        def step(at: Scalar, state: list[Scalar]) -> list[Scalar]:
            source = [select(along.equals(d), at, position) for d, position in enumerate(positions)]
            element = x.read(*source)
            return [state[0] * element if product else state[0] + element]

        return loop(lower, upper, [number(1 if product else 0, x.dtype)], step)

    return each(x.shape, [x.dtype], body)
