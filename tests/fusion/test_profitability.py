"""The cost estimate orders alternatives rightly, and gives way to measurements."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import pytest
from graph_builder import GraphBuilder

from dnnf_mlir.fusion.capabilities import CPU_KERNELS
from dnnf_mlir.fusion.cost.model import CostModel, executions
from dnnf_mlir.fusion.planner import plan
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.kernels.machine import CPU, GPU, Machine

SLOW_LAUNCH = Machine(flops_per_second=1e9, bytes_per_second=1e9, launch_seconds=1.0, strided_factor=2.0)


def estimate(build: GraphBuilder, machine: Machine = SLOW_LAUNCH) -> float:
    return CostModel(machine, build.nodes[-1].outputs).estimate(build.nodes) - machine.launch_seconds


def test_traffic_counts_each_tensor_once() -> None:
    build = GraphBuilder()
    x = build.input(1000)
    build.op("mul", build.op("exp", x), x)
    assert estimate(build) == pytest.approx(2 * 4000 / 1e9)


def test_arithmetic_hides_behind_traffic_and_the_other_way_round() -> None:
    build = GraphBuilder()
    build.conv(build.input(1, 32, 32, 64), 64)
    assert estimate(build) == pytest.approx(2 * 32 * 32 * 64 * 64 * 9 / 1e9)


def test_arithmetic_of_half_precision_is_as_fast_as_the_machine_says() -> None:
    build = GraphBuilder()
    result = build.conv(build.input(1, 32, 32, 64), 64)
    result.type = TensorType(result.type.shape, "f16")
    fast = replace(SLOW_LAUNCH, half_speed=2.0)
    assert estimate(build, fast) == pytest.approx(estimate(build) / 2)


def test_reads_across_the_innermost_dimension_cost_more() -> None:
    build = GraphBuilder()
    build.op("exp", build.transpose(build.input(100, 10), 1, 0))
    assert estimate(build) == pytest.approx((2 * 4000 + 4000) / 1e9)
    build = GraphBuilder()
    build.op("exp", build.transpose(build.input(10, 5, 20), 1, 0, 2))
    assert estimate(build) == pytest.approx((4000 + 4000) / 1e9)


def test_reductions_read_their_operand_several_times() -> None:
    def softmax(prologue: bool) -> float:
        build = GraphBuilder()
        x = build.input(100, 10)
        build.op("softmax", build.op("add", x, build.input(100, 10)) if prologue else x)
        return estimate(build)

    again = 2 * SLOW_LAUNCH.reread_factor
    assert softmax(prologue=False) == pytest.approx(4000 * (2 + again) / 1e9)
    assert softmax(prologue=True) == pytest.approx(4000 * (3 + 2 * again) / 1e9)


def test_gathers_read_what_they_need() -> None:
    build = GraphBuilder()
    build.op("gather", build.constant(1000, 10), build.input(5), shape=(5, 10))
    assert estimate(build) == pytest.approx((200 + 20 + 200) / 1e9)


def test_reshapes_alone_cost_nothing() -> None:
    build = GraphBuilder()
    build.op("reshape", build.input(4, 6), shape=(24,))
    assert CostModel(GPU, build.nodes[-1].outputs).estimate(build.nodes) == 0


def test_executions() -> None:
    build = GraphBuilder()
    x = build.op("exp", build.input(8))
    y = build.op("sin", x)
    z = build.op("add", y, build.input(100, 8))
    build.op("softmax", build.op("mul", z, y))
    times = executions(build.nodes)
    assert [times[node] for node in build.nodes] == [300, 300, 3, 3, 1]


def test_measurements_decide_where_there_are_some() -> None:
    class Measured:
        def __init__(self, fused: float, known: bool = True) -> None:
            self.fused, self.known = fused, known

        def seconds(self, nodes: Sequence[Node], returned: Collection[Value]) -> float | None:
            if not self.known:
                return None
            return self.fused if len(nodes) > 1 else 1.0

        def problem(self, nodes: Sequence[Node], returned: Collection[Value]) -> str | None:
            return None

        def calibrate(self, machine: Machine) -> Machine:
            return machine

    build = GraphBuilder()
    x = build.op("gather", build.constant(1000, 10), build.input(5), shape=(5, 10))
    graph = build.graph(build.transpose(x, 1, 0))
    assert len(plan(graph, CPU_KERNELS).blocks) == 1
    assert len(plan(graph, CPU_KERNELS, profile=Measured(fused=2.1)).blocks) == 1
    slower = plan(graph, CPU_KERNELS, profile=Measured(fused=2.5))
    assert len(slower.blocks) == 2
    assert "measured 2500000.00 us fused, 2000000.00 us separate" in slower.edges[0].reason
    assert len(plan(graph, CPU_KERNELS, profile=Measured(fused=2.5, known=False)).blocks) == 1


def test_launches_weigh_more_on_a_gpu() -> None:
    """A kernel saved pays for work repeated on the GPU, not on the CPU."""
    build = GraphBuilder()
    x = build.input(64)
    for _ in range(40):
        x = build.op("exp", x)
    build.op("mul", x, build.input(512, 64))
    parts = [build.nodes[:-1], build.nodes[-1:]]
    assert not CostModel(CPU, build.nodes[-1].outputs).compare(build.nodes, parts).pays
    assert CostModel(GPU, build.nodes[-1].outputs).compare(build.nodes, parts).pays
