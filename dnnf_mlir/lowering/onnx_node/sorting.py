"""Sorting inside a dispatch written as a scalar program, and the operators that need it: TopK and Unique."""

from collections.abc import Callable
from math import prod

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.emit.arrays import Array, constant_array, memory
from dnnf_mlir.emit.control import State, either, grid, loop, repeat_while
from dnnf_mlir.emit.scalar import Scalar, number, select
from dnnf_mlir.graph.size import is_free

from .checks import refuse_unless
from .node import OpaqueNode
from .registry import opaque
from .run_time_shapes import determine_sizes
from .scalar_programs import sequence

Before = Callable[[Scalar, Scalar], Scalar]
"""(a, b) -> whether the element of number a has to stand before that of number b."""


def merge_sort(order: Array, count: int, before: Before) -> tuple[Array, Scalar]:
    """Numbers of elements in order, those that are equal as they come: bottom-up merge sort, O(n log n).

    Args:
        order: i64[2, n], memory that is written.
        count: how many elements there are, at most n.
        before: the order, strict.

    Returns:
        The array, and which of its rows holds the result.
    """

    def first(at: Scalar, state: list[State]) -> list[State]:
        return [state[0].write(at.to("i64"), 0, at)]

    def goes_on(state: list[State]) -> Scalar:
        width: Scalar = state[1]
        return width < count

    def merge_pairs(state: list[State]) -> list[State]:
        array, width, row = state
        other = 1 - row
        pairs = (number(count, "index") + (width * 2 - 1)) / (width * 2)

        def merge(pair: Scalar, inner: list[State]) -> list[State]:
            low = pair * 2 * width
            middle, high = (low + width).min(count), (low + width * 2).min(count)

            def take(at: Scalar, heads: list[State]) -> list[State]:
                written, left, right = heads
                # Reads that are not used stay inside.
                a = written.read(row, left.min(middle - 1))
                b = written.read(row, right.min(high - 1))
                right_first = before(b.to("index"), a.to("index"))
                from_right = (right < high) & ((left >= middle) | right_first)
                step = select(from_right, number(1, "index"), 0)
                return [written.write(select(from_right, b, a), other, at), left + (1 - step), right + step]

            return loop(low, high, [inner[0], low, middle], take)[:1]

        return [loop(0, pairs, [array], merge)[0], width * 2, other]

    array = loop(0, count, [order], first)[0]
    array, _, row = repeat_while([array, number(1, "index"), number(0, "index")], goes_on, merge_pairs)
    return array, row


@opaque("TopK")
def _top_k(node: OpaqueNode) -> list[ir.Value]:
    """The largest or smallest elements along ``axis``, in order, and their positions; of equal ones the first."""
    x = node.array(0)
    axis, largest = node.attributes["axis"] % x.rank, bool(node.attributes["largest"])
    types = [result.type for result in node.results if result is not None]
    shape = types[0].shape
    determine_sizes(node)
    if 0 in shape:
        return [constant_array(shape, type_.dtype, 0).tensor for type_ in types]
    extent = x.shape[axis]
    has = [node.has_result(0), node.has_result(1)]

    def program(read: list[Array], state: list[Array]) -> list[Array]:
        data = read[0]

        def of_line(line: list[Scalar], outer: list[State]) -> list[State]:
            def element(at: Scalar) -> Scalar:
                return data.read(*line[:axis], at, *line[axis:])

            def before(a: Scalar, b: Scalar) -> Scalar:
                return element(a) > element(b) if largest else element(a) < element(b)

            order, row = merge_sort(outer[-1], extent, before)

            def store(at: Scalar, inner: list[State]) -> list[State]:
                found = order.read(row, at)
                elements = [
                    value for value, wanted in zip((element(found.to("index")), found), has, strict=True) if wanted
                ]
                where = [*line[:axis], at, *line[axis:]]
                return [array.write(value, *where) for array, value in zip(inner, elements, strict=True)]

            return [*loop(0, shape[axis], outer[:-1], store), order]

        return grid([size for i, size in enumerate(data.shape) if i != axis], state, of_line)

    results = [memory(type_.shape, type_.dtype) for type_ in types]
    return sequence([x], [*results, memory((2, extent), "i64")], program)[:-1]


