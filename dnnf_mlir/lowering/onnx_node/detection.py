"""NonMaxSuppression: the boxes of each class from the best on, without those that overlap a better one."""

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.emit.control import Array, State, constant_array, either, loop, memory, repeat_while
from dnnf_mlir.emit.scalar import Scalar, number, select
from dnnf_mlir.emit.scalar_programs import sequence
from dnnf_mlir.graph.size import is_dynamic

from .checks import refuse_unless
from .node import OpaqueNode
from .registry import opaque
from .selection import taken
from .sorting import merge_sort


@opaque("NonMaxSuppression")
def _non_max_suppression(node: OpaqueNode) -> list[ir.Value]:
    """[batch, class, box] of each selected box; where the result's type says how many, the module stops for others."""
    boxes, scores = node.array(0), node.array(1)
    batches, classes, count = scores.shape
    shape = node.result().shape
    node.expect_shape(0, (batches, count, 4))
    node.expect_scalar(2, 3, 4)
    if 0 in scores.shape:
        if node.determines(shape[0]):
            node.count(shape[0], number(0, "i64"))
        elif not is_dynamic(shape[0]):
            refuse_unless(number(shape[0] == 0, "i1"), node, range(5))
        return [constant_array(shape, "i64", 0).tensor]
    room = batches * classes * count + (0 if is_dynamic(shape[0]) else shape[0])
    given = [node.array(i) if node.has_input(i) else None for i in (2, 3, 4)]
    present = [array for array in given if array is not None]
    center = bool(node.attributes["center_point_box"])

    def program(read: list[Array], state: list[Array]) -> list[Array]:
        corners, values, *parameters = read
        remaining = iter(parameters)
        limits = [None if array is None else next(remaining) for array in given]
        most, overlap, least = (None if a is None else a.read(*[0] * a.rank) for a in limits)
        limit = number(0, "index") if most is None else most.to("index")
        highest_overlap = number(0, "f32") if overlap is None else overlap

        def of_class(batch: Scalar, kind: Scalar, outer: list[State]) -> list[State]:
            def score(box: Scalar) -> Scalar:
                return values.read(batch, kind, box)

            order, row = merge_sort(outer[2], count, lambda a, b: score(a) > score(b))
            first: Scalar = outer[1]

            def consider(at: Scalar, inner: list[State]) -> list[State]:
                result: Array = inner[0]
                position: Scalar = inner[1]
                box = order.read(row, at).to("index")
                passes = number(True, "i1") if least is None else score(box) > least
                open_ = passes & (position - first < limit) & (position < room)

                def goes_on(state: list[State]) -> Scalar:
                    other: Scalar = state[0]
                    return other < position

                def compare(state: list[State]) -> list[State]:
                    taken_box = result.read(state[0], 2).to("index")
                    over = _overlap(corners, batch, taken_box, box, center) > highest_overlap
                    # A box that overlaps ends the search behind the last one.
                    return [select(over, position + 1, state[0] + 1)]

                begin = select(open_, first, position + 1)
                stands: Scalar = repeat_while([begin], goes_on, compare)[0].equals(position)

                def write() -> list[State]:
                    written = result.write(batch.to("i64"), position, 0)
                    written = written.write(kind.to("i64"), position, 1)
                    return [written.write(box.to("i64"), position, 2)]

                written = either(stands, write, lambda: [result], [result])[0]
                return [written, position + select(stands, number(1, "index"), 0)]

            return [*loop(0, count, outer[:2], consider), order]

        def of_batch(batch: Scalar, outer: list[State]) -> list[State]:
            return loop(0, classes, outer, lambda kind, inner: of_class(batch, kind, inner))

        result, last, order = loop(0, batches, [state[0], number(0, "index"), state[2]], of_batch)
        return [result, state[1].write(last.to("i64"), 0), order]

    start = [memory((room, 3), "i64"), memory((1,), "i64"), memory((2, count), "i64")]
    results = sequence([boxes, scores, *present], start, program)
    if not is_dynamic(shape[0]):
        refuse_unless(Array(results[1], "i64").read(0).equals(shape[0]), node, range(5))
    if 0 in shape:
        return [constant_array(shape, "i64", 0).tensor]
    return [taken(node, shape[0], results, shape)]


def _overlap(boxes: Array, batch: Scalar, a: Scalar, b: Scalar, center: bool) -> Scalar:
    """Intersection over union of two boxes, given by opposite corners or by center and size."""
    bounds = []
    for box in (a, b):
        values = [boxes.read(batch, box, i) for i in range(4)]
        if center:
            x, y, width, height = values
            bounds.append((x - width / 2, y - height / 2, x + width / 2, y + height / 2))
        else:
            bounds.append(
                (
                    values[0].min(values[2]),
                    values[1].min(values[3]),
                    values[0].max(values[2]),
                    values[1].max(values[3]),
                )
            )
    first, second = bounds
    sides = [(first[i + 2].min(second[i + 2]) - first[i].max(second[i])).max(0.0) for i in range(2)]
    intersection = sides[0] * sides[1]
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in bounds]
    union = areas[0] + areas[1] - intersection
    return select(union > 0, intersection / union, 0.0)
