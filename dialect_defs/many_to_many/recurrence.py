"""The recurrent part of RNN, GRU and LSTM: what remains when the products with the input are made ahead."""

from dnnf_mlir.bindings.mlir import ext
from dnnf_mlir.dialect_defs.dialect import Mismatch, Operator, ShapeOperands, Tensor
from dnnf_mlir.graph.attributes import Float, Floats, Int, String
from dnnf_mlir.graph.extents import Shape
from dnnf_mlir.graph.operator import MappingType, Signature, one_of
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.graph.tensor_type import TensorType

GATES = {"rnn": 1, "gru": 3, "lstm": 4}
"""Kind -> number of gates, in ONNX's order: GRU's z r h, LSTM's i o f c."""

FUNCTIONS = {"rnn": 1, "gru": 2, "lstm": 3}
"""Kind -> number of activations of a direction: f, g and h of ONNX."""

DIRECTIONS = {"forward": 1, "reverse": 1, "bidirectional": 2}

ACTIVATIONS = (
    "affine",
    "elu",
    "hardsigmoid",
    "leakyrelu",
    "relu",
    "scaledtanh",
    "sigmoid",
    "softplus",
    "softsign",
    "tanh",
    "thresholdedrelu",
)
"""The activations of ONNX, whose case it does not distinguish."""

_STATE_FLOPS = 60


class Recurrence(Operator, name="recurrence"):
    """ONNX RNN, GRU or LSTM without the products of the input, G gates of H hidden units in D directions.

    ``gates`` [steps, batch, D * G * H] is X W^T and all biases but ``bias`` [D, H]: GRU's of the recurrence that the
    reset gate multiplies, with ``linear_before_reset``. ``weights`` [D, G * H, H] are R. ``lengths`` [batch] (i32) are
    the steps of each sequence; beyond them y is zero and the states stay. ``h`` and ``c`` [D, batch, H] are the initial
    states, zero where absent; ``peepholes`` [D, 3 * H] are LSTM's. Results: ``y`` [steps, D, batch, H], the last states
    ``last_h`` and, of an LSTM, ``last_c`` [D, batch, H].

    With weights of 8 bits (i8), for which ``scales`` [D, G * H] are given, an LSTM rounds the state to 8 bits in every
    step, all sequences by the same step, as ONNX Runtime's DynamicQuantizeLSTM does::

        low, high = min(h, 0), max(h, 0)      step = (high - low) / 255      z = round(-low / step)
        h R  =  (min(round(h / step) + z, 255) - z) * step . (R * scales)

    ``activations`` are the names of f, g and h of the first direction, then of the second, with commas between them;
    ``alphas`` and ``betas`` have an entry for each. ``clip`` bounds the arguments of f and g; it may be infinite.
    """

    gates: ext.Operand[Tensor]
    weights: ext.Operand[Tensor]
    bias: ext.Operand[Tensor] | None
    lengths: ext.Operand[Tensor] | None
    h: ext.Operand[Tensor] | None
    c: ext.Operand[Tensor] | None
    peepholes: ext.Operand[Tensor] | None
    scales: ext.Operand[Tensor] | None
    y: ext.Result[Tensor]
    last_h: ext.Result[Tensor]
    last_c: ext.Result[Tensor] | None
    kind: String
    direction: String
    activations: String
    alphas: Floats
    betas: Floats
    clip: Float
    input_forget: Int
    linear_before_reset: Int

    onnx_name = None
    default_mapping = MappingType.MANY_TO_MANY
    domains = one_of(kind=tuple(GATES), direction=tuple(DIRECTIONS))

    @classmethod
    def flops(cls, signature: Signature) -> int:
        hidden = signature.output.shape[-1]
        return signature.output.elements * GATES[signature.attributes["kind"]] * (2 * hidden + _STATE_FLOPS)

    @classmethod
    def shape(cls, operands: ShapeOperands) -> list[Shape]:
        y, last = _result_shapes(operands.shape(0), operands.shape(1))
        return [y, *[last] * (operands.results - 1)]

    @classmethod
    def operand_shapes(cls, kind: str, gates: Shape, weights: Shape) -> list[Shape]:
        """The shape of each operand, present or not, by those of the first two; Mismatch for another rank of these."""
        (steps, directions, batch, hidden), state = _result_shapes(gates, weights)
        return [
            (steps, batch, directions * GATES[kind] * hidden),
            (directions, GATES[kind] * hidden, hidden),
            (directions, hidden),
            (batch,),
            state,
            state,
            (directions, 3 * hidden),
            (directions, GATES[kind] * hidden),
        ]

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType:
        gates = signature.input(0)
        return TensorType(_result_shapes(gates.shape, signature.input(1).shape)[0], gates.dtype)

    @classmethod
    def check(cls, signature: Signature) -> str | None:
        return super().check(signature) or _problem(signature)


def _result_shapes(gates: Shape, weights: Shape) -> tuple[Shape, Shape]:
    """The shapes of y and of the last states; Mismatch for operands of another rank."""
    if len(gates) != 3 or len(weights) != 3:
        raise Mismatch(f"gates and weights need three dimensions, got {list(gates)} and {list(weights)}")
    (steps, batch, _), (directions, _, hidden) = gates, weights
    return (steps, directions, batch, hidden), (directions, batch, hidden)


def _problem(signature: Signature) -> str | None:
    """What is wrong beside the type of y, in words; dynamic sizes that must be equal are checked by the module."""
    attributes, y = signature.attributes, signature.output
    kind, directions = attributes["kind"], y.shape[1]
    shapes = Recurrence.operand_shapes(kind, signature.input(0).shape, signature.input(1).shape)
    rounds = signature.inputs[-1] is not None
    if rounds and kind != "lstm":
        return f"an operation of kind {kind} has no scales"
    dtypes = {"lengths": "i32", "weights": "i8" if rounds else y.dtype}
    for field, shape, type_ in zip(Recurrence.operand_fields(), shapes, signature.inputs, strict=True):
        dtype = dtypes.get(field.name, y.dtype)
        if type_ is not None and (type_.dtype != dtype or not _may_be(type_.shape, shape)):
            return f"{field.name} must be {TensorType(shape, dtype)}, is {type_}"
    if directions != DIRECTIONS[attributes["direction"]]:
        return f"weights of {directions} direction(s) for the direction {attributes['direction']}"
    if len(signature.outputs) != (3 if kind == "lstm" else 2):
        return f"an operation of kind {kind} has {len(signature.outputs)} results"
    last = TensorType(shapes[4], y.dtype)
    if any(type_ != last for type_ in signature.outputs[1:]):
        return f"the last states must be {last}"
    count, names = FUNCTIONS[kind] * directions, attributes["activations"].split(",")
    if len(names) != count or not set(names) <= set(ACTIVATIONS):
        return f"needs {count} activations of {', '.join(ACTIVATIONS)}; got {','.join(names)}"
    if len(attributes["alphas"]) != count or len(attributes["betas"]) != count:
        return f"needs {count} alphas and betas"
    return None


def _may_be(shape: Shape, expected: Shape) -> bool:
    """Whether the sizes are equal, or may be when the model runs."""
    return len(shape) == len(expected) and all(
        a == b or is_dynamic(a) or is_dynamic(b) for a, b in zip(shape, expected, strict=True)
    )