@opaque("Unique")
def _unique(node: OpaqueNode) -> list[ir.Value]:
    """The different elements (slices along ``axis``), where each stands first, which one each is, how often it is.

    In ascending order, slices by their first element that differs; or as they come, without ``sorted``.
    """
    x = node.array(0)
    axis, is_sorted = node.attributes.get("axis"), bool(node.attributes["sorted"])
    axis = None if axis is None else axis % x.rank
    count = prod(x.shape) if axis is None else x.shape[axis]
    others = () if axis is None else tuple(size for i, size in enumerate(x.shape) if i != axis)
    size = _unique_size(node, axis)
    declared = not is_free(size)
    if declared and size > count:
        raise ValueError(f"of {count} elements or slices, {size} cannot all be different")
    room = count if declared or node.determines(size) else size
    whole = (room,) if axis is None else tuple(room if i == axis else extent for i, extent in enumerate(x.shape))
    if 0 in (count, *others):
        raise ValueError("there is nothing to compare")

    def program(read: list[Array], state: list[Array]) -> list[Array]:
        data = read[0]

        def element(at: Scalar, rest: list[Scalar]) -> Scalar:
            if axis is not None:
                return data.read(*rest[:axis], at, *rest[axis:])
            position: list[Scalar] = []
            for extent in reversed(data.shape):
                position.insert(0, at % extent)
                at = at / extent
            return data.read(*position)

        def compared(a: Scalar, b: Scalar) -> Scalar:
            """-1, 0 or 1, the order of two elements or slices: not of 64 bits, which loops on some GPUs do not have."""

            def compare(rest: list[Scalar], inner: list[State]) -> list[State]:
                left, right = element(a, rest), element(b, rest)
                here = select(left < right, number(-1, "i32"), select(right < left, number(1, "i32"), 0))
                return [select(inner[0].equals(0), here, inner[0])]

            found: Scalar = grid(others, [number(0, "i32")], compare)[0]
            return found

        order, row = merge_sort(state[-1], count, lambda a, b: compared(a, b) < 0)
        other = 1 - row
        firsts, inverse, counts, result = state[1], state[2], state[3], state[0]

        # Equal elements stand side by side, the first of them first: it leads its group.
        def lead(at: Scalar, inner: list[State]) -> list[State]:
            array, leader = inner
            now = array.read(row, at).to("index")
            is_new = at.equals(0) | compared(leader, now).differs(0)
            leader = select(is_new, now, leader)
            return [array.write(leader.to("i64"), other, now), leader]

        order, _ = loop(0, count, [order, number(0, "index")], lead)

        # Groups are numbered in their order: that of the sorted elements, or of their leaders.
        def number_group(at: Scalar, inner: list[State]) -> list[State]:
            firsts, inverse, counts, found = inner
            now = order.read(row, at).to("index") if is_sorted else at
            leader = order.read(other, now).to("index")
            leads = leader.equals(now)
            mine = select(leads, found.to("i64"), inverse.read(leader))
            place = mine.to("index")
            inverse = inverse.write(mine, now)
            firsts = either(leads, lambda: [firsts.write(now.to("i64"), place)], lambda: [firsts], [firsts])[0]
            before = select(leads, number(0, "i64"), counts.read(place))
            counts = counts.write(before + 1, place)
            return [firsts, inverse, counts, found + select(leads, number(1, "index"), 0)]

        start = [firsts, inverse, counts, number(0, "index")]
        firsts, inverse, counts, found = loop(0, count, start, number_group)

        def copy(at: Scalar, inner: list[State]) -> list[State]:
            source = firsts.read(at).to("index")

            def copy_element(rest: list[Scalar], inside: list[State]) -> list[State]:
                where = [at] if axis is None else [*rest[:axis], at, *rest[axis:]]
                return [inside[0].write(element(source, rest), *where)]

            return grid(others, inner, copy_element)

        result = loop(0, found, [result], copy)[0]
        return [result, firsts, inverse, counts, state[4].write(found.to("i64"), 0), order]

    numbers = [memory(shape, "i64") for shape in ((count,), (count,), (count,), (1,), (2, count))]
    results = sequence([x], [memory(whole, x.dtype), *numbers], program)
    if node.determines(size):
        node.count(size, Array(results[4], "i64").read(0))
    elif declared:
        refuse_unless(Array(results[4], "i64").read(0).equals(size), node, [0])
    return [node.cut(results[i], result.type.shape) for i, result in enumerate(node.results) if result is not None]


def _unique_size(node: OpaqueNode, axis: int | None) -> int:
    """How many different elements there are, from the type of a result that is there."""
    for i, result in enumerate(node.results):
        if result is not None and i != 2:
            return result.type.shape[(axis or 0) if i == 0 else 0]
    return node.input(0).type.elements
