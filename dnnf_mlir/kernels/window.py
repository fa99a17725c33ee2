"""Windows over the input: which of their taps are inside.

Padding costs nothing: along depth and height the loops over taps are clipped to the input, along the width the tiles
that touch the padding are generated one by one without the taps that would read it.
"""

from dataclasses import dataclass

from dnnf_mlir.kernels.indexing import Index, add, ceil_divide, maximum, minimum, multiply, subtract
from dnnf_mlir.kernels.problem import Axis


def input_position(axis: Axis, output: Index, tap: Index) -> Index:
    """The input coordinate that kernel position ``tap`` of the window of ``output`` reads."""
    dilated = multiply(tap, axis.dilation)
    return add(subtract(multiply(output, axis.stride), axis.pad_before), dilated)


def taps_inside(axis: Axis, output: Index) -> tuple[Index, Index]:
    """First and one past the last kernel position inside the input, for the window of ``output``."""
    origin = subtract(multiply(output, axis.stride), axis.pad_before)
    lower: Index = 0
    upper: Index = axis.kernel
    if axis.clips_before:
        lower = maximum(0, ceil_divide(subtract(0, origin), axis.dilation))
    if axis.clips_after:
        upper = minimum(axis.kernel, ceil_divide(subtract(axis.input, origin), axis.dilation))
    return lower, upper


@dataclass(frozen=True)
class Tile:
    """``columns`` results of ``lanes`` channels each, at the output coordinates of the first one."""

    batch: Index
    depth: Index
    height: Index
    column: Index
    columns: int
    channel: Index
    lanes: int


def reads_input(axis: Axis, output: Index, tap: Index) -> bool:
    """Whether a tap of an edge tile, whose coordinates are static, lies inside the input."""
    return isinstance(output, int) and isinstance(tap, int) and axis.inside(output, tap)
