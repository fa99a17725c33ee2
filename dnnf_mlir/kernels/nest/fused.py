"""A kernel with its prologue, epilogue, pool and result layouts: the part that all anchors share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from math import gcd
from typing import Protocol

from dnnf_mlir.bindings.iree import ir, tensor, vector
from dnnf_mlir.emit.index import Index, divide, remainder
from dnnf_mlir.emit.sizes import Shaped
from dnnf_mlir.emit.vectors import (
    broadcast,
    converted,
    element_type,
    read_scalar,
    read_vector,
    store_tile,
    transposed,
    write_vector,
)
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.kernels.dense.schedule import powers_of_two
from dnnf_mlir.kernels.nest.dispatch import Dispatch
from dnnf_mlir.kernels.nest.fused_work import ElementWise, Fusion, canonical_elementwise, reshape
from dnnf_mlir.kernels.nest.layout import Factor, stored_factors
from dnnf_mlir.kernels.nest.problem import Canonical
from dnnf_mlir.kernels.nest.window import Tile

_WIDTH, _CHANNEL = 3, 4


@dataclass(frozen=True)
class Fused:
    """An element-wise expression inside a kernel: its operands as loaded tensors, its dims canonical."""

    part: ElementWise
    tensors: Sequence[ir.Value]

    def apply(self, data: ir.Value, coordinates: Sequence[Index], cache: dict[int, ir.Value]) -> list[ir.Value]:
        """The results for ``data``, a scalar or a vector along the channels from ``coordinates``.

        ``cache`` holds the operands that are the same in every column; the caller keeps it for one tile. All is
        computed in the type of ``data`` or in single precision, and left in it; of integers, in the operands' types.
        """
        lanes = ir.VectorType(data.type).shape[0] if isinstance(data.type, ir.VectorType) else None
        element = None
        if isinstance(element_type(data.type), ir.FloatType):
            element = ir.F32Type.get() if self.part.single_precision else element_type(data.type)
        values = [data if element is None else converted(data, element)]
        for number, (operand, source) in enumerate(zip(self.part.operands, self.tensors, strict=True)):
            if number in cache:
                values.append(cache[number])
                continue
            indices = [coordinates[dim] for dim in operand.dims if dim is not None]
            if lanes is not None and _CHANNEL in operand.dims:
                loaded = read_vector(source, indices, lanes, operand.dims.index(_CHANNEL), element)
            else:
                loaded = read_scalar(source, indices, element)
                loaded = loaded if lanes is None else broadcast(loaded, lanes)
            values.append(loaded)
            if _WIDTH not in operand.dims:
                cache[number] = loaded
        return list(self.part.body(values))


@dataclass(frozen=True)
class _Piece:
    """Channels of a tile from ``offset`` on: for each column the epilogue's results."""

    offset: int
    size: int
    columns: list[list[ir.Value]]


class Extents(Protocol):
    """What is fused around a problem follows these: [batch, spatial..., channels] of its input and its output."""

    @property
    def input_extents(self) -> tuple[int, ...]: ...

    @property
    def output_shape(self) -> tuple[int, ...]: ...


class Target(Protocol):
    """Where the results go: out of the dispatch, or into memory for what follows in it."""

    def store(self, tile: Tile, accumulators: Sequence[ir.Value]) -> None:
        """Takes the accumulators of a tile, one for each column."""


