"""What the plan promises is what the lowering emits: both ask the same kernels."""

import importlib
import subprocess
import sys

import numpy as np
import onnx
import pytest

from benchmarks import models
from dnnf_mlir.compiler import Compilation
from dnnf_mlir.dialect_defs import operators
from dnnf_mlir.emit.element_wise import BODIES
from dnnf_mlir.fusion.capabilities import capabilities_of
from dnnf_mlir.fusion.planner import plan
from dnnf_mlir.graph.ecg import Block, Node, Value
from dnnf_mlir.graph.operator import MappingType
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.kernels.api import KERNELS, Match
from dnnf_mlir.kernels.families import has_scalar_body
from dnnf_mlir.lowering import kernel_form, lower
from dnnf_mlir.options import Options


def _cheap_weights(key: str, tensor: onnx.TensorProto, entries: dict[str, str], seed: int) -> np.ndarray:
    """Weights of no meaning: a plan depends on shapes only."""
    dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
    return np.resize(np.linspace(0.1, 1, 97).astype(dtype), tuple(tensor.dims))


@pytest.mark.parametrize("name", ["efficientnet_b0", "tinybert", "mobilenetv1_ssd"])
def test_every_promised_kernel_is_emitted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_draw", _cheap_weights)
    compilation = Compilation(models.load(name), Options(cache=False))
    vector = compilation.target.vector
    assert vector is not None
    graph = compilation.graph(compilation.simplify())
    planned = plan(graph, capabilities_of(compilation.target))
    graph.blocks = planned.blocks
    promised = {}
    for block in planned.blocks:
        for part in block.parts():
            matched = kernel_form.match_block(part, graph.outputs, vector)
            if isinstance(matched, Match):
                promised[frozenset(part.nodes)] = type(matched.kernel)
    joined = {
        (edge.producer, edge.consumer): type(kernel)
        for edge in planned.edges
        for kernel in KERNELS
        if edge.decision == "fused" and kernel.join is not None and edge.reason.startswith(kernel.join.reason)
    }
    assert joined, "the model has blocks of several anchors"
    kernel_of = {node.name: kernel for nodes, kernel in promised.items() for node in nodes}
    for (producer, consumer), kernel in joined.items():
        assert kernel_of.get(producer) is kernel_of.get(consumer) is kernel, (producer, consumer)
    for block in planned.blocks:
        assert len(block.parts()) == 1 or all(frozenset(part.nodes) in promised for part in block.parts())
    emitted = {}

    def recording(matched: Match, *rest: object) -> object:
        emitted[frozenset(matched.problem.block.nodes)] = type(matched.kernel)
        return emit(matched, *rest)  # type: ignore[arg-type]

    emit = kernel_form.emitted
    monkeypatch.setattr(kernel_form, "emitted", recording)
    lower(graph, kernel_form.kernel_lowering(vector))
    assert emitted == promised


def test_patterns_need_no_bindings() -> None:
    """The planner asks the kernels where IREE's bindings are not even installed."""
    blocked = "import sys; sys.modules['iree'] = sys.modules['iree.compiler'] = None; "
    subprocess.run([sys.executable, "-c", blocked + "import dnnf_mlir.kernels.api"], check=True)


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: type(kernel).__name__)
def test_every_kernel_emits(kernel: object) -> None:
    package = type(kernel).__module__.rpartition(".")[0]
    module = importlib.import_module(getattr(kernel, "emitter", None) or f"{package}.emit")
    assert callable(module.emit)


def test_scalar_bodies() -> None:
    """The planner's question whether an operator has a scalar body is answered as the lowering's registry does."""
    for op in operators():
        if op.default_mapping is not MappingType.REORGANIZE:
            node = Node(op, [], [Value(TensorType((4,), "f32"))])
            assert has_scalar_body(node) == (op in BODIES), node.kind


def test_block_without_anchor() -> None:
    found = kernel_form.match_block(Block([], MappingType.ONE_TO_ONE), ())
    assert not isinstance(found, Match) and found.reason == "no dominant operator"
