"""The paper's Table 4: every row is rewritten, and costs what the table says or less."""

from collections.abc import Callable

import numpy as np
import pytest
from expressions import Builder

from dnnf_mlir.dialect_defs.one_to_one.logic import BitShift
from dnnf_mlir.graph.ecg import Graph, Node, Value
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.passes.simplify_algebra.families import all_rules
from dnnf_mlir.rewriting import simplify
from dnnf_mlir.verify.reference import evaluate_graph

M, N = 4, 6
MN = M * N


class Terms(Builder):
    """The operators of the table over tensors of M x N."""

    def tensor(self) -> Value:
        return self.input(M, N)

    def mul(self, *factors: Value) -> Value:
        product = factors[0]
        for factor in factors[1:]:
            product = self.apply("Mul", product, factor)
        return product

    def square(self, x: Value) -> Value:
        return self.apply("Mul", x, x)

    def reduce_sum(self, x: Value) -> Value:
        return self.apply("ReduceSum", x, axes=(1,), keepdims=1)


def recip_of_product(t: Terms) -> Value:
    a, b = (t.apply("Clip", t.tensor(), min=0.1, max=10.0) for _ in range(2))
    return t.mul(t.apply("Reciprocal", a), t.apply("Reciprocal", t.mul(a, b)))


def roots(t: Terms) -> Value:
    a, c = t.tensor(), t.tensor()
    b = t.apply("Relu", t.tensor())
    root = t.apply("Sqrt", b)
    return t.mul(t.mul(a, root), t.mul(root, c))


def absolutes(t: Terms) -> Value:
    a, b, c = t.tensor(), t.tensor(), t.tensor()
    return t.mul(t.apply("Abs", a), b, t.apply("Abs", c))


def sums(t: Terms) -> Value:
    a, b, c = t.tensor(), t.tensor(), t.tensor()
    total = t.reduce_sum(b)
    return t.mul(t.mul(a, total), t.mul(total, c))


def shared(t: Terms) -> Value:
    a, b, c = t.tensor(), t.tensor(), t.tensor()
    return t.apply("Add", t.mul(a, c), t.mul(a, b))


def itself(t: Terms) -> Value:
    a, b = t.tensor(), t.tensor()
    return t.apply("Add", a, t.mul(a, b))


def square_of_sum(t: Terms) -> Value:
    a, b, c = t.tensor(), t.tensor(), t.tensor()
    total = t.apply("Add", a, b)
    return t.apply("Sub", t.square(total), t.mul(total, c))


def product_of_exponentials(t: Terms) -> Value:
    return t.apply("ReduceProd", t.apply("Exp", t.tensor()), axes=(1,), keepdims=0)


ROWS = [
    pytest.param(recip_of_product, 8 * MN, 8 * MN, id="Recip(A) * Recip(A * B), both clipped"),
    pytest.param(roots, 5 * MN, 3 * MN, id="(A * Sqrt(B)) * (Sqrt(B) * C), B = Relu(D)"),
    pytest.param(absolutes, 4 * MN, 3 * MN, id="Abs(A) * B * Abs(C)"),
    pytest.param(sums, 4 * MN, 3 * MN + M, id="(A * ReduceSum(B)) * (ReduceSum(B) * C)"),
    pytest.param(shared, 3 * MN, 2 * MN, id="A * C + A * B"),
    pytest.param(itself, 2 * MN, 2 * MN, id="A + A * B"),
    pytest.param(square_of_sum, 4 * MN, 3 * MN, id="Square(A + B) - (A + B) * C"),
    pytest.param(product_of_exponentials, 2 * MN, MN + M, id="ReduceProd(Exp(A))"),
]


@pytest.mark.parametrize(("row", "before", "after"), ROWS)
def test_row(row: Callable[[Terms], Value], before: int, after: int) -> None:
    terms = Terms()
    graph = terms.graph(row(terms))
    rng = np.random.default_rng(0)
    arrays = [rng.uniform(0.5, 1.5, value.type.shape).astype(np.float32) for value in graph.inputs]
    expected = evaluate_graph(graph, arrays, float64=True)
    flops, elements = _flops(graph), _elements(graph)
    assert flops == before
    assert simplify(graph, all_rules()).applications
    assert _flops(graph) <= after
    assert _flops(graph) < flops or _elements(graph) < elements
    np.testing.assert_allclose(evaluate_graph(graph, arrays, float64=True)[0], expected[0], rtol=1e-5)


def test_multiplication_commutes() -> None:
    """A * B = B * A is no rewrite by itself: any rule sees both orders."""
    for swap in (False, True):
        terms = Terms()
        a, b, c = terms.tensor(), terms.tensor(), terms.tensor()
        other = terms.mul(b, a) if swap else terms.mul(a, b)
        graph = terms.graph(terms.apply("Add", terms.mul(a, c), other))
        assert simplify(graph, all_rules()).applications == {"shared_factor": 1}


def test_bit_shift() -> None:
    """ReduceSum(BitShift(A)) = BitShift(ReduceSum(A))"""
    terms = Terms()
    x = Value(TensorType((M, N), "ui32"), "x")
    shift = np.array(1, np.uint32)
    by = Value(TensorType.of(shift), "by", constant=shift)
    shifted = Value(x.type, "shifted")
    node = Node(BitShift, [x, by], [shifted], {"direction": "LEFT"}, "shift")
    terms.inputs.append(x)
    terms.nodes.append(node)
    graph = terms.graph(terms.reduce_sum(shifted))
    numbers = np.arange(MN, dtype=np.uint32).reshape(M, N)
    expected = evaluate_graph(graph, [numbers])
    assert simplify(graph, all_rules()).applications == {"sum_of_shifted": 1}
    assert [node.kind for node in graph.nodes] == ["reduce_sum", "bit_shift"]
    np.testing.assert_array_equal(evaluate_graph(graph, [numbers])[0], expected[0])


def _flops(graph: Graph) -> int:
    return sum(node.flops for node in graph.nodes)


def _elements(graph: Graph) -> int:
    return sum(value.type.elements for node in graph.nodes for value in (*dict.fromkeys(node.operands), node.output))
