"""Operators of com.microsoft next to ONNX Runtime: every case by the reference, one of each operator compiled."""

import pytest

import dnnf_mlir
from dnnf_mlir.graph.from_mlir import read_graph
from dnnf_mlir.importer import import_onnx
from dnnf_mlir.importer.decompose.microsoft.registry import OPERATORS
from dnnf_mlir.passes.base import functions
from dnnf_mlir.verify.reference import evaluate_values
from tests.importer.microsoft import (
    activations,
    attention,
    grouped_attention,
    normalization,
    others,
    products,
    quantized,
    recurrent,
    weights,
)
from tests.importer.microsoft.cases import DOMAIN, Case

CASES: list[Case] = [
    *activations.CASES,
    *activations.EXPERIMENTAL,
    *attention.CASES,
    *attention.EMBEDDINGS,
    *grouped_attention.CASES,
    *normalization.CASES,
    *others.CASES,
    *others.EXPERIMENTAL,
    *products.CASES,
    *quantized.CASES,
    *recurrent.CASES,
    *weights.CASES,
]
COMPILED = list({case.operator: case for case in reversed(CASES)}.values())
"""The first case of each operator."""


@pytest.mark.parametrize("case", CASES, ids=str)
def test_imported(case: Case) -> None:
    module = import_onnx(case.model())
    graph = read_graph(next(functions(module.operation)))
    assert not any(node.attributes.get("domain") == DOMAIN for node in graph.nodes)
    inputs = [case.feeds[name] for name in graph.input_names]
    found = evaluate_values(graph, inputs, graph.outputs)
    case.check([found[value] for value in graph.outputs])


@pytest.mark.parametrize("case", COMPILED, ids=lambda case: case.operator)
def test_compiled(case: Case) -> None:
    case.check(dnnf_mlir.compile(case.model()).run(list(case.feeds.values())))


def test_every_operator_has_a_case() -> None:
    assert {case.operator for case in CASES} == set(OPERATORS)
