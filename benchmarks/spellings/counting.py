"""How many kernels a model becomes."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx

from benchmarks import models
from dnnf_mlir.bench.engines import onnxruntime_engine
from dnnf_mlir.compiler import Compilation
from dnnf_mlir.graph.views import is_subview
from dnnf_mlir.options import Options


@dataclass(frozen=True)
class Count:
    """One spelling, counted: operators as imported, and by kind after rewriting, and kernels of the plan.

    ``dispatches`` and ``error`` (of the outputs, relative to the largest magnitude of ONNX Runtime's) of the compiled
    module, where it was asked for.
    """

    imported: int
    kinds: Counter[str]
    kernels: int
    dispatches: int | None = None
    error: float | None = None

    @property
    def rewritten(self) -> int:
        """Operators after rewriting."""
        return self.kinds.total()


def count(model: onnx.ModelProto, target: str = "host") -> Count:
    """Counts without compiling: a block of which every operator is a view is no kernel."""
    return _count(_planned(model, target))


def compile_and_count(model: onnx.ModelProto, path: Path) -> Count:
    """Counts the compiled module's dispatches too, and compares with ONNX Runtime; ``path`` holds the model."""
    compilation = _planned(model, "host")
    counted = _count(compilation)
    compiled = compilation.compile()
    feeds = models.inputs(model)
    session = onnxruntime_engine.open_session(path, feeds, threads=1)
    session.invoke()
    pairs = zip(compiled.run(list(feeds.values())), session.results(), strict=True)
    error = max(float(np.max(np.abs(a - b)) / max(float(np.max(np.abs(b))), 1e-30)) for a, b in pairs)
    return Count(counted.imported, counted.kinds, counted.kernels, compiled.kernels, error)


def _planned(model: onnx.ModelProto, target: str) -> Compilation:
    compilation = Compilation(model, Options(target=target, dims=models.dynamic_dimensions(model)))
    compilation.simplify()
    compilation.fuse()
    return compilation


def _count(compilation: Compilation) -> Count:
    blocks = compilation.plan.blocks if compilation.plan else ()
    kernels = sum(not all(map(is_subview, block.nodes)) for block in blocks)
    kinds = Counter(node.kind for node in compilation.graph(compilation.module).nodes)
    return Count(compilation.operators, kinds, kernels)
