"""The plans of the paper's static models: in an order that can be computed, within Table 3, few kernels."""

import numpy as np
import onnx
import pytest

from benchmarks import models
from dnnf_mlir.compiler import Compilation
from dnnf_mlir.fusion.capabilities import capabilities_of
from dnnf_mlir.fusion.improvement import breaks_table
from dnnf_mlir.fusion.planner import Plan, one_block_per_operator, plan
from dnnf_mlir.fusion.report import bytes_between
from dnnf_mlir.graph.ecg import Graph
from dnnf_mlir.kernels.api import KERNELS
from dnnf_mlir.kernels.families import Family, family_of
from dnnf_mlir.kernels.kernel import Candidate
from dnnf_mlir.options import Options

STATIC = [
    *("efficientnet_b0", "vgg16", "mobilenetv1_ssd", "yolov4", "c3d", "s3d", "unet"),
    *("tinybert", "distilbert", "albert_base", "bert_base", "mobilebert", "gpt2"),
]
JOINED = tuple(kernel.join.reason for kernel in KERNELS if kernel.join is not None)
"""Reasons of kernels that compute what Table 3 breaks apart."""
PAPER_KERNELS = 1904
"""Layers after fusion, all of these models together (paper, Table 5)."""


def _cheap_weights(key: str, tensor: onnx.TensorProto, entries: dict[str, str], seed: int) -> np.ndarray:
    """Weights of no meaning: a plan depends on shapes only."""
    dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
    return np.resize(np.linspace(0.1, 1, 97).astype(dtype), tuple(tensor.dims))


def planned(name: str) -> tuple[Graph, Plan]:
    """The simplified graph and its plan."""
    compilation = Compilation(models.load(name), Options(cache=False))
    graph = compilation.graph(compilation.simplify())
    return graph, plan(graph, capabilities_of(compilation.target))


def kernels(found: Plan) -> int:
    return sum(any(family_of(node) is not Family.REORGANIZE for node in block.nodes) for block in found.blocks)


@pytest.fixture(scope="module")
def counts() -> dict[str, int]:
    """Kernels of the models planned so far."""
    return {}


@pytest.mark.parametrize("name", STATIC)
def test_plan(name: str, monkeypatch: pytest.MonkeyPatch, counts: dict[str, int]) -> None:
    monkeypatch.setattr(models, "_draw", _cheap_weights)
    graph, found = planned(name)
    counts[name] = kernels(found)
    position = {node: i for i, node in enumerate(node for block in found.blocks for node in block.nodes)}
    assert position.keys() == set(graph.nodes)
    for node in graph.nodes:
        assert all(position[producer] < position[node] for producer in node.predecessors())
    named_kernels = {
        name
        for edge in found.edges
        if edge.decision == "fused" and edge.reason.startswith(JOINED)
        for name in (edge.producer, edge.consumer)
    }
    for block in found.blocks:
        if breaks_table(Candidate(block.nodes, frozenset(graph.outputs))):
            assert any(node.name in named_kernels for node in block.nodes), f"{block.name} holds a break pair"
    assert len(found.edges) == sum(len(list(node.successors())) for node in graph.nodes)
    assert all(edge.reason for edge in found.edges)
    assert bytes_between(graph, found.blocks) < bytes_between(graph, one_block_per_operator(graph).blocks)


def test_all_models_together_need_few_kernels(counts: dict[str, int]) -> None:
    assert set(counts) == set(STATIC), "runs after the plans of all models"
    assert sum(counts.values()) <= 0.75 * PAPER_KERNELS
