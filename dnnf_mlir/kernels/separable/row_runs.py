"""Runs of rows: how a kernel cuts an image whose intermediate result stays in a core's cache."""

from dataclasses import dataclass
from math import ceil

from dnnf_mlir.graph.size import is_dynamic

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
