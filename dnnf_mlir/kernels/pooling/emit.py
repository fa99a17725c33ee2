"""Max, average and global average pooling."""

from dataclasses import replace
from math import inf

from dnnf_mlir.bindings.iree import arith, ir
from dnnf_mlir.emit.index import Index
from dnnf_mlir.emit.scalar import float_maximum as maximum
from dnnf_mlir.emit.vectors import broadcast, computing_type, element_bytes, filled, reciprocal
from dnnf_mlir.kernels.dense.schedule import ChannelSchedule
from dnnf_mlir.kernels.nest.around import Around
from dnnf_mlir.kernels.nest.channelwise import Reduction, channelwise_dispatch
from dnnf_mlir.kernels.nest.dispatch import Dispatch
from dnnf_mlir.kernels.nest.fused_work import NO_FUSION, Fusion, canonical
from dnnf_mlir.kernels.nest.problem import Axis, PoolProblem
from dnnf_mlir.kernels.nest.window import Tile, clipped_at_run_time, reads_input, taps_inside
from dnnf_mlir.kernels.pooling.pattern import PoolingProblem
from dnnf_mlir.kernels.surroundings import prologue_root
from dnnf_mlir.targets import VectorUnit


def pool_dispatch(
    problem: PoolProblem,
    x: ir.Value,
    vector_unit: VectorUnit,
    fusion: Fusion = NO_FUSION,
) -> Dispatch:
    """One dispatch for a pooling.

    ``x`` is a float tensor of ``problem.input_shape``, the results have ``problem.output_shape``. A maximum of NaNs
    is NaN; a window without any input element gives minus infinity, or NaN for an average. Averages are computed in
    f32.
    """
    stored = ir.RankedTensorType(x.type).element_type
    form = canonical(problem, fusion)
    is_max = problem.kind == "max"
    element = computing_type(stored, vector_unit) if is_max else ir.F32Type.get()

    def initial(_: ir.Value | None, __: Index, lanes: int) -> ir.Value:
        return filled(ir.VectorType.get([lanes], element), -inf if is_max else 0.0)

    def combine(total: ir.Value, data: ir.Value, _: ir.Value | None) -> ir.Value:
        return maximum(total, data) if is_max else arith.AddFOp(total, data).result

    counted = _counted_axes(problem, form.axes)

    def average(tile: Tile, column: int, interior: bool, total: ir.Value) -> ir.Value:
        depth, height, width = counted
        count: Index = width.kernel
        if clipped_at_run_time(tile.column, interior):
            lower, upper = taps_inside(width, tile.column)
            count = upper - lower
        elif not interior:
            count = sum(reads_input(width, tile.column + column, tap) for tap in range(width.kernel))
        for axis, output in ((depth, tile.depth), (height, tile.height)):
            lower, upper = taps_inside(axis, output)
            count = count * (upper - lower)
        lanes = ir.VectorType(total.type).shape[0]
        return arith.MulFOp(total, broadcast(reciprocal(count, element), lanes)).result

    schedule = ChannelSchedule.choose(problem.channels, form.axes[2], vector_unit, element_bytes(element), False)
    reduction = Reduction(element, initial, combine, None if is_max else average)
    return channelwise_dispatch(problem, form, schedule, reduction, fusion, x)


def _counted_axes(problem: PoolProblem, axes: tuple[Axis, Axis, Axis]) -> tuple[Axis, Axis, Axis]:
    """The axes whose elements inside a window an average divides by: of the input, or of the padded input."""
    if not problem.count_include_pad:
        return axes
    excess = (0,) * (3 - len(problem.axes)) + (problem.ceil_excess or (0,) * len(problem.axes))

    def padded(axis: Axis, ceil_excess: int) -> Axis:
        extent = axis.input + axis.pad_before + axis.pad_after - ceil_excess
        return Axis(extent, axis.kernel, axis.stride, axis.dilation, 0, ceil_excess)

    depth, height, width = (padded(axis, extra) for axis, extra in zip(axes, excess, strict=True))
    return depth, height, width


def emit(problem: PoolingProblem, around: Around, vector: VectorUnit) -> Dispatch:
    """The kernel of the pooling; what precedes it is applied to every element that is read."""
    fusion = around.fused()
    before = problem.block.before(problem.last)
    root = prologue_root(before, problem.x)
    if before:
        fusion = replace(fusion, prologue=around.expression(before, root, [problem.x]))
    return pool_dispatch(problem.window, around.shaped(root), vector, fusion)
