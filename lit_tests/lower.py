"""Prints the linalg form of dnnf functions, each as one fused block: ``lower.py FILE [--gpu]``."""

import sys
from pathlib import Path

from dnnf_mlir.dialect_defs.module_io import parse_module
from dnnf_mlir.graph.ecg import Block, Graph
from dnnf_mlir.graph.from_mlir import read_graph
from dnnf_mlir.graph.operator import MappingType
from dnnf_mlir.lowering import lower_functions
from dnnf_mlir.targets import Backend


def main(path: Path, backend: Backend) -> None:
    module = parse_module(path.read_text(), str(path))
    graphs = {graph.name: graph for op in module.body.operations for graph in [_one_block(read_graph(op))]}
    sys.stdout.write(str(lower_functions(graphs, backend=backend)))


def _one_block(graph: Graph) -> Graph:
    graph.blocks = [Block(graph.nodes, MappingType.MANY_TO_MANY, name=graph.name)]
    return graph


if __name__ == "__main__":
    main(Path(sys.argv[1]), Backend.GPU if "--gpu" in sys.argv else Backend.CPU)
