"""Operators on types that their own lowering does not know, as the same or simpler ones between casts."""

from onnx import TensorProto

from .builder import Composite
from .functions import parsed

_NARROW_FLOATS = frozenset(
    getattr(TensorProto, name)
    for name in (
        *["FLOAT8E4M3FN", "FLOAT8E4M3FNUZ", "FLOAT8E5M2", "FLOAT8E5M2FNUZ", "FLOAT8E8M0", "FLOAT4E2M1"],
        *["FLOAT6E2M3", "FLOAT6E3M2"],
    )
    if hasattr(TensorProto, name)
)
"""Floats that are stored as codes."""


def computed_type(elem_types: list[int]) -> int:
    """The type that sums are taken in: single precision, double precision where an operand has it."""
    return int(TensorProto.DOUBLE if TensorProto.DOUBLE in elem_types else TensorProto.FLOAT)


def batch_normalization(c: Composite) -> bool:
    """BatchNormalization whose scale or statistics have another type than its input, as in mixed-precision models."""
    elem_types = [c.types[name].elem_type for name in c.node.input]
    if len(set(elem_types)) == 1 or sum(map(bool, c.node.output)) > 1:
        return False
    wide = computed_type(elem_types)
    inputs = [c.op("Cast", name, to=wide) for name in c.node.input]
    c.op("Cast", c.op("BatchNormalization", *inputs, **c.attributes), output=c.node.output[0], to=elem_types[0])
    return True


_MEAN_VARIANCE_NORMALIZATION = parsed("""
mean_variance_normalization <wide, narrow, axes> (x) => (y) {
    over = Constant <value_ints: ints = @axes> ()
    number = Cast <to: int = @wide> (x)
    mean = ReduceMean <keepdims = 1> (number, over)
    centred = Sub(number, mean)
    squared = Mul(centred, centred)
    variance = ReduceMean <keepdims = 1> (squared, over)
    deviation = Sqrt(variance)
    least = Constant <value = double {1e-9}> ()
    wide_least = Cast <to: int = @wide> (least)
    divisor = Add(deviation, wide_least)
    normal = Div(centred, divisor)
    y = Cast <to: int = @narrow> (normal)
}""")


def mean_variance_normalization(c: Composite) -> bool:
    """MeanVarianceNormalization: ONNX's own function body is one of single precision only."""
    elem_type = c.types[c.input(0)].elem_type
    wide, axes = computed_type([elem_type]), c.attributes["axes"]
    c.call(_MEAN_VARIANCE_NORMALIZATION, c.input(0), outputs=c.node.output, axes=axes, wide=wide, narrow=elem_type)
    return True


def of_narrow_floats(c: Composite) -> bool:
    """IsNaN and IsInf of numbers that are stored as codes: single precision holds each of them."""
    if c.types[c.input(0)].elem_type not in _NARROW_FLOATS:
        return False
    wide = c.op("Cast", c.input(0), to=TensorProto.FLOAT)
    c.op(c.node.op_type, wide, output=c.node.output[0], **c.attributes)
    return True
