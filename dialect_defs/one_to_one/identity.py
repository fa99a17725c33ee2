"""The operator that returns its operand; the importer removes it unless its result is an output of the model."""

from .elementwise import ElementwiseUnary


class Identity(ElementwiseUnary, name="identity"):
    onnx_name = "Identity"
    operations_per_element = 0
