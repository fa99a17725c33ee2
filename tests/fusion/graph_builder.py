"""Builds ECGs by hand from operators that are no part of the dialect: the planner needs no more of them than this."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np

from dnnf_mlir.dialect_defs.dialect import Operator
from dnnf_mlir.dialect_defs.one_to_one.elementwise import BroadcastingOperator
from dnnf_mlir.fusion.capabilities import CPU_KERNELS, Capabilities
from dnnf_mlir.graph.ecg import Graph, Node, Value
from dnnf_mlir.graph.operator import MappingType, Signature
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.kernels.api import KERNELS, Kernel

_MAPPINGS = {
    **dict.fromkeys(
        (
            *("conv", "matmul", "max_pool", "average_pool", "global_average_pool", "softmax", "layer_normalization"),
            *("reduce_mean", "top_k", "onnx_node"),
        ),
        MappingType.MANY_TO_MANY,
    ),
    **dict.fromkeys(("gather", "expand", "resize", "tile"), MappingType.ONE_TO_MANY),
    **dict.fromkeys(("reshape", "flatten"), MappingType.REORGANIZE),
    **dict.fromkeys(("transpose", "depth_to_space"), MappingType.SHUFFLE),
}
_MOVEMENT = ("concat", "slice", "split", "pad")


def operator(kind: str) -> type[Operator]:
    """A stand-in for the class of the operator called ``kind``; kinds unknown here are element-wise."""
    default = _MAPPINGS.get(kind, MappingType.ONE_TO_ONE)

    class StandIn:
        OPERATION_NAME = f"dnnf.{kind}"
        default_mapping = default
        is_opaque = False

        @staticmethod
        def mapping_type(signature: Signature) -> MappingType:
            elementwise = default is MappingType.ONE_TO_ONE and kind not in _MOVEMENT
            return BroadcastingOperator.mapping_type(signature) if elementwise else default

        @staticmethod
        def flops(signature: Signature) -> int:
            if kind == "conv":
                return 2 * signature.output.elements * math.prod(signature.input(1).shape[1:])
            if kind == "matmul":
                return 2 * signature.output.elements * signature.input(0).shape[-1]
            return signature.output.elements if default is MappingType.ONE_TO_ONE else 0

    return cast(type[Operator], StandIn)


_OPERANDS = {"conv": 3, "layer_normalization": 3}
"""Operands of operators that have optional ones."""


def _defaults(kind: str, inputs: Sequence[Value]) -> dict[str, Any]:
    rank = inputs[0].type.rank
    match kind:
        case "conv":
            return {"dilations": (1,) * (rank - 2), "group": 1}
        case "max_pool":
            spatial = rank - 2
            pads = {"pads": (0,) * 2 * spatial, "dilations": (1,) * spatial, "layout": "channels_last"}
            return {"kernel_shape": (1,) * spatial, "strides": (1,) * spatial} | pads
        case "global_average_pool":
            return {"layout": "channels_first"}
        case "softmax":
            return {"axis": rank - 1}
        case "layer_normalization":
            return {"axis": rank - 1, "epsilon": 1e-5}
        case "resize":
            how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
            return {**how, "cubic_coeff_a": -0.75, "exclude_outside": 0, "antialias": 0, "scales": (0.0,) * rank}
    return {}


def without(kernel: type[Kernel]) -> Capabilities:
    """The back end of generated kernels without one of them."""
    return replace(CPU_KERNELS, kernels=tuple(each for each in KERNELS if not isinstance(each, kernel)))


class GraphBuilder:
    """Nodes in the order of the calls; each is named after its operator and number unless told otherwise."""

    def __init__(self) -> None:
        self.inputs: list[Value] = []
        self.nodes: list[Node] = []

    def input(self, *shape: int) -> Value:
        value = Value(TensorType(shape, "f32"), f"input{len(self.inputs)}")
        self.inputs.append(value)
        return value

    def constant(self, *shape: int) -> Value:
        array = np.broadcast_to(np.float32(1), shape)
        return Value(TensorType(shape, "f32"), "constant", constant=array)

    def nodes_of(self, kind: str, inputs: Sequence[Value], *shapes: Sequence[int], **attributes: Any) -> list[Value]:
        """Adds a node with one result per shape; ``name`` may be among the attributes, the others have defaults."""
        attributes = _defaults(kind, inputs) | attributes
        name = attributes.pop("name", f"{kind}{len(self.nodes)}")
        results = [Value(TensorType(tuple(shape), "f32"), name) for shape in shapes]
        absent = [None] * (_OPERANDS.get(kind, 0) - len(inputs))
        node = Node(operator(kind), [*inputs, *absent], results, attributes, name)
        node.mapping = node.op.mapping_type(node.signature)
        self.nodes.append(node)
        return results

    def op(self, kind: str, *inputs: Value, shape: Sequence[int] | None = None, **attributes: Any) -> Value:
        """Adds a node with one result, of the operands' broadcast shape where none is given."""
        found = np.broadcast_shapes(*(value.type.shape for value in inputs)) if shape is None else shape
        return self.nodes_of(kind, inputs, found, **attributes)[0]

    def conv(self, x: Value, filters: int, kernel: int = 3, name: str | None = None, **attributes: Any) -> Value:
        """A stride 1 convolution of [n, spatial..., c] that keeps the spatial extent."""
        rank = x.type.rank - 2
        group = attributes.get("group", 1)
        weights = self.constant(filters, x.type.shape[-1] // group, *[kernel] * rank)
        named = {} if name is None else {"name": name}
        attributes = {"strides": (1,) * rank, "pads": (kernel // 2,) * 2 * rank, "layout": "channels_last"} | attributes
        return self.op("conv", x, weights, shape=(*x.type.shape[:-1], filters), **attributes, **named)

    def pool(self, x: Value, window: Sequence[int], kind: str = "max_pool", **attributes: Any) -> Value:
        """Windows side by side over [n, spatial..., c]; other attributes may make them overlap."""
        shape = attributes.pop("shape", None)
        spatial = [extent // size for extent, size in zip(x.type.shape[1:-1], window, strict=True)]
        attributes = {
            "kernel_shape": tuple(window),
            "strides": tuple(window),
            "pads": (0,) * 2 * len(window),
            "dilations": (1,) * len(window),
            "layout": "channels_last",
        } | attributes
        found = (x.type.shape[0], *spatial, x.type.shape[-1]) if shape is None else shape
        return self.op(kind, x, shape=found, **attributes)

    def matmul(self, a: Value, b: Value, **attributes: Any) -> Value:
        return self.op("matmul", a, b, shape=(*a.type.shape[:-1], b.type.shape[-1]), **attributes)

    def transpose(self, x: Value, *perm: int, **attributes: Any) -> Value:
        return self.op("transpose", x, shape=[x.type.shape[i] for i in perm], perm=perm, **attributes)

    def graph(self, *outputs: Value) -> Graph:
        return Graph(self.inputs, list(outputs), self.nodes)
