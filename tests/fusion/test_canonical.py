"""The canonical form of regions: names and order do not matter, what the latency depends on does."""

from collections.abc import Callable

import numpy as np
import pytest
from graph_builder import GraphBuilder

from dnnf_mlir.fusion.profile.canonical import canonical_form, region_key
from dnnf_mlir.graph.ecg import Graph, Value
from dnnf_mlir.graph.tensor_type import TensorType

Build = Callable[[GraphBuilder], Value]


def form(build: Build) -> str:
    builder = GraphBuilder()
    result = build(builder)
    return canonical_form(builder.nodes, [result])


def _residual(first: str, second: str, swapped: bool = False) -> Build:
    def build(b: GraphBuilder) -> Value:
        x, y = b.input(4, 8), b.input(4, 8)
        if swapped:
            right = b.op("sin", y, name=second)
            left = b.op("exp", x, name=first)
        else:
            left = b.op("exp", x, name=first)
            right = b.op("sin", y, name=second)
        return b.op("add", left, right)

    return build


def test_names_and_order_do_not_matter() -> None:
    assert form(_residual("a", "b")) == form(_residual("c", "d")) == form(_residual("e", "f", swapped=True))


@pytest.mark.parametrize(
    "other",
    [
        lambda b: b.op("add", b.op("exp", b.input(4, 9)), b.op("sin", b.input(4, 9))),
        lambda b: b.op("mul", b.op("exp", b.input(4, 8)), b.op("sin", b.input(4, 8))),
        lambda b: b.op("add", b.op("exp", b.input(4, 8)), b.op("sin", b.input(8))),
        lambda b: b.op("add", b.op("exp", b.input(4, 8)), b.op("sin", b.constant(4, 8))),
        lambda b: (lambda x: b.op("add", b.op("exp", x), b.op("sin", x)))(b.input(4, 8)),
        lambda b: b.op("add", b.op("exp", b.input(4, 8)), b.op("sin", b.input(4, 8)), axis=1),
        lambda b: b.op("add", b.op("sin", b.input(4, 8)), b.op("sin", b.input(4, 8))),
    ],
    ids=["shape", "operator", "broadcast", "constant", "shared input", "attribute", "operand"],
)
def test_what_the_latency_depends_on(other: Build) -> None:
    assert form(other) != form(_residual("a", "b"))


def test_operands_that_are_swapped_are_another_region() -> None:
    def difference(swapped: bool) -> Build:
        def build(b: GraphBuilder) -> Value:
            x = b.input(4)
            y = b.op("exp", x)
            return b.op("sub", *((y, x) if swapped else (x, y)))

        return build

    assert form(difference(False)) != form(difference(True))


def test_scalars_count_and_weights_do_not() -> None:
    def scaled(factor: float, shape: tuple[int, ...]) -> Build:
        def build(b: GraphBuilder) -> Value:
            constant = Value(TensorType(shape, "f32"), "c", constant=np.full(shape, factor, np.float32))
            return b.op("mul", b.input(4, 8), constant)

        return build

    assert form(scaled(2, (1,))) != form(scaled(3, (1,)))
    assert form(scaled(2, (8,))) == form(scaled(3, (8,)))


def test_stored_values_count() -> None:
    def chain() -> tuple[Graph, Value]:
        b = GraphBuilder()
        y = b.op("exp", b.input(4))
        return b.graph(b.op("sin", y)), y

    graph, _ = chain()
    other, inner = chain()
    assert region_key(graph.nodes, graph.outputs) != region_key(other.nodes, [inner, *other.outputs])


def test_every_layer_of_a_stack_is_the_same_region() -> None:
    b = GraphBuilder()
    x = b.input(1, 8, 8, 16)
    layers = []
    for _ in range(3):
        start = len(b.nodes)
        y = b.op("relu", b.conv(x, 16))
        x = b.op("add", b.conv(y, 16), x)
        layers.append(b.nodes[start:])
    last = b.op("exp", x)
    assert len({region_key(nodes, [last]) for nodes in layers}) == 1


def test_the_order_of_siblings_does_not_matter() -> None:
    def build(swapped: bool) -> str:
        b = GraphBuilder()
        x = b.input(1, 8, 16)
        filters = (24, 32) if swapped else (32, 24)
        results = [b.op("relu" if count == 24 else "exp", b.matmul(x, b.constant(16, count))) for count in filters]
        return canonical_form(b.nodes, results)

    assert build(False) == build(True)
