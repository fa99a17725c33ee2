"""Softmax along the channels (ONNX Softmax on the last axis), and the part of it that attention shares.

Loops of one workgroup::

    for row in the workgroup's share of positions:
      maximum = max over chunks of prologue(x[row, chunk])
      for chunk: scratch[chunk] = exp(prologue(x[row, chunk]) - maximum); sum += scratch[chunk]
      for chunk: y[row, chunk] = epilogue(scratch[chunk] * (1 / sum))
"""

from collections.abc import Callable
from dataclasses import replace
from math import inf, prod

from dnnf_mlir.bindings.iree import arith, ir, vector
from dnnf_mlir.emit.elementary import exp_of_negative
from dnnf_mlir.emit.index import Index, delinearize, for_each, minimum
from dnnf_mlir.emit.scalar import Scalar
from dnnf_mlir.emit.sizes import Shaped
from dnnf_mlir.emit.vectors import broadcast, element_bytes, filled, load_tile, read_vector
from dnnf_mlir.kernels.dense.schedule import items_per_workgroup
from dnnf_mlir.kernels.kernel import Dimensions
from dnnf_mlir.kernels.nest.around import Around
from dnnf_mlir.kernels.nest.dispatch import Dispatch
from dnnf_mlir.kernels.nest.fused import Workgroup, fused_dispatch
from dnnf_mlir.kernels.nest.fused_work import NO_FUSION, Fusion, canonical, reshape
from dnnf_mlir.kernels.nest.problem import ConvProblem
from dnnf_mlir.kernels.nest.row import Row, store_vector
from dnnf_mlir.kernels.nest.window import Tile
from dnnf_mlir.kernels.softmax.pattern import SoftmaxProblem
from dnnf_mlir.kernels.surroundings import prologue_root
from dnnf_mlir.targets import VectorUnit

# What an element costs, in multiply-adds of a dense kernel.
_ELEMENT_MULTIPLY_ADDS = 32
# f32's lowest finite number.
_LOWEST = -3.4028234663852886e38

# read(column, lanes): a vector of the row; write(vector, column).
Read = Callable[[Index, int], ir.Value]
Write = Callable[[ir.Value, Index], None]


def softmax_dispatch(
    problem: ConvProblem,
    x: ir.Value,
    vector_unit: VectorUnit,
    fusion: Fusion = NO_FUSION,
    *,
    safe: bool = False,
) -> Dispatch:
    """One dispatch for the softmax over the last dimension.

    ``problem`` is :func:`matmul_problem` of x: [rows..., columns] with as many columns as its depth. The prologue is
    applied to what is read, before the softmax. ``safe``: see :func:`exponentials`. All is computed in f32: sums of f16
    are too coarse.
    """
    form = canonical(problem, fusion)
    element = ir.F32Type.get()
    native = vector_unit.lanes(element_bytes(element))
    columns = problem.channels
    rows = list(form.output_extents)
    share = items_per_workgroup(prod(rows), columns * _ELEMENT_MULTIPLY_ADDS, 1)
    operand = reshape(x, [*rows, columns])

    def body(group: Workgroup) -> None:
        workgroup = group.ids[0]
        scratch = group.scratch[0]

        def row(number: Index) -> None:
            place = delinearize(number, rows)

            def read(column: Index, lanes: int) -> ir.Value:
                coordinates = [*place, column]
                data = read_vector(group.tensors[0], coordinates, lanes, element=element)
                return data if group.prologue is None else group.prologue.apply(data, coordinates, {})[0]

            def write(data: ir.Value, column: Index) -> None:
                store_vector(data, scratch, [workgroup, column])

            inverse = exponentials(columns, native, read, write, safe=safe)
            kept = load_tile(scratch, [workgroup, 0], [1, columns])

            def normalize(column: Index, lanes: int) -> None:
                data = read_vector(kept, [0, column], lanes)
                scaled = arith.MulFOp(data, broadcast(inverse, lanes)).result
                group.results.store(Tile(place[0], place[1], place[2], place[3], 1, column, lanes), [scaled])

            Row(columns, native).each(normalize)

        first = workgroup * share
        for_each(first, minimum(first + share, prod(rows)), row)

    grid = (-(-prod(rows) // share), 1)
    scratch = [Shaped((grid[0], columns), element)]
    return fused_dispatch(problem, form, fusion, [operand], grid, columns, body, scratch)


def exponentials(columns: int, native: int, read: Read, write: Write, *, safe: bool = False) -> ir.Value:
    """Writes exp(x - max(x)) of one row of f32, of ``columns`` elements, and returns the scalar 1 / sum of it.

    ``safe`` makes a row of which every element is -infinity zeros: its maximum is taken for the lowest finite number,
    and its sum, which is then 0, for 1. No other row has a sum below 1.
    """
    whole, element = Row(columns, native), ir.F32Type.get()

    def maximum_of(best: ir.Value, column: Index, lanes: int) -> ir.Value:
        return arith.MaximumFOp(best, read(column, lanes)).result

    maximum = whole.reduce(element, -inf, maximum_of, vector.CombiningKind.MAXIMUMF)
    if safe:
        maximum = arith.MaximumFOp(maximum, filled(element, _LOWEST)).result

    def sum_of(total: ir.Value, column: Index, lanes: int) -> ir.Value:
        shifted = arith.SubFOp(read(column, lanes), broadcast(maximum, lanes)).result
        exponential = exp_of_negative(Scalar(shifted, str(element))).value
        write(exponential, column)
        return arith.AddFOp(total, exponential).result

    total = whole.reduce(element, 0.0, sum_of, vector.CombiningKind.ADD)
    if safe:
        total = arith.MaximumFOp(total, filled(element, 1.0)).result
    return arith.DivFOp(filled(element, 1.0), total).result


def emit(problem: SoftmaxProblem, around: Around, vector: VectorUnit) -> Dispatch:
    """The kernel of the softmax; what precedes it is applied to what is read."""
    fusion = around.fused()
    before = problem.block.before(problem.last)
    root = prologue_root(before, problem.x)
    if before:
        dimensions = Dimensions.of(problem.last.output)
        fusion = replace(fusion, prologue=around.expression(before, root, [problem.x], dimensions))
    return softmax_dispatch(problem.window, around.shaped(root), vector, fusion, safe=problem.safe)
