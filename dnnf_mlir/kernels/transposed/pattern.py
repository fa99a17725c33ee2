"""Which blocks the kernel of a transposed convolution computes."""

from dataclasses import dataclass

import numpy as np

from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.kernels.kernel import NOT_MINE, Candidate, Kernel, Problem, Refusal
from dnnf_mlir.kernels.nest.problem import WIDEST_WINDOW
from dnnf_mlir.kernels.surroundings import dtype_refusal, nothing_before
from dnnf_mlir.kernels.transposed.phases import TransposedAxis, TransposedWindow


@dataclass(frozen=True)
class TransposedProblem(Problem):
    """``window`` over ``x``; ``weights`` [channels, filters / groups, kernel...], ``bias`` [filters] or None."""

    window: TransposedWindow
    x: Value
    weights: np.ndarray
    bias: np.ndarray | None


class TransposedConvolution(Kernel):
    """ONNX ConvTranspose with constant weights on channels-last values: any strides, pads, dilations and groups."""

    def match(self, block: Candidate) -> TransposedProblem | Refusal:
        anchor = block.sole_anchor({"conv_transpose"})
        if anchor is None:
            return NOT_MINE
        return dtype_refusal(anchor) or nothing_before(block, anchor) or _describe(block, anchor)


def _describe(block: Candidate, anchor: Node) -> TransposedProblem | Refusal:
    x, weights, bias = anchor.input(0), anchor.input(1).constant, anchor.inputs[2]
    if weights is None or (bias is not None and bias.constant is None):
        return Refusal("weights are computed at run time")
    if anchor.attributes["layout"] != "channels_last":
        return Refusal("channels come first")
    window = _window(anchor, weights.shape)
    return _refusal(window) or TransposedProblem(block, window, x, weights, None if bias is None else bias.constant)


def _window(anchor: Node, weights: tuple[int, ...]) -> TransposedWindow:
    attributes, shape, result = anchor.attributes, anchor.input(0).type.shape, anchor.output.type.shape
    axes = tuple(
        TransposedAxis(
            shape[1 + i],
            weights[2 + i],
            attributes["strides"][i],
            attributes["dilations"][i],
            attributes["pads"][i],
            result[1 + i],
        )
        for i in range(len(weights) - 2)
    )
    return TransposedWindow(shape[0], axes, shape[-1], result[-1], attributes["group"])


def _refusal(window: TransposedWindow) -> Refusal | None:
    """Why no kernel is generated for the window; None when one is."""
    if not 1 <= len(window.axes) <= 3:
        return Refusal(f"{len(window.axes)} spatial axes, 1 to 3 are supported")
    if is_dynamic(window.channels) or is_dynamic(window.filters):
        return Refusal("a dynamic number of channels")
    if any(axis.kernel > WIDEST_WINDOW for axis in window.axes):
        return Refusal(f"a window of more than {WIDEST_WINDOW} positions, which are generated one by one")
    phases = [phase for axis in window.axes for phase in axis.phases()]
    if any(not phase.taps for phase in phases):
        return Refusal("some results depend on no input element")
    if any(is_dynamic(phase.axis.pad_after) for phase in phases):
        return Refusal("a dynamic output extent that is not the stride times the input's extent, up to a constant")
    return None
