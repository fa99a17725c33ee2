"""Every problem brought to one form: output [batch, depth, height, width, channels], by reshapes that cost nothing.

Missing spatial axes become leading axes of extent 1. Where no window spans several positions (1x1 convolutions,
matrix products) the positions, and the batch where the operands allow it, become one long width.
"""

from dataclasses import dataclass
from math import prod

from dnnf_mlir.kernels.nest.problem import Axis, ConvProblem, PoolProblem

# For each of the five canonical dimensions the dimensions of the problem that it holds, in order.
Grouping = tuple[tuple[int, ...], ...]

_UNIT = Axis(1)


@dataclass(frozen=True)
class Canonical:
    """The grouping of dimensions, and the three axes of the canonical problem."""

    grouping: Grouping
    batch: int
    axes: tuple[Axis, Axis, Axis]

    def window(self, window: tuple[int, ...] | None) -> tuple[int, int, int]:
        """Extents of a pool's windows along depth, height and width; 1 without a pool (None)."""
        if window is None:
            return 1, 1, 1
        depth, height, width = (prod(window[dim - 1] for dim in group if dim) for group in self.grouping[1:4])
        return depth, height, width

    @property
    def output_extents(self) -> tuple[int, int, int, int]:
        """Extents of the result: batch, depth, height, width."""
        depth, height, width = (axis.output for axis in self.axes)
        return self.batch, depth, height, width


def groupings(problem: ConvProblem | PoolProblem, *, keep_batch: bool = False) -> list[Canonical]:
    """The groupings of a problem, the one with the longest width first; the last one suits whatever is fused.

    ``keep_batch``: the batch stays a dimension of its own.
    """
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
    return [*candidates, spatial(problem, merge=True), spatial(problem, merge=False)]


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


def canonical_width(problem: ConvProblem | PoolProblem) -> int:
    """The width that the packed weights are laid out for, whatever the operands."""
    return groupings(problem)[0].axes[2].output
