"""Blocks that the back end rejected are divided where least crosses."""

from graph_builder import GraphBuilder

from dnnf_mlir.fusion.capabilities import CPU_KERNELS
from dnnf_mlir.fusion.planner import Plan, plan
from dnnf_mlir.graph.ecg import Graph


def names(found: Plan) -> list[list[str]]:
    return [[node.name for node in block.nodes] for block in found.blocks]


def chain(length: int) -> Graph:
    build = GraphBuilder()
    x = build.input(4)
    for i in range(length):
        x = build.op("relu", x, name=f"r{i}")
    return build.graph(x)


def test_halves_and_says_so() -> None:
    graph = chain(4)
    found = plan(graph, CPU_KERNELS, [frozenset({"r0", "r1", "r2", "r3"})])
    assert names(found) == [["r0", "r1"], ["r2", "r3"]]
    decisions = {(edge.producer, edge.consumer): (edge.decision, edge.reason) for edge in found.edges}
    assert decisions["r1", "r2"] == ("separate", "rejected by the back end")
    assert decisions["r0", "r1"][0] == "fused"


def test_parts_are_split_again() -> None:
    rejected = [frozenset({"r0", "r1", "r2", "r3"}), frozenset({"r0", "r1"})]
    assert names(plan(chain(4), CPU_KERNELS, rejected)) == [["r0"], ["r1"], ["r2", "r3"]]


def test_other_sets_and_single_operators_are_left_alone() -> None:
    rejected = [frozenset({"r0", "r1"}), frozenset({"r2"}), frozenset({"other"})]
    assert names(plan(chain(3), CPU_KERNELS, rejected)) == [["r0", "r1", "r2"]]
    assert names(plan(chain(1), CPU_KERNELS, [frozenset({"r0"})])) == [["r0"]]


def test_cuts_at_the_weakest_edge() -> None:
    build = GraphBuilder()
    x = build.op("relu", build.op("relu", build.input(4), name="a"), name="b")
    x = build.op("add", x, build.input(256, 4), name="wide")
    graph = build.graph(build.op("exp", x, name="last"))
    assert names(plan(graph, CPU_KERNELS)) == [["a", "b", "wide", "last"]]
    found = plan(graph, CPU_KERNELS, [frozenset({"a", "b", "wide", "last"})])
    assert names(found) == [["a", "b"], ["wide", "last"]]


def test_reshapes_at_the_cut_are_views_of_their_own() -> None:
    build = GraphBuilder()
    x = build.op("relu", build.input(4, 6), name="a")
    x = build.op("reshape", x, shape=(2, 2, 6), name="view")
    graph = build.graph(build.transpose(x, 1, 0, 2, name="b"))
    found = plan(graph, CPU_KERNELS, [frozenset({"a", "view", "b"})])
    assert names(found) == [["a"], ["view"], ["b"]]


def test_halves_store_no_more_than_a_kernel_can() -> None:
    """GELU: only cuts that leave at most two results open are taken."""
    build = GraphBuilder()
    x = build.matmul(build.input(16, 8), build.constant(8, 32), name="product")
    half = build.op("mul", x, build.constant(), name="half")
    bell = build.op("erf", x, name="bell")
    graph = build.graph(build.op("mul", half, build.op("mul", bell, x, name="inner"), name="outer"))
    everything = frozenset({"product", "half", "bell", "inner", "outer"})
    found = plan(graph, CPU_KERNELS, [everything])
    assert names(found)[0][0] == "product"
    for block in found.blocks:
        assert len(block.outputs(graph.outputs)) <= 2
    assert len(found.blocks) == 2
