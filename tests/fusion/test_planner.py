"""The plan of small graphs that stand for the parts of real models."""

from dataclasses import replace

import pytest
from graph_builder import GraphBuilder

from dnnf_mlir.fusion.capabilities import CPU_KERNELS, LINALG, Capabilities
from dnnf_mlir.fusion.planner import Plan, one_block_per_operator, plan
from dnnf_mlir.graph.ecg import Value
from dnnf_mlir.graph.operator import MappingType

BOTH = pytest.mark.parametrize("capabilities", [CPU_KERNELS, LINALG], ids=lambda c: c.name)


def planned(build: GraphBuilder, *outputs: Value, capabilities: Capabilities = CPU_KERNELS) -> Plan:
    return plan(build.graph(*outputs), capabilities)


def kinds(found: Plan) -> list[str]:
    return [" ".join(node.kind for node in block.nodes) for block in found.blocks]


def reason(found: Plan, producer: str, consumer: str) -> tuple[str, str]:
    return next((e.decision, e.reason) for e in found.edges if (e.producer, e.consumer) == (producer, consumer))


@BOTH
def test_convolution_takes_its_activation_and_residual(capabilities: Capabilities) -> None:
    build = GraphBuilder()
    x = build.conv(build.input(1, 8, 8, 4), 4)
    x = build.op("mul", x, build.op("sigmoid", x))
    y = build.op("relu", build.op("add", build.conv(x, 4), x))
    found = planned(build, y, capabilities=capabilities)
    assert kinds(found) == ["conv sigmoid mul", "conv add relu"]
    assert [block.anchor for block in found.blocks] == [build.nodes[0], build.nodes[3]]
    assert all(block.mapping is MappingType.MANY_TO_MANY for block in found.blocks)
    assert reason(found, "mul2", "conv3")[1] == "Table 3 (many_to_many, many_to_many): break"
    assert "conv3 lies on a path between them" in reason(found, "mul2", "add4")[1]
    assert reason(found, "conv3", "add4") == ("fused", "Table 3 (many_to_many, one_to_one): fuse")


@BOTH
@pytest.mark.parametrize("first", [True, False])
def test_a_computed_factor_leaves_the_product_to_the_convolution(capabilities: Capabilities, first: bool) -> None:
    build = GraphBuilder()
    factor = build.op("mul", build.input(), build.input())
    x = build.op("abs", build.conv(build.input(1, 8, 8, 4), 4))
    y = build.op("relu", build.op("mul", *((factor, x) if first else (x, factor))))
    found = planned(build, y, capabilities=capabilities)
    assert kinds(found) == ["mul", "conv abs mul relu"]
    assert "mul may follow conv in registers" in reason(found, "mul0", "mul3")[1]


@BOTH
def test_epilogue_that_needs_several_intermediate_results(capabilities: Capabilities) -> None:
    """GELU spelled out: on the way the block has more open results than a kernel may store."""
    build = GraphBuilder()
    x = build.op("add", build.matmul(build.input(16, 8), build.constant(8, 32)), build.constant(32))
    half = build.op("mul", x, build.constant())
    bell = build.op("add", build.op("erf", build.op("div", x, build.constant())), build.constant())
    found = planned(build, build.op("mul", half, bell), capabilities=capabilities)
    assert kinds(found) == ["matmul add mul div erf add mul"]


def test_element_wise_operators_join_the_window_before_them_not_the_reduction_after() -> None:
    build = GraphBuilder()
    x = build.op("add", build.matmul(build.input(16, 8), build.constant(8, 8)), build.constant(8))
    x = build.op("add", x, build.input(16, 8))
    found = planned(build, build.op("layer_normalization", x))
    assert kinds(found) == ["matmul add add", "layer_normalization"]


def test_masked_softmax() -> None:
    build = GraphBuilder()
    x = build.op("div", build.input(2, 16, 16), build.constant())
    x = build.op("add", x, build.input(16))
    found = planned(build, build.op("softmax", x))
    assert kinds(found) == ["div add softmax"]


def test_sum_for_the_normalization_and_the_next_residual_has_two_outputs() -> None:
    build = GraphBuilder()
    x = build.op("add", build.input(16, 8), build.input(16, 8))
    y = build.op("layer_normalization", x)
    assert kinds(planned(build, x, y)) == ["add layer_normalization"]
    found = planned(build, x, y, capabilities=LINALG)
    assert kinds(found) == ["add", "layer_normalization"]
    assert "2 results are needed outside" in reason(found, "add0", "layer_normalization1")[1]


