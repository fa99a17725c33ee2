"""Small products on one vector for each batch item are one block, within the back end's limits."""

from dataclasses import replace

import pytest
from graph_builder import GraphBuilder, without

from dnnf_mlir.fusion.capabilities import CPU_KERNELS, LINALG, Capabilities
from dnnf_mlir.fusion.planner import Plan, plan
from dnnf_mlir.graph.ecg import Graph, Value
from dnnf_mlir.kernels.vector_products.pattern import VectorProductLimits, VectorProducts


def planned(build: GraphBuilder, *outputs: Value, capabilities: Capabilities = CPU_KERNELS) -> Plan:
    return plan(Graph(build.inputs, list(outputs), build.nodes), capabilities)


def names(found: Plan) -> list[list[str]]:
    return [[node.name for node in block.nodes] for block in found.blocks]


def limited(**limits: int) -> Capabilities:
    return replace(
        CPU_KERNELS, kernels=(VectorProducts(VectorProductLimits(**limits)), *without(VectorProducts).kernels)
    )


def squeeze(build: GraphBuilder, x: Value, *, pool_layout: str = "channels_last") -> tuple[Value, Value]:
    """The squeezed vector and the excitation of [n, 5, 5, 40], whose channels it weights."""
    pooled = build.op("global_average_pool", x, shape=(x.type.shape[0], 1, 1, 40), layout=pool_layout, name="pool")
    squeezed = build.op("relu", build.conv(pooled, 10, 1, name="fc1"), name="relu")
    return squeezed, build.op("sigmoid", build.conv(squeezed, 40, 1, name="fc2"), name="sigmoid")


WHOLE = ["pool", "fc1", "relu", "fc2", "sigmoid"]


def test_one_block_between_depthwise_and_scaled_convolution() -> None:
    build = GraphBuilder()
    x = build.op("relu", build.conv(build.input(1, 5, 5, 40), 40, 3, name="depthwise", group=40), name="before")
    scaled = build.op("mul", x, squeeze(build, x)[1], name="scale")
    found = planned(build, build.conv(scaled, 16, 1, name="pointwise"))
    assert names(found) == [["depthwise", "before"], WHOLE, ["scale", "pointwise"]]
    assert found.blocks[1].anchor is not None and found.blocks[1].anchor.name == "pool"
    assert all(
        "one core" in e.reason for e in found.edges if (e.producer, e.consumer) in [("pool", "fc1"), ("relu", "fc2")]
    )


def test_views_between_are_part_of_the_block() -> None:
    build = GraphBuilder()
    pooled = build.op(
        "global_average_pool", build.input(1, 3, 3, 8), shape=(1, 1, 1, 8), layout="channels_last", name="pool"
    )
    flat = build.op("reshape", pooled, shape=(1, 8), name="flat")
    hidden = build.matmul(flat, build.constant(8, 4), name="first")
    found = planned(build, build.matmul(hidden, build.constant(4, 2), name="second"))
    assert names(found) == [["pool", "flat", "first", "second"]]


@pytest.mark.parametrize(
    "capabilities",
    [LINALG, without(VectorProducts), limited(batch=1), limited(weight_bytes=1599)],
)
def test_not_beyond_the_limits(capabilities: Capabilities) -> None:
    build = GraphBuilder()
    excitation = squeeze(build, build.input(2, 5, 5, 40))[1]
    found = planned(build, excitation, capabilities=capabilities)
    assert all(not {"fc1", "fc2"} <= set(block) for block in names(found))


def test_the_longest_chain_within_the_limits() -> None:
    """All but the last product fit; a pooling that does not leaves the products."""
    for capabilities, expected in (
        (limited(weight_bytes=1600), [["pool", "fc1", "relu"], ["fc2", "sigmoid"]]),
        (limited(pooled_bytes=3999), [["pool"], WHOLE[1:]]),
    ):
        build = GraphBuilder()
        assert names(planned(build, squeeze(build, build.input(1, 5, 5, 40))[1], capabilities=capabilities)) == expected


def test_not_when_a_value_between_is_wanted() -> None:
    build = GraphBuilder()
    squeezed, excitation = squeeze(build, build.input(1, 5, 5, 40))
    assert names(planned(build, excitation, squeezed)) == [["pool", "fc1", "relu"], ["fc2", "sigmoid"]]


def test_not_on_channels_first() -> None:
    build = GraphBuilder()
    found = planned(build, squeeze(build, build.input(1, 5, 5, 40), pool_layout="channels_first")[1])
    assert names(found) == [["pool"], WHOLE[1:]]


def test_not_for_several_rows() -> None:
    build = GraphBuilder()
    hidden = build.matmul(build.input(1, 7, 8), build.constant(8, 4), name="first")
    assert len(names(planned(build, build.matmul(hidden, build.constant(4, 2))))) == 2


def test_not_when_rejected() -> None:
    build = GraphBuilder()
    excitation = squeeze(build, build.input(1, 5, 5, 40))[1]
    found = plan(Graph(build.inputs, [excitation], build.nodes), CPU_KERNELS, [frozenset(WHOLE)])
    assert names(found) == [["pool"], ["fc1", "relu"], ["fc2", "sigmoid"]]
