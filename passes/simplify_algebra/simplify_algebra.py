"""simplify-algebra: rewrites by mathematical properties (paper, section 4.2).

::

    %0 = "dnnf.mul"(%a, %c)
    %1 = "dnnf.mul"(%b, %c)
    %2 = "dnnf.add"(%0, %1)
    -->
    %0 = "dnnf.add"(%a, %b)
    %1 = "dnnf.mul"(%0, %c)
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from dnnf_mlir.bindings.mlir import ir
from dnnf_mlir.graph.from_mlir import read_graph
from dnnf_mlir.passes.base import Pass, graph_holders
from dnnf_mlir.rewriting import Statistics, simplify
from dnnf_mlir.rewriting.rebuilding import rebuild

from .families import select


@dataclass(frozen=True)
class SimplifyAlgebra(Pass):
    """``properties`` and ``rules`` restrict what is applied; ``remarks`` prints applications and near misses on stderr.

    Python callers get the statistics of each function and each body of a loop through ``on_statistics``.
    """

    name = "dnnf-simplify-algebra"

    properties: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    remarks: bool = False
    max_rewrites: int = 100_000
    on_statistics: Callable[[Statistics], None] | None = field(default=None, compare=False, metadata={"option": False})

    def run(self, module: ir.Operation) -> None:
        rules = select(self.properties, self.rules)
        with module.context:
            for holder in graph_holders(module):
                graph = read_graph(holder)
                statistics = simplify(graph, rules, max_rewrites=self.max_rewrites, explain=self.remarks)
                if statistics.applications:
                    rebuild(holder, graph)
                if self.remarks:
                    _print(statistics)
                if self.on_statistics is not None:
                    self.on_statistics(statistics)


def _print(statistics: Statistics) -> None:
    for name, count in sorted(statistics.applications.items()):
        saved = statistics.saved[name]
        sys.stderr.write(f"remark: {name}: {count} times, saved {saved.flops} FLOPs, {saved.elements} elements\n")
    for miss in statistics.near_misses:
        sys.stderr.write(f"remark: {miss}\n")
