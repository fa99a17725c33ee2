"""What holds of every plan: hypothesis draws graphs of all families of operators, with residuals and diamonds."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from graph_builder import GraphBuilder
from hypothesis import given, settings
from hypothesis import strategies as st

from dnnf_mlir.fusion.capabilities import CPU_KERNELS, LINALG, Capabilities
from dnnf_mlir.fusion.constraints import border_reason, structural_reason
from dnnf_mlir.fusion.horizontal import shared_input
from dnnf_mlir.fusion.planner import Plan, plan
from dnnf_mlir.fusion.table import Verdict, combine, edge_mapping
from dnnf_mlir.graph.ecg import Block, Graph, Node, Value
from dnnf_mlir.graph.operator import MappingType
from dnnf_mlir.kernels.api import Match, match_with
from dnnf_mlir.kernels.families import Family, family_of
from dnnf_mlir.kernels.kernel import Candidate
from dnnf_mlir.kernels.pooled_convolution.pattern import PooledConvolution

SHAPE = (2, 4, 4, 8)


def _unary(build: GraphBuilder, x: Value, other: Value) -> Value:
    return build.op("relu", x)


def _binary(build: GraphBuilder, x: Value, other: Value) -> Value:
    return build.op("add", x, other)


def _bias(build: GraphBuilder, x: Value, other: Value) -> Value:
    return build.op("mul", x, build.constant(8))


def _reduced(build: GraphBuilder, x: Value, other: Value) -> Value:
    return build.op("reduce_mean", x, shape=(*x.type.shape[:-1], 1))


def _softmax(build: GraphBuilder, x: Value, other: Value) -> Value:
    return build.op("softmax", x)


def _conv(build: GraphBuilder, x: Value, other: Value) -> Value:
    return build.conv(x, 8) if x.type.shape == SHAPE else build.op("exp", x)


def _siblings(build: GraphBuilder, x: Value, other: Value) -> Value:
    """Two convolutions of one tensor, the second with a residual that may need a third."""
    if x.type.shape != SHAPE:
        return build.op("exp", x)
    first, second = build.conv(x, 8), build.op("add", build.conv(x, 8, 1), other)
    return build.op("concat", first, second, shape=SHAPE)


def _pool(build: GraphBuilder, x: Value, other: Value) -> Value:
    """A pool brought back to the shape that most values have."""
    if x.type.shape != SHAPE:
        return build.op("exp", x)
    return build.op("resize", build.op("relu", build.pool(x, (2, 2))), shape=SHAPE)


def _transpose(build: GraphBuilder, x: Value, other: Value) -> Value:
    return build.transpose(x, 0, 2, 1, 3)


def _reshape(build: GraphBuilder, x: Value, other: Value) -> Value:
    flat = build.op("reshape", x, shape=(x.type.elements,))
    return build.op("reshape", build.op("sin", flat), shape=x.type.shape)


def _gather(build: GraphBuilder, x: Value, other: Value) -> Value:
    return build.op("gather", x, other, shape=x.type.shape)


def _concat(build: GraphBuilder, x: Value, other: Value) -> Value:
    return build.op("concat", x, shape=x.type.shape)


def _carried(build: GraphBuilder, x: Value, other: Value) -> Value:
    return build.op("onnx_node", x)


STEPS: list[Callable[[GraphBuilder, Value, Value], Value]] = [
    *(_unary, _unary, _binary, _binary, _binary, _bias, _reduced, _softmax),
    *(_conv, _conv, _siblings, _pool, _transpose, _reshape, _gather, _concat, _carried),
]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    build = GraphBuilder()
    values = [build.input(*SHAPE), build.input(2, 1, 1, 8)]
    for _ in range(draw(st.integers(1, 20))):
        # Recent values are drawn more often, so that chains as well as long residual edges arise.
        x = values[-1 - min(draw(st.integers(0, 5)), len(values) - 1)]
        values.append(draw(st.sampled_from(STEPS))(build, x, draw(st.sampled_from(values))))
    unread = [value for value in values[2:] if not value.users]
    returned = draw(st.lists(st.sampled_from(values[2:]), max_size=2, unique=True))
    return build.graph(*dict.fromkeys([*unread, *returned]))


EVERYTHING = replace(
    CPU_KERNELS,
    store_permutation=True,
    read_permutation=True,
    concat_prologue=True,
)
CAPABILITIES = st.sampled_from([CPU_KERNELS, LINALG, EVERYTHING])


@given(graphs(), CAPABILITIES)
@settings(deadline=None, max_examples=1000)
def test_every_plan(graph: Graph, capabilities: Capabilities) -> None:
    found = plan(graph, capabilities)
    _check_partition(graph, found)
    _check_order(graph, found)
    for block in found.blocks:
        parts = block.parts()
        assert len(parts) <= capabilities.siblings
        candidates = [Candidate(part.nodes, frozenset(graph.outputs)) for part in parts]
        sources = {shared_input(each, capabilities.kernels) for each in candidates}
        assert len(parts) == 1 or (len(sources) == 1 and None not in sources)
        for part in parts:
            _check_block(graph, part, capabilities)
    _check_edges(graph, found)


@given(graphs(), CAPABILITIES, st.data())
@settings(deadline=None, max_examples=100)
def test_rejected_blocks_are_split(graph: Graph, capabilities: Capabilities, data: st.DataObject) -> None:
    rejected: frozenset[frozenset[str]] = frozenset()
    for _ in range(4):
        found = plan(graph, capabilities, rejected)
        _check_partition(graph, found)
        _check_order(graph, found)
        sets = [_names(block) for block in found.blocks if len(block.nodes) > 1]
        assert not rejected.intersection(sets)
        if not sets:
            break
        rejected |= {data.draw(st.sampled_from(sets))}


@given(graphs(), CAPABILITIES)
@settings(deadline=None, max_examples=50)
def test_the_same_graph_gives_the_same_plan(graph: Graph, capabilities: Capabilities) -> None:
    first, second = plan(graph, capabilities), plan(graph, capabilities)
    assert first.edges == second.edges
    assert [(b.nodes, b.mapping, b.anchor, b.name) for b in first.blocks] == [
        (b.nodes, b.mapping, b.anchor, b.name) for b in second.blocks
    ]


def _names(block: Block) -> frozenset[str]:
    return frozenset(node.name for node in block.nodes)


def _check_partition(graph: Graph, found: Plan) -> None:
    nodes = [node for block in found.blocks for node in block.nodes]
    assert len(nodes) == len(set(nodes)) == len(graph.nodes)
    assert set(nodes) == set(graph.nodes)


def _check_order(graph: Graph, found: Plan) -> None:
    """Computing block after block, every operand is there: the blocks are convex and form no cycle."""
    position = {node: i for i, node in enumerate(node for block in found.blocks for node in block.nodes)}
    for node in graph.nodes:
        assert all(position[producer] < position[node] for producer in node.predecessors())


def _check_block(graph: Graph, block: Block, capabilities: Capabilities) -> None:
    anchors = [node for node in block.nodes if node.mapping is MappingType.MANY_TO_MANY]
    candidate = Candidate(block.nodes, frozenset(graph.outputs), capabilities.vector)
    if [node.kind for node in anchors] == ["conv", "max_pool"]:
        assert isinstance(match_with(PooledConvolution(), candidate), Match)
        pooled = {anchors[1]}
        for node in block.nodes:
            pooled |= {node} if any(value.producer in pooled for value in node.operands) else set()
        for half, anchor in zip((set(block.nodes) - pooled, pooled), anchors, strict=True):
            nodes = [node for node in block.nodes if node in half]
            _check_block(graph, replace(block, nodes=nodes, anchor=anchor), capabilities)
        return
    assert anchors == ([] if block.anchor is None else [block.anchor])
    assert structural_reason(candidate, capabilities) is None
    assert border_reason(candidate, capabilities) is None
    if len(block.nodes) > 1:
        alone = {Family.ALONE} if capabilities.concat_prologue else {Family.ALONE, Family.JOIN}
        assert alone.isdisjoint(map(family_of, block.nodes))
    for node in block.nodes:
        for value in node.operands:
            if value.producer in candidate.members:
                assert combine(_type_along_the_way(value, candidate), edge_mapping(value, node)).verdict is not (
                    Verdict.BREAK
                )


def _type_along_the_way(value: Value, candidate: Candidate) -> MappingType:
    """The most complex type among the edges that lead to the value inside the block."""
    producer = value.producer
    if producer is None:
        raise ValueError("an operand from inside the block has a producer")
    inside: list[Node] = [producer]
    types = [producer.mapping] if producer.op.default_mapping is not MappingType.ONE_TO_ONE else []
    for node in inside:
        for operand in node.operands:
            if operand.producer in candidate.members and operand.producer is not None:
                types.append(edge_mapping(operand, node))
                inside.append(operand.producer)
    return max(types, key=lambda mapping: mapping.complexity, default=MappingType.ONE_TO_ONE)


def _check_edges(graph: Graph, found: Plan) -> None:
    block_of = {node.name: block for block in found.blocks for node in block.nodes}
    expected = [(node.name, user.name) for node in graph.nodes for user in node.successors()]
    assert [(edge.producer, edge.consumer) for edge in found.edges] == expected
    for edge in found.edges:
        assert edge.reason
        together = block_of[edge.producer] is block_of[edge.consumer]
        assert edge.decision == ("fused" if together else "separate")


@pytest.mark.parametrize("capabilities", [CPU_KERNELS, LINALG], ids=lambda c: c.name)
def test_two_convex_blocks_that_would_wait_for_each_other(capabilities: Capabilities) -> None:
    build = GraphBuilder()
    left, right = build.input(*SHAPE), build.input(*SHAPE)
    a = build.conv(left, 8)
    b = build.conv(right, 8)
    x = build.op("add", a, build.op("onnx_node", b))
    y = build.op("add", b, build.op("onnx_node", a))
    graph = build.graph(x, y)
    _check_order(graph, plan(graph, capabilities))
