"""An opaque node (``dnnf.onnx_node``) as its lowering sees it: attributes, operands, results."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from google.protobuf import json_format
from onnx import NodeProto, helper

from dnnf_mlir.bindings.iree import cf, ir
from dnnf_mlir.dialect_defs.dialect import Mismatch
from dnnf_mlir.dialect_defs.shapes import require_inside
from dnnf_mlir.emit import quirks, shapes
from dnnf_mlir.emit.control import Array
from dnnf_mlir.emit.scalar import Scalar
from dnnf_mlir.emit.sizes import EMPTY_ON_GPU, current
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.size import is_data_dependent, is_dynamic, symbols_of
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.lowering.api import Region


@dataclass(frozen=True)
class OutsideNode:
    """A node that is computed outside of all dispatches, with its values."""

    region: Region
    node: Node

    @property
    def operator(self) -> str:
        """What messages call the operator."""
        return self.node.op.__name__

    @cached_property
    def inputs(self) -> list[Value | None]:
        """One entry per input of the operator, None where it is omitted."""
        return self.node.inputs

    @cached_property
    def results(self) -> list[Value | None]:
        """One entry per output of the operator, None where it is omitted."""
        return list(self.node.outputs)

    def has_input(self, index: int) -> bool:
        """Whether the operator has the input."""
        return index < len(self.inputs) and self.inputs[index] is not None

    def input(self, index: int) -> Value:
        """An input that the caller knows to be present."""
        value = self.inputs[index]
        if value is None:
            raise IndexError(f"input {index} of {self.node.name} is absent")
        return value

    def array(self, index: int) -> Array:
        """An input's tensor in its own shape."""
        value = self.input(index)
        return Array(self.region.materialize_before(value), value.type.dtype, value.type.shape)

    def constant(self, index: int) -> np.ndarray | None:
        """The value of an input that is known; None for one that is absent or computed at run time."""
        value = self.inputs[index] if self.has_input(index) else None
        return None if value is None else value.constant

    def determines(self, size: int) -> bool:
        """Whether the size is a count that is not known yet: this node says how large it is."""
        return any(is_data_dependent(name) and not current().is_defined(name) for name in symbols_of(size))

    def count(self, size: int, number: Scalar) -> None:
        """Makes a count known, outside of all dispatches: from 0, on a GPU from 1, to what there is room for."""
        if self.region.lowering.has(quirks.EMPTY_BINDING):
            node = f"node '{self.node.name}' ({self.operator})"
            cf.AssertOp((number > 0).value, f"{node}: its result is empty: {EMPTY_ON_GPU}")
        current().define(size, number.to("index").value)


class OpaqueNode(OutsideNode):
    """An ONNX node of the newest opset, with its values."""

    @property
    def operator(self) -> str:
        """ONNX's name of the operator."""
        return str(self.proto.op_type)

    @cached_property
    def proto(self) -> NodeProto:
        """The node as ONNX stores it."""
        proto = NodeProto()
        json_format.Parse(self.node.attributes["node_attributes"], proto)
        return proto

    @cached_property
    def attributes(self) -> dict[str, Any]:
        """Python values of the attributes; ONNX's defaults are written out."""
        return {attribute.name: _python(helper.get_attribute_value(attribute)) for attribute in self.proto.attribute}

    @cached_property
    def inputs(self) -> list[Value | None]:
        """One entry per input of the operator, None where it is omitted."""
        present = iter(self.node.operands)
        return [next(present) if name else None for name in self.proto.input]

    @cached_property
    def results(self) -> list[Value | None]:
        """One entry per output of the operator, None where it is omitted."""
        present = iter(self.node.outputs)
        return [next(present) if name else None for name in self.proto.output]

    def expect_shape(self, index: int, expected: Sequence[int]) -> None:
        """ValueError for an input, if it is present, of another shape; ONNX's inference leaves it unchecked.

        The import requires of dynamic sizes to be equal.
        """
        if not self.has_input(index):
            return
        shape = self.input(index).type.shape
        differ = any(a != b for a, b in zip(shape, expected, strict=False) if not is_dynamic(a - b))
        if differ or len(shape) != len(expected):
            raise ValueError(f"input {index} has shape {list(shape)} instead of {list(expected)}")

    def expect_inside(self, index: int, sizes: Sequence[int]) -> None:
        """ValueError for constant indices outside; of several sizes, one for each entry of the last dimension."""
        indices = self.constant(index)
        if indices is None:
            return
        for i, size in enumerate(sizes):
            try:
                require_inside(indices[..., i] if len(sizes) > 1 else indices, size)
            except Mismatch as error:
                raise ValueError(f"input {index}: {error}") from error

    def expect_scalar(self, *indices: int) -> None:
        """ValueError for inputs of another number of elements than one."""
        for index in indices:
            if self.has_input(index) and self.input(index).type.elements != 1:
                raise ValueError(f"input {index} must be a scalar")

    def result(self, index: int = 0) -> TensorType:
        """The type of an output that the caller knows to be present."""
        value = self.results[index]
        if value is None:
            raise IndexError(f"output {index} of {self.node.name} is absent")
        return value.type

    @staticmethod
    def cut(found: ir.Value, shape: tuple[int, ...]) -> ir.Value:
        """The first elements along each dimension."""
        return shapes.extract_slice(found, [0] * len(shape), shape)

    def has_result(self, index: int) -> bool:
        """Whether the operator has the output."""
        return index < len(self.results) and self.results[index] is not None


def _python(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, list):
        return [_python(part) for part in value]
    return value
