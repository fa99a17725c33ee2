"""Nodes carried from ONNX (``dnnf.onnx_node``): the lowerings registered here, else torch-mlir's for that node alone.

A lowering here sees run-time values where a class of the dialect wants attributes: axes, bounds and counts that are
inputs of the model. The shapes of the results are known but for counts, which the lowering determines.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from google.protobuf import json_format
from onnx import NodeProto, helper

from dnnf_mlir.bindings.iree import cf, ir
from dnnf_mlir.dialect_defs.dialect import Mismatch
from dnnf_mlir.dialect_defs.shapes import require_inside
from dnnf_mlir.dialect_defs.structure import OnnxNodeOperation
from dnnf_mlir.emit import shapes
from dnnf_mlir.emit.function_sizes import EMPTY_ON_GPU, current
from dnnf_mlir.emit.scalar import Scalar
from dnnf_mlir.emit.types import element_type
from dnnf_mlir.errors import UnsupportedModelError
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.size import is_count, symbols_of
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.lowering.assertions import CHECKING_THEMSELVES, require
from dnnf_mlir.lowering.block import Region
from dnnf_mlir.lowering.registry import checked, outside

from .scalar_programs import Array
from .torch_fallback import lower_by_torch


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
        return any(is_count(name) and not current().is_defined(name) for name in symbols_of(size))

    def count(self, size: int, number: Scalar) -> None:
        """Makes a count known, outside of all dispatches: from 0, on a GPU from 1, to what there is room for."""
        if self.region.lowering.gpu:
            node = f"node '{self.node.name}' ({self.operator})"
            cf.AssertOp((number > 0).value, f"{node}: its result is empty: {EMPTY_ON_GPU}")
        current().define(size, number.to("index").value)


class CarriedNode(OutsideNode):
    """An ONNX node of the newest opset, with its values."""

    @cached_property
    def proto(self) -> NodeProto:
        proto = NodeProto()
        json_format.Parse(self.node.attributes["node_attributes"], proto)
        return proto

    @property
    def operator(self) -> str:
        return str(self.proto.op_type)

    @cached_property
    def attributes(self) -> dict[str, Any]:
        """Python values of the attributes; ONNX's defaults are written out."""
        return {attribute.name: _python(helper.get_attribute_value(attribute)) for attribute in self.proto.attribute}

    @cached_property
    def inputs(self) -> list[Value | None]:
        present = iter(self.node.operands)
        return [next(present) if name else None for name in self.proto.input]

    @cached_property
    def results(self) -> list[Value | None]:
        present = iter(self.node.outputs)
        return [next(present) if name else None for name in self.proto.output]

    def expect_shape(self, index: int, expected: Sequence[int]) -> None:
        """ValueError for an input, if it is present, of another shape; ONNX's inference leaves it unchecked."""
        if self.has_input(index) and (shape := self.input(index).type.shape) != tuple(expected):
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
        return index < len(self.results) and self.results[index] is not None


CarriedLowering: TypeAlias = Callable[[CarriedNode], list[ir.Value] | None]
"""node -> a tensor per present result, made outside all dispatches; None where it does not cover this form."""

_LOWERINGS: dict[str, CarriedLowering] = {}


def carried(*op_types: str) -> Callable[[CarriedLowering], CarriedLowering]:
    """Registers the lowering of ONNX operators of the default domain."""

    def register(function: CarriedLowering) -> CarriedLowering:
        _LOWERINGS.update(dict.fromkeys(op_types, function))
        return function

    return register


def carried_operators() -> frozenset[str]:
    """The ONNX operators that have a lowering here."""
    return frozenset(_LOWERINGS)


@outside(OnnxNodeOperation)
def _lower(region: Region, node: Node) -> list[ir.Value]:
    found = CarriedNode(region, node)
    region.lowering.checked.add(node)
    if not found.proto.domain:
        with region.outside(), region.location:
            results = _lower_here(found)
        if results is not None:
            return results
    tensors = [region.materialize_before(value) for value in node.data_inputs]
    with region.outside(), region.location:
        try:
            return lower_by_torch(region.lowering, node, found.proto, tensors)
        except UnsupportedModelError as error:
            region.lowering.missing.append(str(error))
            return [shapes.empty(value.type.shape, element_type(value.type.dtype)) for value in node.outputs]


def _python(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, list):
        return [_python(part) for part in value]
    return value


@checked(OnnxNodeOperation)
def _check(region: Region, node: Node) -> None:
    found = CarriedNode(region, node)
    if not found.proto.domain:
        with region.outside(), region.location:
            _lower_here(found, only_checks=True)


def _lower_here(found: CarriedNode, *, only_checks: bool = False) -> list[ir.Value] | None:
    """The registered lowering. ONNX's checker leaves ranks and counts of many operators unchecked: they show here."""
    try:
        require(found)
        lowering = _LOWERINGS.get(found.proto.op_type)
        if lowering is None or (only_checks and found.proto.op_type not in CHECKING_THEMSELVES):
            return None
        return lowering(found)
    except (ValueError, IndexError, KeyError) as error:
        node = f"node '{found.node.name}' ({found.proto.op_type})"
        raise UnsupportedModelError(f"{node}: its operands, attributes and results do not fit: {error}") from error
