"""A depthwise convolution and the pointwise one that reads it are one block where that pays; else the plan says why."""

import dataclasses
from collections.abc import Callable, Collection, Sequence

import pytest
from graph_builder import GraphBuilder, without

from dnnf_mlir.fusion.capabilities import CPU_KERNELS, LINALG, Capabilities
from dnnf_mlir.fusion.planner import Plan, plan
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.kernels.families import is_depthwise
from dnnf_mlir.kernels.machine import Machine
from dnnf_mlir.kernels.separable.pattern import Separable
from dnnf_mlir.kernels.separable.schedule import weight_rereads


def planned(build: GraphBuilder, *outputs: Value, capabilities: Capabilities = CPU_KERNELS) -> Plan:
    return plan(build.graph(*outputs), capabilities)


def names(found: Plan) -> list[list[str]]:
    return [[node.name for node in block.nodes] for block in found.blocks]


def depthwise(build: GraphBuilder, *, size: int = 56, channels: int = 64, **attributes: object) -> Value:
    """relu(depthwise) of [1, size, size, channels]."""
    x = build.conv(build.input(1, size, size, channels), channels, name="depthwise", group=channels, **attributes)
    return build.op("relu", x, name="relu")


def pair(build: GraphBuilder, filters: int = 32, **sizes: int) -> Value:
    return build.conv(depthwise(build, **sizes), filters, 1, name="pointwise")


def test_one_block_with_the_depthwise_convolution_as_anchor() -> None:
    build = GraphBuilder()
    y = build.op("add", pair(build), build.input(1, 56, 56, 32), name="residual")
    found = planned(build, y)
    assert names(found) == [["depthwise", "relu", "pointwise", "residual"]]
    assert found.blocks[0].anchor is not None and found.blocks[0].anchor.name == "depthwise"
    edge = next(edge for edge in found.edges if edge.consumer == "pointwise")
    assert edge.decision == "fused" and "stays in cache" in edge.reason and edge.removable
    assert edge.comparison is not None and not edge.comparison.measured


def test_element_wise_operators_before_the_pointwise_convolution() -> None:
    """A factor that is applied to the pointwise weights elsewhere is applied to the depthwise result here."""
    build = GraphBuilder()
    scaled = build.op("mul", depthwise(build), build.input(1, 1, 1, 64), name="scale")
    found = planned(build, build.conv(scaled, 32, 1, name="pointwise"))
    assert names(found) == [["depthwise", "relu", "scale", "pointwise"]]


def test_two_results_of_the_pointwise_convolution() -> None:
    build = GraphBuilder()
    y = pair(build)
    assert names(planned(build, y, build.op("relu", y, name="last"))) == [["depthwise", "relu", "pointwise", "last"]]


def test_three_convolutions_are_two_blocks() -> None:
    build = GraphBuilder()
    second = build.conv(pair(build), 32, 1, name="second")
    assert names(planned(build, second)) == [["depthwise", "relu", "pointwise"], ["second"]]


def apart(build: GraphBuilder, *outputs: Value, capabilities: Capabilities = CPU_KERNELS) -> str:
    """The reason why the pointwise convolution is not in the depthwise one's block."""
    found = planned(build, *outputs, capabilities=capabilities)
    edge = next(edge for edge in found.edges if edge.consumer == "pointwise")
    assert edge.decision == "separate"
    return edge.reason


POINTWISE = {"strides": (1, 1), "pads": (0,) * 4, "layout": "channels_last", "shape": (1, 56, 56, 32)}


def wanted_outside(b: GraphBuilder) -> list[Value]:
    x = depthwise(b)
    return [x, b.conv(x, 32, 1, name="pointwise")]


def read_twice(b: GraphBuilder) -> list[Value]:
    x = depthwise(b)
    return [b.conv(x, 32, 1, name="pointwise"), b.op("top_k", x)]


def residual_of_the_first(b: GraphBuilder) -> list[Value]:
    x = depthwise(b)
    return [b.op("add", b.conv(x, 64, 1, name="pointwise"), x)]


def windows(b: GraphBuilder) -> list[Value]:
    return [b.conv(depthwise(b), 32, 3, name="pointwise")]


def strides(b: GraphBuilder) -> list[Value]:
    x = depthwise(b)
    return [b.op("conv", x, b.constant(32, 64, 1, 1), name="pointwise", **POINTWISE | {"strides": (2, 2)})]


