"""Which blocks the kernel of a transposed convolution whose windows do not overlap computes."""

from dataclasses import dataclass
from math import prod

import numpy as np

from dnnf_mlir.graph.constants import splat_value
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.kernels.convolution.pattern import ProductKernel, ProductProblem, product_refusal
from dnnf_mlir.kernels.kernel import NOT_MINE, Candidate, Refusal, read_outside
from dnnf_mlir.kernels.nest.layout import Layout
from dnnf_mlir.kernels.nest.problem import matmul_problem
from dnnf_mlir.kernels.surroundings import dtype_refusal, nothing_before


@dataclass(frozen=True)
class PatchesProblem(ProductProblem):
    """The product of every input position with all the window's weights; ``patches``: where its elements go."""

    patches: Layout | None = None

    @property
    def layout(self) -> Layout | None:
        return self.patches

    @property
    def shared_input(self) -> Value | None:
        return None


class TransposedPatches(ProductKernel):
    """ONNX ConvTranspose with constant weights and strides as large as its windows, channels last."""

    def match(self, block: Candidate) -> PatchesProblem | Refusal:
        anchor = block.sole_anchor({"conv_transpose"})
        if anchor is None:
            return NOT_MINE
        return dtype_refusal(anchor) or nothing_before(block, anchor) or _describe(block, anchor)


def _describe(block: Candidate, anchor: Node) -> PatchesProblem | Refusal:
    x, weights, bias, attributes = anchor.input(0), anchor.input(1).constant, anchor.inputs[2], anchor.attributes
    if weights is None or (bias is not None and bias.constant is None):
        return Refusal("weights are computed at run time")
    kernel = weights.shape[2:]
    unpadded = not any(attributes["pads"]) and not any(attributes["output_padding"])
    if attributes["layout"] != "channels_last" or attributes["group"] != 1 or not unpadded:
        return Refusal("a transposed convolution with channels first, groups or padding")
    if tuple(attributes["strides"]) != kernel or any(dilation != 1 for dilation in attributes["dilations"]):
        return Refusal("windows of the transposed convolution overlap")
    for value in read_outside(block.after(anchor), anchor.output):
        if value.constant is None or splat_value(value.constant) is None:
            return Refusal("a tensor operand behind a transposed convolution")
    filters, rank = weights.shape[1], len(kernel)
    columns = filters * prod(kernel)
    rows = weights.transpose(*range(2, rank + 2), 1, 0).reshape(columns, weights.shape[0])
    shape = x.type.shape
    window = matmul_problem(shape[:-1], shape[-1], columns)
    refusal = product_refusal(window)
    if refusal is not None:
        return refusal
    factors = (*((extent,) for extent in shape[:-1]), (*kernel, filters))
    interleaved = [axis for i in range(rank) for axis in (1 + i, 1 + rank + i)]
    layout = Layout(factors, (0, *interleaved, 2 * rank + 1), anchor.output.type.shape)
    repeated = None if bias is None or bias.constant is None else np.tile(bias.constant, prod(kernel))
    return PatchesProblem(block, window, x, rows, repeated, patches=layout)