@dataclass(frozen=True)
class Results:
    """The epilogue, and where its results are stored: for each result its target and the factors of its dimensions.

    The channels of every tile start at a multiple of its lanes from a multiple of ``aligned_channels``.
    """

    epilogue: Fused
    targets: Sequence[ir.Value]
    elements: Sequence[ir.Type]
    factors: Sequence[tuple[Factor, ...]]
    aligned_channels: int

    def store(self, tile: Tile, accumulators: Sequence[ir.Value]) -> None:
        """Applies the epilogue to each column's accumulator and writes the first ``tile.lanes`` channels.

        One store takes as many columns and channels as lie at a constant distance in every result.
        """
        whole = tile.last is None and all(_is_whole(factors, _WIDTH) for factors in self.factors)
        columns = tile.columns if whole else 1
        lanes = min(_unbroken_lanes(factors, tile.lanes, self.aligned_channels) for factors in self.factors)
        computed = self._computed(tile, accumulators)
        for offset in range(0, tile.lanes, lanes):
            for first in range(0, tile.columns, columns):
                self._store_part(tile, computed, slice(first, first + columns), offset, lanes)

    def _computed(self, tile: Tile, accumulators: Sequence[ir.Value]) -> list[_Piece]:
        """The epilogue's results, in as wide vectors as there are, however small the parts are that are stored."""
        pieces = []
        for offset, size in powers_of_two(tile.lanes):
            cache: dict[int, ir.Value] = {}
            values: list[list[ir.Value]] = []
            for t, accumulator in enumerate(accumulators):
                place = (tile.batch, tile.depth, tile.height, tile.position(t), tile.channel + offset)
                values.append(self.epilogue.apply(lanes_of(accumulator, offset, size), place, cache))
            pieces.append(_Piece(offset, size, values))
        return pieces

    def _store_part(self, tile: Tile, computed: Sequence[_Piece], columns: slice, channel: int, lanes: int) -> None:
        width = columns.stop - columns.start
        parts = []
        for factors, element in zip(self.factors, self.elements, strict=True):
            parts.append(tensor.EmptyOp(_part_shape(factors, width, lanes), element).result)
        for offset, size in powers_of_two(lanes):
            at = channel + offset
            piece = next(each for each in computed if each.offset <= at < each.offset + each.size)
            for number, part in enumerate(parts):
                values = [lanes_of(results[number], at - piece.offset, size) for results in piece.columns[columns]]
                stored = [converted(value, self.elements[number]) for value in values]
                parts[number] = _write_columns(stored, part, self.factors[number], offset)
        origin = (
            tile.batch,
            tile.depth,
            tile.height,
            tile.position(columns.start),
            tile.channel + channel,
        )
        for number, part in enumerate(parts):
            offsets = [_coordinate(factor, origin) for factor in self.factors[number]]
            store_tile(part, self.targets[number], offsets)


@dataclass(frozen=True)
class Workgroup:
    """What an anchor's loop nest works with inside the dispatch.

    The position in the grid, the anchor's operands as loaded tensors, the results to be stored, the prologue to be
    applied to what is loaded from the input, the memories for intermediate values, and the results behind a pool. With
    a pool the epilogue has one result more than are stored: the first one is pooled.
    """

    ids: tuple[Index, Index]
    tensors: list[ir.Value]
    results: Results
    prologue: Fused | None
    scratch: list[ir.Value]
    pooled: Results | None = None


def fused_dispatch(
    problem: Extents,
    form: Canonical,
    fusion: Fusion,
    anchor_operands: Sequence[ir.Value],
    grid: tuple[int, int],
    aligned_channels: int,
    body: Callable[[Workgroup], None],
    scratch: Sequence[Shaped] = (),
) -> Dispatch:
    """One dispatch for an anchor and what is fused around it.

    A result with a place is the larger tensor, as it is afterwards.
    ``aligned_channels`` is as in :class:`Results`, ``scratch`` the types of memories for intermediate values.
    """
    after = canonical_elementwise(fusion.epilogue, form, problem.output_shape)
    before = None if fusion.prologue is None else canonical_elementwise(fusion.prologue, form, problem.input_extents)
    pooled, pooling = None, fusion.pooling
    if pooling is not None:
        pooled = canonical_elementwise(pooling.epilogue, form, pooling.output_shape(problem.output_shape))
    parts = [part for part in (after, before, pooled) if part is not None]
    operands = [*anchor_operands, *(operand.value for part in parts for operand in part.operands)]
    element = ir.RankedTensorType(anchor_operands[0].type).element_type
    layouts = fusion.stored_layouts(problem.output_shape)
    factors = [_with_channel_and_width(stored_factors(layout, form.grouping)) for layout in layouts]
    beside = after.results - (0 if pooled is None else 1)
    elements = list(after.elements or [element] * after.results)[after.results - beside :]
    if pooled is not None:
        elements += pooled.elements or [element] * pooled.results
    types = [
        Shaped(tuple(factor.stored_extent for factor in each), stored)
        for each, stored in zip(factors, elements, strict=True)
    ]
    wholes = [
        None if layout.place is None else reshape(layout.place.whole, type_.shape)
        for layout, type_ in zip(layouts, types, strict=True)
    ]

    def inside(
        ids: tuple[Index, Index], tensors: list[ir.Value], targets: list[ir.Value], memories: list[ir.Value]
    ) -> None:
        first = len(anchor_operands)
        remaining = iter(tensors[first:])

        def fused(part: ElementWise) -> Fused:
            return Fused(part, list(islice(remaining, len(part.operands))))

        def stored(part: Fused, place: slice) -> Results:
            return Results(part, targets[place], elements[place], factors[place], aligned_channels)

        results = stored(fused(after), slice(None, beside))
        prologue = None if before is None else fused(before)
        behind = None if pooled is None else stored(fused(pooled), slice(beside, None))
        body(Workgroup(ids, tensors[:first], results, prologue, memories, behind))

    shapes = [layout.shape if layout.place is None else layout.place.shape for layout in layouts]
    return Dispatch(operands, types, shapes, grid, inside, scratch, wholes)


