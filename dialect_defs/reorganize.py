"""Reorganize operators: elements keep their row-major order, the shape changes (paper, Table 2)."""

import math
from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from dnnf_mlir.bindings.mlir import ext
from dnnf_mlir.graph.extents import (
    Shape,
    agree,
    choose,
    equal,
    equals_beside,
    exact_quotient,
    marked,
    negated,
    position,
    product,
    remaining,
)
from dnnf_mlir.graph.operator import CostClass, MappingType, OnnxCall, Signature
from dnnf_mlir.graph.size import has_data_dependent, representative

from .dialect import Imported, NotStatic, OnnxNode, Operator, ShapeOperands, Tensor
from .shapes import axis_positions


class ReorganizeOperator(Operator):
    """Base: the result has the operand's elements in the same order; the result type tells the new shape."""

    x: ext.Operand[Tensor]
    y: ext.Result[Tensor]

    default_mapping = MappingType.REORGANIZE
    cost_class = CostClass.MOVE

    @classmethod
    def check(cls, signature: Signature) -> str | None:
        operand, output = signature.input(0), signature.output
        before, after = math.prod(operand.shape), math.prod(output.shape)
        # Sizes that are different expressions the module compares; here they are equal at those that it is seen with.
        if representative(before) != representative(after) or operand.dtype != output.dtype:
            return f"must keep the elements and their type, got {operand} -> {output}"
        return None

    @classmethod
    def from_onnx(cls, node: OnnxNode) -> Imported:
        before, after = (math.prod(type_.shape) for type_ in (node.input_type(0), node.output_types[0]))
        if before != after and (has_data_dependent(before) or has_data_dependent(after)):
            raise NotStatic("its number of elements is compared when the model runs")
        return Imported((0,), {})

    @classmethod
    def to_onnx(cls, signature: Signature) -> OnnxCall:
        return OnnxCall("Reshape", (0, np.array(signature.output.shape, np.int64)), {"allowzero": 1})


class Reshape(ReorganizeOperator, name="reshape"):
    """To any shape of as many elements."""

    shape_inputs = (1,)

    @classmethod
    def shape(cls, operands: ShapeOperands) -> list[Shape]:
        """ONNX Reshape: the sizes listed; 0 copies x's size unless ``allowzero``, one -1 takes what is left over."""
        x, sizes = operands.shape(), operands.value(1)
        for i, size in enumerate(sizes):
            is_copy = equal(size, 0) if not operands.attribute("allowzero") else False
            if i < len(x):
                sizes[i] = choose(is_copy, x[i], size)
            else:
                operands.require(negated(is_copy), f"there is no dimension {i} to copy in {x}")
        is_open = [equal(size, -1) for size in sizes]
        number_open = sum(choose(condition, 1, 0) for condition in is_open)
        operands.require(number_open <= 1, "more than one size of a shape is -1")
        listed = product(choose(condition, 1, size) for condition, size in zip(is_open, sizes, strict=True))
        for i, condition in enumerate(is_open):
            if condition is not False:
                sizes[i] = choose(condition, exact_quotient(product(x), listed), sizes[i])
        operands.require_equal(product(sizes), product(x), f"shape {tuple(sizes)} has not the elements of {x}")
        return [tuple(sizes)]


class Flatten(ReorganizeOperator, name="flatten"):
    """To two dimensions."""

    @classmethod
    def shape(cls, operands: ShapeOperands) -> list[Shape]:
        """ONNX Flatten: the elements of the dimensions before ``axis``, and of those from it on."""
        x = operands.shape()
        axis = position(operands.attribute("axis"), len(x))
        return [(product(x[:axis]), product(x[axis:]))]


class Squeeze(ReorganizeOperator, name="squeeze"):
    """Without some dimensions of size 1."""

    shape_inputs = (1,)

    @classmethod
    def shape(cls, operands: ShapeOperands) -> list[Shape]:
        """ONNX Squeeze: without ``axes``, whose sizes are 1; without them all dimensions of size 1 go."""
        x = operands.shape()
        if not operands.has(1):
            return [tuple(size for size in x if size != 1)]
        axes = operands.value(1)
        gone = marked(axis_positions(operands, axes, len(x)), len(x))
        for condition, size in zip(gone, x, strict=True):
            is_one = agree(size, 1) if condition is True else equals_beside(size, 1, axes[0] if axes else 1)
            operands.require(negated(condition) | is_one, f"a dimension of {x} that is dropped is not 1")
        return [remaining(x, gone, len(x) - len(axes))]


class Unsqueeze(ReorganizeOperator, name="unsqueeze"):
    """With further dimensions of size 1."""

    shape_inputs = (1,)

    @classmethod
    def shape(cls, operands: ShapeOperands) -> list[Shape]:
        """ONNX Unsqueeze: a 1 at each of ``axes`` of the result, x's sizes in order elsewhere."""
        x, axes = operands.shape(), operands.value(1)
        rank = len(x) + len(axes)
        sizes, place = [], 0
        for is_new in marked(axis_positions(operands, axes, rank), rank):
            sizes.append(choose(is_new, 1, _element(x, place)))
            place = place + choose(is_new, 0, 1)
        return [tuple(sizes)]


def _element(shape: Sequence[Any], place: Any) -> Any:
    """The size of a dimension whose number may be a run-time value; 1 where there is none."""
    return reduce(lambda size, i: choose(equal(place, i), shape[i], size), range(len(shape)), 1)
