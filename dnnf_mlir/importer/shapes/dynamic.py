"""Types and values that depend on dynamic dimensions: the counterpart of static shape inference and folding.

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

from dnnf_mlir.dialect_defs.dialect import OnnxNode, Operator
from dnnf_mlir.dialect_defs.onnx_shapes import shape_function, shape_inputs, shape_operands
from dnnf_mlir.graph.extents import Shape
from dnnf_mlir.graph.operator import Signature
from dnnf_mlir.graph.size import is_dynamic, quotient, representative
from dnnf_mlir.graph.size_relations import decide_equal, exact_maximum, exact_minimum
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.importer.shapes.description import completed

Sizes: TypeAlias = np.ndarray
"""An array of ints and sizes."""


def is_known(array: Sizes) -> bool:
    """Whether none of the sizes depends on a free dimension."""
    return not any(map(is_dynamic, array.flat))


def representative_values(array: Sizes, elem_type: int) -> np.ndarray:
    """The array of numbers for representative sizes."""
    numbers = [representative(size) for size in array.flat]
    return np.array(numbers, helper.tensor_dtype_to_np_dtype(elem_type)).reshape(array.shape)


def evaluate_sizes(
    node: NodeProto, inputs: Sequence[Sizes | None], elem_type: int = TensorProto.INT64
) -> Sizes | list[Sizes] | None:
    """The value of a node on sizes (None for omitted inputs); None for an operator that shapes are not computed by.

    ``elem_type`` is the result's. Sizes converted to floats stay whole numbers; TypeError where they would not.
    """
    operators = _EVALUATED | _OF_FLOATS if elem_type in _FLOATS else _EVALUATED
    if node.domain or node.op_type not in operators:
        return None
    attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    arrays = [None if array is None else _whole(np.asarray(array, object)) for array in inputs]
    result = operators[node.op_type](attributes, *arrays)
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
        DynamicSizeError, TypeError: the type has no closed form.
    """
    shapes = _shapes(op, node, values)
    if shapes is not None:
        return [type_.with_shape(shape) for type_, shape in zip(node.output_types, shapes, strict=False)]
    if op is None:
        raise TypeError("the shapes of its results are not known with free sizes")
    imported = completed(op, op.from_onnx(node))
    operands = tuple(None if i is None or not node.inputs[i] else node.input_types[i] for i in imported.operands)
    signature = Signature(operands, node.output_types, imported.attributes)
    inferred = op.infer_type(signature)
    if inferred is None:
        raise TypeError("the shape of its result has no closed form")
    return [inferred] * len(node.output_types)


def _shapes(op: type[Operator] | None, node: OnnxNode, values: Mapping[int, Sizes]) -> list[Shape] | None:
    function = shape_function(node.op_type, op)
    if function is None:
        return None
    return function(shape_operands(node, shape_inputs(node.op_type, op), values))


def _array(sizes: Sequence[Any]) -> Sizes:
    array = np.empty(len(sizes), object)
    array[:] = list(sizes)
    return array


SHAPED_BY = {"Reshape": 1, "Expand": 1, "Slice": 1, "Squeeze": 1, "Unsqueeze": 1, "Split": 1, "Resize": 1, "TopK": 1}
"""Operator -> the first of its inputs that only tell the shape of the result, and are not read."""


def _elementwise(function: Callable[..., Any]) -> Callable[..., Any]:
    universal = np.frompyfunc(function, function.__code__.co_argcount if hasattr(function, "__code__") else 2, 1)
    return lambda attributes, *operands: universal(*operands)


def _divided(a: Any, b: Any) -> Any:
    """ONNX's division of integers, which cuts off."""
    if is_dynamic(a) or is_dynamic(b):
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
    if attributes["to"] not in (TensorProto.INT64, TensorProto.INT32, *_FLOATS):
        raise TypeError("sizes are integers")
    return x


_FLOATS = (TensorProto.FLOAT, TensorProto.DOUBLE)
"""Sizes are exact in these up to ``2**24`` at least."""


def _whole(array: Sizes) -> Sizes:
    """The array with whole numbers as ints; TypeError where it holds others."""
    if any(isinstance(value, float) and not value.is_integer() for value in array.flat):
        raise TypeError("sizes are integers")
    whole = [int(value) if isinstance(value, float) else value for value in array.flat]
    return _array(whole).reshape(array.shape)


def _divided_exactly(a: Any, b: Any) -> Any:
    if (exact := quotient(a, b)) is None:
        raise TypeError("sizes are integers")
    return exact


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
    "Equal": _elementwise(decide_equal),
    "Greater": _elementwise(operator.gt),
    "Less": _elementwise(operator.lt),
    "GreaterOrEqual": _elementwise(operator.ge),
    "LessOrEqual": _elementwise(operator.le),
    "Not": _elementwise(lambda a: not a),
    "And": _elementwise(lambda a, b: a and b),
    "Or": _elementwise(lambda a, b: a or b),
    "Where": _elementwise(lambda condition, a, b: a if condition else b),
    "Max": lambda attributes, *operands: reduce(np.frompyfunc(exact_maximum, 2, 1), operands),
    "Min": lambda attributes, *operands: reduce(np.frompyfunc(exact_minimum, 2, 1), operands),
    "ReduceProd": _reduced(operator.mul),
    "ReduceSum": _reduced(operator.add),
    "ReduceMax": _reduced(exact_maximum),
    "ReduceMin": _reduced(exact_minimum),
}

_OF_FLOATS: dict[str, Callable[..., Any]] = {
    "Div": _elementwise(_divided_exactly),
    **dict.fromkeys(("Ceil", "Floor", "Round"), lambda attributes, x: x),
}
