"""Activation functions."""

from dnnf_mlir.dialect_defs.dialect import Float, Signature, String
from dnnf_mlir.dialect_defs.shapes import require_broadcast
from dnnf_mlir.graph.tensor_type import TensorType

from .elementwise import ElementwiseBinary, ElementwiseUnary


class Relu(ElementwiseUnary, name="relu"):
    """max(x, 0)"""

    onnx_name = "Relu"


class LeakyRelu(ElementwiseUnary, name="leaky_relu"):
    """x where x >= 0, else alpha * x"""

    alpha: Float

    onnx_name = "LeakyRelu"
    operations_per_element = 2


class ThresholdedRelu(ElementwiseUnary, name="thresholded_relu"):
    """x where x > alpha, else 0"""

    alpha: Float

    onnx_name = "ThresholdedRelu"


class PRelu(ElementwiseBinary, name="prelu"):
    """a where a >= 0, else b * a; the slope b broadcasts to a, and only that way."""

    onnx_name = "PRelu"
    operations_per_element = 2

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        require_broadcast("slope", signature.input(1), signature.input(0).shape)
        return super().infer_type(signature)


class Elu(ElementwiseUnary, name="elu"):
    """x where x >= 0, else alpha * (exp(x) - 1)"""

    alpha: Float

    onnx_name = "Elu"
    operations_per_element = 4


class Celu(ElementwiseUnary, name="celu"):
    """max(0, x) + min(0, alpha * (exp(x / alpha) - 1))"""

    alpha: Float

    onnx_name = "Celu"
    operations_per_element = 7


class Selu(ElementwiseUnary, name="selu"):
    """gamma * x where x > 0, else gamma * alpha * (exp(x) - 1)"""

    alpha: Float
    gamma: Float

    onnx_name = "Selu"
    operations_per_element = 5


class Sigmoid(ElementwiseUnary, name="sigmoid"):
    """1 / (1 + exp(-x))"""

    onnx_name = "Sigmoid"
    operations_per_element = 4


class HardSigmoid(ElementwiseUnary, name="hard_sigmoid"):
    """max(0, min(1, alpha * x + beta))"""

    alpha: Float
    beta: Float

    onnx_name = "HardSigmoid"
    operations_per_element = 4


class HardSwish(ElementwiseUnary, name="hard_swish"):
    """x * max(0, min(1, x / 6 + 0.5))"""

    onnx_name = "HardSwish"
    operations_per_element = 5


class Swish(ElementwiseUnary, name="swish"):
    """x / (1 + exp(-alpha * x))"""

    alpha: Float

    onnx_name = "Swish"
    operations_per_element = 5


class Mish(ElementwiseUnary, name="mish"):
    """x * tanh(log(1 + exp(x)))"""

    onnx_name = "Mish"
    operations_per_element = 5


class Softplus(ElementwiseUnary, name="softplus"):
    """log(1 + exp(x))"""

    onnx_name = "Softplus"
    operations_per_element = 3


class Softsign(ElementwiseUnary, name="softsign"):
    """x / (1 + abs(x))"""

    onnx_name = "Softsign"
    operations_per_element = 3


class Gelu(ElementwiseUnary, name="gelu"):
    """x / 2 * (1 + erf(x / sqrt(2)))

    ``approximate = "tanh"``: x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3)))
    """

    approximate: String

    onnx_name = "Gelu"
    operations_per_element = 5

    @classmethod
    def check(cls, signature: Signature) -> str | None:
        if signature.attributes["approximate"] not in ("none", "tanh"):
            return 'approximate must be "none" or "tanh"'
        return super().check(signature)
