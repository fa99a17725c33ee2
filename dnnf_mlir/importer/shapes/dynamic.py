"""Types and values that depend on dimensions left free: what shape inference and folding are for static shapes.

A value computed from shapes alone (Shape -> Gather -> Concat) is a numpy array of ints and sizes. The types of all
other results follow from their operator's class, which calculates with sizes as with numbers.
"""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any, TypeAlias

import numpy as np
from onnx import NodeProto, TensorProto, helper

from dnnf_mlir.dialect_defs.dialect import Mismatch, OnnxNode, Operator, Signature
from dnnf_mlir.dialect_defs.shapes import broadcast_shape, normalized_axis
from dnnf_mlir.graph.size import is_free, maximum, minimum, representative
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.importer.shapes.description import completed

Sizes: TypeAlias = np.ndarray
"""An array of ints and sizes."""


def is_known(array: Sizes) -> bool:
    """Whether none of the sizes depends on a free dimension."""
    return not any(map(is_free, array.flat))


def representatives(array: Sizes) -> np.ndarray:
    """The int64 array for representative sizes."""
    return np.array([representative(size) for size in array.flat], np.int64).reshape(array.shape)


def evaluate_sizes(node: NodeProto, inputs: Sequence[Sizes | None]) -> Sizes | list[Sizes] | None:
    """The value of a node on sizes (None for omitted inputs); None for an operator that shapes are not computed by."""
    if node.domain or node.op_type not in _EVALUATED:
        return None
    attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    arrays = [None if array is None else np.asarray(array, object) for array in inputs]
    result = _EVALUATED[node.op_type](attributes, *arrays)
    return result if isinstance(result, list) else np.asarray(result, object)


def sizes_of(node: NodeProto, shape: Sequence[int]) -> Sizes:
    """The value of a Shape or Size node."""
    if node.op_type == "Size":
        return np.asarray(math.prod(shape), object)
    bounds = {attribute.name: attribute.i for attribute in node.attribute}
    return _array(shape[bounds.get("start", 0) : bounds.get("end")])


def result_types(op: type[Operator] | None, node: OnnxNode, values: Mapping[int, Sizes]) -> list[TensorType]:
    """The types of a node's results; only their shapes are looked at.

    Args:
        op: the operator's class, None where it has none.
        node: the node; ``output_types`` are those for representative sizes.
        values: inputs computed from shapes, by position.

    Raises:
        Mismatch: operands that do not fit for all sizes.
        NotStatic: a form that the class does not cover.
        FreeSizeError, TypeError: the type has no closed form.
    """
    if node.op_type in _RESHAPED:
        shape = _RESHAPED[node.op_type](node, values)
        return [node.input_type(0).with_shape(tuple(shape))]
    if node.op_type in _SEVERAL:
        return _SEVERAL[node.op_type](node, values)
    if op is None:
        raise TypeError("the shapes of its results are not known with free sizes")
    imported = completed(op, op.from_onnx(node))
    operands = tuple(None if i is None or not node.inputs[i] else node.input_types[i] for i in imported.operands)
    signature = Signature(operands, node.output_types, imported.attributes)
    inferred = op.infer_type(signature)
    if inferred is None:
        raise TypeError("the shape of its result has no closed form")
    return [inferred] * len(node.output_types)


def _array(sizes: Sequence[Any]) -> Sizes:
    array = np.empty(len(sizes), object)
    array[:] = list(sizes)
    return array


def _known(node: OnnxNode, values: Mapping[int, Sizes], index: int, what: str) -> list[Any]:
    """An input as a list of ints and sizes."""
    return list((values[index] if index in values else node.constant(index, what)).reshape(-1).tolist())


def _reshape(node: OnnxNode, values: Mapping[int, Sizes]) -> list[int]:
    operand = node.input_type(0).shape
    target = _known(node, values, 1, "shape")
    keep_zero = node.attribute("allowzero")
    shape = [operand[i] if not keep_zero and not is_free(s) and s == 0 else s for i, s in enumerate(target)]
    unknown = [i for i, size in enumerate(shape) if not is_free(size) and size == -1]
    if unknown:
        shape[unknown[0]] = math.prod(operand) // math.prod(size for i, size in enumerate(shape) if i not in unknown)
    if math.prod(shape) != math.prod(operand):
        raise Mismatch(f"{node.input_type(0)} does not have the elements of shape {tuple(shape)} for all sizes")
    return shape


