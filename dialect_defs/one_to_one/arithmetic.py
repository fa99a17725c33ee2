"""Arithmetic of two or more operands."""

from dnnf_mlir.dialect_defs.dialect import Int, Signature
from dnnf_mlir.dialect_defs.mapping import Property
from dnnf_mlir.dialect_defs.shapes import broadcast_shape
from dnnf_mlir.graph.tensor_type import TensorType

from .elementwise import ElementwiseBinary, ElementwiseVariadic

_ALL = frozenset(Property)


class Add(ElementwiseBinary, name="add"):
    onnx_name = "Add"
    properties = _ALL


class Sub(ElementwiseBinary, name="sub"):
    onnx_name = "Sub"
    properties = frozenset({Property.DISTRIBUTIVE})


class Mul(ElementwiseBinary, name="mul"):
    onnx_name = "Mul"
    properties = _ALL


class Div(ElementwiseBinary, name="div"):
    """Integers: truncated towards zero."""

    onnx_name = "Div"
    properties = frozenset({Property.DISTRIBUTIVE})


class Pow(ElementwiseBinary, name="pow"):
    """``a ** b``; the exponent may have another element type, the result has the base's."""

    onnx_name = "Pow"
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
    onnx_name = "Max"
    properties = _ALL


class Min(ElementwiseVariadic, name="min"):
    onnx_name = "Min"
    properties = _ALL


class Sum(ElementwiseVariadic, name="sum"):
    onnx_name = "Sum"
    properties = _ALL


class Mean(ElementwiseVariadic, name="mean"):
    """Mean over the operands (not over a dimension: that is ReduceMean)."""

    onnx_name = "Mean"
    properties = frozenset({Property.COMMUTATIVE, Property.DISTRIBUTIVE})

    @classmethod
    def flops(cls, signature: Signature) -> int:
        return len(signature.inputs) * signature.output.elements
