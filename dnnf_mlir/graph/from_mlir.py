"""Reads dnnf IR into plain Python: types, attribute values, signatures, and a whole function as an ECG."""

import re
from typing import Any

import numpy as np

from dnnf_mlir.bindings.mlir import ir

from .ecg import Block, Graph, Node, Value
from .mapping import MappingType
from .operator import Signature
from .size_text import parse_size
from .tensor_type import TensorType
from .weights import array_of

FUSION_TERMINATOR = "vector.yield"
"""Ends a fused block with its results. IRDL has no traits, so that an operation of our own would be no terminator in
tools that load ``dnnf.irdl.mlir``; this one of MLIR's is bound to no parent."""


def tensor_type(type_: ir.Type) -> TensorType:
    """The Python form of a ranked tensor type; TypeError for any other type.

    Sizes left free stand in the type's encoding: ``tensor<?x8xf32, ["batch", ""]>``.
    """
    if not isinstance(type_, ir.RankedTensorType):
        raise TypeError(f"expected a tensor type with static dimensions, got {type_}")
    shape = tuple(type_.shape)
    if not type_.has_static_shape:
        if type_.encoding is None:
            raise TypeError(f"expected a tensor type whose free sizes have names, got {type_}")
        names = [ir.StringAttr(name).value for name in ir.ArrayAttr(type_.encoding)]
        shape = tuple(parse_size(name) if name else size for size, name in zip(shape, names, strict=True))
    return TensorType(shape, str(type_.element_type))


def attribute_value(attribute: ir.Attribute) -> Any:
    """The Python value of an integer, float, string, bool, array<i64>, array<f64> or dense attribute."""
    match attribute.maybe_downcast():
        case ir.BoolAttr() | ir.IntegerAttr() | ir.FloatAttr() | ir.StringAttr():
            return attribute.value
        case ir.DenseI64ArrayAttr() | ir.DenseF64ArrayAttr():
            return tuple(attribute)
        case ir.DenseElementsAttr():
            return array_of(attribute, tensor_type(attribute.type))
    raise TypeError(f"unsupported attribute {attribute}")


def location_name(location: ir.Location) -> str:
    """The name in ``loc("name")``, empty for other kinds of locations."""
    match = re.match(r'^loc\("((?:[^"\\]|\\.)*)"(?:\(|\))', str(location))
    return match[1] if match else ""


def operands_of(op: ir.OpView) -> list[ir.Value | None]:
    """Operands in the order of the operator's fields, None where an optional one is absent."""
    operands = list(op.operands)
    if type(op).several_operands or "operandSegmentSizes" not in op.attributes:
        return operands
    remaining = iter(operands)
    return [next(remaining) if size else None for size in ir.DenseI32ArrayAttr(op.attributes["operandSegmentSizes"])]


def signature_of(op: ir.OpView) -> Signature:
    """Types and attributes of an operation; which operands are constants is looked up too."""
    operands = operands_of(op)
    return Signature(
        tuple(None if value is None else tensor_type(value.type) for value in operands),
        tuple(tensor_type(value.type) for value in op.results),
        attributes_of(op),
        frozenset(i for i, value in enumerate(operands) if value is not None and _is_constant(value)),
    )


def attributes_of(op: ir.OpView) -> dict[str, Any]:
    """Values of the operator's own attributes (not of ``dnnf.mapping`` and other discardable ones)."""
    attributes = op.attributes
    return {name: attribute_value(attributes[name]) for name in type(op).attribute_names()}


def read_graph(function: Any) -> Graph:
    """The ECG of a ``func.func`` of dnnf operations; ``dnnf.fusion`` regions become its blocks."""
    return _Reader().read(function)


