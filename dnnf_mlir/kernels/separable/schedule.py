"""How a depthwise-separable pair is cut into runs of rows, and what that costs."""

from dataclasses import dataclass
from math import ceil, prod

from dnnf_mlir.graph.ecg import Node
from dnnf_mlir.graph.size import is_dynamic, representative
from dnnf_mlir.kernels.machine import Machine
from dnnf_mlir.kernels.nest.problem import ConvProblem, matmul_problem, spatial
from dnnf_mlir.targets import VectorUnit

_CACHE_PART = 8
"""The part of the second-level cache that a run takes: the first-level cache, or a little more."""
_FEWEST_RUNS = 8
"""Runs of a batch, for as many cores."""
_READING_WEIGHTS = 8
"""Positions whose arithmetic takes as long as reading the weights once for every run."""
_TOLERANCE = 1.1
"""Shorter runs are nearer to the core: the shortest one whose cost is so near to the least one is taken."""


@dataclass(frozen=True)
class RowRuns:
    """Each of ``images`` images has ``image_rows`` rows of ``width`` positions, and is cut into ``runs`` of ``rows``.

    The last run of an image is moved back to end with it; what two runs share is computed twice.
    """

    images: int
    image_rows: int
    width: int
    rows: int

    @property
    def runs(self) -> int:
        """Runs of one image."""
        return ceil(self.image_rows / self.rows)

    @property
    def positions(self) -> int:
        """Positions of one run."""
        return self.rows * self.width

    @staticmethod
    def choose(images: int, image_rows: int, width: int, position_bytes: int, cache_bytes: int) -> "RowRuns":
        """``position_bytes`` is the size of the intermediate result at one position; a free batch may be one image."""
        most = max(1, cache_bytes // _CACHE_PART // (width * position_bytes))
        every = [RowRuns(images, image_rows, width, rows) for rows in range(1, min(most, image_rows) + 1)]
        least = 1 if is_dynamic(images) else images
        apart = [each for each in every if least * each.runs >= _FEWEST_RUNS] or every[:1]
        costs = {each: each.runs * (each.positions + _READING_WEIGHTS) for each in apart}
        return next(each for each, cost in costs.items() if cost <= _TOLERANCE * min(costs.values()))


def run_problem(depthwise: ConvProblem, filters: int, vector: VectorUnit, element_bytes: int) -> ConvProblem:
    """The pointwise convolution of one run of rows, for which its weights are packed."""
    runs = row_runs(depthwise, vector, element_bytes)
    return matmul_problem((runs.positions,), depthwise.channels, filters)


def row_runs(depthwise: ConvProblem, vector: VectorUnit, element_bytes: int) -> RowRuns:
    """How the rows of the depthwise result are cut."""
    batch, depth, height, width = spatial(depthwise, merge=False).output_extents
    return RowRuns.choose(batch, depth * height, width, depthwise.channels * element_bytes, vector.l2_bytes)


def weight_rereads(depthwise: Node, pointwise: Node, machine: Machine) -> int:
    """Bytes of pointwise weights that a kernel of both reads more often than once."""
    batch, *_ = depthwise.output.type.shape
    *image, width, channels = map(representative, depthwise.output.type.shape[1:])
    itemsize = depthwise.output.type.numpy_dtype.itemsize
    runs = RowRuns.choose(batch, prod(image), width, channels * itemsize, machine.cache_bytes)
    return (representative(batch) * runs.runs - 1) * pointwise.input(1).type.bytes
