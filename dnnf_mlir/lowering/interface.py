"""The function's border: types, names and signs of arguments and results as callers see them."""

import json
from collections.abc import Sequence

from dnnf_mlir.bindings.iree import flow, ir
from dnnf_mlir.emit.sizes import dynamic, static
from dnnf_mlir.emit.types import tensor_of
from dnnf_mlir.graph.ecg import Graph
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.iree.runtime import DIMENSIONS


def function_type(graph: Graph) -> ir.FunctionType:
    """The types of the graph's inputs and outputs."""
    return ir.FunctionType.get(
        [_interface_type(value.type) for value in graph.inputs],
        [_interface_type(value.type) for value in graph.outputs],
    )


def _interface_type(type_: TensorType) -> ir.Type:
    """The type at the function's border, where callers' arrays may be unsigned."""
    if type_.is_narrow:
        return tensor_of(type_)
    return ir.RankedTensorType.get(static(type_.shape), ir.Type.parse(type_.dtype))


def reflection(graph: Graph) -> ir.DictAttr:
    """What the module tells of its dynamic dimensions: for each argument and result the sizes, "" for numbers."""
    return ir.DictAttr.get(
        {
            DIMENSIONS[kind]: ir.StringAttr.get(json.dumps([_names(value.type) for value in values]))
            for kind, values in (("inputs", graph.inputs), ("outputs", graph.outputs))
        }
    )


def _names(type_: TensorType) -> list[str]:
    return [str(size) if is_dynamic(size) else "" for size in type_.shape]


def signless(tensor_: ir.Value, type_: TensorType) -> ir.Value:
    """An argument as a tensor of signless integers."""
    return _cast(tensor_of(type_), tensor_, type_) if _is_unsigned(type_) else tensor_


def signed(tensor_: ir.Value, type_: TensorType) -> ir.Value:
    """A result as a tensor of the interface's type."""
    return _cast(_interface_type(type_), tensor_, type_) if _is_unsigned(type_) else tensor_


def _cast(target: ir.Type, tensor_: ir.Value, type_: TensorType) -> ir.Value:
    return flow.TensorBitCastOp(target, tensor_, dynamic(type_.shape), dynamic(type_.shape)).result


def _is_unsigned(type_: TensorType) -> bool:
    return type_.dtype.startswith("u") and not type_.is_narrow


def names_of(names: Sequence[str], default: str, count: int) -> ir.ArrayAttr:
    """Argument or result attributes; iree-compile keeps the names in the declaration in main's reflection."""
    chosen = names or [f"{default}{i}" for i in range(count)]
    return ir.ArrayAttr.get([ir.DictAttr.get({"iree.abi.name": ir.StringAttr.get(name)}) for name in chosen])
