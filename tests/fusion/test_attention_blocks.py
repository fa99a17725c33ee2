"""Attentions are one block where the back end has the kernel and nothing inside is read outside, else three."""

import pytest
from graph_builder import GraphBuilder, without

from dnnf_mlir.fusion.capabilities import CPU_KERNELS, LINALG, Capabilities
from dnnf_mlir.fusion.planner import Plan, plan
from dnnf_mlir.graph.ecg import Graph, Value
from dnnf_mlir.kernels.attention.pattern import Attention


def attention(build: GraphBuilder, *, softmax_axis: int = 3, masked: bool = True) -> tuple[Value, Value, Value]:
    """Scores, probabilities and the weighted sum of [1, 2, 8, 4] queries, transposed keys and values."""
    queries, keys, values = build.input(1, 2, 8, 4), build.input(1, 2, 4, 8), build.input(1, 2, 8, 4)
    scores = build.op("matmul", queries, keys, shape=(1, 2, 8, 8), name="scores")
    scaled = build.op("add", scores, build.input(1, 1, 8, 8), name="mask") if masked else scores
    weights = build.op("softmax", scaled, axis=softmax_axis, name="softmax")
    return scores, weights, build.op("matmul", weights, values, shape=(1, 2, 8, 4), name="sums")


def planned(build: GraphBuilder, *outputs: Value, capabilities: Capabilities = CPU_KERNELS) -> Plan:
    return plan(Graph(build.inputs, list(outputs), build.nodes), capabilities)


def names(found: Plan) -> list[list[str]]:
    return [[node.name for node in block.nodes] for block in found.blocks]


@pytest.mark.parametrize("masked", [True, False])
def test_one_block_with_the_softmax_as_anchor(masked: bool) -> None:
    build = GraphBuilder()
    found = planned(build, attention(build, masked=masked)[2])
    assert names(found) == [["scores", *(["mask"] if masked else []), "softmax", "sums"]]
    assert found.blocks[0].anchor is not None and found.blocks[0].anchor.name == "softmax"
    assert {edge.decision for edge in found.edges} == {"fused"}
    assert any("attention kernel" in edge.reason for edge in found.edges)


def test_not_without_the_kernel() -> None:
    build = GraphBuilder()
    outputs = attention(build)[2]
    assert len(names(planned(build, outputs, capabilities=without(Attention)))) == 3
    assert len(names(planned(build, outputs, capabilities=LINALG))) == 3


def test_not_when_the_probabilities_are_wanted() -> None:
    build = GraphBuilder()
    _, weights, sums = attention(build)
    assert len(names(planned(build, weights, sums))) == 3


def test_not_when_the_scores_are_wanted() -> None:
    build = GraphBuilder()
    scores, _, sums = attention(build)
    assert all("sums" not in block or "scores" not in block for block in names(planned(build, scores, sums)))


def test_not_over_another_dimension() -> None:
    build = GraphBuilder()
    found = planned(build, attention(build, softmax_axis=2)[2])
    assert all("sums" not in block or "softmax" not in block for block in names(found))


def test_not_when_rejected() -> None:
    build = GraphBuilder()
    output = attention(build)[2]
    whole = frozenset({"scores", "mask", "softmax", "sums"})
    found = plan(Graph(build.inputs, [output], build.nodes), CPU_KERNELS, [whole])
    assert len(names(found)) == 3
