"""Which blocks the kernel of 8-bit integer products computes."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.kernels.convolution.pattern import product_refusal
from dnnf_mlir.kernels.kernel import NOT_MINE, Candidate, Kernel, Problem, Refusal
from dnnf_mlir.kernels.nest.problem import BYTES_IN_DOT, ConvProblem, matmul_problem, spatial_axes
from dnnf_mlir.kernels.surroundings import nothing_before
from dnnf_mlir.targets import VectorUnit

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class WeightBytes:
    """Weights minus their zero points, as ``bytes`` int8 + ``missing``, a number for each filter."""

    bytes: Array
    missing: Array

    @property
    def is_wide(self) -> bool:
        """Whether the bytes do not hold the differences."""
        return bool(self.missing.any())

    @staticmethod
    def of(weights: Array, zero_point: Array | None) -> "WeightBytes":
        """Of weights [filters, ...] of 8 bits, and one zero point, or one for each filter."""
        offsets = np.zeros(len(weights), np.int32)
        if zero_point is not None:
            offsets += zero_point.astype(np.int32).reshape(-1)
        along = (-1, *(1,) * (weights.ndim - 1))
        shifted = weights.astype(np.int32) - offsets.reshape(along)
        if not shifted.size or (shifted.min() >= -128 and shifted.max() <= 127):
            return WeightBytes(shifted.astype(np.int8), np.zeros_like(offsets))
        middle = 128 if weights.dtype == np.uint8 else 0
        return WeightBytes((weights.astype(np.int32) - middle).astype(np.int8), middle - offsets)


@dataclass(frozen=True)
class IntegerProblem(Problem):
    """A convolution or matrix product of 8-bit integers with constant weights.

    ``weights`` [filters, channels / groups, kernel...] is a view of the model's constant; ``weights_zero_point`` is one
    number, or one for each filter; ``zero_point`` that of ``x``.
    """

    window: ConvProblem
    x: Value
    weights: Array
    weights_zero_point: Array | None
    zero_point: Value | None

    @property
    def computed_dtype(self) -> str:
        return "f32"

    @property
    def signed(self) -> bool:
        """Whether the operand's bytes are signed."""
        return self.x.type.dtype == "i8"

    @cached_property
    def weight_bytes(self) -> WeightBytes:
        """The weights minus their zero points."""
        return WeightBytes.of(self.weights, self.weights_zero_point)


class IntegerProduct(Kernel):
    """ONNX ConvInteger and MatMulInteger with constant weights, on machines with a dot product of bytes."""

    def match(self, block: Candidate) -> IntegerProblem | Refusal:
        anchor = block.sole_anchor({"conv_integer", "matmul_integer"})
        if anchor is None:
            return NOT_MINE
        problem = _describe(block, anchor)
        if isinstance(problem, Refusal):
            return problem
        refusal = product_refusal(problem.window)
        if refusal is None and block.vector is not None:
            refusal = integer_refusal(problem.window, block.vector)
        return refusal or nothing_before(block, anchor) or problem


def integer_refusal(window: ConvProblem, vector: VectorUnit) -> Refusal | None:
    """Why no kernel multiplies bytes in such windows; None when one does."""
    if vector.dot_product is None:
        return Refusal("the target has no dot product of bytes")
    if window.channels_first_input:
        return Refusal("integers with channels first")
    if window.groups > 1 and (window.channels // window.groups) % BYTES_IN_DOT:
        return Refusal(f"channels of a group that are no multiple of {BYTES_IN_DOT}")
    return None


def _describe(block: Candidate, anchor: Node) -> IntegerProblem | Refusal:
    x, w, zero_point, weights_zero_point = anchor.inputs
    if x is None or w is None or w.constant is None or x.is_constant:
        return Refusal("weights are computed at run time")
    if weights_zero_point is not None and weights_zero_point.constant is None:
        return Refusal("zero points of weights are computed at run time")
    if zero_point is not None and zero_point.type.elements != 1:
        return Refusal("a zero point for each row")
    offsets = None if weights_zero_point is None else weights_zero_point.constant
    shape, attributes = x.type.shape, anchor.attributes
    if anchor.kind == "matmul_integer":
        if not 2 <= x.type.rank <= 4 or w.type.rank != 2:
            return Refusal("no product of an activation with a matrix")
        window, weights = matmul_problem(shape[:-1], shape[-1], w.type.shape[-1]), w.constant.T
    else:
        if attributes["layout"] != "channels_last":
            return Refusal("channels come first")
        axes = spatial_axes(
            shape[1:-1], w.type.shape[2:], attributes["strides"], attributes["dilations"], attributes["pads"]
        )
        window, weights = ConvProblem(shape[0], axes, shape[-1], w.type.shape[0], attributes["group"]), w.constant
    return IntegerProblem(block, window, x, weights, offsets, zero_point)
