"""Evaluates operators, nodes and graphs."""

import dataclasses
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from onnx import helper

from dnnf_mlir.dialect_defs.many_to_many.convolution import Conv, ConvInteger, ConvTranspose
from dnnf_mlir.dialect_defs.many_to_many.matrix import MatMulInteger
from dnnf_mlir.dialect_defs.many_to_many.normalization import LogSoftmax, SafeSoftmax
from dnnf_mlir.dialect_defs.many_to_many.pooling import AveragePool, GlobalMaxPool, MaxPool
from dnnf_mlir.dialect_defs.many_to_many.recurrence import Recurrence
from dnnf_mlir.dialect_defs.one_to_many.gather import GatherElements
from dnnf_mlir.dialect_defs.one_to_many.resize import Resize
from dnnf_mlir.dialect_defs.one_to_one.elementary import Erf
from dnnf_mlir.dialect_defs.one_to_one.movement import Pad
from dnnf_mlir.dialect_defs.spatial import CHANNELS_FIRST, CHANNELS_LAST, SpatialOperator
from dnnf_mlir.graph.ecg import Graph, Node, Value
from dnnf_mlir.graph.operator import OnnxCall, Operator, Signature
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.graph.specialize import partly_at, solved
from dnnf_mlir.graph.tensor_type import TensorType

from .elementwise import erf, gather_elements, log_softmax, pad, safe_softmax
from .integers import integer_convolution, integer_matrix_product
from .onnx_call import call_onnx
from .recurrence import recurrence
from .resizing import can_resize, resize
from .selection import non_max_suppression, number_range, roi_align, unique
from .windows import (
    average_pool,
    convolution,
    global_max_pool,
    lp_pool,
    max_pool,
    max_pool_with_indices,
    transposed_convolution,
)

Arrays = Sequence[np.ndarray | None]


class EvaluationError(ValueError):
    """The reference does not compute a node for these values; the message names the node."""


_IN_NUMPY: Mapping[type[Operator], Callable[[Signature, Arrays], np.ndarray]] = {
    AveragePool: average_pool,
    Conv: convolution,
    ConvInteger: integer_convolution,
    ConvTranspose: transposed_convolution,
    Erf: erf,
    GatherElements: gather_elements,
    GlobalMaxPool: global_max_pool,
    LogSoftmax: log_softmax,
    MatMulInteger: integer_matrix_product,
    MaxPool: max_pool,
    Pad: pad,
    Resize: resize,
    SafeSoftmax: safe_softmax,
}


_CARRIED: Mapping[str, Callable[[Mapping[str, Any], Arrays], list[np.ndarray]]] = {
    "LpPool": lp_pool,
    "MaxPool": max_pool_with_indices,
    "NonMaxSuppression": non_max_suppression,
    "Range": number_range,
    "RoiAlign": roi_align,
    "Unique": unique,
}


def evaluate(op: type[Operator], signature: Signature, inputs: Arrays) -> list[np.ndarray]:
    """Results of one operation; ``inputs`` has an array per entry of ``signature.inputs``, None where that is None.

    Raises:
        ValueError: the results do not have the signature's types: the operation is not valid, see Operator.check.
    """
    if signature.attributes.get("layout") == CHANNELS_LAST and issubclass(op, SpatialOperator):
        return _evaluate_channels_last(op, signature, inputs)
    if op is Recurrence:
        results = recurrence(signature, inputs)
    elif op in _IN_NUMPY and (op is not Resize or can_resize(signature)):
        results = [_IN_NUMPY[op](signature, inputs)]
    else:
        results = _call(op.to_onnx(signature), signature, inputs)
    for result, expected in zip(results, signature.outputs, strict=True):
        if not _agree(result.shape, expected.shape):
            raise ValueError(f"{op.OPERATION_NAME} gives shape {result.shape} where {expected} is expected")
    return [
        np.asarray(result).astype(expected.numpy_dtype, copy=False)
        for result, expected in zip(results, signature.outputs, strict=True)
    ]


def _call(call: OnnxCall, signature: Signature, inputs: Arrays) -> list[np.ndarray]:
    function = None if call.domain else _CARRIED.get(call.op_type)
    if function is None:
        return call_onnx(call, signature, inputs)
    attributes = {name: helper.get_attribute_value(value) for name, value in call.attributes.items()}
    results = function(attributes, [inputs[i] if isinstance(i, int) else None for i in call.inputs])
    present = call.present or (True,) * len(signature.outputs)
    return [result for result, is_read in zip(results, present, strict=False) if is_read]


def _agree(shape: Sequence[int], expected: Sequence[int]) -> bool:
    """Whether the shapes are equal; sizes that only the result tells are."""
    return len(shape) == len(expected) and all(is_dynamic(b) or a == b for a, b in zip(shape, expected, strict=True))


def evaluate_node(
    node: Node, arrays: Arrays, *, float64: bool = False, dims: dict[str, int] | None = None
) -> list[np.ndarray]:
    """Results of an ECG node; ``float64`` computes f32 and f16 tensors in double precision.

    ``dims`` are sizes of dimensions; those that the results tell are added. Raises EvaluationError.
    """
    signature = node.signature
    if dims is not None and not all(value.type.is_static for value in (*node.operands, *node.outputs)):
        signature = _at(signature, dims)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as that a mean of nothing is no number
            if node.body is not None:
                results = _iterate(node.body, signature, arrays, float64)
            else:
                results = evaluate(node.op, _widened(signature) if float64 else signature, arrays)
    except Exception as error:  # numbers that an operator is not defined for, and whatever they make numpy trip over
        operator = node.attributes.get("op_type", node.op.__name__)
        raise EvaluationError(f"node '{node.name}' ({operator}): {error}") from error
    if dims is not None:
        for value, result in zip(node.outputs, results, strict=True):
            solved(value.type.shape, result.shape, dims)
    return results


