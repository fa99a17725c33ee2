"""A pool belongs to its convolution's kernel where that can compute it on the way; elsewhere the plan says why not."""

from collections.abc import Callable

import pytest
from graph_builder import GraphBuilder, without

from dnnf_mlir.fusion.capabilities import CPU_KERNELS, LINALG, Capabilities
from dnnf_mlir.fusion.planner import Plan, plan
from dnnf_mlir.graph.ecg import Value
from dnnf_mlir.kernels.pooled_convolution.pattern import PooledConvolution


def planned(build: GraphBuilder, *outputs: Value, capabilities: Capabilities = CPU_KERNELS) -> Plan:
    return plan(build.graph(*outputs), capabilities)


def names(found: Plan) -> list[list[str]]:
    return [[node.name for node in block.nodes] for block in found.blocks]


def activated(build: GraphBuilder, *, size: int = 8, **attributes: object) -> Value:
    """relu(conv) of [1, size, size, 16]."""
    return build.op("relu", build.conv(build.input(1, size, size, 16), 16, name="conv", **attributes), name="relu")


@pytest.mark.parametrize("kind", ["max_pool", "average_pool"])
def test_one_block_with_the_convolution_as_anchor(kind: str) -> None:
    build = GraphBuilder()
    pooled = build.pool(activated(build), (2, 2), kind, name="pool")
    found = planned(build, build.op("mul", pooled, build.constant(16), name="scale"))
    assert names(found) == [["conv", "relu", "pool", "scale"]]
    assert found.blocks[0].anchor is not None and found.blocks[0].anchor.name == "conv"
    edge = next(edge for edge in found.edges if edge.consumer == "pool")
    assert edge.decision == "fused" and "before it stores them" in edge.reason and edge.removable
    assert edge.comparison is not None and edge.comparison.pays


def test_the_convolution_as_second_result() -> None:
    build = GraphBuilder()
    x = activated(build)
    assert names(planned(build, x, build.pool(x, (2, 2), name="pool"))) == [["conv", "relu", "pool"]]


def test_pool_of_the_bare_convolution() -> None:
    build = GraphBuilder()
    x = build.conv(build.input(1, 8, 8, 16), 16, name="conv")
    assert names(planned(build, build.pool(x, (2, 1), name="pool"))) == [["conv", "pool"]]


def test_one_of_two_pools() -> None:
    build = GraphBuilder()
    x = activated(build)
    found = planned(build, build.pool(x, (2, 2), name="first"), build.pool(x, (2, 2), "average_pool", name="second"))
    assert names(found) == [["conv", "relu", "first"], ["second"]]


def apart(build: GraphBuilder, *outputs: Value, capabilities: Capabilities = CPU_KERNELS) -> str:
    """The reason why the pool is not in the convolution's block."""
    found = planned(build, *outputs, capabilities=capabilities)
    edge = next(edge for edge in found.edges if edge.consumer == "pool")
    assert edge.decision == "separate"
    return edge.reason


CASES: dict[str, Callable[[GraphBuilder], list[Value]]] = {
    "overlap": lambda b: [b.pool(activated(b), (2, 2), strides=(1, 1), shape=(1, 7, 7, 16), name="pool")],
    "more than 2 positions": lambda b: [b.pool(activated(b), (4, 4), name="pool")],
    "leave out a part": lambda b: [x := activated(b, size=9), b.pool(x, (2, 2), name="pool")],
    "depthwise": lambda b: [b.pool(activated(b, group=16), (2, 2), name="pool")],
    "channels come first": lambda b: [
        b.pool(activated(b, layout="channels_first"), (2, 2), name="pool"),
    ],
}


@pytest.mark.parametrize("reason", CASES)
def test_apart(reason: str) -> None:
    build = GraphBuilder()
    assert reason in apart(build, *CASES[reason](build))


def test_three_results() -> None:
    build = GraphBuilder()
    convolution = build.conv(build.input(1, 8, 8, 16), 16)
    x = build.op("relu", convolution)
    assert "3 results" in apart(build, convolution, x, build.pool(x, (2, 2), name="pool"))


def test_windows_in_padding() -> None:
    build = GraphBuilder()
    pool = build.pool(activated(build), (2, 2), pads=(1, 1, 1, 1), shape=(1, 5, 5, 16), name="pool")
    assert "padding" in apart(build, pool)


def test_an_operand_behind_the_pool_that_waits_for_the_convolution() -> None:
    build = GraphBuilder()
    x = activated(build)
    other = build.op("onnx_node", x, shape=(1, 4, 4, 16))
    found = build.op("add", build.pool(x, (2, 2), name="pool"), other, name="sum")
    assert "cycle" in apart(build, found)


def test_not_without_the_kernel() -> None:
    build = GraphBuilder()
    x = build.pool(activated(build), (2, 2), name="pool")
    assert apart(build, x, capabilities=LINALG)
    assert apart(build, x, capabilities=without(PooledConvolution))


def test_not_when_rejected() -> None:
    build = GraphBuilder()
    x = build.pool(activated(build), (2, 2), name="pool")
    found = plan(build.graph(x), CPU_KERNELS, [frozenset({"conv", "relu", "pool"})])
    assert names(found) == [["conv", "relu"], ["pool"]]
