"""Random graphs, fused and compiled, compute what their operators compute one by one.

A hundred of them; ``pytest tests/fusion/test_compiled_plans.py --random-graphs=1000`` takes minutes.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from onnx import ModelProto
from pipeline.test_random_models import models

from dnnf_mlir.compiler import Compilation
from dnnf_mlir.errors import CompileError
from dnnf_mlir.graph.ecg import Graph
from dnnf_mlir.iree import compile_module, load_module
from dnnf_mlir.lowering import lower_functions
from dnnf_mlir.lowering.kernel_form import kernel_lowering
from dnnf_mlir.options import Options
from dnnf_mlir.targets import get_target
from dnnf_mlir.verify.compare import wrong_values
from dnnf_mlir.verify.difference import Deviation
from dnnf_mlir.verify.trial import random_inputs

BATCH = 20


def compilations(count: int) -> list[Compilation]:
    """Random models on their way, simplified."""
    found: list[Compilation] = []

    @settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(models())
    def collect(model: ModelProto) -> None:
        compilation = Compilation(model, Options(cache=False, verify=False))
        compilation.simplify()
        found.append(compilation)

    collect()
    return found


def check(graph: Graph, inputs: Sequence[np.ndarray], found: Sequence[np.ndarray]) -> list[Deviation]:
    return wrong_values(graph, inputs, graph.outputs, found)


def test_fused_is_unfused(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    count = int(request.config.getoption("--random-graphs"))
    drawn = compilations(count)
    graphs = [compilation.graph(compilation.fuse()) for compilation in drawn]
    assert len(graphs) >= count
    assert sum(len(block.nodes) > 1 for graph in graphs for block in graph.blocks) > count
    target = get_target("host")
    assert target.vector is not None
    wrong = []
    for start in range(0, len(graphs), BATCH):
        numbers = range(start, min(start + BATCH, len(graphs)))
        bytecode, vmfb = tmp_path / f"{start}.mlirbc", tmp_path / f"{start}.vmfb"
        named = {f"graph_{number}": graphs[number] for number in numbers}
        with bytecode.open("wb") as file:
            lower_functions(named, kernel_lowering(target.vector)).operation.write_bytecode(file)
        try:
            compile_module(bytecode, target, output=vmfb, time_limit_s=300)
        except CompileError:
            # One of them has a block that iree-compile refuses: the compiler splits it.
            for number in numbers:
                inputs = random_inputs(graphs[number])
                wrong += [(number, m) for m in check(graphs[number], inputs, drawn[number].compile().run(inputs))]
            continue
        for number in numbers:
            inputs = random_inputs(graphs[number])
            found = load_module(vmfb, function=f"graph_{number}").run(inputs)
            wrong += [(number, m) for m in check(graphs[number], inputs, found)]
    assert wrong == []
