"""Products of one vector for each batch item, one after the other in one dispatch: squeeze-and-excitation, classifiers.

A workgroup computes one batch item; what lies between the products never leaves the first-level cache::

    vector = after_0(mean over positions of x[n, position, :])     # the global average pooling in front, if any
    for each product i:                                             # written out, each a loop over blocks of filters
      vector = after_i(bias_i + vector * weights_i)                 # kept in scratch memory
    y[n, :] = epilogue(vector)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from dnnf_mlir.bindings.iree import arith, ir
from dnnf_mlir.emit.index import Index
from dnnf_mlir.emit.sizes import Shaped
from dnnf_mlir.emit.vectors import broadcast, computing_type, element_bytes, load_tile, reciprocal
from dnnf_mlir.kernels.dense.nest import DenseKernel, DenseWork, PackedWeights
from dnnf_mlir.kernels.dense.schedule import DenseSchedule, powers_of_two
from dnnf_mlir.kernels.nest.around import Around
from dnnf_mlir.kernels.nest.channel_sweep import ChannelSweep
from dnnf_mlir.kernels.nest.dispatch import Dispatch
from dnnf_mlir.kernels.nest.fused import Fused, Target, Workgroup, fused_dispatch, lanes_of
from dnnf_mlir.kernels.nest.fused_work import (
    IDENTITY,
    NO_FUSION,
    ElementWise,
    Fusion,
    canonical,
    canonical_elementwise,
    reshape,
)
from dnnf_mlir.kernels.nest.problem import ConvProblem, matmul_problem
from dnnf_mlir.kernels.nest.row import Row, store_vector
from dnnf_mlir.kernels.nest.window import Tile
from dnnf_mlir.kernels.vector_products.pattern import VectorProductsProblem, vector_product_problem
from dnnf_mlir.targets import VectorUnit

# Registers of a block of channels while pooling: long runs of memory, as many sums as hide an addition's latency.
_POOLED_REGISTERS = 8


@dataclass(frozen=True)
class VectorProduct:
    """One product of [batch, 1..., depth] with constant weights, packed for :attr:`item`.

    ``after`` is applied to what it computes, along the dimensions of its result. What follows the last product
    is the epilogue.
    """

    shape: tuple[int, ...]
    """Of the operand, all dimensions 1 but the first and the last."""
    filters: int
    weights: ir.Value
    bias: ir.Value | None
    after: ElementWise = IDENTITY

    @property
    def item(self) -> ConvProblem:
        """The product of one batch item, for which the weights are packed."""
        return vector_product_problem(self.shape[-1], self.filters)

    @property
    def problem(self) -> ConvProblem:
        """The product of all batch items."""
        return matmul_problem(self.shape[:-1], self.shape[-1], self.filters)


@dataclass(frozen=True)
class VectorPool:
    """The global average pooling of [batch, spatial..., channels] and what is applied to its result."""

    shape: tuple[int, ...]
    after: ElementWise = IDENTITY

    @property
    def result(self) -> ConvProblem:
        """A problem whose result has the dimensions of the pooled one."""
        ones = (1,) * (len(self.shape) - 2)
        return matmul_problem((self.shape[0], *ones), self.shape[-1], self.shape[-1])


def vector_products_dispatch(
    pool: VectorPool | None,
    products: Sequence[VectorProduct],
    x: ir.Value,
    vector_unit: VectorUnit,
    fusion: Fusion = NO_FUSION,
) -> Dispatch:
    """One dispatch for the pooling of x, if any, and the products one after the other; the last one's results."""
    last = products[-1]
    form = canonical(last.problem, keep_batch=True)
    batch = last.shape[0]
    element = computing_type(ir.RankedTensorType(x.type).element_type, vector_unit)
    inner = [(each.after, each.problem) for each in products[:-1]]
    if pool is not None:
        inner.insert(0, (pool.after, pool.result))
    parts = [
        canonical_elementwise(part, canonical(problem, keep_batch=True), problem.output_shape)
        for part, problem in inner
    ]
    spatial = () if pool is None else pool.shape[1:-1]
    extents = (batch, 1, 1, prod(spatial), products[0].shape[-1])
    weights = [tensor for each in products for tensor in (each.weights, each.bias) if tensor is not None]
    operands = [reshape(x, extents), *weights, *(operand.value for part in parts for operand in part.operands)]
    native = vector_unit.lanes(element_bytes(ir.F32Type.get()))

    def body(group: Workgroup) -> None:
        given = iter(group.tensors)
        vector = next(given)
        bound = [(next(given), None if each.bias is None else next(given)) for each in products]
        fused = [Fused(part, [next(given) for _ in part.operands]) for part in parts]
        item = group.ids[1]
        targets: list[Target] = [_Memory(part, memory, item) for part, memory in zip(fused, group.scratch, strict=True)]
        lengths = [problem.filters for _, problem in inner]
        for number, target in enumerate([*targets, group.results]):
            if pool is not None and number == 0:
                _pool(vector, extents, item, native, target)
            else:
                position = number - (pool is not None)
                tensors = bound[position]
                _product(products[position], vector, *tensors, item, batch, vector_unit, element, target)
            if number < len(lengths):
                vector = load_tile(group.scratch[number], [0] * 5, [batch, 1, 1, 1, lengths[number]])

    scratch = [Shaped((batch, 1, 1, 1, problem.filters), element) for _, problem in inner]
    return fused_dispatch(last.problem, form, fusion, operands, (1, batch), last.filters, body, scratch)


