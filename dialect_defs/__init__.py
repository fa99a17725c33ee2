"""The ``dnnf`` dialect: one class per operator, one file per mapping type."""

from dnnf_mlir.bindings.mlir import ir
from dnnf_mlir.graph.operator import MappingType, Property

from . import loop, many_to_many, one_to_many, one_to_one, reorganize, shuffle, structure
from .dialect import Dnnf, Operator

__all__ = [
    "Dnnf",
    "MappingType",
    "Operator",
    "Property",
    "create_context",
    "operators",
    "operators_by_onnx_name",
    "own_operators",
]

_FAMILIES = (one_to_one, one_to_many, many_to_many, reorganize, shuffle, structure, loop)


def operators() -> list[type[Operator]]:
    """Every operator class, in the order of definition."""
    return [op for op in Dnnf.operations if issubclass(op, Operator)]


def operators_by_onnx_name() -> dict[str, type[Operator]]:
    """ONNX operator type -> class."""
    return {op.onnx_name: op for op in operators() if op.onnx_name is not None}


def own_operators() -> dict[str, type[Operator]]:
    """Class name -> class of the operators that ONNX does not have."""
    return {op.__name__: op for op in operators() if op.onnx_name is None}


def create_context() -> ir.Context:
    """A fresh MLIR context with the dialect loaded."""
    context = ir.Context()
    context.enable_multithreading(False)  # verifiers are Python: threads would only wait for each other
    with context, ir.Location.unknown():
        Dnnf.load()
    return context