def test_sum_of_embeddings() -> None:
    build = GraphBuilder()
    words = build.op("gather", build.constant(1000, 8), build.input(1, 16), shape=(1, 16, 8))
    positions = build.op("gather", build.constant(512, 8), build.input(1, 16), shape=(1, 16, 8))
    x = build.op("add", words, positions)
    found = planned(build, build.op("layer_normalization", x))
    assert kinds(found) == ["gather gather add", "layer_normalization"]
    assert found.blocks[0].mapping is MappingType.ONE_TO_MANY
    assert reason(found, "add2", "layer_normalization3") == ("separate", "Table 3 (one_to_many, many_to_many): break")


def test_squeeze_and_excite_keeps_the_gate_with_its_convolution() -> None:
    """Sigmoid on the pooled tensor would be recomputed for every pixel before the product; the scaling is not."""
    build = GraphBuilder()
    x = build.op("relu", build.conv(build.input(1, 8, 8, 4), 4))
    pooled = build.op("global_average_pool", x, shape=(1, 1, 1, 4))
    build.nodes[-1].mapping = MappingType.MANY_TO_MANY
    gate = build.op("sigmoid", build.conv(pooled, 4, kernel=1))
    found = planned(build, build.conv(build.op("mul", x, gate), 8, kernel=1))
    assert kinds(found) == ["conv relu", "global_average_pool", "conv sigmoid", "mul conv"]


def test_reshapes_between_kernels_stay_views() -> None:
    build = GraphBuilder()
    x = build.op("add", build.matmul(build.input(16, 8), build.constant(8, 8)), build.constant(8))
    x = build.transpose(build.op("reshape", x, shape=(16, 2, 4)), 1, 0, 2)
    x = build.op("relu", x)
    found = planned(build, x, capabilities=replace(CPU_KERNELS, store_permutation=False))
    assert kinds(found) == ["matmul add", "reshape", "transpose relu"]
    assert "free view" in reason(found, "reshape2", "transpose3")[1]


def test_heads_of_an_attention_are_split_in_the_store() -> None:
    build = GraphBuilder()
    x = build.op("add", build.matmul(build.input(1, 16, 8), build.constant(8, 8)), build.constant(8))
    queries = build.transpose(build.op("reshape", x, shape=(1, 16, 2, 4)), 0, 2, 1, 3)
    x = build.transpose(build.matmul(queries, build.input(1, 2, 4, 16)), 0, 2, 1, 3)
    x = build.op("reshape", x, shape=(1, 16, 32))
    found = planned(build, x, capabilities=replace(CPU_KERNELS, store_permutation=True))
    assert kinds(found) == ["matmul add reshape transpose", "matmul transpose", "reshape"]


def test_reshape_inside_an_element_wise_kernel_is_an_index_map() -> None:
    build = GraphBuilder()
    x = build.op("relu", build.input(4, 6))
    x = build.transpose(build.op("reshape", x, shape=(4, 2, 3)), 1, 0, 2)
    found = planned(build, build.op("exp", x))
    assert kinds(found) == ["relu reshape transpose exp"]
    assert found.blocks[0].anchor is None
    build = GraphBuilder()
    x = build.op("relu", build.input(4, 6))
    found = planned(build, build.op("exp", build.op("reshape", x, shape=(3, 8))))
    assert kinds(found) == ["relu", "reshape", "exp"]


def test_profiled_cell_follows_the_cost() -> None:
    """A value computed once and read many times pays unless the work repeated outweighs a kernel."""
    build = GraphBuilder()
    x = build.op("exp", build.input(64))
    found = planned(build, build.op("mul", x, build.input(512, 64)))
    assert kinds(found) == ["exp mul"]
    build = GraphBuilder()
    x = build.input(64)
    for _ in range(40):
        x = build.op("exp", x)
    found = planned(build, build.op("mul", x, build.input(512, 64)))
    assert kinds(found) == [" ".join(["exp"] * 40), "mul"]
    assert "us fused" in reason(found, "exp39", "mul40")[1]


def test_operators_without_a_form_stay_alone() -> None:
    build = GraphBuilder()
    x = build.op("relu", build.input(4, 8))
    x = build.op("onnx_node", x)
    found = planned(build, build.op("exp", x))
    assert kinds(found) == ["relu", "onnx_node", "exp"]
    assert found.blocks[1].anchor is build.nodes[1]


def test_blocks_have_unique_names() -> None:
    build = GraphBuilder()
    first, second = build.op("relu", build.input(4), name="same"), build.op("relu", build.input(5), name="same")
    third = build.op("exp", build.input(6), name="")
    names = [block.name for block in planned(build, first, second, third).blocks]
    assert len(set(names)) == 3
    assert all(names)


def test_without_fusion() -> None:
    build = GraphBuilder()
    x = build.op("relu", build.conv(build.input(1, 8, 8, 4), 4))
    found = one_block_per_operator(build.graph(x))
    assert kinds(found) == ["conv", "relu"]
    assert [edge.decision for edge in found.edges] == ["separate"]


def test_empty_graph() -> None:
    build = GraphBuilder()
    assert planned(build, build.input(4)) == Plan([], [])
