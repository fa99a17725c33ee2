"""Arithmetic of two or more operands."""

import functools

from dnnf_mlir.dialect_defs.dialect import Int, Signature
from dnnf_mlir.dialect_defs.mapping import Property
from dnnf_mlir.dialect_defs.shapes import broadcast_shape
from dnnf_mlir.graph.facts import ANYTHING, NONNEGATIVE, CostClass, Interval, OperandIntervals
from dnnf_mlir.graph.tensor_type import TensorType

from .elementwise import ElementwiseBinary, ElementwiseVariadic

_ALL = frozenset(Property)


class Add(ElementwiseBinary, name="add"):
    """``a + b``"""

    onnx_name = "Add"
    f16_safe = True

    @classmethod
    def result_interval(cls, signature: Signature, operand: OperandIntervals) -> Interval:
        return operand(0) + operand(1)

    properties = _ALL


class Sub(ElementwiseBinary, name="sub"):
    """``a - b``"""

    onnx_name = "Sub"
    f16_safe = True

    @classmethod
    def result_interval(cls, signature: Signature, operand: OperandIntervals) -> Interval:
        a, b = operand(0), operand(1)
        return a + Interval(-b.high, -b.low)

    properties = frozenset({Property.DISTRIBUTIVE})


class Mul(ElementwiseBinary, name="mul"):
    """``a * b``"""

    onnx_name = "Mul"
    f16_safe = True

    @classmethod
    def result_interval(cls, signature: Signature, operand: OperandIntervals) -> Interval:
        return operand(0) * operand(1)

    properties = _ALL


class Div(ElementwiseBinary, name="div"):
    """Integers: truncated towards zero."""

    onnx_name = "Div"
    f16_safe = True

    @classmethod
    def result_interval(cls, signature: Signature, operand: OperandIntervals) -> Interval:
        return NONNEGATIVE if operand(0).low >= 0 and operand(1).low >= 0 else ANYTHING

    properties = frozenset({Property.DISTRIBUTIVE})


class Pow(ElementwiseBinary, name="pow"):
    """``a ** b``; the exponent may have another element type, the result has the base's."""

    onnx_name = "Pow"
    cost_class = CostClass.FUNCTION

    @classmethod
    def result_interval(cls, signature: Signature, operand: OperandIntervals) -> Interval:
        exponent = operand(1)
        is_even = exponent.low == exponent.high and exponent.low % 2 == 0
        return NONNEGATIVE if is_even or operand(0).low >= 0 else ANYTHING

    properties = frozenset({Property.DISTRIBUTIVE})

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        base, exponent = signature.input(0), signature.input(1)
        return base.with_shape(broadcast_shape((base.shape, exponent.shape)))


class Mod(ElementwiseBinary, name="mod"):
    """Remainder with the sign of b (``fmod`` 0) or of a (``fmod`` 1, C's fmod)."""

    fmod: Int

    onnx_name = "Mod"


class Max(ElementwiseVariadic, name="max"):
    """The largest of the operands; NaN if one is."""

    onnx_name = "Max"
    f16_safe = True

    @classmethod
    def result_interval(cls, signature: Signature, operand: OperandIntervals) -> Interval:
        parts = [operand(index) for index in range(len(signature.inputs))]
        return Interval(max(part.low for part in parts), max(part.high for part in parts))

    properties = _ALL


class Min(ElementwiseVariadic, name="min"):
    """The smallest of the operands; NaN if one is."""

    onnx_name = "Min"
    f16_safe = True

    @classmethod
    def result_interval(cls, signature: Signature, operand: OperandIntervals) -> Interval:
        parts = [operand(index) for index in range(len(signature.inputs))]
        return Interval(min(part.low for part in parts), min(part.high for part in parts))

    properties = _ALL


class Sum(ElementwiseVariadic, name="sum"):
    """The sum of the operands."""

    onnx_name = "Sum"
    f16_safe = True

    @classmethod
    def result_interval(cls, signature: Signature, operand: OperandIntervals) -> Interval:
        return functools.reduce(Interval.__add__, map(operand, range(len(signature.inputs))))

    properties = _ALL


class Mean(ElementwiseVariadic, name="mean"):
    """Mean over the operands (not over a dimension: that is ReduceMean)."""

    onnx_name = "Mean"
    properties = frozenset({Property.COMMUTATIVE, Property.DISTRIBUTIVE})

    @classmethod
    def result_interval(cls, signature: Signature, operand: OperandIntervals) -> Interval:
        return functools.reduce(Interval.union, map(operand, range(len(signature.inputs))))

    @classmethod
    def flops(cls, signature: Signature) -> int:
        return len(signature.inputs) * signature.output.elements
