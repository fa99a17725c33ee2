"""Convolutions and matrix products with constant weights: which kernel takes the problem."""

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.emit.vectors import element_bytes
from dnnf_mlir.kernels.dense.emit import dense_dispatch
from dnnf_mlir.kernels.depthwise.emit import depthwise_dispatch
from dnnf_mlir.kernels.nest.dispatch import Dispatch
from dnnf_mlir.kernels.nest.fused_work import IDENTITY, ElementWise, Pooling
from dnnf_mlir.kernels.nest.layout import Layout
from dnnf_mlir.kernels.nest.problem import ConvProblem
from dnnf_mlir.kernels.winograd.emit import winograd_dispatch
from dnnf_mlir.kernels.winograd.schedule import WinogradSchedule
from dnnf_mlir.targets import VectorUnit

# Extents of a pool's windows that divide every output tile of Winograd's algorithm.
MAXIMUM_POOLED = 2


def conv_dispatch(
    problem: ConvProblem,
    x: ir.Value,
    packed_weights: ir.Value,
    bias: ir.Value | None,
    vector_unit: VectorUnit,
    epilogue: ElementWise = IDENTITY,
    prologue: ElementWise | None = None,
    layouts: tuple[Layout, ...] = (),
    pooling: Pooling | None = None,
) -> Dispatch:
    """One dispatch for a convolution.

    ``x`` is a tensor of ``problem.input_shape``, ``packed_weights`` as :func:`pack_weights` returns them, ``bias``
    [filters] or None; the results have ``problem.output_shape``. The prologue is applied to every input element that
    is read (padding stays zero). ``layouts``, when given, says for each result how its elements are stored.

    With ``pooling`` the first of the epilogue's results is pooled instead of stored; what is pooled comes last among
    the results. Raises ValueError where :func:`pooling_problem` names a reason.
    """
    if pooling is not None and (reason := pooling_problem(problem, pooling, epilogue.results > 1)) is not None:
        raise ValueError(reason)
    element = ir.RankedTensorType(x.type).element_type
    winograd = WinogradSchedule.choose(problem, vector_unit, element_bytes(element))
    if winograd is not None:
        return winograd_dispatch(
            problem, winograd, vector_unit, x, packed_weights, bias, epilogue, prologue, layouts, pooling
        )
    if problem.is_depthwise:
        return depthwise_dispatch(problem, x, packed_weights, bias, vector_unit, epilogue, prologue, layouts)
    return dense_dispatch(problem, x, packed_weights, bias, vector_unit, epilogue, prologue, layouts, pooling)


def pooling_problem(problem: ConvProblem, pooling: Pooling, stored_beside: bool) -> str | None:
    """Why no kernel pools the convolution's result, which may also be stored; None when one does."""
    if problem.is_depthwise:
        return "a pool behind a depthwise convolution"
    if any(extent > MAXIMUM_POOLED for extent in pooling.window):
        return f"windows of more than {MAXIMUM_POOLED} positions along an axis"
    extents = [(axis.output, extent) for axis, extent in zip(problem.axes, pooling.window, strict=True)]
    if any(output < extent for output, extent in extents):
        return "an empty tensor"
    if stored_beside and any(output % extent for output, extent in extents):
        return "windows that leave out a part of a result that is also stored"
    return None
