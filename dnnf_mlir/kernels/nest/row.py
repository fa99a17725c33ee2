"""A row of a kernel that reduces along the channels, cut into vectors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from dnnf_mlir.bindings.iree import ir, tensor, vector
from dnnf_mlir.emit.index import Index, divide, for_each, loop, remainder
from dnnf_mlir.emit.vectors import element_of, filled, store_tile, write_vector
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.kernels.dense.schedule import powers_of_two
from dnnf_mlir.kernels.nest.fused import lanes_of


@dataclass(frozen=True)
class Piece:
    """``count`` chunks of ``lanes`` elements that follow each other, from element ``first`` on."""

    first: Index
    lanes: int
    count: Index

    def chunk(self, body: Callable[..., Any], number: Index, *values: object) -> Any:
        """``body(first element, lanes, ...)`` of a chunk."""
        return body(self.first + number * self.lanes, self.lanes, *values)


@dataclass(frozen=True)
class Row:
    """``columns`` elements as chunks of ``registers`` registers of ``native`` lanes, and the end in powers of two.

    Independent operations on a chunk's registers hide each other's latency. Of a free number of columns the end is
    loops over ever shorter vectors.
    """

    columns: int
    native: int
    registers: int = 4

    @property
    def lanes(self) -> int:
        """Elements of a chunk."""
        return self.registers * self.native

    def each(self, body: Callable[[Index, int], None]) -> None:
        """Calls ``body(column, lanes)`` for all chunks."""
        each_chunk(self._pieces, body)

    def reduce(
        self,
        element: ir.Type,
        start: float,
        step: Callable[[ir.Value, Index, int], ir.Value],
        kind: vector.CombiningKind,
    ) -> ir.Value:
        """Folds ``step(vector so far, column, lanes)`` over the row, and the lanes into a scalar."""
        [total] = self.reduce_all(element, (start,), lambda so_far, i, lanes: [step(so_far[0], i, lanes)], (kind,))
        return total

    def reduce_all(
        self,
        element: ir.Type,
        starts: Sequence[float],
        step: Callable[[Sequence[ir.Value], Index, int], Sequence[ir.Value]],
        kinds: Sequence[vector.CombiningKind],
    ) -> list[ir.Value]:
        """The same for several totals at once: ``step(vectors so far, column, lanes)``."""
        widest = self._pieces[0].lanes

        def chunk(column: Index, lanes: int, totals: list[ir.Value]) -> list[ir.Value]:
            parts = step([lanes_of(total, 0, lanes) for total in totals], column, lanes)
            if lanes == widest:
                return list(parts)
            pairs = zip(parts, totals, strict=True)
            return [vector.InsertStridedSliceOp(part, total, [0], [1]).result for part, total in pairs]

        totals = [filled(ir.VectorType.get([widest], element), start) for start in starts]
        for piece in self._pieces:
            totals = loop(0, piece.count, totals, partial(piece.chunk, chunk))
        return [vector.ReductionOp(element, kind, total).result for kind, total in zip(kinds, totals, strict=True)]

    @property
    def _pieces(self) -> list[Piece]:
        if is_dynamic(self.columns):
            return cut(self.columns, [self.lanes, *tail_lanes(self.native)])
        whole, rest = divmod(self.columns, self.lanes)
        pieces = [Piece(whole * self.lanes + offset, lanes, 1) for offset, lanes in powers_of_two(rest)]
        return [Piece(0, self.lanes, whole), *pieces] if whole else pieces


def tail_lanes(native: int) -> list[int]:
    """Lanes of the vectors that the end of a free number of elements is cut into."""
    return [native, native // 4, 1] if native > 4 else [native, 1]


def cut(extent: Index, lanes: Sequence[int]) -> list[Piece]:
    """``extent`` elements in chunks of falling lanes, each a multiple of the next one and the last one 1."""
    pieces: list[Piece] = []
    left = extent
    for each in lanes:
        pieces.append(Piece(extent - left, each, divide(left, each)))
        left = remainder(left, each)
    return pieces


def each_chunk(pieces: Sequence[Piece], body: Callable[[Index, int], object]) -> None:
    """Calls ``body(first element, lanes)`` for all chunks."""
    for piece in pieces:
        for_each(0, piece.count, partial(piece.chunk, body))


def store_vector(data: ir.Value, target: ir.Value, offsets: list[Index]) -> None:
    """Writes a vector, converted to its type, along the last dimension of the scratch memory ``target``."""
    shape = [1] * (len(offsets) - 1) + [ir.VectorType(data.type).shape[0]]
    empty = tensor.EmptyOp(shape, element_of(target)).result
    store_tile(write_vector(data, empty, [0] * len(offsets), len(offsets) - 1), target, offsets)
