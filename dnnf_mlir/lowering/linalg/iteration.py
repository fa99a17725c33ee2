"""The loops of one ``linalg.generic``: neighbours that every operand visits together become one dimension."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.graph.size import is_dynamic

from .index_maps import Loop


@dataclass(frozen=True)
class Visit:
    """The loops that one operand's elements follow, outermost first, and where its tensor's dimensions begin.

    ``fixed`` is the shape that the tensor must keep, None where a reshape costs nothing.
    """

    loops: tuple[Loop, ...]
    fixed: tuple[int, ...] | None = None

    def boundaries(self) -> set[Loop]:
        """Loops that start a dimension of the fixed shape."""
        if self.fixed is None:
            return set()
        starts: set[Loop] = set()
        extents = [extent for extent in self.fixed if extent > 1]
        covered = 1
        for loop in self.loops:
            if covered == 1:
                starts.add(loop)
            covered *= loop.extent
            if extents and (covered == extents[0] or (not is_dynamic(extents[0] - covered) and covered > extents[0])):
                extents.pop(0)
                covered = 1
        return starts


class Iteration:
    """Numbers the dimensions of an operation whose loops are ``parallel``, then ``reduced``."""

    def __init__(self, parallel: Sequence[Loop], reduced: Sequence[Loop], sequences: Sequence[Visit]) -> None:
        self.groups: list[list[Loop]] = []
        self.iterators: list[str] = []
        for loops, iterator in ((parallel, "parallel"), (reduced, "reduction")):
            for position, loop in enumerate(loops):
                if position and all(_together(loops[position - 1], loop, sequence) for sequence in sequences):
                    self.groups[-1].append(loop)
                else:
                    self.groups.append([loop])
                    self.iterators.append(iterator)
        self._number = {loop: i for i, group in enumerate(self.groups) for loop in group}

    def __contains__(self, loop: Loop) -> bool:
        return loop in self._number

    @property
    def rank(self) -> int:
        """The number of dimensions of the operation."""
        return len(self.groups)

    def extent(self, dimension: int) -> int:
        """How many iterations a dimension has."""
        return prod(loop.extent for loop in self.groups[dimension])

    def dimension(self, loop: Loop) -> int:
        """The dimension of the operation that a loop is part of."""
        return self._number[loop]

    def dimensions(self, loops: Sequence[Loop]) -> list[int]:
        """The dimensions that row-major ``loops`` are."""
        return list(dict.fromkeys(self._number[loop] for loop in loops if loop in self._number))

    def map(self, dimensions: Sequence[int | None]) -> ir.AffineMap:
        """The index map to these dimensions; None is index 0."""
        return ir.AffineMap.get(
            self.rank,
            0,
            [ir.AffineConstantExpr.get(0) if i is None else ir.AffineDimExpr.get(i) for i in dimensions],
        )


def _together(outer: Loop, inner: Loop, sequence: Visit) -> bool:
    loops = sequence.loops
    if outer not in loops and inner not in loops:
        return True
    if outer not in loops or inner not in loops or loops.index(inner) != loops.index(outer) + 1:
        return False
    return inner not in sequence.boundaries()