class _Reader:
    def __init__(self) -> None:
        self.values: dict[ir.Value, Value] = {}
        self.nodes: list[Node] = []
        self.blocks: list[Block] = []
        self.types: dict[ir.Type, TensorType] = {}

    def read(self, function: Any) -> Graph:
        entry = function.regions[0].blocks[0]
        input_names = _argument_names(function, "arg_attrs", len(entry.arguments), "input")
        inputs = []
        for argument, name in zip(entry.arguments, input_names, strict=True):
            value = Value(self._type(argument.type), name)
            self.values[argument] = value
            inputs.append(value)
        outputs: list[Value] = []
        for op in entry.operations:
            match op.operation.name:
                case "func.return":
                    outputs = [self.values[value] for value in op.operands]
                case "dnnf.fusion":
                    self._read_fusion(op)
                case _:
                    self._read_operation(op)
        output_names = _argument_names(function, "res_attrs", len(outputs), "output")
        name = ir.StringAttr(function.attributes["sym_name"]).value
        return Graph(inputs, outputs, self.nodes, self.blocks, name, input_names, output_names, _requirements(function))

    def _read_operation(self, op: Any) -> None:
        if op.operation.name == "dnnf.constant":
            result = op.results[0]
            type_ = self._type(result.type)
            constant = array_of(op.attributes["value"], type_)
            self.values[result] = Value(type_, location_name(op.location), constant=constant)
            return
        inputs = [None if value is None else self.values[value] for value in operands_of(op)]
        name = location_name(op.location)
        outputs = [Value(self._type(result.type), name) for result in op.results]
        mapping = op.attributes.get("dnnf.mapping")
        node = Node(type(op), inputs, outputs, attributes_of(op), name, operation=op)
        node.mapping = (
            MappingType(ir.StringAttr(mapping.kind).value)
            if mapping is not None
            else node.op.mapping_type(node.signature)
        )
        self.nodes.append(node)
        self.values.update(zip(op.results, outputs, strict=True))

    def _read_fusion(self, fusion: Any) -> None:
        body = fusion.regions[0].blocks[0]
        first = len(self.nodes)
        for op in body.operations:
            if op.operation.name == FUSION_TERMINATOR:
                for result, value in zip(fusion.results, op.operands, strict=True):
                    self.values[result] = self.values[value]
            else:
                self._read_operation(op)
        nodes = self.nodes[first:]
        anchor = ir.StringAttr(fusion.attributes["anchor"]).value
        mapping = fusion.attributes.get("dnnf.mapping")
        self.blocks.append(
            Block(
                nodes,
                MappingType(ir.StringAttr(mapping.kind).value) if mapping is not None else _most_complex(nodes),
                next((node for node in nodes if anchor == node.op.OPERATION_NAME), None),
                location_name(fusion.location),
            )
        )

    def _type(self, type_: ir.Type) -> TensorType:
        if type_ not in self.types:
            self.types[type_] = tensor_type(type_)
        return self.types[type_]


def _most_complex(nodes: list[Node]) -> MappingType:
    return max((node.mapping for node in nodes), key=lambda mapping: mapping.complexity)


def _argument_names(function: Any, where: str, count: int, default: str) -> list[str]:
    if where not in function.attributes:
        return [f"{default}{i}" for i in range(count)]
    names = []
    for i, dictionary in enumerate(ir.ArrayAttr(function.attributes[where])):
        named = ir.DictAttr(dictionary)
        names.append(ir.StringAttr(named["dnnf.name"]).value if "dnnf.name" in named else f"{default}{i}")
    return names


def _requirements(function: Any) -> dict[str, int]:
    attribute = function.attributes.get("dnnf.requirements")
    if attribute is None:
        return {}
    return {named.name: parse_size(ir.StringAttr(named.attr).value) for named in ir.DictAttr(attribute)}


def _is_constant(value: ir.Value) -> bool:
    owner = value.owner
    return isinstance(owner, ir.Operation | ir.OpView) and owner.operation.name == "dnnf.constant"


def as_array(value: Value) -> np.ndarray:
    """The array of a constant value; TypeError for a value computed at run time."""
    if value.constant is None:
        raise TypeError(f"{value!r} is no constant")
    return value.constant
