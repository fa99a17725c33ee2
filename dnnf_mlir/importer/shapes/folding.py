"""Constant folding of ONNX nodes, while a model is imported.

Constants are folded at three places, all by :mod:`dnnf_mlir.verify.reference`. Here nodes fold before their operators
have classes, types or a known shape: shape arithmetic has to go for shapes to be inferred. The pass ``fold-constants``
folds operators of the dialect, on constants that rewriting and layouts make. ``rewriting/folding.py`` computes the
constants of a rule's right side in double precision and rounds once, or refuses the rule: folding step by step, as the
other two do, would round each time.
"""

import numpy as np
from onnx import NodeProto, TensorProto, helper

from dnnf_mlir.importer.shapes.value_type import ValueType
from dnnf_mlir.verify.reference import call_node

FOLD_LIMIT_BYTES = 16 * 2**20
"""Default limit for one folded result."""

ENLARGED_LIMIT_BYTES = 256 * 2**10
"""Limit for a folded result that is larger than the constants it comes from (Expand, ConstantOfShape, an outer sum):
beyond, it is cheaper to compute at run time than to load."""

VIEWS = frozenset({"Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze"})
"""Operators whose result is their first input in another shape: folding copies nothing, so there is no limit."""

NO_OPERATIONS = VIEWS | {"Cast", "CastLike", "Expand", "Tile"}
"""Operators that do nothing when the type of the result is that of the first input."""

SINGLE_INPUT_NO_OPERATIONS = frozenset({"Concat", "Sum", "Mean", "Max", "Min"})
"""Operators that do nothing when they have only one input."""


def fold(
    node: NodeProto, inputs: list[np.ndarray | None], results: list[ValueType | None], limit_bytes: int
) -> list[np.ndarray] | None:
    """The values of `node`'s outputs; None if they exceed the limits or the reference implementation cannot do it.

    Args:
        node: a deterministic node of the newest opset, without sub-graphs.
        inputs: value of each input, None for omitted ones.
        results: types of the outputs as far as known (data-dependent shapes are not); None for omitted outputs too.
        limit_bytes: limit for the size of all results together.
    """
    if node.op_type in VIEWS and inputs[0] is not None and results[0] is not None:
        return [inputs[0].reshape(results[0].shape)]
    operand_bytes = sum(array.nbytes for array in inputs if array is not None)
    size = sum(result.nbytes for result in results if result is not None)
    if size > limit_bytes or size > max(operand_bytes, ENLARGED_LIMIT_BYTES):
        return None
    if operand_bytes > limit_bytes and None in results:
        return None
    return evaluate(node, inputs, results)


def evaluate(
    node: NodeProto, inputs: list[np.ndarray | None], results: list[ValueType | None]
) -> list[np.ndarray] | None:
    """The values of `node`'s outputs by onnx.reference; None if it fails or does not give the types expected."""
    feeds = {name: array for name, array in zip(node.input, inputs, strict=True) if array is not None}
    try:
        values = call_node(node, feeds)
    except ValueError:  # the node then stays as it is
        return None
    arrays: list[np.ndarray] = []
    for value, result in zip(values, results, strict=False):
        if not isinstance(value, np.ndarray | np.generic):
            return None
        array = np.asarray(value)
        if result is not None and type_of(array) != result:
            return None
        arrays.append(array if array.flags.c_contiguous else array.copy(order="C"))
    return arrays


def is_no_operation(node: NodeProto, operand: ValueType, result: ValueType, training: np.ndarray | None) -> bool:
    """Whether `node`'s first output is just its first input.

    Args:
        node: the node.
        operand: type of the first input.
        result: type of the first output.
        training: Dropout's third input, False if there is none, None if it is not known.
    """
    if operand != result:
        return False
    if node.op_type == "Dropout":
        return training is not None and not training.any() and not any(node.output[1:])
    return node.op_type in NO_OPERATIONS or (node.op_type in SINGLE_INPUT_NO_OPERATIONS and len(node.input) == 1)


def shape_value(node: NodeProto, operand: ValueType) -> np.ndarray:
    """The value of a Shape or Size node: int64[rank of the slice] or int64[]."""
    if node.op_type == "Size":
        return np.array(np.prod(operand.shape, dtype=np.int64), np.int64)
    bounds = {attribute.name: attribute.i for attribute in node.attribute}
    return np.array(operand.shape[bounds.get("start", 0) : bounds.get("end")], np.int64)


def type_of(array: np.ndarray) -> ValueType:
    """The type of a constant."""
    if array.dtype == object or array.dtype.kind in "US":
        return ValueType(TensorProto.STRING, array.shape)
    return ValueType(helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
