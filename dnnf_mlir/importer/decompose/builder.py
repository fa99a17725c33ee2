"""The builder of decompositions: nodes that together take the place of one node."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from onnx import FunctionProto, NodeProto, helper

from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.importer.shapes.value_type import ValueType

from .containers import Container
from .functions import instantiate


@dataclass
class Decomposition:
    """The nodes that take the place of ``node``, and the constants that they read.

    Nodes are named NODE/OPERATOR_NUMBER and constants NODE/constant_NUMBER.
    """

    node: NodeProto
    types: Mapping[str, ValueType]
    known: Mapping[str, np.ndarray] = field(default_factory=dict)
    """Constants of the graph."""
    containers: Mapping[str, Container] = field(default_factory=dict)
    """Values of the graph that are no tensors."""
    producers: Mapping[str, NodeProto] = field(default_factory=dict)
    """Value -> the node before it that computes it."""
    nodes: list[NodeProto] = field(default_factory=list)
    constants: dict[str, np.ndarray] = field(default_factory=dict)
    """Of dtype object where they hold dynamic sizes."""
    carried: set[str] = field(default_factory=set)
    """Names of Loops that are not to be unrolled, even if the number of iterations is known."""

    @property
    def attributes(self) -> dict[str, Any]:
        """The node's attributes by name, as onnx.helper reads them."""
        return {a.name: helper.get_attribute_value(a) for a in self.node.attribute}

    def inside(self, name: str) -> "Decomposition":
        """For the nodes of a body within what takes the node's place; constants stand outside of it."""
        node = NodeProto()
        node.CopyFrom(self.node)
        node.name = name
        return replace(self, node=node, nodes=[])

    def input(self, index: int) -> str:
        """Name of an input, empty where it is omitted."""
        return self.node.input[index] if index < len(self.node.input) else ""

    def shape(self, index: int) -> tuple[int, ...]:
        """The shape of an input; dynamic dimensions are sizes."""
        return self.types[self.node.input[index]].shape

    def op(self, op_type: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        """Appends a node and gives its result's name."""
        name = f"{self.node.name}/{op_type}_{len(self.nodes)}"
        self.op_with(op_type, inputs, [output or name], **attributes)
        return output or name

    def op_with(self, op_type: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: Any) -> None:
        """Appends a node with these results."""
        name = f"{self.node.name}/{op_type}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op_type, list(inputs), list(outputs), name, **attributes))

    def call(
        self,
        function: FunctionProto,
        *inputs: str,
        outputs: Sequence[str] | None = None,
        callees: Mapping[str, FunctionProto] | None = None,
        **attributes: Any,
    ) -> list[str]:
        """Appends the nodes of a function and gives its results' names.

        Args:
            function: see :func:`.functions.parsed`.
            inputs: operands; omitted ones are empty.
            outputs: names for the results.
            callees: the local functions that it calls.
            attributes: the function's attributes.
        """
        name = f"{self.node.name}/{function.name}_{len(self.nodes)}"
        results = list(outputs or [f"{name}/{output}" for output in function.output])
        call = helper.make_node(function.name, list(inputs), results, name, **attributes)
        for node in instantiate(function, call, callees or {}):
            node.name = f"{self.node.name}/{node.op_type}_{len(self.nodes)}"
            self.nodes.append(node)
        return results

    def split(self, x: str, parts: int, axis: int, sizes: str | None = None) -> list[str]:
        """Parts along an axis, equal ones or of run-time ``sizes``."""
        name = f"{self.node.name}/Split_{len(self.nodes)}"
        results = [f"{name}/{i}" for i in range(parts)]
        if sizes is None:
            node = helper.make_node("Split", [x], results, name, axis=axis, num_outputs=parts)
        else:
            node = helper.make_node("Split", [x, sizes], results, name, axis=axis)
        self.nodes.append(node)
        return results

    def parts(self, x: str, sizes: Sequence[int], axis: int) -> list[str]:
        """Parts of these sizes along an axis."""
        starts = np.cumsum([0, *sizes]).tolist()
        ends = itertools.pairwise(starts)
        return [self.op("Slice", x, self.ints(start), self.ints(end), self.ints(axis)) for start, end in ends]

    def held(self, index: int) -> list[str]:
        """The tensors of the sequence that an input is."""
        return list(self.containers.get(self.input(index)) or ())

    def position(self, index: int) -> int | None:
        """An input that is a known number; None for one that is omitted or computed at run time."""
        value = self.known.get(self.input(index))
        return None if value is None else int(value.reshape(()))

    def sequence(self, parts: Sequence[str]) -> None:
        """Makes the node's result the sequence of these tensors."""
        self.op("SequenceConstruct", *parts, output=self.node.output[0])

    def ints(self, *values: int) -> str:
        """An int64 list as a constant; it may hold dynamic sizes."""
        if any(map(is_dynamic, values)):
            listed = np.empty(len(values), object)
            listed[:] = values
            return self.constant(listed)
        return self.constant(np.array(values, np.int64))

    def constant(self, array: np.ndarray) -> str:
        """Adds a constant and gives its name."""
        name = f"{self.node.name}/constant_{len(self.constants)}"
        self.constants[name] = array
        return name

    def scalar(self, value: float, like: str) -> str:
        """A number as a constant of rank 0, with the element type of ``like``."""
        return self.constant(np.array(value, helper.tensor_dtype_to_np_dtype(self.types[like].elem_type)))
