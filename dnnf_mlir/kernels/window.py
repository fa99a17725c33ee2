"""Windows over the input: which taps are inside, and where the results of a register tile go.

Padding costs nothing: along depth and height the loops over taps are clipped to the input, along the width the tiles
that touch the padding are generated one by one without the taps that would read it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dnnf_mlir.iree_ir import ir, tensor, vector
from dnnf_mlir.kernels.elementwise import ElementWise
from dnnf_mlir.kernels.indexing import Index, add, ceil_divide, maximum, minimum, multiply, subtract
from dnnf_mlir.kernels.problem import Axis
from dnnf_mlir.kernels.schedule import powers_of_two
from dnnf_mlir.kernels.workgroups import broadcast, read_scalar, read_vector, store_tile, write_vector

_WIDTH, _CHANNEL = 3, 4


def input_position(axis: Axis, output: Index, tap: Index) -> Index:
    """The input coordinate that kernel position ``tap`` of the window of ``output`` reads."""
    dilated = multiply(tap, axis.dilation)
    return add(subtract(multiply(output, axis.stride), axis.pad_before), dilated)


def taps_inside(axis: Axis, output: Index) -> tuple[Index, Index]:
    """First and one past the last kernel position inside the input, for the window of ``output``."""
    origin = subtract(multiply(output, axis.stride), axis.pad_before)
    lower: Index = 0
    upper: Index = axis.kernel
    if axis.clips_before:
        lower = maximum(0, ceil_divide(subtract(0, origin), axis.dilation))
    if axis.clips_after:
        upper = minimum(axis.kernel, ceil_divide(subtract(axis.input, origin), axis.dilation))
    return lower, upper


@dataclass(frozen=True)
class Tile:
    """``columns`` results of ``lanes`` channels each, at the output coordinates of the first one."""

    batch: Index
    depth: Index
    height: Index
    column: Index
    columns: int
    channel: Index
    lanes: int


@dataclass(frozen=True)
class Fused:
    """An element-wise expression inside a kernel: its operands as loaded tensors, its dims canonical."""

    part: ElementWise
    tensors: Sequence[ir.Value]

    def apply(self, data: ir.Value, coordinates: Sequence[Index], cache: dict[int, ir.Value]) -> list[ir.Value]:
        """The results for ``data``, a scalar or a vector along the channels from ``coordinates``.

        ``cache`` holds the operands that are the same in every column; the caller keeps it for one tile.
        """
        lanes = ir.VectorType(data.type).shape[0] if isinstance(data.type, ir.VectorType) else None
        values = [data]
        for number, (operand, source) in enumerate(zip(self.part.operands, self.tensors, strict=True)):
            if number in cache:
                values.append(cache[number])
                continue
            indices = [coordinates[dim] for dim in operand.dims if dim is not None]
            if lanes is not None and _CHANNEL in operand.dims:
                loaded = read_vector(source, indices, lanes, operand.dims.index(_CHANNEL))
            else:
                loaded = read_scalar(source, indices)
                loaded = loaded if lanes is None else broadcast(loaded, lanes)
            values.append(loaded)
            if _WIDTH not in operand.dims:
                cache[number] = loaded
        return list(self.part.body(values))

    def store(self, tile: Tile, accumulators: Sequence[ir.Value], targets: Sequence[ir.Value]) -> None:
        """Applies the expression to each column's accumulator and writes the first ``tile.lanes`` channels."""
        row = (tile.batch, tile.depth, tile.height)
        shape = [1, 1, 1, tile.columns, tile.lanes]
        tiles = [tensor.EmptyOp(shape, _element(target)).result for target in targets]
        for offset, lanes in powers_of_two(tile.lanes):
            cache: dict[int, ir.Value] = {}
            for column, accumulator in enumerate(accumulators):
                data = lanes_of(accumulator, offset, lanes)
                coordinates = (*row, add(tile.column, column), add(tile.channel, offset))
                results = self.apply(data, coordinates, cache)
                tiles = [
                    write_vector(result, target, [0, 0, 0, column, offset])
                    for result, target in zip(results, tiles, strict=True)
                ]
        for filled_tile, target in zip(tiles, targets, strict=True):
            store_tile(filled_tile, target, (*row, tile.column, tile.channel))


def lanes_of(data: ir.Value, offset: int, lanes: int) -> ir.Value:
    """A part of a vector."""
    type_ = ir.VectorType(data.type)
    if type_.shape[0] == lanes:
        return data
    result = ir.VectorType.get([lanes], type_.element_type)
    return vector.ExtractStridedSliceOp(result, data, [offset], [lanes], [1]).result


def _element(target: ir.Value) -> ir.Type:
    """Element type of a result; the bindings do not take a dispatch tensor type apart."""
    text = str(target.type)
    return ir.RankedTensorType(ir.Type.parse(text[text.index("tensor<", text.index(":")) : -1])).element_type