def _flatten(node: OnnxNode, values: Mapping[int, Sizes]) -> list[int]:
    operand = node.input_type(0).shape
    axis = normalized_axis(node.attribute("axis"), len(operand))
    return [math.prod(operand[:axis]), math.prod(operand[axis:])]


def _squeeze(node: OnnxNode, values: Mapping[int, Sizes]) -> list[int]:
    operand = node.input_type(0).shape
    if not node.has_input(1):
        return [size for size in operand if size != 1]
    axes = {normalized_axis(axis, len(operand)) for axis in _known(node, values, 1, "axes")}
    if any(operand[axis] != 1 for axis in axes):
        raise Mismatch(f"a dimension of {node.input_type(0)} that is dropped is not 1 for all sizes")
    return [size for i, size in enumerate(operand) if i not in axes]


def _unsqueeze(node: OnnxNode, values: Mapping[int, Sizes]) -> list[int]:
    operand = node.input_type(0).shape
    given = _known(node, values, 1, "axes")
    axes = {normalized_axis(axis, len(operand) + len(given)) for axis in given}
    remaining = iter(operand)
    return [1 if i in axes else next(remaining) for i in range(len(operand) + len(given))]


def _expand(node: OnnxNode, values: Mapping[int, Sizes]) -> list[int]:
    return list(broadcast_shape((node.input_type(0).shape, _known(node, values, 1, "shape"))))


def _slice(node: OnnxNode, values: Mapping[int, Sizes]) -> list[int]:
    shape = list(node.input_type(0).shape)
    starts, ends = _known(node, values, 1, "start"), _known(node, values, 2, "end")
    axes = _known(node, values, 3, "axes") if node.has_input(3) else range(len(starts))
    steps = _known(node, values, 4, "steps") if node.has_input(4) else [1] * len(starts)
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        axis = normalized_axis(axis, len(shape))
        shape[axis] = _taken(shape[axis], start, end, step)
    return shape


def _taken(size: int, start: int, end: int, step: int) -> int:
    """How many elements a slice takes; start and end are clamped to the dimension."""
    if step < 0:
        raise TypeError("a slice backwards has no closed form")
    first, last = (minimum(_from_start(bound, size), size) for bound in (start, end))
    return maximum(0, last - first + step - 1) // step


def _from_start(bound: int, size: int) -> int:
    """A bound of a slice as a position that is not negative."""
    return maximum(bound + size, 0) if not is_free(bound) and bound < 0 else bound