@dataclass(frozen=True)
class _Memory:
    """The vector between two products: what is stored is what follows the first of them makes of it."""

    part: Fused
    memory: ir.Value
    item: Index

    def store(self, tile: Tile, accumulators: Sequence[ir.Value]) -> None:
        [accumulator] = accumulators
        for offset, lanes in powers_of_two(tile.lanes):
            place = [self.item, 0, 0, 0, tile.channel + offset]
            [data] = self.part.apply(lanes_of(accumulator, offset, lanes), place, {})
            store_vector(data, self.memory, place)


def _pool(x: ir.Value, extents: Sequence[int], item: Index, native: int, target: Target) -> None:
    *positions, channels = extents

    def block(channel: Index, lanes: int) -> None:
        total = ChannelSweep(x, None, positions, item, channel, lanes, native).sum(lambda data: data)
        share = broadcast(reciprocal(prod(positions[1:]), ir.F32Type.get()), lanes)
        mean = arith.MulFOp(total, share).result
        target.store(Tile(item, 0, 0, 0, 1, channel, lanes), [mean])

    Row(channels, native, _POOLED_REGISTERS).each(block)


def _product(
    product: VectorProduct,
    vector: ir.Value,
    weights: ir.Value,
    bias: ir.Value | None,
    item: Index,
    batch: int,
    vector_unit: VectorUnit,
    element: ir.Type,
    target: Target,
) -> None:
    size = element_bytes(ir.RankedTensorType(weights.type).element_type)
    schedule = DenseSchedule.choose(product.item, 1, vector_unit, size)

    work = DenseWork(product.item, canonical(product.item).axes, batch, schedule)
    kernel = DenseKernel(work, element, vector, PackedWeights(weights, vector_unit), bias, target, None)
    kernel.all_blocks(item, item + 1)


def emit(problem: VectorProductsProblem, around: Around, vector: VectorUnit) -> Dispatch:
    """The kernel of the chain."""
    fusion = around.fused()
    after = [
        around.expression(nodes, node.output, [fed]) if nodes else IDENTITY
        for node, nodes, fed in zip(problem.block.anchors, problem.between, problem.fed, strict=False)
    ]
    after.append(IDENTITY)
    pool = None if problem.pool is None else VectorPool(problem.x.type.shape, after.pop(0))
    products = []
    for product, part in zip(problem.products, after, strict=True):
        depth, filters = product.window.channels, product.window.filters
        weights = around.packed(product, vector_product_problem(depth, filters), vector)
        products.append(VectorProduct(product.window.input_shape, filters, weights, around.bias(product), part))
    return vector_products_dispatch(pool, products, around.shaped(problem.x), vector, fusion)
