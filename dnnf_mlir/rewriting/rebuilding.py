"""Writes a rewritten graph back into its MLIR function or loop."""

from typing import Any

from dnnf_mlir.bindings.mlir import ir
from dnnf_mlir.graph.ecg import Graph, Node, Value
from dnnf_mlir.graph.to_mlir import create, create_constant, erase_unused_constants


def rebuild(holder: Any, graph: Graph) -> None:
    """Creates the graph's operations in the function, or loop, and erases those that it was read from.

    Operations have their node's name as location; constants share the arrays that they were read from.
    """
    body = holder.regions[0].blocks[0]
    old = list(body.operations)
    terminator = old[-1]
    values: dict[Value, ir.Value] = {}
    values.update(zip(graph.inputs, body.arguments, strict=True))
    builder = _Builder(ir.InsertionPoint(terminator), values)
    for node in graph.nodes:
        builder.emit(node)
    for position, value in enumerate(graph.outputs):
        terminator.operation.operands[position] = builder.value(value)
    for op in reversed(old[:-1]):
        if op.operation.name != "dnnf.constant":
            op.operation.erase()
    erase_unused_constants(holder)


class _Builder:
    def __init__(self, ip: ir.InsertionPoint, values: dict[Value, ir.Value]) -> None:
        self._ip = ip
        self._values = values

    def emit(self, node: Node) -> None:
        operands = [None if value is None else self.value(value) for value in node.inputs]
        with ir.Location.name(node.name, context=self._ip.block.owner.context) as location:
            types = [value.type for value in node.outputs]
            made = create(node.op, operands, types, node.attributes, location, self._ip, node.operation)
        self._values.update(zip(node.outputs, made.results, strict=True))

    def value(self, value: Value) -> ir.Value:
        if value not in self._values:
            if value.constant is None:
                raise ValueError(f"{value!r} is read before it is computed")
            with ir.Location.name(value.name, context=self._ip.block.owner.context) as location:
                self._values[value] = create_constant(value.constant, value.name, location, self._ip)
        return self._values[value]