def _iterate(body: Graph, signature: Signature, arrays: Arrays, float64: bool) -> list[np.ndarray]:
    """Results of a loop: the states after the last iteration, then the scan outputs."""
    limit, condition, *values = (array for array in arrays if array is not None)
    count = signature.attributes["states"]
    part_types = signature.outputs[count:]
    states, captured = values[:count], values[count:]
    parts: list[list[np.ndarray]] = [[] for _ in part_types]
    goes_on, iteration = bool(condition.all()), 0
    while goes_on and iteration < limit.item():
        inputs = [np.array(iteration, np.int64), np.array(True), *states, *captured]
        results = evaluate_values(body, inputs, body.outputs, float64=float64)
        again, *following = (results[value] for value in body.outputs)
        states = following[:count]
        for stack, part in zip(parts, following[count:], strict=True):
            stack.append(part)
        goes_on, iteration = bool(again.all()), iteration + 1
    outputs = [
        np.stack(stack) if stack else _no_parts(type_, float64) for stack, type_ in zip(parts, part_types, strict=True)
    ]
    return [*states, *outputs]


def _no_parts(type_: TensorType, float64: bool) -> np.ndarray:
    """A scan output of no iteration; sizes that only parts would tell are 0."""
    wide = float64 and type_.numpy_dtype in (np.float32, np.float16)
    shape = [0 if is_dynamic(size) else size for size in type_.shape[1:]]
    return np.zeros((0, *shape), np.float64 if wide else type_.numpy_dtype)


def evaluate_graph(graph: Graph, inputs: Sequence[np.ndarray], *, float64: bool = False) -> list[np.ndarray]:
    """Results of a function, in the order of ``graph.outputs``; f64 arrays for f32 and f16 results with ``float64``."""
    values = evaluate_values(graph, inputs, graph.outputs, float64=float64)
    return [values[value] for value in graph.outputs]


def evaluate_values(
    graph: Graph,
    inputs: Sequence[np.ndarray],
    wanted: Sequence[Value],
    *,
    float64: bool = False,
    dims: Mapping[str, int] | None = None,
) -> dict[Value, np.ndarray]:
    """The wanted values of a function; computes only their operands, and frees values after their last use.

    ``dims``: sizes of dimensions that neither inputs nor computed values determine. Raises EvaluationError.
    """
    sizes = dict(dims or {})
    for value, array in zip(graph.inputs, inputs, strict=True):
        solved(value.type.shape, array.shape, sizes)

    def given(array: np.ndarray) -> np.ndarray:
        return array.astype(np.float64) if float64 and array.dtype in (np.float32, np.float16) else array

    nodes = _needed(graph, wanted)
    reads = Counter(value for node in nodes for value in node.operands)
    reads.update(wanted)
    values = {value: given(array) for value, array in zip(graph.inputs, inputs, strict=True)}
    for value in wanted:
        if value.constant is not None:
            values[value] = given(value.constant)
    for node in nodes:
        arrays = [
            None if value is None else given(value.constant) if value.constant is not None else values[value]
            for value in node.inputs
        ]
        values.update(zip(node.outputs, evaluate_node(node, arrays, float64=float64, dims=sizes), strict=True))
        reads.subtract(node.operands)
        for value in (*node.operands, *node.outputs):
            if reads[value] <= 0:
                values.pop(value, None)
    return {value: values[value] for value in wanted}


def _needed(graph: Graph, wanted: Sequence[Value]) -> list[Node]:
    needed = set(wanted)
    nodes = []
    for node in reversed(graph.nodes):
        if not needed.isdisjoint(node.outputs):
            needed.update(node.operands)
            nodes.append(node)
    return nodes[::-1]


def _evaluate_channels_last(op: type[SpatialOperator], signature: Signature, inputs: Arrays) -> list[np.ndarray]:
    attributes = {**signature.attributes, "layout": CHANNELS_FIRST}
    if op is Resize:
        scales = attributes["scales"]
        attributes["scales"] = (scales[0], scales[-1], *scales[1:-1])
    first = Signature(
        tuple(
            _first_type(type_) if type_ is not None and index in op.layout_operands else type_
            for index, type_ in enumerate(signature.inputs)
        ),
        tuple(map(_first_type, signature.outputs)),
        attributes,
        signature.constant_inputs,
    )
    arrays = [
        np.moveaxis(array, -1, 1) if array is not None and index in op.layout_operands else array
        for index, array in enumerate(inputs)
    ]
    return [np.ascontiguousarray(np.moveaxis(result, 1, -1)) for result in evaluate(op, first, arrays)]


def _first_type(type_: TensorType) -> TensorType:
    batch, *spatial, channels = type_.shape
    return type_.with_shape((batch, channels, *spatial))


def _at(signature: Signature, dims: Mapping[str, int]) -> Signature:
    def sized(type_: TensorType) -> TensorType:
        return type_.with_shape(tuple(partly_at(size, dims) for size in type_.shape))

    return dataclasses.replace(
        signature,
        inputs=tuple(None if type_ is None else sized(type_) for type_ in signature.inputs),
        outputs=tuple(map(sized, signature.outputs)),
    )


def _widened(signature: Signature) -> Signature:
    def wide(type_: TensorType) -> TensorType:
        return TensorType(type_.shape, "f64") if type_.dtype in ("f32", "f16") else type_

    return dataclasses.replace(
        signature,
        inputs=tuple(None if type_ is None else wide(type_) for type_ in signature.inputs),
        outputs=tuple(map(wide, signature.outputs)),
    )
