"""Sorting inside a dispatch written as a scalar program, and the operators that need it: TopK and Unique."""

from collections.abc import Callable

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.emit.control import Array, State, constant_array, grid, loop, memory, repeat_while
from dnnf_mlir.emit.scalar import Scalar, number, select
from dnnf_mlir.emit.scalar_programs import sequence

from .node import OpaqueNode
from .registry import opaque
from .run_time_shapes import determine_sizes

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
