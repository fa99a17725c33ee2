"""One-to-One operators: every output element reads one element of each input (paper, Table 2)."""

from typing import Any

from dnnf_mlir.mlir import ext

from .broadcasting import broadcast_mapping, broadcast_problem
from .dialect import Operator, Signature
from .mapping import MappingType, Property


class ElementwiseUnary(Operator):
    """Base: ``y[i] = f(x[i])``."""

    x: ext.Operand[Any]
    y: ext.Result[Any]

    operations_per_element = 1

    @classmethod
    def flops(cls, signature: Signature) -> int:
        return cls.operations_per_element * signature.output.elements

    @classmethod
    def check(cls, signature: Signature) -> str | None:
        if signature.input(0).shape != signature.output.shape:
            return f"must keep its operand's shape, got {signature.input(0)} -> {signature.output}"
        return None


class ElementwiseBinary(Operator):
    """Base: ``y[i] = f(a[i], b[i])`` with numpy broadcasting; One-to-Many where an activation is broadcast."""

    a: ext.Operand[Any]
    b: ext.Operand[Any]
    y: ext.Result[Any]

    operations_per_element = 1

    @classmethod
    def mapping_type(cls, signature: Signature) -> MappingType:
        return broadcast_mapping(signature)

    @classmethod
    def flops(cls, signature: Signature) -> int:
        return cls.operations_per_element * signature.output.elements

    @classmethod
    def check(cls, signature: Signature) -> str | None:
        return broadcast_problem(signature)


class Add(ElementwiseBinary, name="add"):
    onnx_name = "Add"
    properties = frozenset({Property.ASSOCIATIVE, Property.COMMUTATIVE, Property.DISTRIBUTIVE})


class Relu(ElementwiseUnary, name="relu"):
    onnx_name = "Relu"
