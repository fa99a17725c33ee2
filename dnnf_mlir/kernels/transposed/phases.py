"""A transposed convolution as dense convolutions, one for each phase of its stride (ONNX ConvTranspose).

An output position o = stride * q + p of phase p reads the input positions i and kernel positions t with::

    stride * i + dilation * t = o + pad        =>        i = q + (p + pad - dilation * t) / stride

Only the t for which the division is exact take part. They lie at equal distances, so that the outputs of one phase are
an ordinary convolution over the input, with these kernel positions in falling order. No zero is ever multiplied.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import gcd

import numpy as np
import numpy.typing as npt

from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.kernels.nest.problem import Axis, ConvProblem

Array = npt.NDArray[np.generic]


@dataclass(frozen=True)
class AxisPhase:
    """The outputs start, start + stride, ... along one axis: a window ``axis`` that reads kernel positions ``taps``."""

    start: int
    axis: Axis
    taps: tuple[int, ...]


@dataclass(frozen=True)
class TransposedAxis:
    """One spatial axis: extents in elements; ``pad_before`` as in ONNX's ``pads``, ``output`` with all padding."""

    input: int
    kernel: int
    stride: int
    dilation: int
    pad_before: int
    output: int

    def phases(self) -> list[AxisPhase]:
        """Every phase that has outputs; ``taps`` is empty where these are the bias alone."""
        count = self.stride if is_dynamic(self.output) else min(self.stride, self.output)
        return [self._phase(start) for start in range(count)]

    def _phase(self, start: int) -> AxisPhase:
        reached = start + self.pad_before
        taps = [t for t in reversed(range(self.kernel)) if (reached - self.dilation * t) % self.stride == 0]
        count = -(-(self.output - start) // self.stride)
        if not taps:
            return AxisPhase(start, Axis(count), ())
        dilation = self.dilation // gcd(self.dilation, self.stride)
        before = (self.dilation * taps[0] - reached) // self.stride
        after = count + dilation * (len(taps) - 1) - self.input - before
        return AxisPhase(start, Axis(self.input, len(taps), 1, dilation, before, after), tuple(taps))


@dataclass(frozen=True)
class Phase:
    """The outputs whose position along axis i is ``starts[i]`` plus a multiple of the stride, as a convolution."""

    starts: tuple[int, ...]
    problem: ConvProblem
    taps: tuple[tuple[int, ...], ...]

    def weights(self, weights: Array, groups: int) -> Array:
        """[channels, filters / groups, kernel...] of ONNX ConvTranspose as [filters, channels / groups, taps...]."""
        chosen = weights[np.ix_(*map(range, weights.shape[:2]), *self.taps)]
        channels, filters, *taps = chosen.shape
        grouped = chosen.reshape(groups, channels // groups, filters, *taps).swapaxes(1, 2)
        return np.ascontiguousarray(grouped).reshape(groups * filters, channels // groups, *taps)


@dataclass(frozen=True)
class TransposedWindow:
    """ONNX ConvTranspose with constant weights, on channels-last activations.

    The input is [batch, spatial..., channels], or [batch, channels, spatial...] with ``channels_first_input``; the
    output is [batch, spatial..., filters]. Batch and spatial extents may be dynamic.
    """

    batch: int
    axes: tuple[TransposedAxis, ...]
    channels: int
    filters: int
    groups: int = 1
    channels_first_input: bool = False

    @property
    def input_extents(self) -> tuple[int, ...]:
        """The input's extents in the order batch, spatial..., channels."""
        return (self.batch, *(axis.input for axis in self.axes), self.channels)

    @property
    def output_shape(self) -> tuple[int, ...]:
        return (self.batch, *(axis.output for axis in self.axes), self.filters)

    @property
    def strides(self) -> tuple[int, ...]:
        return tuple(axis.stride for axis in self.axes)

    def phases(self) -> list[Phase]:
        """Every combination of the axes' phases, the last axis fastest."""
        return [self._phase(parts) for parts in product(*(axis.phases() for axis in self.axes))]

    def _phase(self, parts: Sequence[AxisPhase]) -> Phase:
        axes = tuple(part.axis for part in parts)
        problem = ConvProblem(self.batch, axes, self.channels, self.filters, self.groups, self.channels_first_input)
        return Phase(tuple(part.start for part in parts), problem, tuple(part.taps for part in parts))
