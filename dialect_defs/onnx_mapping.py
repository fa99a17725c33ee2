"""Mapping types of the ONNX operators that have no class here, and are carried by ``dnnf.onnx_node``.

Read from the operators' definitions, as the paper's Table 2 does for the others.
"""

from .mapping import MappingType

_TYPES = {
    MappingType.ONE_TO_ONE: (
        "BitCast CastLike CenterCropPad Dropout "
        "DequantizeLinear EyeLike QuantizeLinear Shrink SwiGLU Trilu "
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
        "Attention CausalConvWithState Col2Im CumProd DFT DeformConv Det GRU GlobalLpPool GridSample LRN "
        "LSTM LinearAttention LpPool MaxRoiPool QLinearConv QLinearMatMul RNN RoiAlign RotaryEmbedding "
        "STFT "
        # Statistics of their operand.
        "DynamicQuantizeLinear GroupNormalization Hardmax LpNormalization MeanVarianceNormalization "
        "NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss "
        # Results that depend on the values of all elements.
        "Compress Multinomial NonMaxSuppression NonZero ScatterElements ScatterND TensorScatter TfIdfVectorizer TopK "
        "Unique "
        # Sub-graphs, sequences, shapes and files: nothing that could be fused.
        "ConcatFromSequence If ImageDecoder Loop OptionalHasElement Scan Scatter SequenceAt SequenceConstruct "
        "SequenceEmpty SequenceErase SequenceInsert SequenceLength SequenceMap Shape Size SplitToSequence"
    ),
}

MAPPING_WITHOUT_CLASS = {name: mapping for mapping, names in _TYPES.items() for name in names.split()}
"""ONNX operator -> mapping type, for the operators of the default domain without a class."""


def mapping_without_class(op_type: str, domain: str) -> MappingType:
    """Mapping type of an ONNX node without a class; other domains are Many-to-Many, the type that fuses least."""
    if domain not in ("", "ai.onnx"):
        return MappingType.MANY_TO_MANY
    return MAPPING_WITHOUT_CLASS.get(op_type, MappingType.MANY_TO_MANY)
