"""Unique: the different elements or slices of a tensor, by sorting their positions."""

from dataclasses import dataclass
from math import prod

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.emit.control import Array, State, either, grid, loop, memory
from dnnf_mlir.emit.scalar import Scalar, number, select
from dnnf_mlir.emit.scalar_programs import sequence
from dnnf_mlir.graph.size import is_dynamic

from .checks import refuse_unless
from .node import OpaqueNode
from .registry import opaque
from .sorting import merge_sort


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
    declared = not is_dynamic(size)
    if declared and size > count:
        raise ValueError(f"of {count} elements or slices, {size} cannot all be different")
    room = count if declared or node.determines(size) else size
    whole = (room,) if axis is None else tuple(room if i == axis else extent for i, extent in enumerate(x.shape))
    if 0 in (count, *others):
        raise ValueError("there is nothing to compare")

    def program(read: list[Array], state: list[Array]) -> list[Array]:
        result, firsts, inverse, counts, groups, order = state
        slices = _Slices(read[0], axis, others)
        order, row = merge_sort(order, count, lambda a, b: slices.order(a, b) < 0)
        other = 1 - row
        order = _lead(slices, order, row, other, count)
        firsts, inverse, counts, found = _number_groups((firsts, inverse, counts), order, row, other, count, is_sorted)
        result = slices.copy(firsts, found, result)
        return [result, firsts, inverse, counts, groups.write(found.to("i64"), 0), order]

    numbers = [memory(shape, "i64") for shape in ((count,), (count,), (count,), (1,), (2, count))]
    results = sequence([x], [memory(whole, x.dtype), *numbers], program)
    if node.determines(size):
        node.count(size, Array(results[4], "i64").read(0))
    elif declared:
        refuse_unless(Array(results[4], "i64").read(0).equals(size), node, [0])
    return [node.cut(results[i], result.type.shape) for i, result in enumerate(node.results) if result is not None]


@dataclass(frozen=True)
class _Slices:
    """The slices of a tensor along ``axis``, whose other dimensions are ``others``; its elements without an axis."""

    data: Array
    axis: int | None
    others: tuple[int, ...]

    def element(self, at: Scalar, rest: list[Scalar]) -> Scalar:
        """The element of slice number ``at`` at a position in the other dimensions."""
        if self.axis is not None:
            return self.data.read(*rest[: self.axis], at, *rest[self.axis :])
        position: list[Scalar] = []
        for extent in reversed(self.data.shape):
            position.insert(0, at % extent)
            at = at / extent
        return self.data.read(*position)

    def order(self, a: Scalar, b: Scalar) -> Scalar:
        """i32: -1, 0 or 1, by the first element that differs; no i64, which loops on some GPUs do not have."""

        def compare(rest: list[Scalar], inner: list[State]) -> list[State]:
            left, right = self.element(a, rest), self.element(b, rest)
            here = select(left < right, number(-1, "i32"), select(right < left, number(1, "i32"), 0))
            return [select(inner[0].equals(0), here, inner[0])]

        order: Scalar = grid(self.others, [number(0, "i32")], compare)[0]
        return order

    def copy(self, firsts: Array, count: Scalar, result: Array) -> Array:
        """``result`` with the first ``count`` slices that ``firsts`` names."""

        def copy(at: Scalar, inner: list[State]) -> list[State]:
            source = firsts.read(at).to("index")

            def copy_element(rest: list[Scalar], inside: list[State]) -> list[State]:
                where = [at] if self.axis is None else [*rest[: self.axis], at, *rest[self.axis :]]
                return [inside[0].write(self.element(source, rest), *where)]

            return grid(self.others, inner, copy_element)

        copied: Array = loop(0, count, [result], copy)[0]
        return copied


def _lead(slices: _Slices, order: Array, row: Scalar, other: Scalar, count: int) -> Array:
    """Writes into row ``other``, for each slice, the first one that equals it: equal ones are neighbours in ``row``."""

    def lead(at: Scalar, inner: list[State]) -> list[State]:
        array, leader = inner
        now = array.read(row, at).to("index")
        is_new = at.equals(0) | slices.order(leader, now).differs(0)
        leader = select(is_new, now, leader)
        return [array.write(leader.to("i64"), other, now), leader]

    led: Array = loop(0, count, [order, number(0, "index")], lead)[0]
    return led


def _number_groups(
    results: tuple[Array, Array, Array], order: Array, row: Scalar, other: Scalar, count: int, is_sorted: bool
) -> tuple[Array, Array, Array, Scalar]:
    """Numbers groups of equal slices in the order of the sorted slices, or of their leaders.

    Args:
        results: (number of the first slice of a group, group of a slice, size of a group), which are written.
        order: row ``row`` holds the sorted numbers of slices, row ``other`` the leader of each slice.
        count: how many slices there are.
        is_sorted: whether groups are numbered as the slices are sorted.

    Returns:
        The results, and how many groups there are.
    """

    def number_group(at: Scalar, inner: list[State]) -> list[State]:
        firsts, inverse, counts, groups = inner
        now = order.read(row, at).to("index") if is_sorted else at
        leader = order.read(other, now).to("index")
        leads = leader.equals(now)
        mine = select(leads, groups.to("i64"), inverse.read(leader))
        place = mine.to("index")
        inverse = inverse.write(mine, now)
        firsts = either(leads, lambda: [firsts.write(now.to("i64"), place)], lambda: [firsts], [firsts])[0]
        before = select(leads, number(0, "i64"), counts.read(place))
        counts = counts.write(before + 1, place)
        return [firsts, inverse, counts, groups + select(leads, number(1, "index"), 0)]

    firsts, inverse, counts, groups = loop(0, count, [*results, number(0, "index")], number_group)
    return firsts, inverse, counts, groups


def _unique_size(node: OpaqueNode, axis: int | None) -> int:
    """How many different elements there are, from the type of a result that is there."""
    for i, result in enumerate(node.results):
        if result is not None and i != 2:
            return result.type.shape[(axis or 0) if i == 0 else 0]
    return node.input(0).type.elements
