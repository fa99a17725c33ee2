"""Operators in front of a window that its kernel takes into its reads: a permutation, or a factor of the weights."""

from collections.abc import Sequence

from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.kernels.candidate import Candidate
from dnnf_mlir.kernels.families import is_depthwise, is_pointwise

_CHANNELS_FIRST_TO_LAST = {rank: (0, *range(2, rank), 1) for rank in (3, 4, 5)}


def is_channels_first_read(block: Candidate, conv: Node, node: Node) -> bool:
    """Whether ``node`` is a Transpose from channels first to last whose operand the convolution reads instead.

    For a convolution on channels-last values that is not depthwise, and the only reader.
    """
    return (
        node.kind == "transpose"
        and conv.kind == "conv"
        and conv.input(0) is node.output
        and node.attributes["perm"] == _CHANNELS_FIRST_TO_LAST.get(node.output.type.rank)
        and conv.attributes.get("layout") == "channels_last"
        and not is_depthwise(conv)
        and block.only_reader(node) is conv
        and node.input(0).producer not in block.members
    )


def is_scale(block: Candidate, anchor: Node, node: Node) -> bool:
    """Whether ``node`` multiplies the operand of a pointwise window by one factor for each channel of an image.

    The kernel multiplies the weights instead.
    """
    if node.kind != "mul" or not is_pointwise(anchor):
        return False
    x = node.output
    factors = [value for value in node.operands if _is_channel_factor(value.type.shape, x.type.shape)]
    return (
        anchor.input(0) is x
        and block.only_reader(node) is anchor
        and len(factors) == 1
        and node.input(0) is not node.input(1)
    )


def _is_channel_factor(shape: Sequence[int], image: Sequence[int]) -> bool:
    """Whether a factor of this shape, [batch or 1, 1..., channels], is the same at all positions of an image."""
    if not shape or shape[-1] != image[-1]:
        return False
    batch, *positions = (1,) * (len(image) - len(shape)) + tuple(shape[:-1])
    return all(extent == 1 for extent in positions) and (batch == 1 or (batch == image[0] and len(image) > 2))


def scaled_value(scale: Node) -> Value:
    """The operand of the multiplication that has the result's shape."""
    return next(value for value in scale.operands if value.type.shape == scale.output.type.shape)
