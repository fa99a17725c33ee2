"""softmax(Q K^T) V in one dispatch: the scores of a tile of rows never leave the first-level cache.

Loops of one workgroup::

    for tile of T rows of one head in the workgroup's share:
      for block of lanes keys:                   # T x lanes accumulators in registers
        scores[T, block] = scoring(sum over d of q[row, d] * k[d, block])
      for row in T:
        powers[row, :] = exp(scores[row, :] - maximum); inverse[row] = 1 / sum
        # products in f16: weights[row, :] = powers[row, :] * 128 / sum, used instead, and 1 / 128 as the inverse
      for block of lanes columns:
        y[T, block] = epilogue(inverse[row] * sum over keys of powers[row, key] * v[key, block])
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil, prod

from dnnf_mlir.bindings.iree import arith, ir, tensor, vector
from dnnf_mlir.emit.control import either
from dnnf_mlir.emit.index import Index, at_least, delinearize, for_each, minimum
from dnnf_mlir.emit.sizes import Shaped
from dnnf_mlir.emit.vectors import (
    broadcast,
    computing_type,
    element_bytes,
    filled,
    load_tile,
    read_scalar,
    read_vector,
    store_tile,
    write_vector,
    zero,
)
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.kernels.attention.pattern import AttentionProblem, AttentionShape
from dnnf_mlir.kernels.dense.schedule import ColumnRun, DenseSchedule, column_runs
from dnnf_mlir.kernels.nest.arithmetic import product_loop
from dnnf_mlir.kernels.nest.around import Around
from dnnf_mlir.kernels.nest.dispatch import Dispatch
from dnnf_mlir.kernels.nest.fused import Fused, Workgroup, fused_dispatch
from dnnf_mlir.kernels.nest.fused_work import IDENTITY, NO_FUSION, ElementWise, Fusion, canonical_elementwise, reshape
from dnnf_mlir.kernels.nest.problem import Axis, Canonical, canonical_product, matmul_problem
from dnnf_mlir.kernels.nest.row import Row, cut, each_chunk, store_vector, tail_lanes
from dnnf_mlir.kernels.nest.window import Tile, for_tile, tile_start
from dnnf_mlir.kernels.softmax.emit import exponentials
from dnnf_mlir.targets import VectorUnit

# Workgroups: enough for the threads of a phone or desktop; each has scratch memory of its own.
_MOST_WORKGROUPS = 32
# Weights of f16 add up to this: phones flush subnormal numbers to zero, and values of up to 500 stay in range.
_TOTAL = 128.0


def attention_dispatch(
    problem: AttentionShape,
    queries: ir.Value,
    keys: ir.Value,
    values: ir.Value,
    vector_unit: VectorUnit,
    scoring: ElementWise = IDENTITY,
    fusion: Fusion = NO_FUSION,
) -> Dispatch:
    """One dispatch for ``softmax(scoring(queries @ keys)) @ values`` and what is fused behind.

    The keys are given transposed, [leading..., depth, keys]: best stored so by the kernel that makes them. ``scoring``
    (scale, mask) follows the dimensions of the scores, [leading..., rows, keys]; the softmax is over the keys and
    computed in f32.
    """
    scores = matmul_problem((*problem.leading, problem.rows), problem.depth, problem.keys)
    output = matmul_problem((*problem.leading, problem.rows), problem.keys, problem.columns)
    form = canonical_product(output)
    element = ir.RankedTensorType(queries.type).element_type
    size = element_bytes(element)
    first = DenseSchedule.choose_unpacked(scores, problem.rows, vector_unit, size)
    second = DenseSchedule.choose_unpacked(output, problem.rows, vector_unit, size)
    [run] = column_runs(Axis(problem.rows), min(first.columns, second.columns))
    scored = canonical_elementwise(scoring, canonical_product(scores), scores.output_shape)
    leading = list(form.output_extents[:3])
    operands = [
        reshape(queries, [*leading, problem.rows, problem.depth]),
        reshape(keys, [*leading, problem.depth, problem.keys]),
        reshape(values, [*leading, problem.keys, problem.columns]),
        *(operand.value for operand in scored.operands),
    ]
    items = prod(leading) * run.count
    workgroups = _MOST_WORKGROUPS if is_dynamic(items) else ceil(items / ceil(items / _MOST_WORKGROUPS))
    single, computing = ir.F32Type.get(), computing_type(element, vector_unit)
    native = vector_unit.lanes(element_bytes(single))
    tiling = _Tiling(form, run, run.width, items, workgroups, first, second, native)

    def body(group: Workgroup) -> None:
        _Kernel(problem, tiling, computing, Fused(scored, group.tensors[3:]), group).run()

    shape = [workgroups, run.width, problem.keys]
    kept = [workgroups, run.width, 1] if computing == single else shape
    scratch = [Shaped(tuple(shape), single)] * 2 + [Shaped(tuple(kept), computing)]
    return fused_dispatch(output, form, fusion, operands, (workgroups, 1), problem.columns, body, scratch)


@dataclass(frozen=True)
class _Tiling:
    """Tiles of ``rows`` rows: the ``run`` of those in a head, ``items`` in all; the schedules of both products."""

    form: Canonical
    run: ColumnRun
    rows: int
    items: int
    workgroups: int
    scores: DenseSchedule
    output: DenseSchedule
    native: int


@dataclass(frozen=True)
class _Kernel:
    """The loop nest inside the dispatch."""

    problem: AttentionShape
    tiling: _Tiling
    element: ir.Type
    scoring: Fused
    group: Workgroup

    @property
    def _is_half(self) -> bool:
        return isinstance(self.element, ir.F16Type)

    def run(self) -> None:
        share = -(-self.tiling.items // self.tiling.workgroups)
        first = self.group.ids[0] * share
        for_each(first, minimum(first + share, self.tiling.items), self._item)

    def _item(self, item: Index) -> None:
        """One tile, or one row after the other of a head that turns out to have less rows than a tile."""
        run = replace(self.tiling.run, narrow=min(self.tiling.run.narrow, 1))
        *leading, tile = delinearize(item, [*self.tiling.form.output_extents[:3], run.count])
        single = replace(self, tiling=replace(self.tiling, rows=1))
        for_tile(run, lambda: self._tile(leading, tile_start(run, tile)), lambda row, _: single._tile(leading, row))

    def _tile(self, leading: Sequence[Index], row: Index) -> None:
        """All of the rows of a tile, from ``row`` on."""
        slot = self.group.ids[0]
        scores, powers, scratch = self.group.scratch
        queries, keys, values = self.group.tensors[:3]

        def query(t: int, d: Index) -> ir.Value:
            return read_scalar(queries, [*leading, row + t, d], self.element)

        def key(d: Index, column: Index, lanes: int) -> ir.Value:
            return read_vector(keys, [*leading, d, column], lanes, element=self.element)

        def keep(totals: list[ir.Value], column: Index, lanes: int) -> None:
            cache: dict[int, ir.Value] = {}
            part = tensor.EmptyOp([1, self.tiling.rows, lanes], ir.F32Type.get()).result
            for t, total in enumerate(totals):
                score = self.scoring.apply(total, [*leading, row + t, column], cache)[0]
                part = write_vector(score, part, [0, t, 0], 2)
            store_tile(part, scores, [slot, 0, column])

        self._product(self.tiling.scores, self.problem.depth, self.problem.keys, query, key, keep)
        for_each(0, self.tiling.rows, self._softmax)
        weights = scratch if self._is_half else powers
        kept = load_tile(weights, [slot, 0, 0], [1, self.tiling.rows, self.problem.keys])
        inverses = None if self._is_half else load_tile(scratch, [slot, 0, 0], [1, self.tiling.rows, 1])

        def weight(t: int, k: Index) -> ir.Value:
            return read_scalar(kept, [0, t, k])

        def value(k: Index, column: Index, lanes: int) -> ir.Value:
            return read_vector(values, [*leading, k, column], lanes, element=self.element)

        def finish(totals: list[ir.Value], column: Index, lanes: int) -> None:
            factors = [
                filled(self.element, 1 / _TOTAL) if inverses is None else read_scalar(inverses, [0, t, 0])
                for t in range(self.tiling.rows)
            ]
            scaled = [
                arith.MulFOp(total, broadcast(factor, lanes)).result
                for total, factor in zip(totals, factors, strict=True)
            ]
            place = Tile(leading[0], leading[1], leading[2], row, self.tiling.rows, column, lanes)
            self.group.results.store(place, scaled)

        self._product(self.tiling.output, self.problem.keys, self.problem.columns, weight, value, finish)

    def _softmax(self, t: Index) -> None:
        """Keeps the exponentials of one row of scores and the inverse of their sum, or weights of f16."""
        slot = self.group.ids[0]
        # What is read again lies elsewhere: quirks.EQUAL_LOADS.
        scores, powers, scratch = self.group.scratch
        row = load_tile(scores, [slot, t, 0], [1, 1, self.problem.keys])

        def read(column: Index, lanes: int) -> ir.Value:
            return read_vector(row, [0, 0, column], lanes)

        def write(data: ir.Value, column: Index) -> None:
            store_vector(data, powers, [slot, t, column])

        inverse = exponentials(self.problem.keys, self.tiling.native, read, write, safe=self.problem.safe)
        if not self._is_half:
            store_vector(broadcast(inverse, 1), scratch, [slot, t, 0])
            return
        kept = load_tile(powers, [slot, t, 0], [1, 1, self.problem.keys])
        factor = arith.MulFOp(inverse, filled(inverse.type, _TOTAL)).result

        def normalize(column: Index, lanes: int) -> None:
            data = read_vector(kept, [0, 0, column], lanes)
            store_vector(arith.MulFOp(data, broadcast(factor, lanes)).result, scratch, [slot, t, column])

        Row(self.problem.keys, self.tiling.native).each(normalize)

    def _product(
        self,
        schedule: DenseSchedule,
        depth: int,
        columns: int,
        left: Callable[[int, Index], ir.Value],
        right: Callable[[Index, Index, int], ir.Value],
        finish: Callable[[list[ir.Value], Index, int], None],
    ) -> None:
        """For each block of columns: the sums over the depth of left(row, d) * right(d, column), then ``finish``.

        The last block is moved back to end with the columns. Fewer free columns than a block are ever narrower ones.
        """

        def block(column: Index, lanes: int) -> None:
            def step(d: Index, totals: list[ir.Value]) -> list[ir.Value]:
                factor = right(d, column, lanes)
                return [
                    vector.FMAOp(broadcast(left(t, d), lanes), factor, total).result for t, total in enumerate(totals)
                ]

            initial = [zero(ir.VectorType.get([lanes], self.element))] * self.tiling.rows
            finish(product_loop(depth, initial, step), column, lanes)

        def blocks() -> None:
            last, overlaps = columns - schedule.lanes, is_dynamic(columns) or schedule.overlaps

            def start(number: Index) -> Index:
                column = number * schedule.lanes
                return minimum(column, last) if overlaps else column

            for_each(0, -(-columns // schedule.lanes), lambda number: block(start(number), schedule.lanes))

        def narrower() -> None:
            smaller = [lanes for lanes in tail_lanes(self.tiling.native) if lanes < schedule.lanes]
            each_chunk(cut(columns, smaller), block)

        if is_dynamic(columns) and schedule.lanes > 1:
            either(at_least(columns, schedule.lanes), blocks, narrower)
        else:
            blocks()


def emit(problem: AttentionProblem, around: Around, vector: VectorUnit) -> Dispatch:
    """The kernel of the attention."""
    fusion = around.fused()
    between, scores = problem.scoring, problem.scores
    scoring = IDENTITY
    if between:
        scoring = around.expression(between, scores.output, [problem.softmax.input(0)])
    queries, keys, values = (
        around.shaped(value) for value in (scores.input(0), scores.input(1), problem.sums.input(1))
    )
    return attention_dispatch(problem.shape, queries, keys, values, vector, scoring, fusion)
