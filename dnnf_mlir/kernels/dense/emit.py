"""Dense convolution (1 to 3 spatial axes, groups) and matrix product with packed constant weights."""

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.emit.vectors import computing_type, element_bytes
from dnnf_mlir.kernels.dense.nest import DenseKernel, DenseWork, PackedWeights
from dnnf_mlir.kernels.dense.schedule import DenseSchedule
from dnnf_mlir.kernels.nest.dispatch import Dispatch
from dnnf_mlir.kernels.nest.fused import Workgroup, fused_dispatch
from dnnf_mlir.kernels.nest.fused_work import NO_FUSION, Fusion, canonical, reshape
from dnnf_mlir.kernels.nest.pooled import PooledResults
from dnnf_mlir.kernels.nest.problem import ConvProblem, canonical_width
from dnnf_mlir.targets import VectorUnit


def dense_dispatch(
    problem: ConvProblem,
    x: ir.Value,
    packed_weights: ir.Value,
    bias: ir.Value | None,
    vector_unit: VectorUnit,
    fusion: Fusion = NO_FUSION,
) -> Dispatch:
    """One dispatch for a convolution that is not depthwise; see :func:`conv_dispatch`."""
    form = canonical(problem, fusion)
    element = ir.RankedTensorType(x.type).element_type
    computing = computing_type(element, vector_unit)
    schedule = DenseSchedule.choose(problem, canonical_width(problem), vector_unit, element_bytes(element))
    spatial = [axis.input for axis in form.axes]
    extents = [problem.channels, *spatial] if problem.channels_first_input else [*spatial, problem.channels]
    operands = [reshape(x, [form.batch, *extents])]
    operands += [packed_weights] if bias is None else [packed_weights, bias]
    work = DenseWork(problem, form.axes, form.batch, schedule, form.window(fusion.window))

    def body(group: Workgroup) -> None:
        weights = PackedWeights(group.tensors[1], vector_unit)
        pooled = None if fusion.pooling is None else PooledResults.of(group, form, fusion.pooling)
        start = None if bias is None else group.tensors[2]
        kernel = DenseKernel(work, computing, group.tensors[0], weights, start, group.results, group.prologue, pooled)
        kernel.workgroup(group.ids)

    return fused_dispatch(problem, form, fusion, operands, work.grid, problem.filters // problem.groups, body)
