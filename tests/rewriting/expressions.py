"""Graphs written as expressions."""

import numpy as np

from dnnf_mlir.dialect_defs import Operator, operators
from dnnf_mlir.graph.ecg import Graph, Node, Value
from dnnf_mlir.graph.tensor_type import TensorType

OPERATORS = {class_.__name__: class_ for class_ in operators()}


class Builder:
    """``b.Add(x, y)`` appends a node; its type is inferred."""

    def __init__(self) -> None:
        self.inputs: list[Value] = []
        self.nodes: list[Node] = []

    def input(self, *shape: int) -> Value:
        value = Value(TensorType(shape, "f32"), f"x{len(self.inputs)}")
        self.inputs.append(value)
        return value

    def constant(self, array: object) -> Value:
        numbers = np.asarray(array, np.float32)
        return Value(TensorType.of(numbers), "c", constant=numbers)

    def apply(self, name: str, *operands: Value, shape: tuple[int, ...] | None = None, **attributes: object) -> Value:
        class_: type[Operator] = OPERATORS[name]
        result = Value(TensorType(shape or (), "f32"))
        node = Node(class_, list(operands), [result], attributes, f"{name.lower()}{len(self.nodes)}")
        if shape is None:
            result.type = class_.infer_type(node.signature) or operands[0].type
        result.name = node.name
        self.nodes.append(node)
        return result

    def graph(self, *outputs: Value) -> Graph:
        return Graph(list(self.inputs), list(outputs), list(self.nodes))
