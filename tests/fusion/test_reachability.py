"""Bit set reachability against searches on small graphs; refinement of reshapes."""

from collections.abc import Iterable

import pytest
from graph_builder import GraphBuilder
from hypothesis import given, settings
from hypothesis import strategies as st

from dnnf_mlir.fusion.refinement import unrefinable
from dnnf_mlir.graph.ecg import Node
from dnnf_mlir.graph.reachability import Reachability


def test_residual_edge_is_a_detour_until_the_branch_is_inside() -> None:
    build = GraphBuilder()
    x = build.op("relu", build.input(4))
    y = build.op("exp", x)
    build.op("add", x, y)
    relu, exp, add = build.nodes
    reachability = Reachability(build.nodes)
    assert reachability.detour([relu], add) is exp
    assert reachability.detour([add], relu) is exp
    assert reachability.detour([relu, exp], add) is None


def test_merged_blocks_count_as_one_vertex() -> None:
    """a1 -> b1 and b2 -> a2: both blocks are convex, together they would wait for each other."""
    build = GraphBuilder()
    a1 = build.op("relu", build.input(4))
    b2 = build.op("exp", build.input(4))
    build.op("sin", b2)
    build.op("cos", a1)
    first, second, a2, b1 = build.nodes
    reachability = Reachability(build.nodes)
    assert reachability.detour([second], b1) is None
    reachability.merge([second, b1])
    assert reachability.detour([first], a2) is not None


@given(st.data())
@settings(deadline=None)
def test_agrees_with_search(data: st.DataObject) -> None:
    build = GraphBuilder()
    values = [build.input(4)]
    for _ in range(data.draw(st.integers(2, 8))):
        operands = data.draw(st.lists(st.sampled_from(values), min_size=1, max_size=3))
        values.append(build.op("sum", *operands))
    first, second = data.draw(st.lists(st.sampled_from(build.nodes), min_size=2, max_size=2, unique=True))
    between = [
        node
        for node in build.nodes
        if node not in (first, second)
        and (
            (node in _below([first]) and second in _below([node]))
            or (node in _below([second]) and first in _below([node]))
        )
    ]
    found = Reachability(build.nodes).detour([first], second)
    assert found is None if not between else found in between
    related = second in _below([first]) or first in _below([second])
    assert Reachability(build.nodes).depend([first], [second]) == related


def _below(nodes: Iterable[Node]) -> set[Node]:
    found: set[Node] = set()
    waiting = [user for node in nodes for user in node.successors()]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting.extend(node.successors())
    return found


@pytest.mark.parametrize(
    ("source", "target", "is_index_map"),
    [
        ((4, 6), (24,), True),
        ((24,), (2, 3, 4), True),
        ((1, 128, 768), (128, 12, 64), True),
        ((4, 6), (8, 3), True),
        ((4, 6), (3, 8), False),
        ((2, 3), (3, 2), False),
        ((0, 3), (0, 1), False),
        ((1, 1), (), True),
    ],
)
def test_reshape_is_an_index_map(source: tuple[int, ...], target: tuple[int, ...], is_index_map: bool) -> None:
    build = GraphBuilder()
    build.op("reshape", build.input(*source), shape=target)
    assert (unrefinable(build.nodes) is None) == is_index_map


def test_all_reshapes_of_a_block_are_refined_together() -> None:
    build = GraphBuilder()
    x = build.op("relu", build.op("reshape", build.input(3, 4), shape=(12,)))
    build.op("relu", build.op("reshape", x, shape=(4, 3)))
    assert unrefinable(build.nodes[:2]) is None
    assert unrefinable(build.nodes) is not None


def test_refinement_passes_through_transposes_and_broadcasts() -> None:
    build = GraphBuilder()
    x = build.transpose(build.input(6, 5), 1, 0)
    x = build.op("add", x, build.input(6))
    y = build.op("reshape", x, shape=(5, 2, 3))
    build.op("reshape", y, shape=(5, 6))
    assert unrefinable(build.nodes) is None
    build.op("reshape", y, shape=(5, 3, 2))
    assert unrefinable(build.nodes) is not None
