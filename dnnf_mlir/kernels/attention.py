"""softmax(Q K^T) V in one dispatch: the scores of a tile of rows never leave the first-level cache.

Loops of one workgroup::

    for tile of T rows of one head in the workgroup's share:
      for block of lanes keys:                   # T x lanes accumulators in registers
        scratch[T, block] = scoring(sum over d of q[row, d] * k[d, block])
      for row in T:
        scratch[row, :] = exp(scratch[row, :] - maximum); inverse[row] = 1 / sum
      for block of lanes columns:
        y[T, block] = epilogue(inverse[row] * sum over keys of scratch[row, key] * v[key, block])
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, prod

from dnnf_mlir.iree_ir import arith, ir, tensor, vector
from dnnf_mlir.kernels.canonical import Canonical, canonical_elementwise, canonical_product, reshape
from dnnf_mlir.kernels.dispatch import Dispatch
from dnnf_mlir.kernels.elementwise import IDENTITY, ElementWise, Fusion
from dnnf_mlir.kernels.fused import Fused, Workgroup, fused_dispatch
from dnnf_mlir.kernels.indexing import Index, add, delinearize, loop, minimum, multiply
from dnnf_mlir.kernels.layout import Layout
from dnnf_mlir.kernels.problem import matmul_problem
from dnnf_mlir.kernels.row import store_vector
from dnnf_mlir.kernels.schedule import DenseSchedule, balanced
from dnnf_mlir.kernels.softmax import exponentials
from dnnf_mlir.kernels.summation import products
from dnnf_mlir.kernels.window import Tile
from dnnf_mlir.kernels.workgroups import (
    broadcast,
    computing_type,
    element_bytes,
    element_of,
    filled,
    load_tile,
    read_scalar,
    read_vector,
    store_tile,
    write_vector,
    zero,
)
from dnnf_mlir.targets import VectorUnit

# Workgroups: enough for the threads of a phone or desktop; each has scratch memory of its own.
_MOST_WORKGROUPS = 32


@dataclass(frozen=True)
class AttentionProblem:
    """Queries [leading..., rows, depth], keys [leading..., depth, keys], values [leading..., keys, columns].

    One to three leading dimensions (batch, heads); the result is [leading..., rows, columns].
    """

    leading: tuple[int, ...]
    rows: int
    depth: int
    keys: int
    columns: int
    safe: bool = False
    """Queries without any key, all of whose scores are -infinity, get zeros instead of NaN."""


def attention_dispatch(
    problem: AttentionProblem,
    queries: ir.Value,
    keys: ir.Value,
    values: ir.Value,
    vector_unit: VectorUnit,
    scoring: ElementWise = IDENTITY,
    epilogue: ElementWise = IDENTITY,
    layouts: tuple[Layout, ...] = (),
) -> Dispatch:
    """One dispatch for ``epilogue(softmax(scoring(queries @ keys)) @ values)``.

    The keys are given transposed, [leading..., depth, keys]: best stored so by the kernel that makes them. ``scoring``
    (scale, mask) follows the dimensions of the scores, [leading..., rows, keys]; the softmax is over the keys. Scores
    and sums of exponentials are f32, the exponentials themselves of the products' type.
    """
    scores = matmul_problem((*problem.leading, problem.rows), problem.depth, problem.keys)
    output = matmul_problem((*problem.leading, problem.rows), problem.keys, problem.columns)
    form = canonical_product(output)
    element = ir.RankedTensorType(queries.type).element_type
    size = element_bytes(element)
    first = DenseSchedule.choose_unpacked(scores, problem.rows, vector_unit, size)
    second = DenseSchedule.choose_unpacked(output, problem.rows, vector_unit, size)
    tiles, rows = balanced(problem.rows, min(first.columns, second.columns))
    scored = canonical_elementwise(scoring, canonical_product(scores), scores.output_shape)
    leading = list(form.output_extents[:3])
    operands = [
        reshape(queries, [*leading, problem.rows, problem.depth]),
        reshape(keys, [*leading, problem.depth, problem.keys]),
        reshape(values, [*leading, problem.keys, problem.columns]),
        *(operand.value for operand in scored.operands),
    ]
    items = prod(leading) * tiles
    workgroups = ceil(items / ceil(items / _MOST_WORKGROUPS))
    single, computing = ir.F32Type.get(), computing_type(element, vector_unit)
    tiling = _Tiling(form, rows, tiles, items, workgroups, first, second, vector_unit.lanes(element_bytes(single)))

    def body(group: Workgroup) -> None:
        _Kernel(problem, tiling, computing, Fused(scored, group.tensors[3:]), group).run()

    shape = [workgroups, rows, problem.keys]
    scratch = [ir.RankedTensorType.get([workgroups, rows, 1], single), ir.RankedTensorType.get(shape, single)]
    if computing != single:
        scratch.append(ir.RankedTensorType.get(shape, computing))
    fusion = Fusion(epilogue, None, layouts)
    return fused_dispatch(output, form, fusion, operands, (workgroups, 1), problem.columns, body, scratch)


@dataclass(frozen=True)
class _Tiling:
    """Tiles of ``rows`` rows, ``tiles`` in a head, ``items`` in all; the schedules of both products."""

    form: Canonical
    rows: int
    tiles: int
    items: int
    workgroups: int
    scores: DenseSchedule
    output: DenseSchedule
    native: int


@dataclass(frozen=True)
class _Kernel:
    """The loop nest inside the dispatch."""

    problem: AttentionProblem
    tiling: _Tiling
    element: ir.Type
    scoring: Fused
    group: Workgroup

    @property
    def _memories(self) -> tuple[ir.Value, ir.Value, ir.Value]:
        """For the inverse sums, the scores, and the exponentials, which replace scores of their type."""
        return self.group.scratch[0], self.group.scratch[1], self.group.scratch[-1]

    @property
    def _share(self) -> float:
        """A factor of the exponentials, so that no sum of them times values leaves the range of f16."""
        return 0.5 ** (self.problem.keys - 1).bit_length() if isinstance(self.element, ir.F16Type) else 1.0

    def run(self) -> None:
        share = ceil(self.tiling.items / self.tiling.workgroups)
        first = multiply(self.group.ids[0], share)
        loop(first, minimum(add(first, share), self.tiling.items), [], lambda item, _: self._tile(item))

    def _tile(self, item: Index) -> list[ir.Value]:
        """All of one tile of rows."""
        *leading, tile = delinearize(item, [*self.tiling.form.output_extents[:3], self.tiling.tiles])
        row = minimum(multiply(tile, self.tiling.rows), self.problem.rows - self.tiling.rows)
        slot = self.group.ids[0]
        inverses, scratch, weights = self._memories
        queries, keys, values = self.group.tensors[:3]

        def query(t: int, d: Index) -> ir.Value:
            return read_scalar(queries, [*leading, add(row, t), d], self.element)

        def key(d: Index, column: Index, lanes: int) -> ir.Value:
            return read_vector(keys, [*leading, d, column], lanes, element=self.element)

        def keep(totals: list[ir.Value], column: Index) -> None:
            cache: dict[int, ir.Value] = {}
            lanes = self.tiling.scores.lanes
            part = tensor.EmptyOp([1, self.tiling.rows, lanes], element_of(scratch)).result
            for t, total in enumerate(totals):
                score = self.scoring.apply(total, [*leading, add(row, t), column], cache)[0]
                part = write_vector(score, part, [0, t, 0], 2)
            store_tile(part, scratch, [slot, 0, column])

        self._product(self.tiling.scores, self.problem.depth, self.problem.keys, query, key, keep)
        loop(0, self.tiling.rows, [], lambda t, _: self._softmax(t))
        kept = load_tile(weights, [slot, 0, 0], [1, self.tiling.rows, self.problem.keys])
        factors = load_tile(inverses, [slot, 0, 0], [1, self.tiling.rows, 1])

        def weight(t: int, k: Index) -> ir.Value:
            return read_scalar(kept, [0, t, k])

        def value(k: Index, column: Index, lanes: int) -> ir.Value:
            return read_vector(values, [*leading, k, column], lanes, element=self.element)

        def finish(totals: list[ir.Value], column: Index) -> None:
            lanes = self.tiling.output.lanes
            inverse = [read_scalar(factors, [0, t, 0], self.element) for t in range(self.tiling.rows)]
            scaled = [
                arith.MulFOp(total, broadcast(each, lanes)).result for total, each in zip(totals, inverse, strict=True)
            ]
            place = Tile(leading[0], leading[1], leading[2], row, self.tiling.rows, column, lanes)
            self.group.results.store(place, scaled)

        self._product(self.tiling.output, self.problem.keys, self.problem.columns, weight, value, finish)
        return []

    def _softmax(self, t: Index) -> list[ir.Value]:
        """The exponentials of one row of scores, in their place or beside them, and the inverse of their sum."""
        slot = self.group.ids[0]
        inverses, scratch, weights = self._memories
        row = load_tile(scratch, [slot, t, 0], [1, 1, self.problem.keys])

        def read(column: Index, lanes: int) -> ir.Value:
            return read_vector(row, [0, 0, column], lanes)

        def write(data: ir.Value, column: Index) -> None:
            store_vector(_times(data, self._share), weights, [slot, t, column])

        inverse = exponentials(self.problem.keys, self.tiling.native, read, write, safe=self.problem.safe)
        store_vector(_times(broadcast(inverse, 1), 1 / self._share), inverses, [slot, t, 0])
        return []

    def _product(
        self,
        schedule: DenseSchedule,
        depth: int,
        columns: int,
        left: Callable[[int, Index], ir.Value],
        right: Callable[[Index, Index, int], ir.Value],
        finish: Callable[[list[ir.Value], Index], None],
    ) -> None:
        """For each block of columns: the sums over the depth of left(row, d) * right(d, column), then ``finish``."""
        initial = [zero(ir.VectorType.get([schedule.lanes], self.element))] * self.tiling.rows

        def block(number: Index, _: list[ir.Value]) -> Sequence[ir.Value]:
            column = multiply(number, schedule.lanes)
            if schedule.overlaps:
                column = minimum(column, columns - schedule.lanes)

            def step(d: Index, totals: list[ir.Value]) -> list[ir.Value]:
                factor = right(d, column, schedule.lanes)
                return [
                    vector.FMAOp(broadcast(left(t, d), schedule.lanes), factor, total).result
                    for t, total in enumerate(totals)
                ]

            finish(products(depth, initial, step), column)
            return []

        loop(0, schedule.blocks, [], block)


def _times(data: ir.Value, factor: float) -> ir.Value:
    return data if factor == 1 else arith.MulFOp(data, filled(data.type, factor)).result
