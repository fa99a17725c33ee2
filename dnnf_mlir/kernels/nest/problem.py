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
from dnnf_mlir.kernels.nest.variant import ANALYTIC, Variant


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
