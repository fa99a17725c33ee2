"""Views that stand between blocks are read through by the blocks that use them."""

import numpy as np
from cases import Builder

from dnnf_mlir.graph.ecg import Block, Graph, Value
from dnnf_mlir.graph.operator import MappingType
from dnnf_mlir.iree import compile_module, load_module
from dnnf_mlir.lowering import lower
from dnnf_mlir.targets import Backend, get_target
from dnnf_mlir.verify.difference import difference
from dnnf_mlir.verify.reference import evaluate_graph


def _graph(b: Builder, outputs: list[Value]) -> Graph:
    """Every node a block of its own."""
    blocks = [Block([node], MappingType.ONE_TO_ONE, name=node.name) for node in b.nodes]
    return Graph(b.inputs, outputs, b.nodes, blocks)


def _run(b: Builder, outputs: list[Value]) -> tuple[int, float]:
    """Number of dispatches, and the largest difference from the reference."""
    graph = _graph(b, outputs)
    module = lower(graph)
    compiled = compile_module(module.operation.get_asm(), get_target("host"), keep_reproducer=False)
    found = load_module(compiled.read()).run(b.arrays)
    expected = evaluate_graph(graph, b.arrays)
    return compiled.dispatch_count, max(difference(e, f) for e, f in zip(expected, found, strict=True))


def _heads(b: Builder, x: Value) -> Value:
    return b.call("transpose", b.call("reshape", x, shape=(1, 8, 2, 4)), perm=(0, 2, 1, 3))


def test_split_and_reshape_before_transposes() -> None:
    b = Builder("split")
    x = b.call("matmul", b.input(1, 8, 16), b.constant(16, 24))
    dispatches, error = _run(b, [_heads(b, part) for part in b.split(x, 2, (8, 8, 8))])
    assert dispatches == 4
    assert error <= 1e-5


def test_slice_read_by_a_product_becomes_a_tensor() -> None:
    b = Builder("slice")
    x = b.call("slice", b.input(6, 16), starts=(2, 0), steps=(1, 1), shape=(4, 16))
    _, error = _run(b, [b.call("matmul", x, b.constant(16, 8)), b.call("neg", x)])
    assert error <= 1e-5


def test_views_as_results() -> None:
    b = Builder("results")
    parts = b.split(b.call("exp", b.input(6, 16)), 1, (8, 8))
    _, error = _run(b, [*parts, b.call("reshape", parts[0], shape=(4, 12)), b.call("neg", parts[1])])
    assert error <= 1e-5


def test_view_of_a_view_of_an_input() -> None:
    b = Builder("input")
    x = b.call("reshape", b.input(6, 16), shape=(2, 48))
    y = b.call("slice", x, starts=(0, 3), steps=(1, 1), shape=(2, 40))
    z = b.call("reshape", y, shape=(8, 10))
    dispatches, error = _run(b, [b.call("add", z, b.known(np.float32(2)))])
    assert dispatches <= 2
    assert error <= 1e-5


def test_a_gpu_stores_no_booleans_between_blocks() -> None:
    b = Builder("mask")
    mask = b.call(
        "and", b.call("cast", b.input(1, 8, dtype="i64", low=0, high=2), dtype="i1"), b.input(8, 8, dtype="i1")
    )
    graph = _graph(b, [b.call("where", mask, b.input(8, 8), b.known(np.float32(-1e4)))])
    assert str(lower(graph, backend=Backend.CPU)).count("flow.dispatch.region") == 3
    assert str(lower(graph, backend=Backend.GPU)).count("flow.dispatch.region") == 1
