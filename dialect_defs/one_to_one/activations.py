"""Activation functions."""

from dnnf_mlir.dialect_defs.shapes import require_broadcast
from dnnf_mlir.graph.attributes import Float, String
from dnnf_mlir.graph.operator import NONNEGATIVE, CostClass, Interval, ResultShape, Signature, one_of
from dnnf_mlir.graph.tensor_type import TensorType

from .elementwise import ElementwiseBinary, ElementwiseUnary, Transcendental


class Relu(ElementwiseUnary, name="relu"):
    """max(x, 0)"""

    f16_safe = True
    never_decreases = True
    interval = staticmethod(lambda x: x.mapped(lambda number: max(number, 0.0)))


class LeakyRelu(ElementwiseUnary, name="leaky_relu"):
    """x where x >= 0, else alpha * x"""

    alpha: Float

    f16_safe = True
    never_decreases = True
    operations_per_element = 2


class ThresholdedRelu(ElementwiseUnary, name="thresholded_relu"):
    """x where x > alpha, else 0"""

    alpha: Float

    f16_safe = True
    never_decreases = True


class PRelu(ElementwiseBinary, name="prelu"):
    """a where a >= 0, else b * a; the slope b broadcasts to a, and only that way."""

    f16_safe = True
    result_shape = ResultShape.FIRST_OPERAND
    operations_per_element = 2

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        require_broadcast("slope", signature.input(1), signature.input(0).shape)
        return super().infer_type(signature)


class Elu(Transcendental, name="elu"):
    """x where x >= 0, else alpha * (exp(x) - 1)"""

    alpha: Float

    never_decreases = True
    operations_per_element = 4


class Celu(Transcendental, name="celu"):
    """max(0, x) + min(0, alpha * (exp(x / alpha) - 1))"""

    alpha: Float

    never_decreases = True
    operations_per_element = 7


class Selu(Transcendental, name="selu"):
    """gamma * x where x > 0, else gamma * alpha * (exp(x) - 1)"""

    alpha: Float
    gamma: Float

    never_decreases = True
    operations_per_element = 5


class Sigmoid(Transcendental, name="sigmoid"):
    """1 / (1 + exp(-x))"""

    never_decreases = True
    interval = Interval(0, 1)
    operations_per_element = 4


class HardSigmoid(ElementwiseUnary, name="hard_sigmoid"):
    """max(0, min(1, alpha * x + beta))"""

    alpha: Float
    beta: Float

    f16_safe = True
    never_decreases = True
    interval = Interval(0, 1)
    operations_per_element = 4


class HardSwish(ElementwiseUnary, name="hard_swish"):
    """x * max(0, min(1, x / 6 + 0.5))"""

    f16_safe = True
    operations_per_element = 5


class Swish(Transcendental, name="swish"):
    """x / (1 + exp(-alpha * x))"""

    alpha: Float

    operations_per_element = 5


class SwiGLU(ElementwiseBinary, name="swiglu"):
    """a / (1 + exp(-alpha * a)) * b: the Swish of the gate a, times the value b.

    ONNX wants operands of one shape; here they broadcast as those of other operators do.
    """

    alpha: Float

    cost_class = CostClass.FUNCTION
    operations_per_element = 6


class Mish(Transcendental, name="mish"):
    """x * tanh(log(1 + exp(x)))"""

    operations_per_element = 5


class Softplus(Transcendental, name="softplus"):
    """log(1 + exp(x))"""

    never_decreases = True
    interval = NONNEGATIVE
    operations_per_element = 3


class Softsign(ElementwiseUnary, name="softsign"):
    """x / (1 + abs(x))"""

    f16_safe = True
    never_decreases = True
    interval = Interval(-1, 1)
    operations_per_element = 3


class Gelu(Transcendental, name="gelu"):
    """x / 2 * (1 + erf(x / sqrt(2)))

    ``approximate = "tanh"``: x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3)))
    """

    approximate: String

    domains = one_of(approximate=("none", "tanh"))
    operations_per_element = 5
