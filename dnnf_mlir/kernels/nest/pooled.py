"""The results of a kernel with a pool behind: they are folded window by window before they are stored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import inf, prod
from typing import Literal

from dnnf_mlir.bindings.iree import arith, ir, vector
from dnnf_mlir.emit.index import Index, LoopBody, divide
from dnnf_mlir.emit.scalar import float_maximum as maximum
from dnnf_mlir.emit.vectors import converted, filled
from dnnf_mlir.kernels.dense.schedule import powers_of_two
from dnnf_mlir.kernels.nest.fused import Fused, Results, Workgroup, lanes_of
from dnnf_mlir.kernels.nest.fused_work import IDENTITY, Pooling
from dnnf_mlir.kernels.nest.problem import Canonical
from dnnf_mlir.kernels.nest.window import Tile

# compute(depth, height): the accumulators of the row of columns at this offset from a tile.
RowSource = Callable[[Index, Index], Sequence[ir.Value]]
# Generates iterations as a loop or one after the other.
Step = Callable[[int, int, Sequence[ir.Value], LoopBody], list[ir.Value]]


@dataclass(frozen=True)
class PooledResults:
    """Where a kernel stores its results, and those of a pool behind it if there is one.

    The first value of the epilogue of ``results`` is pooled, the others are stored beside. ``window`` holds the
    extents of the pool's windows along depth, height and width: what is computed before something is stored. Averages
    are computed in f32, a maximum in the accumulators' type.
    """

    results: Results
    pooled: Results | None = None
    window: tuple[int, int, int] = (1, 1, 1)
    kind: Literal["max", "average"] = "max"

    @staticmethod
    def of(group: Workgroup, form: Canonical, pooling: Pooling | None) -> "PooledResults":
        """The results of a workgroup, with those of the pool if there is one."""
        if pooling is None:
            return PooledResults(group.results)
        return PooledResults(group.results, group.pooled, form.window(pooling.window), pooling.kind)

    def store(self, tile: Tile, type_: ir.VectorType, compute: RowSource, step: Step) -> None:
        """Stores the windows whose first row is at ``tile``; its columns are a multiple of the window's.

        ``compute(depth, height)`` gives the accumulators, vectors of ``type_``, of the row at this offset in the
        windows; ``step`` generates these rows as a loop or one after the other.
        """
        if self.pooled is None:
            self.results.store(tile, compute(0, 0))
            return
        depth, height, width = self.window
        element = ir.F32Type.get() if self.kind == "average" else type_.element_type
        type_ = ir.VectorType.get(type_.shape, element)
        # A sum starts from -0: adding it changes no number, so it costs no instruction.
        initial = filled(type_, -inf if self.kind == "max" else -0.0)

        def at_depth(i: Index, planes: list[ir.Value]) -> list[ir.Value]:
            def at_height(j: Index, rows: list[ir.Value]) -> list[ir.Value]:
                row = replace(tile, depth=tile.depth + i, height=tile.height + j)
                return self._fold(rows, self._values(row, compute(i, j), element))

            return step(0, height, planes, at_height)

        totals = step(0, depth, [initial] * (tile.columns // width), at_depth)
        if self.kind == "average":
            share = filled(type_, 1 / prod(self.window))
            totals = [arith.MulFOp(total, share).result for total in totals]
        place = replace(
            tile,
            depth=divide(tile.depth, depth),
            height=divide(tile.height, height),
            column=divide(tile.column, width),
            columns=len(totals),
        )
        self.pooled.store(place, totals)

    def _values(self, row: Tile, accumulators: Sequence[ir.Value], element: ir.Type) -> list[ir.Value]:
        """What is pooled, column by column, as ``element``; the epilogue's other results are stored."""
        epilogue = self.results.epilogue
        values = [[converted(each, element) for each in accumulators] for _ in range(epilogue.part.results)]
        for offset, size in powers_of_two(row.lanes):
            cache: dict[int, ir.Value] = {}
            for t, accumulator in enumerate(accumulators):
                place = (row.batch, row.depth, row.height, row.column + t, row.channel + offset)
                results = epilogue.apply(lanes_of(accumulator, offset, size), place, cache)
                for columns, result in zip(values, results, strict=True):
                    columns[t] = _with_lanes(columns[t], offset, converted(result, element))
        for number, columns in enumerate(values[1:]):
            _as_it_is(self.results, number).store(row, columns)
        return values[0]

    def _fold(self, totals: Sequence[ir.Value], values: Sequence[ir.Value]) -> list[ir.Value]:
        """The totals of the windows with one more row."""
        width = self.window[2]
        folded = []
        for number, total in enumerate(totals):
            for each in values[number * width : (number + 1) * width]:
                total = maximum(each, total) if self.kind == "max" else arith.AddFOp(each, total).result
            folded.append(total)
        return folded


def _as_it_is(results: Results, number: int) -> Results:
    """One of the results, its value given instead of computed by the epilogue."""
    one = slice(number, number + 1)
    return replace(
        results,
        epilogue=Fused(IDENTITY, ()),
        targets=results.targets[one],
        elements=results.elements[one],
        factors=results.factors[one],
    )


def _with_lanes(data: ir.Value, offset: int, part: ir.Value) -> ir.Value:
    """The vector with its lanes from ``offset`` replaced."""
    if part.type == data.type:
        return part
    return vector.InsertStridedSliceOp(part, data, [offset], [1]).result
