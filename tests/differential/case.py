"""A drawn case: one node, its operands and how its dimensions are declared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

Array = npt.NDArray[Any]
Dimension = int | str

IR_VERSION = 10
"""The newest that the opsets of today's tools need; ONNX Runtime reads it."""


@dataclass(frozen=True)
class Case:
    """One node.

    Attributes:
        operator: its name, ``domain`` and ``opset`` say which one.
        operands: by position; None is an omitted one.
        attributes: of the node.
        outputs: the names of its results, empty for an omitted one.
        constants: positions of the operands that are weights; the others are inputs of the model.
        free: the declared shapes of inputs that have free dimensions, by position.
    """

    operator: str
    opset: int
    operands: tuple[Array | None, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    outputs: tuple[str, ...] = ("y0",)
    constants: frozenset[int] = frozenset()
    free: Mapping[int, tuple[Dimension, ...]] = field(default_factory=dict)
    domain: str = ""

    def __str__(self) -> str:
        operands = [_described(each, i in self.constants) for i, each in enumerate(self.operands)]
        attributes = [f"{name}={_short(value)}" for name, value in self.attributes.items()]
        free = f" free {dict(self.free)}" if self.free else ""
        return f"{self.operator}-{self.opset}({', '.join([*operands, *attributes])}){free}"

    def feeds(self, prefix: str = "") -> dict[str, Array]:
        """The arrays of the model's inputs, by name."""
        return {f"{prefix}x{i}": array for i, array in self._given()}

    def model(self) -> ModelProto:
        """A model of this node alone; raises onnx's errors where the node is not valid."""
        context = onnx.checker.C.CheckerContext()
        context.ir_version = IR_VERSION
        context.opset_imports = {"": self.opset, self.domain: 1} if self.domain else {"": self.opset}
        onnx.checker.check_node(self.node(""), context)
        return joined([self], [""])

    def _given(self) -> list[tuple[int, Array]]:
        return [(i, each) for i, each in enumerate(self.operands) if each is not None and i not in self.constants]

    def node(self, prefix: str) -> NodeProto:
        """The node, its values named with a prefix."""
        inputs = ["" if each is None else f"{prefix}x{i}" for i, each in enumerate(self.operands)]
        results = [name and prefix + name for name in self.outputs]
        return helper.make_node(self.operator, inputs, results, f"{prefix}node", domain=self.domain, **self.attributes)

    def inputs(self, prefix: str) -> list[ValueInfoProto]:
        """The declared inputs; names of free dimensions have the prefix as well."""
        return [
            helper.make_tensor_value_info(
                f"{prefix}x{i}",
                helper.np_dtype_to_tensor_dtype(array.dtype),
                [prefix + size if isinstance(size, str) else size for size in self.free.get(i, array.shape)],
            )
            for i, array in self._given()
        ]

    def weights(self, prefix: str) -> list[TensorProto]:
        """The constant operands."""
        return [
            numpy_helper.from_array(np.asarray(each), f"{prefix}x{i}")
            for i, each in enumerate(self.operands)
            if each is not None and i in self.constants
        ]

    def results(self, prefix: str) -> list[str]:
        """The names of the model's outputs."""
        return [prefix + name for name in self.outputs if name]


def joined(cases: Sequence[Case], prefixes: Sequence[str]) -> ModelProto:
    """One model of several nodes of one opset, side by side."""
    pairs = list(zip(cases, prefixes, strict=True))
    graph = helper.make_graph(
        [case.node(prefix) for case, prefix in pairs],
        "cases",
        [value for case, prefix in pairs for value in case.inputs(prefix)],
        [],
        [weight for case, prefix in pairs for weight in case.weights(prefix)],
    )
    domains = {"": cases[0].opset, **{case.domain: 1 for case in cases if case.domain}}
    opsets = [helper.make_opsetid(domain, version) for domain, version in domains.items()]
    model = helper.make_model(
        graph, opset_imports=opsets, ir_version=max(IR_VERSION, helper.find_min_ir_version_for(opsets, True))
    )
    names = [name for case, prefix in pairs for name in case.results(prefix)]
    model.graph.output.extend(ValueInfoProto(name=name) for name in names)
    types = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True).graph.output
    del model.graph.output[:]  # as many files do, it declares the element types alone
    model.graph.output.extend(
        helper.make_tensor_value_info(value.name, value.type.tensor_type.elem_type, None) for value in types
    )
    return model


def _described(operand: Array | None, constant: bool) -> str:
    if operand is None:
        return "-"
    values = f" {operand.tolist()}" if operand.size <= 8 else ""
    return f"{'constant ' if constant else ''}{operand.dtype}{list(operand.shape)}{values}"


def _short(value: Any) -> str:
    if isinstance(value, GraphProto):
        return f"graph of {', '.join(node.op_type for node in value.node)}"
    return str(value).replace("\n", " ")