def _range(node: OnnxNode, values: Mapping[int, Sizes]) -> list[int]:
    start, limit, delta = (_scalar(node, values, i, name) for i, name in enumerate(("start", "limit", "delta")))
    return [maximum(-((start - limit) // delta), 0)]


def _scalar(node: OnnxNode, values: Mapping[int, Sizes], index: int, what: str) -> Any:
    return (values[index] if index in values else node.constant(index, what)).item()


def _roi_align(node: OnnxNode, values: Mapping[int, Sizes]) -> list[int]:
    return [
        node.input_type(1).shape[0],
        node.input_type(0).shape[1],
        node.attribute("output_height"),
        node.attribute("output_width"),
    ]


def _top_k_types(node: OnnxNode, values: Mapping[int, Sizes]) -> list[TensorType]:
    operand = node.input_type(0)
    axis = normalized_axis(node.attribute("axis"), operand.rank)
    return [operand.with_shape((*operand.shape[:axis], *_known(node, values, 1, "k"), *operand.shape[axis + 1 :]))] * 2


def _split_types(node: OnnxNode, values: Mapping[int, Sizes]) -> list[TensorType]:
    operand = node.input_type(0)
    axis, count = normalized_axis(node.attribute("axis"), operand.rank), len(node.output_types)
    if node.has_input(1):
        parts = _known(node, values, 1, "split")
    else:
        part = -(-operand.shape[axis] // count)
        parts = [part] * (count - 1) + [operand.shape[axis] - part * (count - 1)]
    return [operand.with_shape((*operand.shape[:axis], part, *operand.shape[axis + 1 :])) for part in parts]


_RESHAPED: dict[str, Callable[[OnnxNode, Mapping[int, Sizes]], list[int]]] = {
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Expand": _expand,
    "Slice": _slice,
    "Range": _range,
    "RoiAlign": _roi_align,
    **dict.fromkeys(("Cast", "ScatterElements", "ScatterND"), lambda node, values: list(node.input_type(0).shape)),
}

_SEVERAL: dict[str, Callable[[OnnxNode, Mapping[int, Sizes]], list[TensorType]]] = {
    "Split": _split_types,
    "TopK": _top_k_types,
}

SHAPED_BY = {"Reshape": 1, "Expand": 1, "Slice": 1, "Squeeze": 1, "Unsqueeze": 1, "Split": 1, "Resize": 1, "TopK": 1}
"""Operator -> the first of its inputs that only tell the shape of the result, and are not read."""


def _elementwise(function: Callable[..., Any]) -> Callable[..., Any]:
    universal = np.frompyfunc(function, function.__code__.co_argcount if hasattr(function, "__code__") else 2, 1)
    return lambda attributes, *operands: universal(*operands)


def _equal(a: Any, b: Any) -> bool:
    if a == b or not (is_free(a) or is_free(b)):
        return bool(a == b)
    if (difference := a - b) > 0 or difference < 0:
        return False
    raise TypeError("whether sizes are equal depends on the inputs")


def _divided(a: Any, b: Any) -> Any:
    """ONNX's division of integers, which cuts off."""
    if is_free(a) or is_free(b):
        return a // b
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def _reduced(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def evaluate(attributes: Mapping[str, Any], x: Sizes, axes: Sizes | None = None) -> Any:
        kept = attributes.get("keepdims", 1)
        if x.ndim != 1:
            raise TypeError("sizes are lists")
        value = reduce(function, x.tolist())
        return [value] if kept else value

    return evaluate


def _gathered(attributes: Mapping[str, Any], x: Sizes, indices: Sizes) -> Any:
    return np.take(x, indices.astype(np.int64), axis=attributes.get("axis", 0))


def _sliced(attributes: Mapping[str, Any], x: Sizes, *bounds: Sizes | None) -> Any:
    lists = [None if bound is None else bound.tolist() for bound in bounds]
    starts, ends, steps = lists[0], lists[1], lists[3] if len(lists) > 3 else None
    if x.ndim != 1 or not starts or not ends or len(starts) != 1:
        raise TypeError("sizes are lists")
    return x[slice(starts[0], ends[0], steps[0] if steps else 1)]


def _split(attributes: Mapping[str, Any], x: Sizes, parts: Sizes | None = None) -> list[Sizes]:
    if parts is None:
        return list(np.array_split(x, attributes["num_outputs"]))
    return list(np.split(x, np.cumsum(parts.astype(np.int64))[:-1]))


def _reshaped(attributes: Mapping[str, Any], x: Sizes, target: Sizes | None = None) -> Any:
    return x.reshape([int(size) for size in (target if target is not None else [])])


def _cast(attributes: Mapping[str, Any], x: Sizes) -> Any:
    if attributes["to"] not in (TensorProto.INT64, TensorProto.INT32):
        raise TypeError("sizes are integers")
    return x


_EVALUATED: dict[str, Callable[..., Any]] = {
    "Identity": lambda attributes, x: x,
    "Cast": _cast,
    "Gather": _gathered,
    "Concat": lambda attributes, *parts: np.concatenate(parts, axis=attributes["axis"]),
    "Unsqueeze": lambda attributes, x, axes: np.expand_dims(x, tuple(axes.astype(np.int64).tolist())),
    "Squeeze": lambda attributes, x, axes=None: np.squeeze(x, None if axes is None else tuple(axes.tolist())),
    "Reshape": _reshaped,
    "Slice": _sliced,
    "Split": _split,
    "Add": _elementwise(operator.add),
    "Sub": _elementwise(operator.sub),
    "Mul": _elementwise(operator.mul),
    "Div": _elementwise(_divided),
    "Mod": _elementwise(operator.mod),
    "Equal": _elementwise(_equal),
    "Greater": _elementwise(operator.gt),
    "Less": _elementwise(operator.lt),
    "GreaterOrEqual": _elementwise(operator.ge),
    "LessOrEqual": _elementwise(operator.le),
    "Not": _elementwise(lambda a: not a),
    "And": _elementwise(lambda a, b: a and b),
    "Or": _elementwise(lambda a, b: a or b),
    "Where": _elementwise(lambda condition, a, b: a if condition else b),
    "Max": lambda attributes, *operands: reduce(np.frompyfunc(maximum, 2, 1), operands),
    "Min": lambda attributes, *operands: reduce(np.frompyfunc(minimum, 2, 1), operands),
    "ReduceProd": _reduced(operator.mul),
    "ReduceSum": _reduced(operator.add),
    "ReduceMax": _reduced(maximum),
    "ReduceMin": _reduced(minimum),
}
