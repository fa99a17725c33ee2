"""Shapes of the results of ONNX operators: of those with a class by its ``shape``, of the others by the tables here."""

from . import generation, selection, transforms
from .rules import ShapeFunction, elements, shape_function, shape_inputs, shape_operands

__all__ = [
    "ShapeFunction",
    "elements",
    "generation",
    "selection",
    "shape_function",
    "shape_inputs",
    "shape_operands",
    "transforms",
]
