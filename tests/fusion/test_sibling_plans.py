"""Windows that read the same tensor are one block where none needs another and the kernel can hold them."""

import dataclasses

from graph_builder import GraphBuilder

from dnnf_mlir.fusion.capabilities import CPU_KERNELS, LINALG, Capabilities
from dnnf_mlir.fusion.planner import Plan, plan
from dnnf_mlir.fusion.report import decisions_json, plan_json, remarks
from dnnf_mlir.graph.ecg import Value

IMAGE = (1, 8, 8, 16)


def planned(build: GraphBuilder, *outputs: Value, capabilities: Capabilities = CPU_KERNELS, rejected=()) -> Plan:
    return plan(build.graph(*outputs), capabilities, rejected)


def names(found: Plan) -> list[set[str]]:
    return [{node.name for node in block.nodes} for block in found.blocks]


def heads(build: GraphBuilder, x: Value) -> list[Value]:
    """Three products of x: one permuted by heads, one with an activation and a residual, one as it is."""
    first = build.op("reshape", build.matmul(x, build.constant(16, 24), name="q"), shape=(1, 8, 3, 8))
    second = build.op("relu", build.matmul(x, build.constant(16, 16), name="k"), name="relu")
    return [
        build.transpose(first, 0, 2, 1, 3, name="turned"),
        build.op("add", second, x, name="residual"),
        build.matmul(x, build.constant(16, 7), name="v"),
    ]


def test_products_of_one_tensor_with_their_epilogues() -> None:
    build = GraphBuilder()
    found = planned(build, *heads(build, build.input(1, 8, 16)))
    assert names(found) == [{"q", "reshape1", "turned", "k", "relu", "residual", "v"}]
    (decision,) = found.siblings
    assert (decision.source, decision.anchors, decision.decision) == ("input0", ("q", "k", "v"), "fused")
    assert "siblings read input0" in decision.reason
    assert [part.anchor.name for part in found.blocks[0].parts() if part.anchor is not None] == ["q", "k", "v"]


def test_the_plan_tells_why() -> None:
    build = GraphBuilder()
    outputs = heads(build, build.input(1, 8, 16))
    found = planned(build, *outputs)
    assert any(line.startswith("q | k | v: fused: siblings read input0") for line in remarks(decisions_json(found)))
    content = plan_json(build.graph(*outputs), found, model="m", target="host", operators=7, kernels=1)
    (siblings,) = content["siblings"]
    assert (siblings["source"], siblings["anchors"], siblings["decision"]) == ("input0", ["q", "k", "v"], "fused")
    assert siblings["seconds"]["fused"] < siblings["seconds"]["separate"]


def test_windows_of_different_kinds() -> None:
    build = GraphBuilder()
    x = build.input(*IMAGE)
    pool = build.op("max_pool", x, shape=IMAGE, name="pool", layout="channels_last")
    found = planned(build, build.conv(x, 8, 1, name="a"), build.conv(x, 4, 3, name="b"), pool)
    assert names(found) == [{"a", "b", "pool"}]


def test_a_tensor_seen_in_two_shapes_is_one() -> None:
    build = GraphBuilder()
    x = build.input(1, 8, 16)
    flat = build.op("reshape", x, shape=(8, 16), name="view")
    outputs = [build.matmul(x, build.constant(16, 8), name="a"), build.matmul(flat, build.constant(16, 8), name="b")]
    assert {"a", "b"} in names(planned(build, *outputs))


def test_not_when_one_feeds_the_other() -> None:
    """b reads x and adds a's result: one kernel would wait for itself."""
    build = GraphBuilder()
    x = build.input(*IMAGE)
    a = build.conv(x, 16, 1, name="a")
    b = build.op("add", build.conv(x, 16, 1, name="b"), a, name="sum")
    found = planned(build, b, build.op("onnx_node", a))
    assert all(not {"a", "b"} <= block for block in names(found))
    (decision,) = found.siblings
    assert decision.decision == "separate" and "cannot wait" in decision.reason


def test_not_when_a_path_through_other_kernels_would_close_a_cycle() -> None:
    """a -> outside -> b's sum: neither block contains the other's operand, but the union would wait for itself."""
    build = GraphBuilder()
    x = build.input(*IMAGE)
    a = build.conv(x, 16, 1, name="a")
    between = build.op("onnx_node", build.op("onnx_node", a))
    b = build.op("add", build.conv(x, 16, 1, name="b"), between, name="sum")
    found = planned(build, b)
    assert all(not {"a", "b"} <= block for block in names(found))
    assert [decision.decision for decision in found.siblings] == ["separate"]


def test_two_families_do_not_close_a_cycle_together() -> None:
    """Joining a with a2 and b with b2 would make each of the two kernels wait for the other."""
    build = GraphBuilder()
    x, y = build.input(*IMAGE), build.input(*IMAGE)
    a, b = build.conv(x, 16, 1, name="a"), build.conv(y, 16, 1, name="b")
    a2 = build.op("add", build.conv(x, 16, 1, name="a2"), build.op("onnx_node", b), name="a2 sum")
    b2 = build.op("add", build.conv(y, 16, 1, name="b2"), build.op("onnx_node", a), name="b2 sum")
    found = planned(build, a2, b2)
    assert sum({"a", "a2"} <= block or {"b", "b2"} <= block for block in names(found)) == 1
    position = {node: i for i, node in enumerate(node for block in found.blocks for node in block.nodes)}
    assert all(position[p] < position[node] for node in build.nodes for p in node.predecessors())


def test_at_most_as_many_as_the_target_takes() -> None:
    build = GraphBuilder()
    x = build.input(*IMAGE)
    outputs = [build.conv(x, 8, 1, name=f"c{i}") for i in range(6)]
    assert names(planned(build, *outputs)) == [{"c0", "c1", "c2", "c3"}, {"c4", "c5"}]
    two = dataclasses.replace(CPU_KERNELS, siblings=2)
    assert [len(block) for block in names(planned(build, *outputs, capabilities=two))] == [2, 2, 2]
    assert [len(block) for block in names(planned(build, *outputs, capabilities=LINALG))] == [1] * 6


def test_a_rejected_kernel_is_joined_from_fewer() -> None:
    build = GraphBuilder()
    x = build.input(*IMAGE)
    outputs = [build.conv(x, 8, 1, name=name) for name in "abc"]
    found = planned(build, *outputs, rejected=[frozenset("abc")])
    assert names(found) == [{"a", "b"}, {"c"}]
    found = planned(build, *outputs, rejected=[frozenset("abc"), frozenset("ab"), frozenset("ac"), frozenset("bc")])
    assert names(found) == [{"a"}, {"b"}, {"c"}]


def test_not_without_a_kernel() -> None:
    """Weights computed at run time, channels first, another element type."""
    build = GraphBuilder()
    x = build.input(*IMAGE)
    weights = build.op("onnx_node", build.constant(8, 16, 1, 1))
    computed = [build.op("conv", x, weights, shape=(1, 8, 8, 8), layout="channels_last") for _ in range(2)]
    first = [build.conv(x, 8, 1, layout="channels_first") for _ in range(2)]
    found = planned(build, *computed, *first)
    assert all(len(block.nodes) == 1 for block in found.blocks) and not found.siblings
