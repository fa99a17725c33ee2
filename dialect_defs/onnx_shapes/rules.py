"""Operator -> the function that says what its results' shapes are, and the inputs whose values it asks for."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from dnnf_mlir.dialect_defs.dialect import OnnxNode, Operator, ShapeOperands
from dnnf_mlir.graph.extents import Shape

ShapeFunction: TypeAlias = Callable[[ShapeOperands], list[Shape] | None]
"""operands -> the shape of every result, present or not; None where the operator's class infers its type."""

_WITHOUT_CLASS: dict[str, tuple[tuple[int, ...], ShapeFunction]] = {}


def shaped(*operators: str, inputs: Sequence[int] = ()) -> Callable[[ShapeFunction], ShapeFunction]:
    """Registers the shape function of operators without a class; ``inputs`` are those whose values it asks for."""

    def register(function: ShapeFunction) -> ShapeFunction:
        _WITHOUT_CLASS.update(dict.fromkeys(operators, (tuple(inputs), function)))
        return function

    return register


def shape_function(op_type: str, op: type[Operator] | None) -> ShapeFunction | None:
    """The shape function of an ONNX operator, whose class is ``op`` if it has one; None where there is none."""
    if op_type in _WITHOUT_CLASS:
        return _WITHOUT_CLASS[op_type][1]
    return None if op is None else op.shape


def shape_inputs(op_type: str, op: type[Operator] | None) -> tuple[int, ...]:
    """The inputs of an ONNX operator whose values give the shapes of its results."""
    if op_type in _WITHOUT_CLASS:
        return _WITHOUT_CLASS[op_type][0]
    return () if op is None else op.shape_inputs


def shape_operands(node: OnnxNode, inputs: Sequence[int], values: Mapping[int, np.ndarray]) -> ShapeOperands:
    """What a shape function may ask of a node whose values are constants, or else in ``values``."""
    arrays = {i: values.get(i, node.constants.get(i)) for i in inputs}
    return ShapeOperands(
        node.op_type,
        [None if type_ is None else type_.shape for type_ in node.input_types],
        {i: elements(array) for i, array in arrays.items() if array is not None},
        node.attributes,
        len(node.output_types),
    )


def elements(array: np.ndarray) -> list[Any]:
    """The elements in row-major order: ints and sizes, or floats of the array's own precision."""
    flat = array.reshape(-1)
    return list(flat) if flat.dtype.kind == "f" else list(flat.tolist())
