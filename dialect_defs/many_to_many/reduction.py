"""Reductions over dimensions."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from dnnf_mlir.bindings.mlir import ext
from dnnf_mlir.dialect_defs.dialect import Imported, Mismatch, NotStatic, OnnxNode, Operator, ShapeOperands, Tensor
from dnnf_mlir.dialect_defs.shapes import axis_of, axis_positions
from dnnf_mlir.graph.attributes import Int, Ints
from dnnf_mlir.graph.extents import Shape, choose, marked, position, remaining
from dnnf_mlir.graph.operator import ANYTHING, NONNEGATIVE, MappingType, OnnxCall, Property, Signature
from dnnf_mlir.graph.tensor_type import TensorType

_LINEAR = frozenset({Property.DISTRIBUTIVE})


class Reduction(Operator):
    """Base: ``axes`` (ascending, possibly none) disappear, or become 1 with ``keepdims``."""

    x: ext.Operand[Tensor]
    y: ext.Result[Tensor]
    axes: Ints
    keepdims: Int

    default_mapping = MappingType.MANY_TO_MANY
    operations_per_element = 1
    reduces = True
    shape_inputs = (1,)

    @classmethod
    def shape(cls, operands: ShapeOperands) -> list[Shape]:
        """ONNX's reductions: ``axes`` become 1, or go without ``keepdims``; no axes are all, or none by attribute."""
        x = operands.shape()
        axes = operands.value(1) if operands.has(1) else []
        if not axes:
            axes = [] if operands.attribute("noop_with_empty_axes") else list(range(len(x)))
        gone = marked(axis_positions(operands, axes, len(x)), len(x))
        if operands.attribute("keepdims"):
            return [tuple(choose(condition, 1, size) for condition, size in zip(gone, x, strict=True))]
        return [remaining(x, gone, len(x) - len(axes))]

    @classmethod
    def from_onnx(cls, node: OnnxNode) -> Imported:
        rank = node.input_type(0).rank
        axes = node.constant(1, "axes").tolist() if node.has_input(1) else []
        if not axes and node.attribute("noop_with_empty_axes"):
            raise NotStatic("it reduces nothing")
        reduced = sorted({position(axis, rank) for axis in axes}) if axes else range(rank)
        return Imported((0,), {"axes": tuple(reduced), "keepdims": node.attribute("keepdims")})

    @classmethod
    def to_onnx(cls, signature: Signature) -> OnnxCall:
        axes = np.array(signature.attributes["axes"], np.int64)
        attributes = {"keepdims": signature.attributes["keepdims"], "noop_with_empty_axes": 1}
        return OnnxCall(str(cls.onnx_name), (0, axes), attributes)

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        operand, axes = signature.input(0), signature.attributes["axes"]
        if list(axes) != sorted(set(axes)) or not all(0 <= axis < operand.rank for axis in axes):
            raise Mismatch(f"axes {axes} are no ascending dimensions of {operand}")
        return operand.with_shape(reduced_shape(operand.shape, axes, signature.attributes["keepdims"]))

    @classmethod
    def permuted(cls, signature: Signature, perm: tuple[int, ...]) -> Mapping[str, Any] | None:
        """Only if the dimensions that remain keep their order, or stay with size 1."""
        axes, keepdims = signature.attributes["axes"], signature.attributes["keepdims"]
        remaining = [i for i in perm if i not in axes]
        if not keepdims and remaining != sorted(remaining):
            return None
        return {"axes": tuple(sorted(perm.index(axis) for axis in axes)), "keepdims": keepdims}


class ReduceSum(Reduction, name="reduce_sum"):
    """Sum."""

    properties = _LINEAR
    interval = staticmethod(lambda x: NONNEGATIVE if x.low >= 0 else ANYTHING)


class ReduceMean(Reduction, name="reduce_mean"):
    """Mean."""

    properties = _LINEAR
    interval = staticmethod(lambda x: x)


class ReduceProd(Reduction, name="reduce_prod"):
    """Product."""

    properties = _LINEAR
    interval = staticmethod(lambda x: NONNEGATIVE if x.low >= 0 else ANYTHING)


class ReduceMax(Reduction, name="reduce_max"):
    """The largest element."""

    properties = _LINEAR
    interval = staticmethod(lambda x: x)


class ReduceMin(Reduction, name="reduce_min"):
    """The smallest element."""

    properties = _LINEAR
    interval = staticmethod(lambda x: x)


class ReduceL1(Reduction, name="reduce_l1"):
    """Sum of absolute values."""

    interval = NONNEGATIVE
    operations_per_element = 2


class ReduceL2(Reduction, name="reduce_l2"):
    """Square root of the sum of squares."""

    interval = NONNEGATIVE
    operations_per_element = 2


class ReduceSumSquare(Reduction, name="reduce_sum_square"):
    """Sum of the squares."""

    interval = NONNEGATIVE
    operations_per_element = 2


class ReduceLogSum(Reduction, name="reduce_log_sum"):
    """Logarithm of the sum."""


class ReduceLogSumExp(Reduction, name="reduce_log_sum_exp"):
    """Logarithm of the sum of exponentials."""

    operations_per_element = 4


class ArgReduction(Operator):
    """Base: i64 position along ``axis`` of an extreme element; the first of equals, or the last one."""

    x: ext.Operand[Tensor]
    y: ext.Result[Tensor]
    axis: Int
    keepdims: Int
    select_last_index: Int

    default_mapping = MappingType.MANY_TO_MANY
    operations_per_element = 1
    reduces = True

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        axis = axis_of(signature)
        return TensorType(reduced_shape(signature.input(0).shape, (axis,), signature.attributes["keepdims"]), "i64")


class ArgMax(ArgReduction, name="arg_max"):
    """Position of the largest element."""


class ArgMin(ArgReduction, name="arg_min"):
    """Position of the smallest element."""


def reduced_shape(shape: tuple[int, ...], axes: tuple[int, ...], keepdims: int) -> tuple[int, ...]:
    """Shape after ``axes`` became 1, or disappeared without ``keepdims``."""
    if keepdims:
        return tuple(1 if axis in axes else size for axis, size in enumerate(shape))
    return tuple(size for axis, size in enumerate(shape) if axis not in axes)
