"""The machines that costs are estimated for: rates of arithmetic and memory."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Machine:
    """What the estimate knows of a machine; rates a second, times in seconds.

    ``strided_factor``: cost of a byte that is read across the innermost dimension, relative to a contiguous one.
    ``reread_factor``: cost of reading a byte again in a later pass of a reduction, when it is likely cached.
    ``half_speed``: operations on f16 in the time of one on f32.
    ``cache_bytes``: the second-level cache of a core.
    """

    flops_per_second: float
    bytes_per_second: float
    launch_seconds: float
    strided_factor: float
    reread_factor: float = 0.25
    half_speed: float = 1.0
    cache_bytes: int = 256 << 10


FLOPS_PER_LANE = 1e10
"""What one f32 lane of a CPU does a second in generated kernels: two vector units at 2.5 GHz, four fifths busy."""

CPU = Machine(flops_per_second=4 * FLOPS_PER_LANE, bytes_per_second=1.2e10, launch_seconds=3e-7, strided_factor=2.0)
GPU = Machine(flops_per_second=2e11, bytes_per_second=2e10, launch_seconds=7.5e-5, strided_factor=4.0)

NOISE = 0.1
"""Difference of measured latencies that says nothing against one kernel. Timed alone, two kernels find all operands
in the caches; in a model the result between them is gone from there when it is large, and takes others' place."""
