"""Sizes and graphs with dynamic dimensions at given sizes, and the sizes that a graph is tried at."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from math import prod
from typing import Any, cast

from .ecg import Block, Graph, Node, Value
from .size import (
    Minimum,
    Quotient,
    Size,
    at,
    has_data_dependent,
    is_dynamic,
    is_symbol,
    quotient,
    representative,
    symbols_of,
)
from .size_relations import exact_minimum
from .tensor_type import TensorType

_TRIALS = (((1,),), ((3, 5, 7, 11),), ((37, 83, 89, 97), (2, 83, 89, 97), (2, 37, 41, 43)))
"""Sizes of the first free dimensions in order, the last one for all further ones; of alternatives the first that the
graph takes. One row; fewer than the tiles and vectors of kernels (up to 14 rows, 64 numbers); several of these, and a
part of one."""

_MOST_ELEMENTS = 1 << 24
"""Limit for all values together; larger candidates are tried only after all smaller ones."""

_LARGEST_FACTOR = 256


def partly_at(size: int, dims: Mapping[str, int]) -> int:
    """The size with these dynamic dimensions bound: an expression of the others."""
    if not isinstance(size, Size):
        return size
    total: Any = 0
    for monomial, factor in size.terms.items():
        product: Any = factor
        for atom in monomial:
            match atom:
                case str():
                    product = product * dims.get(atom, Size.free(atom))
                case Quotient(numerator, denominator):
                    product = product * (partly_at(cast("int", numerator), dims) // denominator)
                case Minimum(first, second):
                    parts = (partly_at(part, dims) for part in (first, second))
                    product = product * exact_minimum(*parts)
        total = total + product
    return cast("int", total)


def solved(pattern: Iterable[int], shape: Iterable[int], dims: dict[str, int]) -> None:
    """Adds to ``dims`` the symbols that a dimension of the pattern consists of, from the sizes in the shape."""
    for size, number in zip(pattern, shape, strict=True):
        if is_symbol(size):
            dims.setdefault(str(size), number)


def dynamic_dimensions(graph: Graph) -> list[str]:
    """The names of the free dimensions of the inputs, in order."""
    sizes = [size for value in graph.inputs for size in value.type.shape]
    return list(dict.fromkeys(name for size in sizes for name in sorted(symbols_of(size))))


def trial_dimensions(graph: Graph) -> list[dict[str, int]]:
    """Sizes for the free dimensions that the graph can be checked at, one empty mapping where it has none."""
    names = dynamic_dimensions(graph)
    if not names:
        return [{}]
    found = []
    bodies = list(_of_bodies(graph))
    # Where bodies exclude each other, as the branches of an If may, only one of them is computed.
    wanted = [[size for body in bodies for size in body], *bodies] if bodies else [[]]
    for alternatives in _TRIALS:
        fitting: list[dict[str, int]] = []
        for required in wanted:
            fitting = fitting or [
                dims for sizes in alternatives if (dims := _multiple(graph, names, sizes, required)) is not None
            ]
        small = [dims for dims in fitting if _elements(graph, dims) <= _MOST_ELEMENTS]
        found += small[:1] or fitting[-1:]
    return found


def _of_bodies(graph: Graph) -> Iterator[list[int]]:
    """What the bodies of loops require not to be negative, each by the free dimensions of the graph."""
    for node in graph.nodes:
        if node.body is None:
            continue
        given = {
            str(inner): outer
            for value, argument in zip(node.operands[2:], node.body.inputs[2:], strict=True)
            for outer, inner in zip(value.type.shape, argument.type.shape, strict=True)
            if is_symbol(inner)
        }
        for sizes in ([*node.body.requirements.values()], *_of_bodies(node.body)):
            outside = [partly_at(size, given) for size in sizes if symbols_of(size) <= given.keys()]
            if known := [size for size in outside if not has_data_dependent(size)]:
                yield known


def _multiple(
    graph: Graph, names: Sequence[str], sizes: Sequence[int], required: Sequence[int]
) -> dict[str, int] | None:
    """The sizes, or the nearest larger ones that the graph takes; None where it takes none.

    Each dimension by itself first, as one that must be a multiple of 32. Then those that a requirement of several is
    about: as it says if it is an equation (``total = past + new``), else those that help twice as large. Last, all.
    """
    given = {name: sizes[min(i, len(sizes) - 1)] for i, name in enumerate(names)}
    wanted = [*_not_negative(graph), *required]
    nearest = {name: _nearest(name, size, wanted) for name, size in given.items()}
    while violated := [size for size in wanted if at(size, nearest) < 0]:
        solution = next(filter(None, (_solution(size, nearest, wanted) for size in violated if -size in wanted)), None)
        involved = {name for size in violated for name in _that_enlarge(size, nearest)}
        nearest |= solution or {name: _nearest(name, nearest[name] * 2, wanted) for name in involved}
        if not involved or any(nearest[name] > size * _LARGEST_FACTOR for name, size in given.items()):
            break
    else:
        return nearest
    factor = 1
    while factor <= _LARGEST_FACTOR:
        dims = {name: size * factor for name, size in given.items()}
        if all(at(size, dims) >= 0 for size in wanted):
            return dims
        factor *= 2
    return None


def _that_enlarge(size: int, dims: Mapping[str, int]) -> set[str]:
    """The dimensions that make the size larger if they are twice as large, all that it has if none does."""
    names = symbols_of(size)
    return {name for name in names if at(size, {**dims, name: dims[name] * 2}) > at(size, dims)} or set(names)


def _solution(size: int, dims: Mapping[str, int], wanted: Iterable[int]) -> dict[str, int]:
    """One larger dimension, which what is wanted of it alone allows, for which the size is 0; nothing without one."""
    for name in sorted(symbols_of(size)):
        own = [each for each in wanted if symbols_of(each) == {name}]
        for larger in range(dims[name] + 1, dims[name] + _LARGEST_FACTOR * 2):
            if at(size, {**dims, name: larger}) == 0 and all(at(each, {name: larger}) >= 0 for each in own):
                return {name: larger}
    return {}


def _nearest(name: str, size: int, wanted: Iterable[int]) -> int:
    """The dimension's size, or the next larger one that those of the sizes allow that depend on nothing else."""
    own = [each for each in wanted if symbols_of(each) == {name}]
    larger = range(size, size + _LARGEST_FACTOR * 2)
    return next((n for n in larger if all(at(each, {name: n}) >= 0 for each in own)), size)


