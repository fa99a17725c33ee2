"""Which blocks the kernel of interpolation computes."""

from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np

from dnnf_mlir.dialect_defs.interpolation import Interpolation, phases, taps
from dnnf_mlir.dialect_defs.one_to_many.resize import scale_along
from dnnf_mlir.graph.ecg import Value
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.kernels.kernel import NOT_MINE, Candidate, Kernel, Problem, Refusal
from dnnf_mlir.kernels.surroundings import dtype_refusal, nothing_before

_MOST_TAPS = 64
"""Elements that a result reads, generated one after the other."""


@dataclass(frozen=True)
class Axis:
    """A dimension that is resized, from ``size`` to ``count`` elements; ``scale`` 0 is their quotient."""

    dim: int
    size: int
    count: int
    scale: float
    how: Interpolation

    @property
    def is_dynamic(self) -> bool:
        """Whether its tables are made at run time."""
        return is_dynamic(self.size) or is_dynamic(self.count)

    @property
    def taps(self) -> int:
        """Elements that each result reads along the dimension."""
        return self.how.taps if self.is_dynamic else self.tables[0].shape[0]

    @cached_property
    def tables(self) -> tuple[np.ndarray, np.ndarray]:
        """Positions, i32, and weights, f32, of a dimension of known sizes, or of a period: both [taps, results]."""
        known = self.phases if self.is_dynamic else taps(self.size, self.count, self.scale, self.how)
        if known is None:
            raise ValueError("the tables of this dimension are made at run time")
        positions, weights = known
        return positions.T.astype(np.int32), weights.T.astype(np.float32)

    @property
    def is_periodic(self) -> bool:
        """Whether the tables are of one period, the phases: of a dimension that becomes a whole number of times larger.

        A known size has tables of all results instead.
        """
        return self.is_dynamic and self.phases is not None

    @cached_property
    def phases(self) -> tuple[np.ndarray, np.ndarray] | None:
        """See :func:`~dnnf_mlir.dialect_defs.interpolation.phases`; None also where a tap has more than two offsets."""
        found = phases(self.size, self.count, self.scale, self.how)
        return found if found is not None and all(len(set(tap)) <= 2 for tap in found[0].T) else None


@dataclass(frozen=True)
class ResizeProblem(Problem):
    """The interpolation of ``x`` along ``axes``, in the order of its dimensions."""

    x: Value
    axes: tuple[Axis, ...]

    @property
    def line(self) -> Axis:
        """The last resized dimension: it and those inside of it are a line."""
        return self.axes[-1]

    @property
    def pattern(self) -> tuple[np.ndarray, np.ndarray] | None:
        """The pattern of a line of single elements that becomes a whole number of times larger: :attr:`Axis.phases`."""
        return self.line.phases if self.line.dim == self.x.type.rank - 1 else None

    @property
    def length(self) -> int:
        """Elements of a line that is read."""
        return prod(self.x.type.shape[self.line.dim :])

    @property
    def margins(self) -> tuple[int, int]:
        """How many elements before and behind a line the pattern reads: copies of the outermost ones."""
        if self.pattern is None:
            return 0, 0
        offsets = self.pattern[0]
        return max(0, -int(offsets.min())), max(0, int(offsets.max()))

    @property
    def memory(self) -> int | None:
        """Elements of the memory for a line; None where lines are read as they are."""
        weighted = any(axis.taps > 1 for axis in self.axes[:-1])
        return sum(self.margins) + self.length if weighted or any(self.margins) else None


class Resize(Kernel):
    """ONNX Resize of two to five dimensions, in either layout; element-wise operators may follow."""

    def match(self, block: Candidate) -> ResizeProblem | Refusal:
        anchor = block.sole_anchor({"resize"})
        if anchor is None:
            return NOT_MINE
        refusal = dtype_refusal(anchor) or nothing_before(block, anchor)
        if refusal is not None:
            return refusal
        x, result = anchor.input(0), anchor.output
        if not 2 <= x.type.rank <= 5:
            return Refusal("a tensor of other than two to five dimensions")
        how, axes = Interpolation.of(anchor.attributes), []
        for dim, (size, count) in enumerate(zip(x.type.shape, result.type.shape, strict=True)):
            scale = anchor.attributes["scales"][dim]
            if size == count and scale == 1:
                continue
            known = not is_dynamic(size) and not is_dynamic(count)
            axes.append(Axis(dim, size, count, scale_along(anchor.signature, dim) if known else scale, how))
        if not axes:
            return Refusal("nothing is resized")
        if max(axes[-1].taps, prod(axis.taps for axis in axes[:-1])) > _MOST_TAPS:
            return Refusal(f"results that read more than {_MOST_TAPS} elements")
        return ResizeProblem(block, x, tuple(axes))
