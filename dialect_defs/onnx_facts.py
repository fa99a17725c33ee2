"""Facts of the operators of ONNX's default domain by their names: those of the class, or of :mod:`.without_class`."""

import functools
from collections.abc import Mapping

from dnnf_mlir.graph.operator import ResultShape, one_of

from . import operators_by_onnx_name, without_class
from .dialect import Operator


@functools.cache
def _classes() -> Mapping[str, type[Operator]]:
    return operators_by_onnx_name()


def keeps_function(op_type: str) -> bool:
    """Whether the operator stays as it is although ONNX defines it by a function of simpler ones.

    Those with a class do: fusion has one scalar function or one loop nest for them, and the algebra knows them.
    """
    return op_type in _classes() or op_type in without_class.KEPT_WHOLE


def domains_of(op_type: str) -> Mapping[str, tuple[str, ...]]:
    """Attributes with a closed set of values -> these values, as text."""
    op = _classes().get(op_type)
    return without_class.DOMAINS.get(op_type, one_of()) if op is None else op.domains


def result_shape_of(op_type: str) -> ResultShape:
    """How the shape of the first result follows from the operands' shapes."""
    op = _classes().get(op_type)
    if op is not None:
        return op.result_shape
    return ResultShape.FIRST_OPERAND if op_type in without_class.SHAPE_OF_FIRST_OPERAND else ResultShape.OTHER
