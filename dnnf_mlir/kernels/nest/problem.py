"""What a kernel computes: window anchors (ONNX Conv, MatMul/Gemm with constant weights, MaxPool, AveragePool) as data.

Activations are channels-last: [batch, spatial..., channels], with none to three spatial axes; a matrix product of
[rows, depth] with constant weights is the problem without spatial axes. Batch and spatial extents may be free, channels
are numbers wherever there are weights.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Literal

from dnnf_mlir.graph.size import is_dynamic


@dataclass(frozen=True)
class Variant:
    """What is fixed about a block's code; None leaves it to the analytic choice.

    ``output_tile`` is that of Winograd's algorithm, 0 the direct sum. ``lanes`` x ``columns`` is the register tile of a
    direct kernel, ``blocks_first`` the order of its workgroups: those of one output row follow each other, or those of
    one block of filters. ``linalg``: no kernel, the block takes the linalg form.
    """

    output_tile: int | None = None
    lanes: int | None = None
    columns: int | None = None
    blocks_first: bool | None = None
    linalg: bool = False

    def __str__(self) -> str:
        """A name that tells variants apart, as ``direct 32x12, blocks first``."""
        if self.linalg:
            return "linalg"
        algorithm = {None: "", 0: "direct"}.get(self.output_tile, f"winograd {self.output_tile}")
        tile = "" if self.lanes is None else f"{self.lanes}x{self.columns}"
        order = {None: "", True: "blocks first", False: "rows first"}[self.blocks_first]
        named = " ".join(filter(None, (algorithm, tile)))
        return ", ".join(filter(None, (named, order))) or "analytic"


ANALYTIC = Variant()
LINALG = Variant(linalg=True)


@dataclass(frozen=True)
class Axis:
    """One spatial axis of a window: extents in elements, padding in elements (ONNX ``pads``)."""

    input: int
    kernel: int = 1
    stride: int = 1
    dilation: int = 1
    pad_before: int = 0
    pad_after: int = 0

    @property
    def output(self) -> int:
        """Positions of the window along the axis."""
        reach = self.dilation * (self.kernel - 1) + 1
        return (self.input + self.pad_before + self.pad_after - reach) // self.stride + 1

    @property
    def clips_before(self) -> bool:
        """Whether the first window reaches into padding."""
        return self.pad_before > 0

    @property
    def clips_after(self) -> bool:
        """Whether the last window reaches past the input (trailing padding that no window touches does not count).

        Of a free input, whether it may.
        """
        if not self.pad_after or is_dynamic(self.input):
            return self.pad_after > 0
        last = (self.output - 1) * self.stride - self.pad_before + self.dilation * (self.kernel - 1)
        return last >= self.input

    @property
    def is_identity(self) -> bool:
        """Whether every position of the result reads the same position of the input alone."""
        return self.kernel == 1 and self.stride == 1 and not self.clips_before and not self.clips_after

    @property
    def shares_input(self) -> bool:
        """Whether windows of neighbouring outputs can read the same input."""
        return self.dilation * (self.kernel - 1) + 1 > self.stride

    def inside(self, output: int, tap: int) -> bool:
        """Whether kernel position ``tap`` of output position ``output`` reads the input and not the padding."""
        return 0 <= output * self.stride - self.pad_before + tap * self.dilation < self.input


def spatial_axes(
    input_extents: Sequence[int],
    kernel: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    pads: Sequence[int],
) -> tuple[Axis, ...]:
    """The axes of an ONNX window operator; ``pads`` holds all begins, then all ends."""
    rank = len(input_extents)
    return tuple(
        Axis(input_extents[i], kernel[i], strides[i], dilations[i], pads[i], pads[rank + i]) for i in range(rank)
    )


@dataclass(frozen=True)
class ConvProblem:
    """ONNX Conv on channels-last activations; ``groups == channels == filters`` is the depthwise convolution.

    The input is [batch, spatial..., channels], or [batch, channels, spatial...] with ``channels_first_input``; the
    output is [batch, spatial..., filters]. ``variant``: how the kernel is generated, what the weights are packed for.
    """

    batch: int
    axes: tuple[Axis, ...]
    channels: int
    filters: int
    groups: int = 1
    channels_first_input: bool = False
    variant: Variant = ANALYTIC

    @property
    def is_depthwise(self) -> bool:
        """Whether the channel-wise kernel takes it; with channels first it is a grouped convolution like any other."""
        return self.groups == self.channels == self.filters and self.groups > 1 and not self.channels_first_input

    @property
    def input_shape(self) -> tuple[int, ...]:
        if self.channels_first_input:
            return (self.batch, self.channels, *(axis.input for axis in self.axes))
        return self.input_extents

    @property
    def input_extents(self) -> tuple[int, ...]:
        """The input's extents in the order batch, spatial..., channels."""
        return (self.batch, *(axis.input for axis in self.axes), self.channels)

    @property
    def output_shape(self) -> tuple[int, ...]:
        return (self.batch, *(axis.output for axis in self.axes), self.filters)

    @property
    def taps(self) -> int:
        """Kernel positions of one window."""
        return prod(axis.kernel for axis in self.axes)


