"""A problem in its canonical form with what is fused around it: operands regrouped, tensors reshaped."""

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from dnnf_mlir.bindings.iree import flow, ir
from dnnf_mlir.emit.sizes import Shaped, dynamic, shape_of
from dnnf_mlir.kernels.nest.fused_work import ElementWise, Fusion, Operand
from dnnf_mlir.kernels.nest.grouping import Canonical, Grouping, groupings, spatial
from dnnf_mlir.kernels.nest.layout import stored_factors
from dnnf_mlir.kernels.nest.problem import ConvProblem, PoolProblem

_WIDTH = 3


def canonical(
    problem: ConvProblem | PoolProblem, fusion: Fusion | None = None, *, keep_batch: bool = False
) -> Canonical:
    """Chooses the grouping: the longest width that the fused operands and the results' layouts can follow.

    ``keep_batch``: the batch stays a dimension of its own. The windows of a pool need the axes as they are.
    """
    if fusion is not None and fusion.pooling is not None:
        return spatial(problem, merge=False)
    *candidates, last = groupings(problem, keep_batch=keep_batch)
    return next((each for each in candidates if fusion is None or _follows(fusion, problem, each.grouping)), last)


def _follows(fusion: Fusion, problem: ConvProblem | PoolProblem, grouping: Grouping) -> bool:
    """Whether every operand goes through whole dimensions, and every result stores the width as one."""
    parts = [(fusion.epilogue, problem.output_shape)]
    parts += [] if fusion.prologue is None else [(fusion.prologue, problem.input_extents)]
    operands = [(operand, extents) for part, extents in parts for operand in part.operands]
    widths = [sum(f.dim == _WIDTH for f in stored_factors(layout, grouping)) for layout in fusion.layouts]
    return max(widths, default=1) <= 1 and all(
        regroup(operand, grouping, extents) is not None for operand, extents in operands
    )


def regroup(
    operand: Operand, grouping: Grouping, extents: Sequence[int]
) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Shape of the operand without its extents of 1, and the canonical dimension that each follows.

    None when the operand follows a part of a canonical dimension only, or follows it in another order.
    """
    shape = shape_of(operand.value)
    kept = [(extent, dim) for extent, dim in zip(shape, operand.dims, strict=True) if extent != 1]
    for extent, dim in kept:
        if dim is None or extents[dim] != extent:
            raise ValueError(f"operand of shape {shape} does not follow dimensions {operand.dims} of {extents}")
    new_shape: list[int] = []
    new_dims: list[int] = []
    while kept:
        index, group = next((i, g) for i, g in enumerate(grouping) if kept[0][1] in g)
        wanted = [dim for dim in group if extents[dim] != 1]
        if [dim for _, dim in kept[: len(wanted)]] != wanted:
            return None
        new_shape.append(prod(extents[dim] for dim in wanted))
        new_dims.append(index)
        kept = kept[len(wanted) :]
    return tuple(new_shape), tuple(new_dims)


def canonical_elementwise(part: ElementWise, form: Canonical, extents: Sequence[int]) -> ElementWise:
    """The same expression over canonical dimensions, its operands without extents of 1."""
    operands = []
    for operand in part.operands:
        regrouped = regroup(operand, form.grouping, extents)
        if regrouped is None:
            raise ValueError(f"operand {operand.dims} does not follow the dimensions {form.grouping}")
        shape, dims = regrouped
        operands.append(Operand(reshape(operand.value, shape), dims))
    return replace(part, operands=tuple(operands))


def reshape(tensor: ir.Value, shape: Sequence[int]) -> ir.Value:
    """The same elements in another shape, outside any kernel."""
    old = Shaped.of(tensor)
    if old.shape == tuple(shape):
        return tensor
    new = Shaped(tuple(shape), old.element)
    return flow.TensorReshapeOp(new.type, tensor, dynamic(old.shape), dynamic(new.shape)).result
