"""Base of the operators that tell channels from spatial dimensions, and so have a layout."""

from collections.abc import Mapping, Sequence
from typing import Any

from dnnf_mlir.graph.attributes import String
from dnnf_mlir.graph.operator import OnnxCall, Signature, one_of
from dnnf_mlir.graph.size_relations import require_same_shape
from dnnf_mlir.graph.tensor_type import TensorType

from .dialect import Imported, Mismatch, OnnxNode, Operator

CHANNELS_FIRST = "channels_first"
CHANNELS_LAST = "channels_last"

WINDOW_DOMAINS = one_of(auto_pad=("NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"))
"""Of ONNX's operators with windows."""


class SpatialOperator(Operator):
    """Base: ``layout`` tells where the channels are: ``channels_first`` [N, C, d...] as in ONNX, or ``channels_last``.

    ``layout_operands`` are the operands that have the layout (weights and per-channel vectors do not); every result
    has it. ``gains_from_channels_last``: its kernel loads vectors of channels; others only follow their neighbours.
    """

    layout: String

    layout_operands = (0,)
    gains_from_channels_last = False

    @classmethod
    def channel_axis(cls, signature: Signature) -> int:
        """Dimension of the channels in the first operand and the result."""
        return 1 if signature.attributes["layout"] == CHANNELS_FIRST else signature.input(0).rank - 1

    @classmethod
    def spatial_axes(cls, signature: Signature) -> tuple[int, ...]:
        """Spatial dimensions of the first operand and the result."""
        channel = cls.channel_axis(signature)
        return tuple(axis for axis in range(1, signature.input(0).rank) if axis != channel)

    @classmethod
    def split_shape(cls, signature: Signature) -> tuple[int, int, tuple[int, ...]]:
        """Batch, channels and spatial sizes of the first operand."""
        operand = signature.input(0)
        if signature.attributes["layout"] not in (CHANNELS_FIRST, CHANNELS_LAST):
            raise Mismatch(f'layout must be "{CHANNELS_FIRST}" or "{CHANNELS_LAST}"')
        if operand.rank < 2:
            raise Mismatch(f"needs a batch and a channel dimension, got {operand}")
        spatial = tuple(operand.shape[axis] for axis in cls.spatial_axes(signature))
        return operand.shape[0], operand.shape[cls.channel_axis(signature)], spatial

    @classmethod
    def require_channelwise(cls, signature: Signature, *names: str) -> None:
        """Mismatch unless the operands behind the first one, called so, have an entry for each channel."""
        _, channels, _ = cls.split_shape(signature)
        for name, operand in zip(names, signature.inputs[1:], strict=True):
            if operand is None or not require_same_shape(operand.shape, (channels,)):
                raise Mismatch(f"{name} needs one entry for each of {channels} channels, got {operand}")

    @classmethod
    def joined_type(cls, signature: Signature, batch: int, channels: int, spatial: Sequence[int]) -> TensorType:
        """Type in the operator's layout, with the first operand's element type."""
        first = signature.attributes["layout"] == CHANNELS_FIRST
        shape = (batch, channels, *spatial) if first else (batch, *spatial, channels)
        return signature.input(0).with_shape(shape)

    @classmethod
    def from_onnx(cls, node: OnnxNode) -> Imported:
        imported = super().from_onnx(node)
        return Imported(imported.operands, {**imported.attributes, "layout": CHANNELS_FIRST})

    @classmethod
    def permuted(cls, signature: Signature, perm: tuple[int, ...]) -> Mapping[str, Any] | None:
        """Attributes besides the layout that have an entry per dimension follow; here there are none."""
        return dict(signature.attributes)

    @classmethod
    def to_onnx(cls, signature: Signature) -> OnnxCall:
        """ONNX has no layout: the call means channels_first."""
        call = super().to_onnx(signature)
        attributes = {name: value for name, value in call.attributes.items() if name != "layout"}
        return OnnxCall(call.op_type, call.inputs, attributes)
