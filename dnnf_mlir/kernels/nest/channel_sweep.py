"""All positions of a block of channels, on channels-last activations: for what reduces each channel over space."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dnnf_mlir.bindings.iree import arith, ir
from dnnf_mlir.emit.index import Index, delinearize, divide, loop, remainder
from dnnf_mlir.emit.scalar import Scalar
from dnnf_mlir.emit.vectors import read_vector, zero
from dnnf_mlir.kernels.nest.fused import Fused
from dnnf_mlir.kernels.nest.window import Tile

# Vector sums that hide the latency of an addition.
_SUMS_IN_FLIGHT = 8


@dataclass(frozen=True)
class ChannelSweep:
    """The ``lanes`` channels from ``channel`` on, of one batch item of x, [batch, depth, height, width, channels].

    ``extents`` are those of x without the channels, ``native`` the lanes of a register. All is computed in f32: sums of
    f16 are too coarse.
    """

    x: ir.Value
    prologue: Fused | None
    extents: Sequence[int]
    batch: Index
    channel: Index
    lanes: int
    native: int

    @property
    def columns(self) -> int:
        """Positions taken at a time: independent sums where the block is narrow."""
        return max(1, min(_SUMS_IN_FLIGHT, _SUMS_IN_FLIGHT * self.native // self.lanes))

    def sum(self, of: Callable[[ir.Value], ir.Value]) -> ir.Value:
        """The sum of ``of(x)`` over all positions, for each channel."""

        def step(tile: Tile, totals: list[ir.Value]) -> list[ir.Value]:
            data = self._read(tile)
            added = [arith.AddFOp(total, of(each)).result for total, each in zip(totals, data, strict=False)]
            return [*added, *totals[len(added) :]]

        totals = self._tiles(step, [zero(ir.VectorType.get([self.lanes], ir.F32Type.get()))] * self.columns)
        while len(totals) > 1:
            pairs = zip(totals[::2], totals[1::2], strict=True)
            totals = [arith.AddFOp(a, b).result for a, b in pairs]
        return totals[0]

    def each(self, body: Callable[[Tile, list[ir.Value]], None]) -> None:
        """Calls ``body(tile, a vector of x for each of its columns)`` for all positions."""

        def step(tile: Tile, _: list[ir.Value]) -> list[ir.Value]:
            body(tile, self._read(tile))
            return []

        self._tiles(step, [])

    def _tiles(self, step: Callable[[Tile, list[ir.Value]], list[ir.Value]], carried: list[ir.Value]) -> list[ir.Value]:
        _, depth, height, width = self.extents
        whole, rest = divide(width, self.columns), remainder(width, self.columns)

        def row(number: Index, values: list[ir.Value]) -> list[ir.Value]:
            d, h = delinearize(number, [depth, height])

            def tile(column: Index, columns: int, totals: list[ir.Value]) -> list[ir.Value]:
                return step(Tile(self.batch, d, h, column, columns, self.channel, self.lanes), totals)

            values = loop(0, whole, values, lambda i, v: tile(i * self.columns, self.columns, v))
            done = whole * self.columns
            if isinstance(rest, Scalar):
                return loop(0, rest, values, lambda i, v: tile(done + i, 1, v))
            return tile(done, rest, values) if rest else values

        return loop(0, depth * height, carried, row)

    def _read(self, tile: Tile) -> list[ir.Value]:
        places = [[tile.batch, tile.depth, tile.height, tile.column + t, tile.channel] for t in range(tile.columns)]
        data = [read_vector(self.x, place, self.lanes, element=ir.F32Type.get()) for place in places]
        if self.prologue is None:
            return data
        return [self.prologue.apply(each, place, {})[0] for each, place in zip(data, places, strict=True)]
