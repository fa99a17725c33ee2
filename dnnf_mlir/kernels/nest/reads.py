"""Operators in front of a window that its kernel takes into its reads: a permutation, or a factor of the weights."""

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
    """Whether ``node`` multiplies the operand of a pointwise window by one factor for each channel.

    The kernel multiplies the weights instead.
    """
    if node.kind != "mul" or not is_pointwise(anchor):
        return False
    x = node.output
    factors = [value for value in node.operands if value.type.elements == x.type.shape[-1]]
    return (
        anchor.input(0) is x
        and block.only_reader(node) is anchor
        and len(factors) == 1
        and factors[0].type.shape[-1:] == x.type.shape[-1:]
        and node.input(0) is not node.input(1)
    )


def scaled_value(scale: Node) -> Value:
    """The operand of the multiplication that has the result's shape."""
    return next(value for value in scale.operands if value.type.shape == scale.output.type.shape)
