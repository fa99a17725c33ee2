"""Depthwise convolution (ONNX Conv with one channel per group and as many filters as channels)."""

from dnnf_mlir.bindings.iree import ir, vector
from dnnf_mlir.emit.index import Index
from dnnf_mlir.emit.vectors import computing_type, element_bytes, read_vector, zero
from dnnf_mlir.kernels.dense.schedule import ChannelSchedule
from dnnf_mlir.kernels.depthwise.sliding import SlidingSchedule, sliding_dispatch
from dnnf_mlir.kernels.nest.canonical import canonical
from dnnf_mlir.kernels.nest.channelwise import Reduction, channelwise_dispatch
from dnnf_mlir.kernels.nest.dispatch import Dispatch
from dnnf_mlir.kernels.nest.fused_work import NO_FUSION, Fusion
from dnnf_mlir.kernels.nest.problem import ConvProblem
from dnnf_mlir.targets import VectorUnit


def depthwise_dispatch(
    problem: ConvProblem,
    x: ir.Value,
    packed_weights: ir.Value,
    bias: ir.Value | None,
    vector_unit: VectorUnit,
    fusion: Fusion = NO_FUSION,
) -> Dispatch:
    """One dispatch for a depthwise convolution; see :func:`conv_dispatch`."""
    element = computing_type(ir.RankedTensorType(x.type).element_type, vector_unit)
    form = canonical(problem, fusion)
    sliding = SlidingSchedule.choose(form, problem.channels, vector_unit, element_bytes(element))
    if sliding is not None:
        return sliding_dispatch(problem, form, sliding, weighted_sum(element), fusion, x, packed_weights, bias)
    schedule = ChannelSchedule.choose(problem.channels, form.axes[2], vector_unit, element_bytes(element), True)
    return channelwise_dispatch(problem, form, schedule, weighted_sum(element), fusion, x, packed_weights, bias)


def weighted_sum(element: ir.Type) -> Reduction:
    """A window's elements times its weights, added to the bias if there is one."""

    def initial(start: ir.Value | None, channel: Index, lanes: int) -> ir.Value:
        if start is None:
            return zero(ir.VectorType.get([lanes], element))
        return read_vector(start, [channel], lanes, element=element)

    def combine(total: ir.Value, data: ir.Value, weights: ir.Value | None) -> ir.Value:
        return vector.FMAOp(data, weights, total).result

    return Reduction(element, initial, combine)
