"""NonMaxSuppression: the best box of each class, then the best of those that overlap it little, and so on."""

from dnnf_mlir.iree_ir import ir

from .carried import CarriedNode, carried
from .loops import Array, State, constant_array, either, loop, repeat_while, sequence
from .requirements import refuse_unless
from .scalars import Scalar, number, select


@carried("NonMaxSuppression")
def _non_max_suppression(node: CarriedNode) -> list[ir.Value]:
    """[batch, class, box] of each selected box; as many as the result's type says, or the module stops."""
    boxes, scores = node.array(0), node.array(1)
    batches, classes, count = scores.shape
    shape = node.result().shape
    node.expect_shape(0, (batches, count, 4))
    node.expect_scalar(2, 3, 4)
    if 0 in shape or 0 in scores.shape:
        return [constant_array(shape, "i64", 0).tensor]
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
            def start(box: Scalar, inner: list[State]) -> list[State]:
                alive = inner[0]
                passes = number(True, "i1") if least is None else values.read(batch, kind, box) > least
                return [alive.write(passes.to("i8"), box)]

            alive = loop(0, count, [outer[2]], start)[0]

            def best(now: Array) -> tuple[Scalar, Scalar]:
                def compare(box: Scalar, inner: list[State]) -> list[State]:
                    found, score = inner
                    value = values.read(batch, kind, box)
                    better = now.read(box).differs(0) & (found.equals(-1) | (value > score))
                    return [select(better, box.to("i64"), found), select(better, value, score)]

                found, score = loop(0, count, [number(-1, "i64"), number(0, values.dtype)], compare)
                return found, score

            def goes_on(inner: list[State]) -> Scalar:
                taken: Scalar = inner[3]
                found: Scalar = inner[4]
                return (taken < limit) & (found >= 0)

            def take(inner: list[State]) -> list[State]:
                result, position, now, taken, found = inner
                chosen = found.to("index")
                at = position

                def write() -> list[State]:
                    written = result.write(batch.to("i64"), at, 0)
                    written = written.write(kind.to("i64"), at, 1)
                    return [written.write(chosen.to("i64"), at, 2)]

                written = either(at < shape[0], write, lambda: [result], [result])[0]

                def suppress(box: Scalar, inside: list[State]) -> list[State]:
                    mask = inside[0]
                    over = _overlap(corners, batch, chosen, box, center) > highest_overlap
                    gone = over | box.equals(chosen)
                    return [mask.write(select(gone, number(0, "i8"), mask.read(box)), box)]

                left = loop(0, count, [now], suppress)[0]
                following, _ = best(left)
                return [written, at + 1, left, taken + 1, following]

            first, _ = best(alive)
            last = repeat_while([outer[0], outer[1], alive, number(0, "index"), first], goes_on, take)
            return last[:3]

        def of_batch(batch: Scalar, outer: list[State]) -> list[State]:
            return loop(0, classes, outer, lambda kind, inner: of_class(batch, kind, inner))

        result, taken, mask = loop(0, batches, [state[0], number(0, "index"), state[1]], of_batch)
        return [result, mask, state[2].write(taken.to("i64"), 0)]

    start = [constant_array(shape, "i64", 0), constant_array((count,), "i8", 0), constant_array((1,), "i64", 0)]
    result, _, taken = sequence([boxes, scores, *present], start, program)
    refuse_unless(Array(taken, "i64").read(0).equals(shape[0]), node, range(5))
    return [result]


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
