"""assign-layouts: channels last inside the convolutional parts of the graph, few transposes at their borders.

The paper lets a block's dominant operator choose the layout (section 4.4.2). On every target of ours that choice is
the same for convolutions and pools, channels last, so the decision is made before fusion: the transposes that remain
are ordinary Shuffle operators, which fusion then merges into their neighbours.

::

    %1 = "dnnf.conv"(%0, %w) {layout = "channels_first"} : (tensor<1x3x8x8xf32>, ..) -> tensor<1x4x8x8xf32>
    %2 = "dnnf.relu"(%1)
    -->
    %1 = "dnnf.transpose"(%0) {perm = [0, 2, 3, 1]} : (tensor<1x3x8x8xf32>) -> tensor<1x8x8x3xf32>
    %2 = "dnnf.conv"(%1, %w) {layout = "channels_last"} : (tensor<1x8x8x3xf32>, ..) -> tensor<1x8x8x4xf32>
    %3 = "dnnf.relu"(%2)
    %4 = "dnnf.transpose"(%3) {perm = [0, 3, 1, 2]}

Transposes of the model itself are absorbed on the way: two in a row become one, inverse ones disappear, and the order
of a flattened image is moved into the weights of the fully connected layer behind it.
"""

from dataclasses import dataclass
from typing import Any

from dnnf_mlir.bindings.mlir import ir
from dnnf_mlir.dialect_defs.reorganize import ReorganizeOperator
from dnnf_mlir.dialect_defs.shuffle import Transpose
from dnnf_mlir.graph.ecg import Graph, Node, Value
from dnnf_mlir.graph.from_mlir import operands_of, read_graph
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.graph.to_mlir import erase_unused_constants
from dnnf_mlir.layout.choice import channels_last, channels_last_nodes, identity, is_spatial
from dnnf_mlir.layout.rebuild import LayoutBuilder

from .base import Pass, graph_holders


@dataclass(frozen=True)
class AssignLayouts(Pass):
    """Rebuilds every function, or loop, that has convolutions or pools, and merges transposes in all of them."""

    name = "dnnf-assign-layouts"

    def run(self, module: ir.Operation) -> None:
        with module.context:
            for holder in graph_holders(module):
                graph = read_graph(holder)
                if any(is_spatial(node) or node.op is Transpose for node in graph.nodes):
                    _rebuild(holder, graph)


def _rebuild(holder: Any, graph: Graph) -> None:
    body = holder.regions[0].blocks[0]
    old = list(body.operations)
    terminator = old[-1]
    builder = LayoutBuilder(ir.InsertionPoint(terminator))
    for argument, source in zip(body.arguments, graph.inputs, strict=True):
        builder.define(source, identity(source.type.rank), argument)
    for node in graph.nodes:
        for value, operand in zip(node.inputs, operands_of(node.operation), strict=True):
            if value is not None and value.is_constant and operand is not None:
                builder.define(value, identity(value.type.rank), operand)
    for output, operand in zip(graph.outputs, terminator.operands, strict=True):
        if output.is_constant:
            builder.define(output, identity(output.type.rank), operand)
    members = channels_last_nodes(graph)
    outputs = set(graph.outputs)
    for node in graph.nodes:
        _rebuild_node(builder, node, node in members, outputs)
    for position, value in enumerate(graph.outputs):
        terminator.operation.operands[position] = builder.get(value, identity(value.type.rank))
    for op in reversed(old[:-1]):
        if op.operation.name != "dnnf.constant":
            op.operation.erase()
    erase_unused_constants(holder)


def _rebuild_node(builder: LayoutBuilder, node: Node, channels_are_last: bool, outputs: set[Value]) -> None:
    if channels_are_last:
        rank = max(value.type.rank for value in [*node.operands, *node.outputs])
        builder.emit(node, channels_last(rank))
    elif node.op is Transpose:
        builder.transpose(node)
    elif issubclass(node.op, ReorganizeOperator) and _feeds_only_weights(node, outputs):
        builder.flatten(node)
    else:
        builder.emit(node, None)


def _feeds_only_weights(node: Node, outputs: set[Value]) -> bool:
    """Whether a flattened value [n, k] is only multiplied by constants, whose rows can take over any order of k."""
    value, source = node.output, node.input(0)
    return (
        value not in outputs
        and value.type.rank == 2
        and source.type.rank > 2
        and value.type.shape[0] == source.type.shape[0]
        and not any(map(is_dynamic, source.type.shape[1:]))
        and all(_weights_of(user, value) is not None for user in value.users)
    )


def _weights_of(user: Node, value: Value) -> Value | None:
    if user.kind not in ("matmul", "gemm") or user.inputs[0] is not value or user.attributes.get("transA"):
        return None
    weights = user.input(1)
    return weights if weights.is_constant and weights.type.rank == 2 else None
