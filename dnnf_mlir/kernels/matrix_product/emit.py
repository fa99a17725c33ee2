"""Emits matrix products of two activations."""

from dataclasses import dataclass

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.emit.index import Index
from dnnf_mlir.emit.sizes import shape_of
from dnnf_mlir.emit.vectors import computing_type, element_bytes, read_vector
from dnnf_mlir.kernels.dense.nest import DenseKernel, DenseWork
from dnnf_mlir.kernels.dense.schedule import DenseSchedule
from dnnf_mlir.kernels.matrix_product.pattern import ActivationProblem
from dnnf_mlir.kernels.nest.around import Around
from dnnf_mlir.kernels.nest.dispatch import Dispatch
from dnnf_mlir.kernels.nest.fused import Workgroup, fused_dispatch
from dnnf_mlir.kernels.nest.fused_work import NO_FUSION, Fusion, canonical, reshape
from dnnf_mlir.kernels.nest.problem import ConvProblem, canonical_product
from dnnf_mlir.kernels.nest.window import Tile
from dnnf_mlir.targets import VectorUnit


def product_dispatch(
    problem: ConvProblem,
    a: ir.Value,
    b: ir.Value,
    vector_unit: VectorUnit,
    fusion: Fusion = NO_FUSION,
) -> Dispatch:
    """One dispatch for ``a @ b``.

    ``problem`` is :func:`matmul_problem` of ``a``: [leading..., rows, depth], at most three leading dimensions. ``b``
    is [depth, columns] under at most as many leading dimensions, which broadcast to those of ``a``. The fused parts are
    as in :func:`conv_dispatch`; a transposed ``b`` is best stored so by the kernel that makes it. Raises ValueError if
    the leading dimensions do not fit.
    """
    leading = list(shape_of(b)[:-2])
    form = canonical_product(problem) if leading else canonical(problem, fusion)
    spread = [1] * (3 - len(leading)) + leading
    if any(mine not in (1, whole) for mine, whole in zip(spread, form.output_extents[:3], strict=True)):
        raise ValueError(f"the leading dimensions {leading} do not broadcast to those of {problem.input_shape}")
    element = ir.RankedTensorType(a.type).element_type
    computing = computing_type(element, vector_unit)
    schedule = DenseSchedule.choose_unpacked(problem, form.axes[2].output, vector_unit, element_bytes(element))
    operands = [
        reshape(a, [form.batch, *(axis.input for axis in form.axes), problem.channels]),
        reshape(b, [*spread, problem.channels, problem.filters]),
    ]
    work = DenseWork(problem, form.axes, form.batch, schedule)

    def body(group: Workgroup) -> None:
        factor = _Factor(group.tensors[1])
        kernel = DenseKernel(work, computing, group.tensors[0], factor, None, group.results, group.prologue)
        kernel.workgroup(group.ids)

    return fused_dispatch(problem, form, fusion, operands, work.grid, problem.filters, body)


@dataclass(frozen=True)
class _Factor:
    """The second factor [three leading dimensions, depth, columns]; leading dimensions of 1 are shared."""

    b: ir.Value

    def ahead(self, _: Index, __: Index, step: Index) -> Index:
        return step

    def read(self, tile: Tile, _: Index, __: Index, step: Index, lanes: int) -> ir.Value:
        leading = zip(ir.RankedTensorType(self.b.type).shape, (tile.batch, tile.depth, tile.height), strict=False)
        indices = [0 if extent == 1 else index for extent, index in leading]
        return read_vector(self.b, [*indices, step, tile.channel], lanes)


def emit(problem: ActivationProblem, around: Around, vector: VectorUnit) -> Dispatch:
    """The kernel of the product; the order of its fused operators is that of the block."""
    fusion = around.fused()
    return product_dispatch(problem.window, around.shaped(problem.x), around.shaped(problem.b), vector, fusion)
