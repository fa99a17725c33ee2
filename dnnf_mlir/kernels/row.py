"""A row of a kernel that reduces along the channels, cut into vectors."""

from collections.abc import Callable
from dataclasses import dataclass

from dnnf_mlir.iree_ir import ir, tensor, vector
from dnnf_mlir.kernels.fused import lanes_of
from dnnf_mlir.kernels.indexing import Index, loop, multiply
from dnnf_mlir.kernels.schedule import powers_of_two
from dnnf_mlir.kernels.workgroups import element_of, filled, store_tile, write_vector


@dataclass(frozen=True)
class Row:
    """``columns`` elements as chunks of ``registers`` registers of ``native`` lanes, and the end in powers of two.

    Independent operations on a chunk's registers hide each other's latency.
    """

    columns: int
    native: int
    registers: int = 4

    @property
    def lanes(self) -> int:
        return self.registers * self.native

    @property
    def whole(self) -> int:
        return self.columns // self.lanes

    @property
    def rest(self) -> list[tuple[int, int]]:
        first = self.whole * self.lanes
        return [(first + offset, lanes) for offset, lanes in powers_of_two(self.columns - first)]

    def each(self, body: Callable[[Index, int], None]) -> None:
        """Calls ``body(column, lanes)`` for all chunks."""

        def step(number: Index, _: list[ir.Value]) -> list[ir.Value]:
            body(multiply(number, self.lanes), self.lanes)
            return []

        loop(0, self.whole, [], step)
        for column, lanes in self.rest:
            body(column, lanes)

    def reduce(
        self,
        element: ir.Type,
        start: float,
        step: Callable[[ir.Value, Index, int], ir.Value],
        kind: vector.CombiningKind,
    ) -> ir.Value:
        """Folds ``step(vector so far, column, lanes)`` over the row, and the lanes into a scalar."""
        widest = self.lanes if self.whole else self.rest[0][1]
        total = filled(ir.VectorType.get([widest], element), start)
        if self.whole:
            total = loop(0, self.whole, [total], lambda i, v: [step(v[0], multiply(i, self.lanes), self.lanes)])[0]
        for column, lanes in self.rest:
            part = step(lanes_of(total, 0, lanes), column, lanes)
            total = part if lanes == widest else vector.InsertStridedSliceOp(part, total, [0], [1]).result
        return vector.ReductionOp(element, kind, total).result


def store_vector(data: ir.Value, target: ir.Value, offsets: list[Index]) -> None:
    """Writes a vector, converted to its type, along the last dimension of the scratch memory ``target``."""
    shape = [1] * (len(offsets) - 1) + [ir.VectorType(data.type).shape[0]]
    empty = tensor.EmptyOp(shape, element_of(target)).result
    store_tile(write_vector(data, empty, [0] * len(offsets), len(offsets) - 1), target, offsets)
