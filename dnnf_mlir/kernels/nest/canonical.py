"""Every problem brought to one form: output [batch, depth, height, width, channels], by reshapes that cost nothing.

Missing spatial axes become leading axes of extent 1. Where no window spans several positions (1x1 convolutions,
matrix products) the positions, and the batch where the operands allow it, become one long width.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

from dnnf_mlir.bindings.iree import flow, ir
from dnnf_mlir.emit.sizes import Shaped, dynamic, shape_of
from dnnf_mlir.kernels.nest.fused_work import ElementWise, Fusion, Operand, Pooling
from dnnf_mlir.kernels.nest.layout import stored_factors
from dnnf_mlir.kernels.nest.problem import Axis, ConvProblem, PoolProblem

# For each of the five canonical dimensions the dimensions of the problem that it holds, in order.
Grouping = tuple[tuple[int, ...], ...]

_UNIT = Axis(1)
_WIDTH = 3


@dataclass(frozen=True)
class Canonical:
    """The grouping of dimensions, and the three axes of the canonical problem."""

    grouping: Grouping
    batch: int
    axes: tuple[Axis, Axis, Axis]

    def window(self, pooling: Pooling | None) -> tuple[int, int, int]:
        """Extents of a pool's windows along depth, height and width; 1 without a pool."""
        window = (1,) * 3 if pooling is None else pooling.window
        depth, height, width = (prod(window[dim - 1] for dim in group if dim) for group in self.grouping[1:4])
        return depth, height, width

    @property
    def output_extents(self) -> tuple[int, int, int, int]:
        depth, height, width = (axis.output for axis in self.axes)
        return self.batch, depth, height, width


def canonical(
    problem: ConvProblem | PoolProblem, fusion: Fusion | None = None, *, keep_batch: bool = False
) -> Canonical:
    """Chooses the grouping: the longest width that the fused operands and the results' layouts can follow.

    ``keep_batch``: the batch stays a dimension of its own. The windows of a pool need the axes as they are.
    """
    if fusion is not None and fusion.pooling is not None:
        return spatial(problem, merge=False)
    channel = len(problem.axes) + 1
    candidates: list[Canonical] = []
    channels_first = isinstance(problem, ConvProblem) and problem.channels_first_input
    if all(axis.is_identity for axis in problem.axes):
        positions = tuple(range(1, channel))
        width = prod(axis.input for axis in problem.axes)
        if not channels_first and not keep_batch:
            candidates.append(
                Canonical(((), (), (), (0, *positions), (channel,)), 1, (_UNIT, _UNIT, Axis(problem.batch * width)))
            )
        candidates.append(Canonical(((0,), (), (), positions, (channel,)), problem.batch, (_UNIT, _UNIT, Axis(width))))
    candidates += [spatial(problem, merge=True), spatial(problem, merge=False)]
    for candidate in candidates[:-1]:
        if fusion is None or _follows(fusion, problem, candidate.grouping):
            return candidate
    return candidates[-1]


def spatial(problem: ConvProblem | PoolProblem, *, merge: bool) -> Canonical:
    """The spatial axes as they are, those of extent 1 first so that the width is a long one.

    ``merge``: trailing axes over which no window moves, such as height and width of a convolution over time, become
    one width.
    """
    axes = problem.axes
    units = tuple(i + 1 for i, axis in enumerate(axes) if axis.is_identity and axis.input == 1)
    groups: list[tuple[int, ...]] = [(i + 1,) for i in range(len(axes)) if i + 1 not in units]
    still = [all(axes[dim - 1].is_identity for dim in group) for group in groups]
    while merge and len(groups) > 1 and still[-1] and still[-2]:
        groups[-2:] = [groups[-2] + groups[-1]]
        still.pop()
    merged = [axes[dims[0] - 1] if len(dims) == 1 else Axis(prod(axes[d - 1].input for d in dims)) for dims in groups]
    missing = 3 - len(groups)
    leading = (units,) * min(missing, 1) + ((),) * (missing - 1)
    depth, height, width = [_UNIT] * missing + merged
    return Canonical(((0,), *leading, *groups, (len(axes) + 1,)), problem.batch, (depth, height, width))


def canonical_product(problem: ConvProblem) -> Canonical:
    """A batched matrix product: the leading dimensions end at the height, the rows are the width."""
    *leading, rows = problem.output_shape[:-1]
    missing = 3 - len(leading)
    batch, depth, height = [1] * missing + leading
    grouping = ((),) * missing + tuple((i,) for i in range(len(leading) + 2))
    return Canonical(grouping, batch, (Axis(depth), Axis(height), Axis(rows)))


def _follows(fusion: Fusion, problem: ConvProblem | PoolProblem, grouping: Grouping) -> bool:
    """Whether every operand goes through whole dimensions, and every result stores the width as one."""
    parts = [(fusion.epilogue, problem.output_shape)]
    parts += [] if fusion.prologue is None else [(fusion.prologue, problem.input_extents)]
    operands = [(operand, extents) for part, extents in parts for operand in part.operands]
    widths = [sum(f.dim == _WIDTH for f in stored_factors(layout, grouping)) for layout in fusion.layouts]
    return max(widths, default=1) <= 1 and all(
        regroup(operand, grouping, extents) is not None for operand, extents in operands
    )


def canonical_width(problem: ConvProblem | PoolProblem) -> int:
    """The width that the packed weights are laid out for, whatever the operands."""
    return canonical(problem).axes[2].output


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
