"""Local search moves the borders that the greedy plan drew too early, where the cost says so."""

from collections.abc import Collection, Sequence

import pytest
from graph_builder import GraphBuilder

from dnnf_mlir.fusion.capabilities import CPU_KERNELS
from dnnf_mlir.fusion.cost.model import CostModel
from dnnf_mlir.fusion.improvement import Improvement, breaks_table
from dnnf_mlir.graph.ecg import Graph, Node
from dnnf_mlir.graph.operator import MappingType
from dnnf_mlir.kernels.kernel import Candidate


def improvement(graph: Graph, *blocks: Sequence[int], fixed: Collection[Node] = ()) -> Improvement:
    returned = frozenset(graph.outputs)

    def candidate(nodes: Collection[Node]) -> Candidate:
        return Candidate(sorted(nodes, key=graph.nodes.index), returned)

    costs = CostModel(CPU_KERNELS.machine, returned)
    chosen = [[graph.nodes[i] for i in block] for block in blocks]
    return Improvement(chosen, candidate, CPU_KERNELS, costs, lambda nodes: None, fixed)


def numbers(graph: Graph, blocks: Sequence[Sequence[Node]]) -> list[list[int]]:
    return sorted([graph.nodes.index(node) for node in block] for block in blocks)


def chain(length: int) -> Graph:
    build = GraphBuilder()
    x = build.input(4, 1000)
    for _ in range(length):
        x = build.op("relu", x)
    return build.graph(x)


def test_neighbours_become_one() -> None:
    graph = chain(4)
    found = improvement(graph, [0, 1], [2], [3])
    assert numbers(graph, found.run()) == [[0, 1, 2, 3]]
    assert len(found.moves) == 2
    assert all(move.comparison.fused < move.comparison.separate for move in found.moves)


def test_the_border_moves_to_where_less_crosses() -> None:
    """The convolution's result is stored anyway; computed from it, relu's need not be."""
    build = GraphBuilder()
    x = build.conv(build.input(1, 64, 64, 4), 4, kernel=1)
    y = build.op("relu", x)
    graph = build.graph(build.op("softmax", y), x)
    found = improvement(graph, [0, 1], [2])
    assert numbers(graph, found.run()) == [[0], [1, 2]]


def test_break_pairs_and_cycles_stay_apart() -> None:
    build = GraphBuilder()
    a = build.op("relu", build.input(1, 8, 8, 8))
    b = build.conv(a, 8)
    graph = build.graph(build.op("add", a, build.conv(b, 8)))
    found = improvement(graph, [0], [1], [2], [3])
    assert numbers(graph, found.run()) == [[0], [1], [2, 3]]


def test_fixed_blocks_stay() -> None:
    graph = chain(3)
    found = improvement(graph, [0], [1], [2], fixed=[graph.nodes[1]])
    assert numbers(graph, found.run()) == [[0], [1], [2]]
    assert found.moves == []


@pytest.mark.parametrize("second", ["conv", "max_pool", "softmax"])
def test_table(second: str) -> None:
    build = GraphBuilder()
    x = build.op("relu", build.conv(build.input(1, 8, 8, 8), 8))
    build.op(second, *([x, build.constant(8, 8, 3, 3)] if second == "conv" else [x]), shape=(1, 8, 8, 8))
    whole = Candidate(build.nodes, frozenset())
    assert breaks_table(whole)
    assert not breaks_table(Candidate(build.nodes[:2], frozenset()))
    assert build.nodes[0].mapping is MappingType.MANY_TO_MANY