def _with_channel_and_width(factors: tuple[Factor, ...]) -> tuple[Factor, ...]:
    """At least one factor for the width and one for the channels, so that tiles always have these dimensions."""
    missing = [Factor(dim, 1, 1, True) for dim in (_WIDTH, _CHANNEL) if all(f.dim != dim for f in factors)]
    return (*factors, *missing)


def _is_whole(factors: Sequence[Factor], dim: int) -> bool:
    return sum(factor.dim == dim for factor in factors) == 1


def _inner(factors: Sequence[Factor], dim: int) -> int:
    """The position of the dimension's innermost factor, along which consecutive coordinates lie."""
    return min((i for i, factor in enumerate(factors) if factor.dim == dim), key=lambda i: factors[i].divisor)


def _unbroken_lanes(factors: Sequence[Factor], lanes: int, aligned: int) -> int:
    """How many channels of a tile, from any multiple of that number on, lie at a constant distance when stored."""
    if _is_whole(factors, _CHANNEL):
        return lanes
    extent = factors[_inner(factors, _CHANNEL)].extent
    if is_dynamic(extent) or is_dynamic(aligned):
        return 1
    common = gcd(lanes, aligned, extent)
    return common & -common


def _part_shape(factors: Sequence[Factor], columns: int, lanes: int) -> list[int]:
    width, channels = _inner(factors, _WIDTH), _inner(factors, _CHANNEL)
    return [columns if i == width else lanes if i == channels else 1 for i in range(len(factors))]


def _write_columns(columns: Sequence[ir.Value], part: ir.Value, factors: Sequence[Factor], channel: int) -> ir.Value:
    """The part with a vector of channels from ``channel`` on for each column.

    Where columns that follow each other do so in memory too, the vectors are turned round in registers: single channels
    would be stored one by one.
    """
    width, channels = _inner(factors, _WIDTH), _inner(factors, _CHANNEL)

    def indices(column: int, channel: int) -> list[Index]:
        return [column if i == width else channel if i == channels else 0 for i in range(len(factors))]

    turned = channels < width and all(factor.stored_extent == 1 for factor in factors[width + 1 :])
    for first, count in powers_of_two(len(columns)) if turned else [(t, 1) for t in range(len(columns))]:
        if count == 1:
            part = write_vector(columns[first], part, indices(first, channel), channels)
            continue
        for lane, row in enumerate(transposed(columns[first : first + count])):
            part = write_vector(row, part, indices(first, channel + lane), width)
    return part


def _coordinate(factor: Factor, origin: Sequence[Index]) -> Index:
    if factor.extent == 1:
        return factor.start
    quotient = divide(origin[factor.dim], factor.divisor)
    return (quotient if factor.outermost else remainder(quotient, factor.extent)) + factor.start


def lanes_of(data: ir.Value, offset: int, lanes: int) -> ir.Value:
    """A part of a vector."""
    type_ = ir.VectorType(data.type)
    if type_.shape[0] == lanes:
        return data
    result = ir.VectorType.get([lanes], type_.element_type)
    return vector.ExtractStridedSliceOp(result, data, [offset], [lanes], [1]).result
