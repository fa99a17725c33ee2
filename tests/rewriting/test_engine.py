"""The engine: greedy by saving, deterministic, aware of other readers, of broadcasting and of commuted forms."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from expressions import Builder

from dnnf_mlir.dialect_defs.many_to_many.reduction import ReduceSum
from dnnf_mlir.dialect_defs.one_to_one.arithmetic import Mul
from dnnf_mlir.dialect_defs.one_to_one.logic import BitShift
from dnnf_mlir.errors import PipelineError
from dnnf_mlir.graph.ecg import Graph, Node, Value
from dnnf_mlir.graph.operator import ANYTHING, Interval
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.passes.simplify_algebra.families import all_rules, select
from dnnf_mlir.passes.simplify_algebra.listing import rules_as_markdown
from dnnf_mlir.rewriting import Family, simplify
from dnnf_mlir.rewriting.cost import ZERO, node_cost
from dnnf_mlir.rewriting.facts import interval_of
from dnnf_mlir.rewriting.terms import Equation, Tensor, op
from dnnf_mlir.verify.reference import evaluate_graph


def kinds(graph: Graph) -> list[str]:
    return [node.kind for node in graph.nodes]


def simplified(graph: Graph, *names: str) -> dict[str, int]:
    """Applications by rule; asserts that the graph computes the same."""
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=value.type.shape).astype(np.float32) for value in graph.inputs]
    before = evaluate_graph(graph, arrays, float64=True)
    statistics = simplify(graph, select((), names))
    after = evaluate_graph(graph, arrays, float64=True)
    for a, b in zip(before, after, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)
    return dict(statistics.applications)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_every_commuted_form_of_gelu_is_recognised(order: tuple[int, ...]) -> None:
    b = Builder()
    x = b.input(2, 3)
    one_plus = b.apply("Add", b.constant(1), b.apply("Erf", b.apply("Div", x, b.constant(2**0.5))))
    factors = [x, b.constant(0.5), one_plus]
    first, second, third = (factors[i] for i in order)
    graph = b.graph(b.apply("Mul", first, b.apply("Mul", second, third)))
    simplified(graph)
    assert kinds(graph) == ["gelu"]


def test_a_difference_is_a_sum_and_a_quotient_a_product() -> None:
    b = Builder()
    x, y, d = b.input(4, 4), b.input(4, 4), b.input(4, 4)
    graph = b.graph(b.apply("Add", b.apply("Div", x, d), b.apply("Div", y, d)))
    assert simplified(graph) == {"shared_factor": 1}
    assert sorted(kinds(graph)) == ["add", "div"]


def test_factors_are_shared_across_a_long_chain() -> None:
    b = Builder()
    x, y, z, c = (b.input(4, 4) for _ in range(4))
    total = b.apply("Add", b.apply("Mul", x, c), b.apply("Add", z, b.apply("Mul", c, y)))
    graph = b.graph(total)
    assert simplified(graph) == {"shared_factor": 1}
    assert sorted(kinds(graph)) == ["add", "add", "mul"]


def test_values_with_other_readers_stay() -> None:
    b = Builder()
    x, y, c = b.input(4, 4), b.input(4, 4), b.input(4, 4)
    left, right = b.apply("Mul", x, c), b.apply("Mul", y, c)
    graph = b.graph(b.apply("Add", left, right), left, right)
    assert simplified(graph) == {}


def test_the_largest_saving_goes_first() -> None:
    b = Builder()
    x, small = b.input(8, 8), b.input(8)
    # Either x or the vector can be taken out: taking out x leaves an addition of vectors.
    total = b.apply("Add", b.apply("Mul", x, small), b.apply("Mul", x, b.input(8)))
    graph = b.graph(total)
    simplified(graph)
    assert graph.nodes[0].output.type.shape == (8,)


def test_broadcasting_that_costs_more_is_not_done() -> None:
    b = Builder()
    x, y, c = b.input(8, 1), b.input(1, 8), b.input(1, 1)
    # (X + Y) * C multiplies 64 elements where X * C and Y * C multiply 16.
    graph = b.graph(b.apply("Add", b.apply("Mul", x, c), b.apply("Mul", y, c)))
    assert simplified(graph) == {}


def test_a_near_miss_tells_the_reason() -> None:
    b = Builder()
    x = b.input(4)
    graph = b.graph(b.apply("Mul", b.apply("Sqrt", x), b.apply("Sqrt", x)))
    statistics = simplify(graph, select((), ("product_of_roots",)), explain=True)
    (miss,) = statistics.near_misses
    assert str(miss) == "mul2: product_of_roots not applied: b may be negative"


@pytest.mark.parametrize(("scale", "reason"), [(1e30, "overflow"), (1e-30, "underflow")])
def test_a_constant_that_leaves_f32_is_a_near_miss(scale: float, reason: str) -> None:
    b = Builder()
    product = b.apply("MatMul", b.input(2, 3), b.constant(np.full((3, 4), scale)))
    graph = b.graph(b.apply("Mul", product, b.constant(np.full(4, scale))))
    statistics = simplify(graph, all_rules(), explain=True)
    assert not statistics.applications
    assert f"mul1: scale_into_matmul not applied: a constant would {reason}" in map(str, statistics.near_misses)


def test_numbers_of_f32_are_compared_exactly_and_others_up_to_its_rounding() -> None:
    b = Builder()
    x = b.input(4)
    almost = b.graph(b.apply("Mul", b.apply("Exp", x), b.constant(1 + 2e-7)))
    assert simplified(almost) == {}
    third = Family("test")

    @third
    def drop(a: Tensor) -> Equation:
        """A * 1/3 = |A|"""
        return op.Mul(a, 1 / 3), op.Abs(a)

    assert simplify(b.graph(b.apply("Mul", x, b.constant(1 / 3))), third.rules).applications == {"drop": 1}


def test_graph_outputs_keep_their_order_and_name() -> None:
    b = Builder()
    x = b.input(4)
    first, second = b.apply("Neg", b.apply("Neg", b.apply("Exp", x))), b.apply("Abs", b.apply("Abs", x))
    graph = b.graph(first, second)
    simplified(graph)
    assert [value.producer.kind for value in graph.outputs if value.producer] == ["exp", "abs"]


def test_an_input_is_not_returned() -> None:
    b = Builder()
    graph = b.graph(b.apply("Mul", b.input(4), b.constant(1)))
    assert simplified(graph) == {}


def test_rewriting_is_deterministic() -> None:
    def once() -> list[str]:
        b = Builder()
        x, y, c = b.input(4, 4), b.input(4, 4), b.constant(3)
        a = b.apply("Mul", b.apply("Add", b.apply("Mul", x, y), b.apply("Mul", x, c)), b.constant(0.5))
        graph = b.graph(b.apply("Div", a, b.apply("Abs", b.apply("Mul", y, y))))
        simplified(graph)
        return [f"{node.kind} {node.name}" for node in graph.nodes]

    assert once() == once()


def test_every_rewrite_lowers_the_cost() -> None:
    b = Builder()
    x, y = b.input(8, 8), b.input(8, 8)
    value = x
    for _ in range(4):
        value = b.apply("Mul", b.apply("Add", b.apply("Mul", value, y), value), b.constant(0.5))
    graph = b.graph(value)
    rules = [rule for rule in all_rules() if not rule.recognition]
    cost = [ZERO]
    while True:
        now = ZERO
        for node in graph.nodes:
            now = now.plus(node_cost(node))
        if cost[0] != ZERO:
            assert now < cost[0]
        cost[0] = now
        if not simplify(graph, rules, max_rewrites=1).applications:
            break


def test_intervals() -> None:
    b = Builder()
    x = b.input(4)
    positive = b.apply("Add", b.apply("Relu", x), b.constant(0.5))
    assert interval_of(positive).low == 0.5
    assert interval_of(b.apply("Mul", x, x)).low == 0
    assert interval_of(b.apply("Sigmoid", x)) == Interval(0, 1)
    assert interval_of(x) == Interval()


def test_unknown_rules_and_properties_are_named() -> None:
    with pytest.raises(PipelineError, match="unknown rule 'nonsense'"):
        select((), ("nonsense",))
    with pytest.raises(PipelineError, match="unknown property 'nonsense'"):
        select(("nonsense",), ())


def test_rules_are_listed_once() -> None:
    rules = all_rules()
    assert len({rule.name for rule in rules}) == len(rules)
    assert len({rule.equation for rule in rules}) == len(rules) >= 120
    assert all(rule.equation for rule in rules)


def test_a_rule_is_a_function_that_returns_both_sides() -> None:
    rule = Family("test")

    @rule
    def drop(a: Tensor) -> Equation:
        """||A|| = |A|"""
        return op.Abs(op.Abs(a)), op.Abs(a)

    b = Builder()
    graph = b.graph(b.apply("Abs", b.apply("Abs", b.input(2))))
    assert simplify(graph, rule.rules).applications == {"drop": 1}
    assert drop.equation == "||A|| = |A|" and drop.family == "test"


def test_the_document_is_up_to_date() -> None:
    document = Path(__file__).parents[2] / "docs" / "rewrite_rules.md"
    module = rules_as_markdown.__module__
    assert document.read_text() == rules_as_markdown(), f"python -m {module} > {document}"


def test_every_rule_has_a_filecheck_test() -> None:
    folder = Path(__file__).parents[2] / "lit_tests" / "simplify"
    tested = {name for file in folder.glob("*.mlir") for name in re.findall(r"func\.func @(\w+)", file.read_text())}
    assert not {rule.name for rule in all_rules()} - tested


def test_operands_of_a_shift_are_not_exchanged() -> None:
    """sum(3 << x) is not sum(x) << 3, though the rule's operator takes the operands as it finds them."""
    type_ = TensorType((4,), "ui32")
    x, three = Value(type_, "x"), Value(TensorType((), "ui32"), "c", constant=np.array(3, np.uint32))
    shifted, total = Value(type_), Value(TensorType((), "ui32"))
    nodes = [
        Node(BitShift, [three, x], [shifted], {"direction": "LEFT"}, "shift"),
        Node(ReduceSum, [shifted], [total], {"axes": (0,), "keepdims": 0}, "sum"),
    ]
    graph = Graph([x], [total], nodes)
    assert not simplify(graph, select((), ("sum_of_shifted",))).applications


def test_integers_wrap_around() -> None:
    """The square of an integer can be negative: nothing is known of arithmetic on them."""
    x = Value(TensorType((4,), "i32"), "x")
    squared = Value(x.type)
    Node(Mul, [x, x], [squared], {}, "square")
    assert interval_of(squared) == ANYTHING