def computed_weights(b: GraphBuilder) -> list[Value]:
    return [b.op("conv", depthwise(b), b.input(32, 64, 1, 1), name="pointwise", **POINTWISE)]


def channels_first(b: GraphBuilder) -> list[Value]:
    x = b.op("relu", b.conv(b.input(1, 16, 8, 64), 64, group=64, layout="channels_first"))
    return [b.conv(x, 32, 1, name="pointwise", layout="channels_first")]


def dense(b: GraphBuilder) -> list[Value]:
    return [b.conv(b.conv(b.input(1, 56, 56, 64), 64), 32, 1, name="pointwise")]


def heavy(b: GraphBuilder) -> list[Value]:
    """Weights of 4 MiB, read for each of ten rows, beside an intermediate result of 400 KiB."""
    return [pair(b, 1024, size=10, channels=1024)]


TABLE = "Table 3 (many_to_many, many_to_many): break"
CASES = [
    (wanted_outside, "needed elsewhere"),
    (read_twice, "needed elsewhere"),
    (residual_of_the_first, "needed elsewhere"),
    (computed_weights, "computed at run time"),
    (heavy, "us separate"),
    (windows, TABLE),
    (strides, TABLE),
    (channels_first, TABLE),
    (dense, TABLE),
]


@pytest.mark.parametrize(("build", "reason"), CASES, ids=[build.__name__ for build, _ in CASES])
def test_apart(build: Callable[[GraphBuilder], list[Value]], reason: str) -> None:
    b = GraphBuilder()
    assert reason in apart(b, *build(b))


def test_an_operand_behind_that_waits_for_the_depthwise_convolution() -> None:
    build = GraphBuilder()
    x = build.conv(build.input(1, 56, 56, 64), 64, name="depthwise", group=64)
    other = build.op("onnx_node", x, shape=(1, 56, 56, 64))
    y = build.op("add", build.conv(x, 64, 1, name="pointwise"), other, name="sum")
    assert "needed elsewhere" in apart(build, y)


def test_not_without_the_kernel() -> None:
    for capabilities in (LINALG, without(Separable)):
        build = GraphBuilder()
        assert apart(build, pair(build), capabilities=capabilities) == TABLE


def test_not_when_rejected() -> None:
    build = GraphBuilder()
    found = plan(build.graph(pair(build)), CPU_KERNELS, [frozenset({"depthwise", "relu", "pointwise"})])
    assert names(found) == [["depthwise", "relu"], ["pointwise"]]
    assert next(edge for edge in found.edges if edge.consumer == "pointwise").reason == "rejected by the back end"


class Measured:
    """Latencies by the number of operators of a kernel."""

    def __init__(self, seconds: dict[int, float]) -> None:
        self._seconds = seconds

    def seconds(self, nodes: Sequence[Node], returned: Collection[Value]) -> float | None:
        return self._seconds.get(len(nodes))

    def problem(self, nodes: Sequence[Node], returned: Collection[Value]) -> str | None:
        return None

    def calibrate(self, machine: Machine) -> Machine:
        return machine


def test_measured_latencies_decide() -> None:
    """Against the estimate, in both directions; a pair that is slower by however little is two kernels."""
    kernels = {2: 4e-5, 1: 6e-5}
    build = GraphBuilder()
    found = plan(build.graph(pair(build)), CPU_KERNELS, profile=Measured(kernels | {3: 1.01e-4}))
    assert names(found) == [["depthwise", "relu"], ["pointwise"]]
    build = GraphBuilder()
    found = plan(build.graph(*heavy(build)), CPU_KERNELS, profile=Measured(kernels | {3: 0.99e-4}))
    assert names(found) == [["depthwise", "relu", "pointwise"]]


def test_more_cache_makes_longer_runs() -> None:
    """Of the same image, whose pointwise weights are then read less often."""
    build = GraphBuilder()
    convolutions = [node for node in build.graph(pair(build)).nodes if node.kind == "conv"]
    small, large = (dataclasses.replace(CPU_KERNELS.machine, cache_bytes=size << 10) for size in (256, 1024))
    assert is_depthwise(convolutions[0])
    first, second = convolutions
    assert weight_rereads(first, second, small) > weight_rereads(first, second, large) > 0
