"""Attributes with values that ONNX does not allow, or that no machine can do: onnx.checker looks at types alone."""

from collections.abc import Mapping, Sequence

from onnx import AttributeProto, NodeProto, helper

from dnnf_mlir.errors import InvalidModelError, UnsupportedModelError
from dnnf_mlir.importer.graphs import describe

_WINDOWED = "Conv ConvInteger ConvTranspose QLinearConv AveragePool LpPool MaxPool"
_POSITIONS = (
    "half_pixel half_pixel_symmetric pytorch_half_pixel align_corners asymmetric tf_half_pixel_for_nn "
    "tf_crop_and_resize"
)

_TABLE: Sequence[tuple[str, str, str]] = (
    (_WINDOWED, "auto_pad", "NOTSET SAME_UPPER SAME_LOWER VALID"),
    ("BitShift", "direction", "LEFT RIGHT"),
    ("Cast CastLike", "round_mode", "up down nearest"),
    ("CausalConvWithState", "activation", "none silu swish"),
    ("DepthToSpace SpaceToDepth", "mode", "DCR CRD"),
    ("GRU LSTM RNN", "direction", "forward reverse bidirectional"),
    ("Gelu", "approximate", "none tanh"),
    ("GridSample", "mode", "linear nearest cubic bilinear bicubic"),
    ("GridSample", "padding_mode", "zeros border reflection"),
    ("LinearAttention", "update_rule", "linear gated delta gated_delta"),
    ("LpNormalization", "p", "1 2"),
    ("NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss", "reduction", "none mean sum"),
    ("Pad", "mode", "constant reflect edge wrap"),
    ("Resize", "coordinate_transformation_mode", _POSITIONS),
    ("Resize", "keep_aspect_ratio_policy", "stretch not_larger not_smaller"),
    ("Resize", "mode", "nearest linear cubic"),
    ("Resize", "nearest_mode", "round_prefer_floor round_prefer_ceil floor ceil"),
    ("RoiAlign", "coordinate_transformation_mode", "half_pixel output_half_pixel"),
    ("RoiAlign", "mode", "avg max"),
    ("ScatterElements ScatterND", "reduction", "none add mul max min"),
    ("TensorScatter", "mode", "linear circular"),
    ("Upsample", "mode", "nearest linear bilinear"),
)
"""Operators, an attribute of theirs, its values (https://onnx.ai/onnx/operators/)."""

_ALLOWED: Mapping[tuple[str, str], Sequence[str]] = {
    (operator, attribute): values.split() for operators, attribute, values in _TABLE for operator in operators.split()
}


_LARGEST_WINDOW = 1 << 20
"""Positions: a window is gone through element by element, and its padding takes memory."""
_WINDOW_SIZES = frozenset({"kernel_shape", "dilations", "pads", "output_padding"})


def check_attribute_values(node: NodeProto, model: str) -> None:
    """Checks the attributes of a node of ONNX's own; ``model`` is the model's name in messages.

    Raises:
        InvalidModelError: none of the values that ONNX allows.
        UnsupportedModelError: windows that are too large.
    """
    for attribute in node.attribute if not node.domain else ():
        allowed = _ALLOWED.get((node.op_type, attribute.name))
        if allowed is not None and (value := _text(attribute)) not in allowed:
            raise InvalidModelError(
                f"{model}: {describe(node)}: its attribute {attribute.name} is '{value}'; ONNX allows "
                + ", ".join(allowed)
            )
        if attribute.name in _WINDOW_SIZES and max(map(abs, attribute.ints), default=0) > _LARGEST_WINDOW:
            raise UnsupportedModelError(
                f"{model}: {describe(node)}: its {attribute.name} {list(attribute.ints)} are too large; windows of up "
                f"to {_LARGEST_WINDOW} positions can be compiled"
            )


def _text(attribute: AttributeProto) -> str:
    value = helper.get_attribute_value(attribute)
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
