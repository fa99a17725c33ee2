"""Which blocks the kernel of a convolution with constant weights computes, and what products in general are."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.kernels.convolution.schedule import traffic_bound, variants
from dnnf_mlir.kernels.kernel import NOT_MINE, Candidate, Kernel, Problem, Refusal
from dnnf_mlir.kernels.nest.problem import ANALYTIC, ConvProblem, Variant, spatial_axes, supports
from dnnf_mlir.kernels.surroundings import dtype_refusal, is_channels_first_read, is_scale
from dnnf_mlir.kernels.winograd.schedule import WinogradSchedule
from dnnf_mlir.targets import VectorUnit


@dataclass(frozen=True)
class ProductProblem(Problem):
    """A convolution, or a matrix product with constant weights, ``window``.

    ``weights`` [filters, channels / groups, kernel...] is a view of the model's constant, ``scale`` a factor of it
    (Gemm's alpha), ``bias`` [filters]. ``x`` is the anchor's operand, or what a Transpose in front of it reads.
    """

    window: ConvProblem
    x: Value
    weights: np.ndarray
    bias: np.ndarray | None
    scale: float = 1.0

    @property
    def scaling(self) -> Node | None:
        """The multiplication before the product that becomes a factor of its weights."""
        producer = self.x.producer
        return producer if producer in self.block.members and producer is not None else None

    @property
    def shared_input(self) -> Value | None:
        return self.x if self.block.nodes[0] is self.last else None

    def with_variant(self, variant: Variant) -> Self:
        return self if variant == ANALYTIC else replace(self, window=replace(self.window, variant=variant))


class ProductKernel(Kernel):
    """What the kernels of products with constant weights have in common."""

    emitter: ClassVar[str | None] = "dnnf_mlir.kernels.convolution.emit"

    def variants(self, problem: ProductProblem, vector: VectorUnit) -> list[Variant]:
        return variants(problem.window, vector, problem.x.type.numpy_dtype.itemsize)


class Convolution(ProductKernel):
    """ONNX Conv with constant weights on channels-last values: dense, Winograd's or depthwise, by its schedule."""

    def match(self, block: Candidate) -> ProductProblem | Refusal:
        conv = block.sole_anchor({"conv"})
        return NOT_MINE if conv is None else describe(block, conv)

    def reads_through(self, block: Candidate, anchor: Node, node: Node) -> bool:
        """A factor for each channel; a Transpose, where reading channels first does not cost Winograd's algorithm.

        Grouped convolutions read few of the channels at a time: across them it would be slow.
        """
        if anchor.kind != "conv":
            return False
        if is_channels_first_read(block, anchor, node):
            return bool(anchor.attributes["group"] == 1) and not _suits_winograd(block, anchor)
        return is_scale(block, anchor, node)

    def suits_linalg(self, problem: ProductProblem) -> bool:
        return traffic_bound(problem.window)


def describe(block: Candidate, conv: Node) -> ProductProblem | Refusal:
    """The convolution of a block, with what stands before it there; what follows it is not looked at."""
    window = _window(conv)
    if isinstance(window, Refusal):
        return window
    x, weights, bias = conv.input(0), conv.input(1).constant, conv.inputs[2]
    if weights is None or (bias is not None and bias.constant is None):
        return Refusal("weights are computed at run time")
    before = block.before(conv)
    if before:
        if len(before) == 1 and is_channels_first_read(block, conv, before[0]):
            x, window = before[0].input(0), replace(window, channels_first_input=True)
        elif len(before) > 1 or not is_scale(block, conv, before[0]):
            return Refusal(f"{before[0].kind} before the convolution")
    return ProductProblem(block, window, x, weights, None if bias is None else bias.constant)


def product_refusal(window: ConvProblem) -> Refusal | None:
    """Why no kernel multiplies so many channels by so many filters."""
    if is_dynamic(window.channels) or is_dynamic(window.filters):
        return Refusal("a free number of channels")
    reason = supports(window)
    return None if reason is None else Refusal(reason)


def _window(conv: Node) -> ConvProblem | Refusal:
    """The convolution on channels-last values."""
    refusal = dtype_refusal(conv)
    if refusal is not None:
        return refusal
    if not conv.input(1).is_constant:
        return Refusal("weights are computed at run time")
    attributes, shape, weights = conv.attributes, conv.input(0).type.shape, conv.input(1).type.shape
    if attributes["layout"] != "channels_last":
        return Refusal("channels come first")
    axes = spatial_axes(shape[1:-1], weights[2:], attributes["strides"], attributes["dilations"], attributes["pads"])
    window = ConvProblem(shape[0], axes, shape[-1], weights[0], attributes["group"])
    return product_refusal(window) or window


def _suits_winograd(block: Candidate, conv: Node) -> bool:
    """Whether Winograd's algorithm, which reads channels last, computes the convolution on this machine."""
    window = _window(conv)
    if isinstance(window, Refusal) or block.vector is None:
        return False
    return WinogradSchedule.choose(window, block.vector, conv.input(0).type.numpy_dtype.itemsize) is not None
