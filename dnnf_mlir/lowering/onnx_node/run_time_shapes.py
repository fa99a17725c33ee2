"""Shapes of results from run-time values: an operator's shape function, evaluated on scalars of the running module."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from dnnf_mlir.bindings.iree import cf
from dnnf_mlir.dialect_defs import operators_by_onnx_name
from dnnf_mlir.dialect_defs.dialect import Mismatch, NotStatic, ShapeOperands
from dnnf_mlir.dialect_defs.onnx_shapes import elements, shape_function, shape_inputs
from dnnf_mlir.emit.scalar import Scalar, all_of, number
from dnnf_mlir.emit.types import is_float
from dnnf_mlir.graph.extents import Shape, Unknown, greatest

from .node import OpaqueNode

COUNTING_THEMSELVES = frozenset({"NonZero", "NonMaxSuppression", "Compress", "Unique"})
"""Operators whose lowering determines how many elements they select."""


def run_time_operands(node: OpaqueNode, selected: Any = None) -> ShapeOperands:
    """What a shape function may ask of a node: numbers that are known, others read where code is being built.

    Integers become i64, floats keep their type. ``selected``: how many elements a data-dependent operator selects.
    """
    op_type = node.proto.op_type
    inputs = shape_inputs(op_type, operators_by_onnx_name().get(op_type))
    return ShapeOperands(
        op_type,
        [None if value is None else value.type.shape for value in node.inputs],
        {i: _elements(node, i) for i in inputs if node.has_input(i)},
        node.attributes,
        len(node.results),
        Unknown() if selected is None else selected,
    )


def run_time_shapes(node: OpaqueNode, selected: Any = None) -> tuple[list[Shape], list[Scalar]]:
    """The shape of every result, and the conditions that run-time values must meet.

    Raises ValueError for operands that do not fit.
    """
    op_type, operands = node.proto.op_type, run_time_operands(node, selected)
    function = shape_function(op_type, operators_by_onnx_name().get(op_type))
    try:
        shapes = None if function is None else function(operands)
    except (Mismatch, NotStatic) as error:
        raise ValueError(str(error)) from error
    if shapes is None:
        raise ValueError(f"the shapes of {op_type}'s results do not follow from values")
    return shapes, operands.conditions


def determine_sizes(node: OpaqueNode) -> None:
    """Makes the data-dependent sizes of the results known, which follow from values of operands.

    Stops the module where these values do not fit the operator.
    """
    present = [(i, value.type.shape) for i, value in enumerate(node.results) if value is not None]
    if not any(node.determines(size) for _, shape in present for size in shape):
        return
    shapes, conditions = run_time_shapes(node)
    if conditions:
        words = f"node '{node.node.name}' ({node.proto.op_type}): the values of its inputs do not fit their shapes"
        cf.AssertOp(all_of(conditions).value, words)
    for result, declared in present:
        for size, computed in zip(declared, shapes[result], strict=True):
            if node.determines(size):
                node.count(size, _scalar(greatest(computed, 0)))


def agreement(shapes: Sequence[Shape], declared: Sequence[Sequence[int] | None]) -> list[Scalar]:
    """Whether computed shapes are the declared ones, of results that are present."""
    pairs = [(shape, known) for shape, known in zip(shapes, declared, strict=False) if known is not None]
    if any(len(shape) != len(known) for shape, known in pairs):
        return [number(False, "i1")]
    return [_scalar(size).equals(expected) for pair in pairs for size, expected in zip(*pair, strict=True)]


def _scalar(size: Any) -> Scalar:
    return size if isinstance(size, Scalar) else number(size, "i64")


def _elements(node: OpaqueNode, index: int) -> list[Any]:
    """The elements of an input in row-major order."""
    constant = node.constant(index)
    if constant is not None:
        return elements(constant)
    array = node.array(index)
    read = [array.read(*position) for position in np.ndindex(*array.shape)]
    return read if is_float(array.dtype) else [element.to("i64") for element in read]
