"""Arithmetic of two or more operands."""

import functools

from dnnf_mlir.dialect_defs.dialect import Imported, Mismatch, OnnxNode
from dnnf_mlir.dialect_defs.shapes import broadcast_shape
from dnnf_mlir.graph.attributes import Int
from dnnf_mlir.graph.operator import ANYTHING, NONNEGATIVE, CostClass, Interval, Property, Signature
from dnnf_mlir.graph.tensor_type import TensorType

from .elementwise import ElementwiseBinary, ElementwiseVariadic

_ALL = frozenset(Property)


class Add(ElementwiseBinary, name="add"):
    """``a + b``"""

    f16_safe = True
    interval = Interval.__add__
    properties = _ALL


class Sub(ElementwiseBinary, name="sub"):
    """``a - b``"""

    f16_safe = True
    interval = Interval.__sub__
    properties = frozenset({Property.DISTRIBUTIVE})


class Mul(ElementwiseBinary, name="mul"):
    """``a * b``"""

    f16_safe = True
    interval = Interval.__mul__
    properties = _ALL


class Div(ElementwiseBinary, name="div"):
    """Integers: truncated towards zero."""

    f16_safe = True
    interval = staticmethod(lambda a, b: NONNEGATIVE if a.low >= 0 and b.low >= 0 else ANYTHING)
    properties = frozenset({Property.DISTRIBUTIVE})


class Pow(ElementwiseBinary, name="pow"):
    """``a ** b``; the exponent may have another element type, the result has the base's."""

    cost_class = CostClass.FUNCTION
    properties = frozenset({Property.DISTRIBUTIVE})

    @staticmethod
    def interval(base: Interval, exponent: Interval) -> Interval:
        is_even = exponent.low == exponent.high and exponent.low % 2 == 0
        return NONNEGATIVE if is_even or base.low >= 0 else ANYTHING

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        base, exponent = signature.input(0), signature.input(1)
        return base.with_shape(broadcast_shape((base.shape, exponent.shape)))


class Mod(ElementwiseBinary, name="mod"):
    """Remainder with the sign of b (``fmod`` 0) or of a (``fmod`` 1, C's fmod)."""

    fmod: Int

    @classmethod
    def from_onnx(cls, node: OnnxNode) -> Imported:
        imported = super().from_onnx(node)
        if imported.attributes["fmod"] not in (0, 1):
            raise Mismatch(f"fmod is {imported.attributes['fmod']}; ONNX allows 0 and 1")
        return imported


class Max(ElementwiseVariadic, name="max"):
    """The largest of the operands; NaN if one is."""

    f16_safe = True
    interval = staticmethod(lambda *parts: Interval(*map(max, zip(*parts, strict=True))))
    properties = _ALL


class Min(ElementwiseVariadic, name="min"):
    """The smallest of the operands; NaN if one is."""

    f16_safe = True
    interval = staticmethod(lambda *parts: Interval(*map(min, zip(*parts, strict=True))))
    properties = _ALL


class Sum(ElementwiseVariadic, name="sum"):
    """The sum of the operands."""

    f16_safe = True
    interval = staticmethod(lambda *parts: functools.reduce(Interval.__add__, parts))
    properties = _ALL


class Mean(ElementwiseVariadic, name="mean"):
    """Mean over the operands (not over a dimension: that is ReduceMean)."""

    properties = frozenset({Property.COMMUTATIVE, Property.DISTRIBUTIVE})
    interval = staticmethod(lambda *parts: functools.reduce(Interval.union, parts))

    @classmethod
    def flops(cls, signature: Signature) -> int:
        return len(signature.inputs) * signature.output.elements
