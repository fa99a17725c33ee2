"""half-precision: every f32 tensor becomes f16, the function's arguments and results included.

::

    %0 = "dnnf.constant"() {value = dense<-1.0e9> : tensor<f32>}
    %1 = "dnnf.max"(%arg0, %0) : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
    -->
    %0 = "dnnf.constant"() {value = dense<-65504.0> : tensor<f16>}
    %1 = "dnnf.max"(%arg0, %0) : (tensor<4xf16>, tensor<f16>) -> tensor<4xf16>

IREE's own flag for this (``--iree-input-demote-f32-to-f16``) does not reach weights that are resources.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from dnnf_mlir.bindings.mlir import ir
from dnnf_mlir.errors import UnsupportedModelError
from dnnf_mlir.graph.ecg import Graph
from dnnf_mlir.graph.from_mlir import location_name, tensor_type
from dnnf_mlir.graph.to_mlir import mlir_type
from dnnf_mlir.graph.weights import array_of, attribute_of
from dnnf_mlir.targets import Target

from .base import Pass, graph_holders

_LARGEST = float(np.finfo(np.float16).max)


def refuse_half(graph: Graph, target: Target, model: str) -> None:
    """Raises UnsupportedModelError where a value is f16 and the target need not have that."""
    nodes = (node for each in graph.with_bodies() for node in each.nodes)
    values = (*graph.inputs, *(value for node in nodes for value in (*node.operands, *node.outputs)))
    narrow = next((value for value in values if value.type.dtype == "f16"), None)
    if narrow is not None and not target.half:
        raise UnsupportedModelError(
            f"{model}: '{narrow.name}' is of half precision, which target {target.name} need not have; "
            "compile for vulkan-adreno or vulkan-mali, or in single precision"
        )


@dataclass(frozen=True)
class HalfPrecision(Pass):
    """Finite constants beyond the range of f16, such as the -1e9 of a mask, become its largest number."""

    name = "dnnf-half-precision"

    def run(self, module: ir.Operation) -> None:
        with module.context, ir.Location.unknown():
            for holder in graph_holders(module):
                body = holder.regions[0].blocks[0]
                for argument in body.arguments:
                    _narrow(argument)
                for op in body.operations:
                    if op.operation.name == "dnnf.constant":
                        _narrow_constant(op)
                    for result in op.results:
                        _narrow(result)
                if holder.operation.name == "func.func":
                    inputs = [argument.type for argument in body.arguments]
                    outputs = [value.type for value in body.operations[len(body.operations) - 1].operands]
                    holder.attributes["function_type"] = ir.TypeAttr.get(ir.FunctionType.get(inputs, outputs))


def _narrow(value: ir.Value) -> None:
    type_ = tensor_type(value.type)
    if type_.dtype == "f32":
        value.set_type(mlir_type(dataclasses.replace(type_, dtype="f16")))


def _narrow_constant(op: Any) -> None:
    type_ = tensor_type(op.results[0].type)
    if type_.dtype != "f32":
        return
    array = array_of(op.attributes["value"], type_)
    half = np.where(np.isfinite(array), np.clip(array, -_LARGEST, _LARGEST), array).astype(np.float16)
    op.attributes["value"] = attribute_of(half, location_name(op.location), ir.F16Type.get())
