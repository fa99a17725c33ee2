"""Bases of the element-wise operators."""

from dnnf_mlir.bindings.mlir import ext
from dnnf_mlir.dialect_defs.dialect import Tensor
from dnnf_mlir.dialect_defs.following import ElementwiseOperator
from dnnf_mlir.dialect_defs.several import several_operands
from dnnf_mlir.dialect_defs.shapes import broadcast_shape, one_element_type
from dnnf_mlir.graph.operator import CostClass, MappingType, ResultShape, Signature
from dnnf_mlir.graph.tensor_type import TensorType


class ElementwiseUnary(ElementwiseOperator):
    """Base: ``y[i] = f(x[i])``. ``operations_per_element`` counts f's arithmetic and elementary functions."""

    x: ext.Operand[Tensor]
    y: ext.Result[Tensor]

    result_shape = ResultShape.FIRST_OPERAND
    operations_per_element = 1

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        return signature.input(0)


class Transcendental(ElementwiseUnary):
    """Base: functions that a polynomial or a loop of the run-time library computes."""

    cost_class = CostClass.FUNCTION


class UnaryPredicate(ElementwiseUnary):
    """Base: ``y[i] = f(x[i])`` with a boolean result."""

    f16_safe = True

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        return TensorType(signature.input(0).shape, "i1")


class BroadcastingOperator(ElementwiseOperator):
    """Base: operands are broadcast as by numpy."""

    result_shape = ResultShape.BROADCAST
    operations_per_element = 1

    @classmethod
    def mapping_type(cls, signature: Signature) -> MappingType:
        """One-to-Many when an operand computed at run time feeds several output elements, else One-to-One.

        A broadcast constant (a bias, a scale) counts as One-to-One: nothing is recomputed along the activation's edge.
        """
        for index, operand in enumerate(signature.inputs):
            if operand is None or index in signature.constant_inputs:
                continue
            if operand.elements != signature.output.elements:
                return MappingType.ONE_TO_MANY
        return MappingType.ONE_TO_ONE


class ElementwiseBinary(BroadcastingOperator):
    """Base: ``y[i] = f(a[i], b[i])``."""

    a: ext.Operand[Tensor]
    b: ext.Operand[Tensor]
    y: ext.Result[Tensor]

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        types = (signature.input(0), signature.input(1))
        return TensorType(broadcast_shape(type_.shape for type_ in types), one_element_type(types))


class BinaryPredicate(ElementwiseBinary):
    """Base: ``y[i] = f(a[i], b[i])`` with a boolean result."""

    f16_safe = True

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        types = (signature.input(0), signature.input(1))
        one_element_type(types)
        return TensorType(broadcast_shape(type_.shape for type_ in types), "i1")


class ElementwiseVariadic(several_operands(BroadcastingOperator)):
    """Base: ``y[i] = f(xs[0][i], xs[1][i], ...)`` of one or more operands."""

    y: ext.Result[Tensor]

    @classmethod
    def flops(cls, signature: Signature) -> int:
        return max(1, len(signature.inputs) - 1) * signature.output.elements

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        types = [signature.input(index) for index in range(len(signature.inputs))]
        return TensorType(broadcast_shape(type_.shape for type_ in types), one_element_type(types))
