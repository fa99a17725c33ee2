"""Orders, closures and cycles against their definitions, on random graphs of numbers; chains of views."""

from graphlib import CycleError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnnf_mlir.dialect_defs import operators_by_onnx_name
from dnnf_mlir.graph.algorithms import (
    ancestors,
    closes_cycle,
    depth_first_order,
    descendants,
    priority_order,
    reachable,
)
from dnnf_mlir.graph.ecg import Node, Value, entries, exits
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.graph.views import is_permuted_view, is_reshape, is_strided_view, is_subview, readers_through, view_chain

Edges = dict[int, set[int]]


@st.composite
def acyclic(draw: st.DrawFn) -> Edges:
    """Vertex -> the vertices it depends on, in a random numbering."""
    count = draw(st.integers(1, 8))
    numbers = draw(st.permutations(range(count)))
    return {
        numbers[i]: {numbers[j] for j in draw(st.sets(st.integers(0, i - 1)))} if i else set() for i in range(count)
    }


def paths(edges: Edges) -> set[tuple[int, int]]:
    """All pairs between which a path of at least one edge leads, by repeated composition."""
    found = {(a, b) for a, targets in edges.items() for b in targets}
    while longer := {(a, d) for a, b in found for c, d in found if b == c} - found:
        found |= longer
    return found


@given(acyclic())
def test_priority_order_takes_the_least_ready_vertex(edges: Edges) -> None:
    order = priority_order(edges, edges.__getitem__, lambda vertex: vertex)
    for position, vertex in enumerate(order):
        done = set(order[:position])
        assert vertex == min(each for each in edges if each not in done and edges[each] <= done)


@given(acyclic())
def test_depth_first_order_moves_only_dependencies_forward(edges: Edges) -> None:
    order = depth_first_order(sorted(edges), edges.__getitem__)
    assert sorted(order) == sorted(edges)
    position = {vertex: i for i, vertex in enumerate(order)}
    assert all(position[b] < position[a] for a, targets in edges.items() for b in targets)
    if all(b < a for a, targets in edges.items() for b in targets):
        assert order == sorted(edges)


def test_depth_first_order_lists_the_first_dependency_first_and_ignores_what_closes_a_cycle() -> None:
    assert depth_first_order([0], {0: [2, 1], 1: [], 2: [0]}.__getitem__) == [2, 1, 0]


def test_priority_order_refuses_a_cycle() -> None:
    with pytest.raises(CycleError):
        priority_order([0, 1], {0: [1], 1: [0]}.__getitem__, lambda vertex: vertex)


@given(st.dictionaries(st.integers(0, 6), st.sets(st.integers(0, 6)), min_size=7))
def test_closure_and_cycles(edges: Edges) -> None:
    connected = paths(edges)
    for vertex in edges:
        assert reachable([vertex], edges.__getitem__) == {vertex} | {b for a, b in connected if a == vertex}
        longer = paths({a: targets - {a} for a, targets in edges.items()})
        assert closes_cycle(vertex, edges.__getitem__) == ((vertex, vertex) in longer)


def _chain(*kinds: str, **attributes: object) -> list[Node]:
    """Operators of 4 elements, one after the other."""
    type_ = TensorType((4,), "f32")
    value = Value(type_, "x")
    nodes = []
    for kind in kinds:
        nodes.append(Node(operators_by_onnx_name()[kind], [value], [Value(type_)], dict(attributes), kind))
        value = nodes[-1].output
    return nodes


def test_dependencies_inside_a_set_of_nodes() -> None:
    a, b, c, d = _chain("Relu", "Exp", "Sin", "Cos")
    assert descendants(a, [a, b, d]) == {b}
    assert descendants(a, [b, c]) == {b, c}
    assert ancestors(d, [a, c, d]) == {c}
    assert entries([b, c]) == [a.output]
    assert exits([b, c], ()) == [c.output]
    assert exits([b, c], {b.output}) == [b.output, c.output]


def test_each_kind_of_view_includes_the_ones_before() -> None:
    reshape, transpose, expand, split, relu = _chain("Reshape", "Transpose", "Expand", "Split", "Relu")
    [slice_] = _chain("Slice", steps=(1,))
    [strided] = _chain("Slice", steps=(2,))
    nodes = (reshape, transpose, expand, split, slice_, strided, relu)
    assert [node for node in nodes if is_reshape(node)] == [reshape]
    assert [node for node in nodes if is_permuted_view(node)] == [reshape, transpose]
    assert [node for node in nodes if is_strided_view(node)] == [reshape, transpose, expand]
    assert [node for node in nodes if is_subview(node)] == [reshape, split, slice_]


def test_a_chain_of_views_ends_where_a_value_is_computed() -> None:
    relu, first, second, last = _chain("Relu", "Reshape", "Transpose", "Exp")
    assert view_chain(second.output, is_permuted_view) == (relu.output, [first, second])
    assert view_chain(second.output, is_reshape) == (second.output, [])
    assert readers_through(relu.output, is_permuted_view) == [last]
    assert readers_through(relu.output, is_reshape) == [second]
