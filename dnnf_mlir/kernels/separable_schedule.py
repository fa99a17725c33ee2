"""When and how one kernel computes a depthwise-separable convolution: rows that stay in the cache."""

from dataclasses import dataclass
from math import ceil

from dnnf_mlir.kernels.canonical import spatial
from dnnf_mlir.kernels.problem import ConvProblem
from dnnf_mlir.kernels.schedule import balanced
from dnnf_mlir.targets import VectorUnit

# Workgroups: enough for the cores of a phone. Each has scratch memory of its own, which one core after the other would
# bring into its caches.
_MOST_WORKGROUPS = 16
# Positions for which the pointwise weights are read once.
_POSITIONS = 56
# The part of the second-level cache that the scratch memory of a workgroup may take.
_SCRATCH_PART = 8


@dataclass(frozen=True)
class SeparableSchedule:
    """Runs of ``rows`` rows of the depthwise result, ``runs`` in an image, which ``workgroups`` share out.

    ``width`` positions are a row. The last run of an image is moved back to end with it.
    """

    rows: int
    width: int
    image_rows: int
    runs: int
    items: int
    workgroups: int

    @property
    def positions(self) -> int:
        """Positions of a run."""
        return self.rows * self.width

    @staticmethod
    def choose(depthwise: ConvProblem, vector: VectorUnit, element_bytes: int) -> "SeparableSchedule":
        batch, depth, height, width = spatial(depthwise, merge=False).output_extents
        image_rows = depth * height
        row_bytes = width * depthwise.channels * element_bytes
        most = max(1, min(ceil(_POSITIONS / width), vector.l2_bytes // _SCRATCH_PART // row_bytes))
        runs, rows = balanced(image_rows, most)
        items = batch * runs
        workgroups = ceil(items / ceil(items / _MOST_WORKGROUPS))
        return SeparableSchedule(rows, width, image_rows, runs, items, workgroups)
