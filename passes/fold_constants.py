"""fold-constants: operators whose operands are all constants are evaluated by the ONNX reference implementation.

::

    %0 = "dnnf.constant"() {value = dense<4.0> : tensor<f32>}
    %1 = "dnnf.sqrt"(%0)
    -->
    %1 = "dnnf.constant"() {value = dense<2.0> : tensor<f32>}
"""

from dataclasses import dataclass
from typing import Any

from dnnf_mlir.bindings.mlir import ir
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.from_mlir import as_array, read_graph
from dnnf_mlir.graph.to_mlir import create_constant, erase_unused_constants
from dnnf_mlir.verify.reference import evaluate

from .base import Pass, graph_holders


@dataclass(frozen=True)
class FoldConstants(Pass):
    """Folds results up to ``limit_bytes``, so that a broadcast of a small constant is not stored in full."""

    name = "dnnf-fold-constants"

    limit_bytes: int = 16 * 1024 * 1024

    def run(self, module: ir.Operation) -> None:
        with module.context:
            for holder in graph_holders(module):
                folded = [node for node in read_graph(holder).nodes if self._fold(node)]
                for node in reversed(folded):
                    node.operation.operation.erase()
                erase_unused_constants(holder)

    def _fold(self, node: Node) -> bool:
        """Evaluates the node and makes its results constants, in the snapshot too so that its readers follow."""
        if node.op.is_opaque or node.data_inputs or not node.outputs:
            return False
        if not all(value.type.is_static for value in node.outputs):
            return False
        grown = sum(value.type.bytes for value in node.outputs) - sum(value.type.bytes for value in node.operands)
        if grown > self.limit_bytes:
            return False
        arrays = [None if value is None else as_array(value) for value in node.inputs]
        for value, array in zip(node.outputs, evaluate(node.op, node.signature, arrays), strict=True):
            value.constant = array
            self._replace(node, value)
        return True

    def _replace(self, node: Node, value: Value) -> None:
        operation: Any = node.operation.operation
        with ir.Location.name(node.name):
            constant = create_constant(as_array(value), node.name, ip=ir.InsertionPoint(operation))
        operation.results[node.outputs.index(value)].replace_all_uses_with(constant)
