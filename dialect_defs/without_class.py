"""Facts of the ONNX operators that have no class here: opaque ``dnnf.onnx_node`` operations, or replaced at import.

Read from the operators' definitions, as the paper's Table 2 does for the others. An operator that is not listed
has the safe value, as in :class:`~.dialect.Operator`. A class that is added for an operator takes its facts over.
"""

from collections.abc import Mapping

from dnnf_mlir.graph.operator import MappingType, one_of

from .spatial import WINDOW_DOMAINS

_TYPES = {
    MappingType.ONE_TO_ONE: (
        "BitCast CenterCropPad Dropout DequantizeLinear EyeLike QuantizeLinear Trilu "
        "Optional OptionalGetElement StringConcat StringNormalizer StringSplit RegexFullMatch"
    ),
    MappingType.SHUFFLE: "ReverseSequence",
    MappingType.ONE_TO_MANY: (
        "AffineGrid Bernoulli BlackmanWindow Constant ConstantOfShape GatherND HammingWindow HannWindow "
        "MaxUnpool MelWeightMatrix OneHot RandomNormal RandomNormalLike RandomUniform RandomUniformLike Range "
        "Upsample"
    ),
    MappingType.MANY_TO_MANY: (
        # Contractions, windows, reductions and scans.
        "Col2Im CumProd DFT DeformConv Det GRU GlobalLpPool GridSample LRN LSTM LpPool MaxRoiPool QLinearConv "
        "QLinearMatMul RNN RoiAlign STFT "
        # Statistics of their operand.
        "GroupNormalization Hardmax LpNormalization "
        # Results that depend on the values of all elements.
        "Compress Multinomial NonMaxSuppression NonZero ScatterElements ScatterND TensorScatter TfIdfVectorizer TopK "
        "Unique "
        # Sub-graphs, sequences, shapes and files: nothing that could be fused.
        "ConcatFromSequence If ImageDecoder Loop OptionalHasElement Scan Scatter SequenceAt SequenceConstruct "
        "SequenceEmpty SequenceErase SequenceInsert SequenceLength Shape Size SplitToSequence"
    ),
}

MAPPING: Mapping[str, MappingType] = {name: mapping for mapping, names in _TYPES.items() for name in names.split()}
"""ONNX operator -> mapping type. Operators that ONNX defines by simpler ones, which replace them, need none."""

_REDUCTION = one_of(reduction=("none", "add", "mul", "max", "min"))
_LOSS = one_of(reduction=("none", "mean", "sum"))
_DIRECTION = one_of(direction=("forward", "reverse", "bidirectional"))

DOMAINS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "CastLike": one_of(round_mode=("up", "down", "nearest")),
    "CausalConvWithState": one_of(activation=("none", "silu", "swish")),
    "GRU": _DIRECTION,
    "GridSample": one_of(
        mode=("linear", "nearest", "cubic", "bilinear", "bicubic"), padding_mode=("zeros", "border", "reflection")
    ),
    "LSTM": _DIRECTION,
    "LinearAttention": one_of(update_rule=("linear", "gated", "delta", "gated_delta")),
    "LpNormalization": one_of(p=("1", "2")),
    "LpPool": WINDOW_DOMAINS,
    "NegativeLogLikelihoodLoss": _LOSS,
    "QLinearConv": WINDOW_DOMAINS,
    "RNN": _DIRECTION,
    "RoiAlign": one_of(coordinate_transformation_mode=("half_pixel", "output_half_pixel"), mode=("avg", "max")),
    "ScatterElements": _REDUCTION,
    "ScatterND": _REDUCTION,
    "SoftmaxCrossEntropyLoss": _LOSS,
    "TensorScatter": one_of(mode=("linear", "circular")),
    "Upsample": one_of(mode=("nearest", "linear", "bilinear")),
}
"""ONNX operator -> attributes with a closed set of values, and these, as text (https://onnx.ai/onnx/operators/)."""

SHAPE_OF_FIRST_OPERAND = frozenset(
    [
        "Bernoulli",
        "BitCast",
        "CastLike",
        "CumProd",
        "DequantizeLinear",
        "DynamicQuantizeLinear",
        "Dropout",
        "GroupNormalization",
        "Hardmax",
        "LRN",
        "LpNormalization",
        "MeanVarianceNormalization",
        "QuantizeLinear",
        "ReverseSequence",
        "Scatter",
        "ScatterElements",
        "ScatterND",
        "Shrink",
        "TensorScatter",
        "Trilu",
    ]
)
"""ONNX operators whose first result has the first operand's shape."""

KEPT_WHOLE = frozenset({"GroupNormalization", "Range"})
"""ONNX operators that are not replaced by their function: they have another decomposition or a loop nest."""


def mapping_without_class(op_type: str, domain: str) -> MappingType:
    """Mapping type of an opaque node; Many-to-Many, which fuses least, for other domains and unlisted operators."""
    if domain not in ("", "ai.onnx"):
        return MappingType.MANY_TO_MANY
    return MAPPING.get(op_type, MappingType.MANY_TO_MANY)