def _elements(graph: Graph, dims: Mapping[str, int]) -> int:
    return sum(prod(representative(partly_at(size, dims)) for size in value.type.shape) for value in _values(graph))


def has_run_time_sizes(graph: Graph) -> bool:
    """Whether sizes depend on the values of the inputs."""
    return any(has_data_dependent(size) for value in _values(graph) for size in value.type.shape)


def _not_negative(graph: Graph) -> list[int]:
    """What must not be negative for a graph's sizes: its requirements, and its dynamic sizes less one element."""
    sizes = dict.fromkeys(size for value in _values(graph) for size in value.type.shape if is_dynamic(size))
    wanted = [*graph.requirements.values(), *(size - 1 for size in sizes)]
    return [_without_common(size) for size in wanted if not has_data_dependent(size)]


def _without_common(size: int) -> int:
    """The size without the dimensions that all its products have, of the same sign: ``n * m - n * 3`` is ``m - 3``."""
    if not isinstance(size, Size):
        return size
    counted = [Counter(atom for atom in monomial if isinstance(atom, str)) for monomial in size.terms]
    common = reduce(Counter.__and__, counted)
    rest = quotient(cast("int", size), cast("int", Size({tuple(common.elements()): 1})))
    return cast("int", size) if rest is None or not is_dynamic(rest) else rest


def _values(graph: Graph) -> Iterator[Value]:
    yield from graph.inputs
    for node in graph.nodes:
        yield from node.outputs


def at_sizes(graph: Graph, dims: Mapping[str, int]) -> Graph:
    """A copy of the graph without free dimensions, itself where there is none; run-time values tell counts."""
    if not dynamic_dimensions(graph):
        return graph
    values: dict[Value, Value] = {}

    def sized(value: Value) -> Value:
        if value not in values:
            values[value] = Value(_type_at(value.type, dims), value.name, constant=value.constant)
        return values[value]

    def all_sized(given: Sequence[Value]) -> list[Value]:
        return [sized(value) for value in given]

    inputs = all_sized(graph.inputs)
    nodes = {
        node: Node(
            node.op,
            [None if value is None else sized(value) for value in node.inputs],
            all_sized(node.outputs),
            node.attributes,
            node.name,
            node.mapping,
            body=node.body,
        )
        for node in graph.nodes
    }
    blocks = [
        Block([nodes[n] for n in block.nodes], block.mapping, block.anchor and nodes[block.anchor], block.name)
        for block in graph.blocks
    ]
    return replace(
        graph,
        inputs=inputs,
        outputs=all_sized(graph.outputs),
        nodes=list(nodes.values()),
        blocks=blocks,
        requirements={},
    )


def _type_at(type_: TensorType, dims: Mapping[str, int]) -> TensorType:
    return type_.with_shape(tuple(partly_at(size, dims) for size in type_.shape))