def matmul_problem(rows: Sequence[int], depth: int, columns: int) -> ConvProblem:
    """The product of [rows..., depth] with constant weights [depth, columns]; one to four dimensions of rows."""
    return ConvProblem(rows[0], tuple(Axis(extent) for extent in rows[1:]), depth, columns)


@dataclass(frozen=True)
class PoolProblem:
    """ONNX MaxPool and AveragePool on channels-last activations; a window over all the input is the global pooling.

    ``ceil_mode`` is stated as extra end padding of the axes. Padding never takes part in a maximum. An average divides
    by the number of input elements in the window, or, with ``count_include_pad``, by the window's elements inside the
    padded input; ``ceil_excess`` says how many elements of each axis' end padding stem from ``ceil_mode`` and are never
    counted.
    """

    batch: int
    axes: tuple[Axis, ...]
    channels: int
    kind: Literal["max", "average"]
    count_include_pad: bool = False
    ceil_excess: tuple[int, ...] = ()

    @property
    def input_shape(self) -> tuple[int, ...]:
        return (self.batch, *(axis.input for axis in self.axes), self.channels)

    @property
    def input_extents(self) -> tuple[int, ...]:
        return self.input_shape

    @property
    def output_shape(self) -> tuple[int, ...]:
        return (self.batch, *(axis.output for axis in self.axes), self.channels)


WIDEST_WINDOW = 1024
"""Positions of a window along an axis: they are generated one by one."""
BYTES_IN_DOT = 4
"""Bytes that a dot product sums up for each of its 32-bit lanes."""


def supports(problem: ConvProblem | PoolProblem) -> str | None:
    """Why no kernel is generated for the problem, or None when one is."""
    if len(problem.axes) > 3:
        return f"{len(problem.axes)} spatial axes, at most 3 are supported"
    if any(extent < 1 for extent in (problem.batch, problem.channels, *(axis.output for axis in problem.axes))):
        return "an empty tensor"
    if any(not is_dynamic(axis.kernel) and axis.kernel > WIDEST_WINDOW for axis in problem.axes):
        return f"a window of more than {WIDEST_WINDOW} positions, which are generated one by one"
    if isinstance(problem, ConvProblem):
        if problem.filters < 1:
            return "an empty tensor"
        if problem.channels % problem.groups or problem.filters % problem.groups:
            return "channels or filters are no multiple of the groups"
    return None


# For each of the five canonical dimensions the dimensions of the problem that it holds, in order.
Grouping = tuple[tuple[int, ...], ...]

_UNIT = Axis(1)


@dataclass(frozen=True)
class Canonical:
    """A problem brought to one form by reshapes that cost nothing: [batch, depth, height, width, channels].

    Missing spatial axes become leading axes of extent 1. Where no window spans several positions (1x1 convolutions,
    matrix products) the positions, and the batch where the operands allow it, become one long width.
    """

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
