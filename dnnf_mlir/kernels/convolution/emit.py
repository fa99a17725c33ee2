"""Convolutions and matrix products with constant weights: which kernel takes the problem."""

from dataclasses import replace

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.emit.shapes import pad
from dnnf_mlir.emit.vectors import element_bytes
from dnnf_mlir.kernels.convolution.pattern import ProductProblem
from dnnf_mlir.kernels.dense.emit import dense_dispatch
from dnnf_mlir.kernels.depthwise.emit import depthwise_dispatch
from dnnf_mlir.kernels.nest.around import Around
from dnnf_mlir.kernels.nest.dispatch import Dispatch
from dnnf_mlir.kernels.nest.fused_work import NO_FUSION, Fusion
from dnnf_mlir.kernels.nest.problem import ConvProblem
from dnnf_mlir.kernels.pooled_convolution.pattern import pooling_refusal
from dnnf_mlir.kernels.surroundings import scaled_value
from dnnf_mlir.kernels.winograd.emit import winograd_dispatch
from dnnf_mlir.kernels.winograd.schedule import WinogradSchedule
from dnnf_mlir.targets import VectorUnit

_LONG_WINDOW = 16
"""Taps along the width from which on windows do not reach into padding: the border is stored."""


def conv_dispatch(
    problem: ConvProblem,
    x: ir.Value,
    packed_weights: ir.Value,
    bias: ir.Value | None,
    vector_unit: VectorUnit,
    fusion: Fusion = NO_FUSION,
) -> Dispatch:
    """One dispatch for a convolution.

    ``x`` is a tensor of ``problem.input_shape``, ``packed_weights`` as :func:`pack_weights` returns them, ``bias``
    [filters] or None; the results have ``problem.output_shape``. The fused prologue is applied to every input
    element that is read (padding stays zero).

    With a pool the first of the epilogue's results is pooled instead of stored; what is pooled comes last among the
    results. Raises ValueError where :func:`pooling_refusal` names a reason.
    """
    if fusion.window is not None:
        refusal = pooling_refusal(problem, fusion.window, fusion.epilogue.results > 1)
        if refusal is not None:
            raise ValueError(refusal.reason)
    element = ir.RankedTensorType(x.type).element_type
    winograd = WinogradSchedule.choose(problem, vector_unit, element_bytes(element))
    if winograd is not None:
        return winograd_dispatch(problem, winograd, vector_unit, x, packed_weights, bias, fusion)
    if problem.is_depthwise:
        return depthwise_dispatch(problem, x, packed_weights, bias, vector_unit, fusion)
    return dense_dispatch(problem, x, packed_weights, bias, vector_unit, fusion)


def with_border(problem: ConvProblem, x: ir.Value) -> tuple[ConvProblem, ir.Value]:
    """The same sums without padding along the width, where the windows are long: the border is part of the input.

    Otherwise each tile that touches the padding has code for its own taps, of which a long window has too many.
    """
    moved = [i for i, axis in enumerate(problem.axes) if not axis.is_identity or axis.input != 1]
    if not moved:
        return problem, x
    axis = problem.axes[moved[-1]]
    before, after = axis.pad_before, axis.pad_after
    if axis.kernel < _LONG_WINDOW or not (axis.clips_before or axis.clips_after):
        return problem, x
    dim = moved[-1] + (2 if problem.channels_first_input else 1)
    low, high = ([width if i == dim else 0 for i in range(len(problem.axes) + 2)] for width in (before, after))
    axes = list(problem.axes)
    axes[moved[-1]] = replace(axis, input=axis.input + before + after, pad_before=0, pad_after=0)
    return replace(problem, axes=tuple(axes)), pad(x, low, high, 0.0)


def emit(problem: ProductProblem, around: Around, vector: VectorUnit) -> Dispatch:
    """The kernel of a product with constant weights."""
    (x, weights, bias), fusion = product_operands(problem, around, vector)
    return conv_dispatch(*with_border(problem.window, x), weights, bias, vector, fusion)


Operands = tuple[ir.Value, ir.Value, ir.Value | None]
"""Tensors of a product: its input, packed weights and bias."""


def product_operands(problem: ProductProblem, around: Around, vector: VectorUnit) -> tuple[Operands, Fusion]:
    """The tensors of a product with constant weights, and what is fused around it."""
    fusion = around.fused()
    bias = around.bias(problem)
    x, scale = problem.x, problem.scaling
    if scale is not None:
        x = scaled_value(scale)
        prologue = replace(around.expression([scale], x, [problem.x]), scales=True)
        fusion = replace(fusion, prologue=prologue)
    return (around.shaped(x), around.packed(problem, problem.window, vector), bias), fusion
