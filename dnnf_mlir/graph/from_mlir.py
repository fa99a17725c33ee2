"""Reads dnnf IR into plain Python: types, attribute values, signatures, and a whole function as an ECG."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from dnnf_mlir.bindings.mlir import ir
from dnnf_mlir.graph.operator import MappingType

from .ecg import Block, Graph, Node, Value
from .operator import Signature
from .size_text import parse_size
from .tensor_type import TensorType
from .weights import array_of

TERMINATOR = "vector.yield"
"""Ends the region of a fused block, or of a loop, with its results. IRDL has no traits, so that an operation of our own
would be no terminator in tools that load ``dnnf.irdl.mlir``; this one of MLIR's is bound to no parent."""

REQUIREMENTS = "dnnf.requirements"
"""Attribute of a function or a loop: what its dynamic dimensions must meet, in words -> a size of at least 0."""

_LOOP = "dnnf.loop"


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
    """Types, attributes and constant operands of an operation."""
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


def read_graph(holder: Any) -> Graph:
    """The ECG of a ``func.func`` of dnnf operations, or of the body of a ``dnnf.loop``.

    ``dnnf.fusion`` regions become its blocks, the body of a loop inside the ``body`` of the loop's node.
    """
    return _Reader({}).read(holder)


class _Reader:
    def __init__(self, types: dict[ir.Type, TensorType]) -> None:
        self.values: dict[ir.Value, Value] = {}
        self.nodes: list[Node] = []
        self.blocks: list[Block] = []
        self.types = types

    def read(self, holder: Any) -> Graph:
        entry = holder.regions[0].blocks[0]
        input_names = _argument_names(holder, entry)
        inputs = []
        for argument, name in zip(entry.arguments, input_names, strict=True):
            value = Value(self._type(argument.type), name)
            self.values[argument] = value
            inputs.append(value)
        outputs: list[Value] = []
        for op in entry.operations:
            match op.operation.name:
                case "func.return" | "vector.yield":
                    outputs = [self.values[value] for value in op.operands]
                case "dnnf.fusion":
                    self._read_fusion(op)
                case _:
                    self._read_operation(op)
        output_names = _names(holder, "res_attrs", [f"output{i}" for i in range(len(outputs))])
        symbol = holder.attributes.get("sym_name")
        name = location_name(holder.location) if symbol is None else ir.StringAttr(symbol).value
        return Graph(inputs, outputs, self.nodes, self.blocks, name, input_names, output_names, _requirements(holder))

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
        body = _Reader(self.types).read(op) if op.operation.name == _LOOP else None
        node = Node(type(op), inputs, outputs, attributes_of(op), name, operation=op, body=body)
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
            if op.operation.name == TERMINATOR:
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


def _argument_names(holder: Any, entry: ir.Block) -> list[str]:
    """The names of a function's arguments are attributes, those of a loop's body locations."""
    default = [location_name(argument.location) or f"input{i}" for i, argument in enumerate(entry.arguments)]
    return _names(holder, "arg_attrs", default)


def _names(holder: Any, where: str, default: list[str]) -> list[str]:
    if where not in holder.attributes:
        return default
    attributes = [ir.DictAttr(dictionary) for dictionary in ir.ArrayAttr(holder.attributes[where])]
    return [
        ir.StringAttr(named["dnnf.name"]).value if "dnnf.name" in named else name
        for named, name in zip(attributes, default, strict=True)
    ]


def requirements_of(module: ir.Operation) -> list[list[int]]:
    """What each function of a module, and each loop in it, requires not to be negative."""
    return [list(_requirements(holder).values()) for holder in _holders(module.regions[0].blocks[0])]


def _holders(block: ir.Block) -> Iterator[Any]:
    for op in block.operations:
        if REQUIREMENTS in op.attributes:
            yield op
        if op.operation.name in ("func.func", _LOOP, "dnnf.fusion"):
            yield from _holders(op.regions[0].blocks[0])


def _requirements(holder: Any) -> dict[str, int]:
    attribute = holder.attributes.get(REQUIREMENTS)
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
