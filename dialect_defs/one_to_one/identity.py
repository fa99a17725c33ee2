"""The operator that returns its operand; the importer removes it unless its result is an output of the model."""

from dnnf_mlir.graph.facts import CostClass

from .elementwise import ElementwiseUnary


class Identity(ElementwiseUnary, name="identity"):
    """``x``"""

    onnx_name = "Identity"
    f16_safe = True
    cost_class = CostClass.MOVE
    operations_per_element = 0
