"""Shapes of values from the declared shapes of their users, for models with data-dependent shapes.

A result of an element-wise operator has the shape of its operand, so a shape that the model declares at its end is
known further up too: in the function body ``Log(ReduceSum(x, axes))`` that of the sum, whatever the axes are.
"""

from collections.abc import Mapping

import onnx
from onnx import ModelProto, NodeProto, TypeProto, helper, shape_inference

from dnnf_mlir.dialect_defs.onnx_facts import result_shape_of
from dnnf_mlir.graph.operator import ResultShape
from dnnf_mlir.importer.shapes.value_type import declared_shape

Shape = tuple[int | None, ...] | None


def shapes_from_results(model: ModelProto, declared: Mapping[str, TypeProto]) -> dict[str, TypeProto]:
    """Types without element type of values whose shape follows from ``declared``; the weights may be elsewhere."""
    shapes = _forward(model)
    shapes |= {name: declared_shape(proto) for name, proto in declared.items() if _is_static(declared_shape(proto))}
    learned: dict[str, TypeProto] = {}
    for node in reversed(model.graph.node):
        result = shapes.get(node.output[0]) if node.output else None
        if result is None or not _is_static(result):
            continue
        for name in _operands(node, shapes, result):
            if name and not _is_static(shapes.get(name)):
                shapes[name] = result
                learned[name] = helper.make_tensor_type_proto(0, result)
    return learned


def _forward(model: ModelProto) -> dict[str, Shape]:
    try:
        inferred = shape_inference.infer_shapes(model, data_prop=True)
    except (onnx.shape_inference.InferenceError, RuntimeError, ValueError):
        inferred = model
    graph = inferred.graph
    shapes = {value.name: declared_shape(value.type) for value in [*graph.input, *graph.value_info, *graph.output]}
    return shapes | {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}


def _operands(node: NodeProto, shapes: Mapping[str, Shape], result: Shape) -> list[str]:
    """The operands that must have the result's shape."""
    if node.domain:
        return []
    relation = result_shape_of(node.op_type)
    if relation is ResultShape.FIRST_OPERAND:
        return list(node.input[:1])
    if relation is not ResultShape.BROADCAST:
        return []
    unknown = [name for name in node.input if not _is_static(shapes.get(name))]
    others = [shapes.get(name) for name in node.input if name not in unknown]
    # Another operand that is larger than one element could be what gives the result its shape.
    if len(unknown) == 1 and all(shape is not None and all(size == 1 for size in shape) for shape in others):
        return unknown
    return []


def _is_static(shape: Shape) -> bool:
    return shape is not None and None not in shape
