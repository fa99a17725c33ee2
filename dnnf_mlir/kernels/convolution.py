"""Convolutions and matrix products with constant weights: which kernel takes the problem."""

from dnnf_mlir.iree_ir import ir
from dnnf_mlir.kernels.dense import dense_dispatch
from dnnf_mlir.kernels.depthwise import depthwise_dispatch
from dnnf_mlir.kernels.dispatch import Dispatch
from dnnf_mlir.kernels.elementwise import IDENTITY, ElementWise
from dnnf_mlir.kernels.layout import Layout
from dnnf_mlir.kernels.problem import ConvProblem
from dnnf_mlir.kernels.winograd_conv import winograd_dispatch
from dnnf_mlir.kernels.winograd_schedule import WinogradSchedule
from dnnf_mlir.kernels.workgroups import element_bytes
from dnnf_mlir.targets import VectorUnit


def conv_dispatch(
    problem: ConvProblem,
    x: ir.Value,
    packed_weights: ir.Value,
    bias: ir.Value | None,
    vector_unit: VectorUnit,
    epilogue: ElementWise = IDENTITY,
    prologue: ElementWise | None = None,
    layouts: tuple[Layout, ...] = (),
) -> Dispatch:
    """One dispatch for a convolution.

    ``x`` is a tensor of ``problem.input_shape``, ``packed_weights`` as :func:`pack_weights` returns them, ``bias``
    [filters] or None; the results have ``problem.output_shape``. The prologue is applied to every input element that
    is read (padding stays zero). ``layouts``, when given, says for each result how its elements are stored.
    """
    element = ir.RankedTensorType(x.type).element_type
    winograd = WinogradSchedule.choose(problem, vector_unit, element_bytes(element))
    if winograd is not None:
        return winograd_dispatch(problem, winograd, x, packed_weights, bias, epilogue, prologue, layouts)
    emit = depthwise_dispatch if problem.is_depthwise else dense_dispatch
    return emit(problem, x, packed_weights, bias, vector_unit, epilogue, prologue, layouts)
