"""Shapes of operators that select or place elements; some select a data-dependent number."""

from dnnf_mlir.dialect_defs.dialect import Mismatch, ShapeOperands
from dnnf_mlir.dialect_defs.shapes import along
from dnnf_mlir.graph.extents import Shape, ceil_quotient, product

from .rules import shaped


@shaped("TopK", inputs=(1,))
def top_k_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX TopK: ``k`` elements along ``axis``, which has so many, and their positions."""
    x, axis, k = operands.shape(), operands.attribute("axis"), operands.scalar(1)
    operands.require_at_least(x[axis], k, f"dimension {axis} of {x} has less than k = {k} elements")
    return [along(x, axis, k)] * 2


@shaped("NonZero", inputs=())
def non_zero_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX NonZero: [rank, selected]."""
    return [(len(operands.shape()), operands.selected)]


@shaped("NonMaxSuppression", inputs=())
def non_max_suppression_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX NonMaxSuppression: [selected, 3]; there are scores for each box of each image."""
    batches, _, boxes = operands.shape(1)
    _require_shape(operands, 0, (batches, boxes, 4))
    return [(operands.selected, 3)]


@shaped("Compress", inputs=())
def compress_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX Compress: the selected slices along ``axis``, or elements without one."""
    x, axis = operands.shape(), operands.attribute("axis")
    return [(operands.selected,) if axis is None else along(x, axis, operands.selected)]


@shaped("Unique", inputs=())
def unique_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX Unique: the selected elements, or slices along ``axis``; their first positions, of all, and numbers."""
    x, axis = operands.shape(), operands.attribute("axis")
    selected = (operands.selected,)
    if axis is None:
        return [selected, selected, (product(x),), selected]
    return [along(x, axis, operands.selected), selected, (x[axis],), selected]


@shaped("RoiAlign")
def roi_align_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX RoiAlign: [regions, channels, output_height, output_width]."""
    height, width = (operands.attribute(f"output_{name}") for name in ("height", "width"))
    _require_shape(operands, 1, (operands.shape(1)[0], 4))
    _require_shape(operands, 2, operands.shape(1)[:1])
    return [(operands.shape(1)[0], operands.shape()[1], height, width)]


@shaped("GatherND")
def gather_nd_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX GatherND: the positions' dimensions but the last, and x's behind those that they index."""
    x, positions, batch = operands.shape(), operands.shape(1), operands.attribute("batch_dims")
    for i in range(batch):
        operands.require_equal(x[i], positions[i], f"{x} and positions {positions} differ in batch dimension {i}")
    return [(*positions[:-1], *x[batch + positions[-1] :])]


@shaped("MaxRoiPool")
def max_roi_pool_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX MaxRoiPool: [regions, channels, pooled_shape...]."""
    return [(operands.shape(1)[0], operands.shape()[1], *operands.attribute("pooled_shape"))]


@shaped("GridSample")
def grid_sample_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX GridSample: [batch, channels, the grid's dimensions...]."""
    x, grid = operands.shape(), operands.shape(1)
    operands.require_equal(x[0], grid[0], f"the grid {grid} has not the batch of {x}")
    operands.require_equal(grid[-1], len(x) - 2, f"the grid {grid} has no position for each dimension of {x}")
    return [(*x[:2], *grid[1:-1])]


@shaped("Multinomial")
def multinomial_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX Multinomial: ``sample_size`` numbers for each row."""
    return [(operands.shape()[0], operands.attribute("sample_size"))]


@shaped("Det")
def det_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX Det: a number for each matrix, which is square."""
    *batch, rows, columns = operands.shape()
    operands.require_equal(rows, columns, f"matrices of {rows} rows and {columns} columns are not square")
    return [tuple(batch)]


@shaped("GlobalLpPool")
def global_lp_pool_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX GlobalLpPool: a number for each channel."""
    batch, channels, *spatial = operands.shape()
    return [(batch, channels, *[1] * len(spatial))]


@shaped(
    "Bernoulli",
    "BitCast",
    "Cast",
    "Clip",
    "CumProd",
    "CumSum",
    "Dropout",
    "EyeLike",
    "Hardmax",
    "LRN",
    "LpNormalization",
    "RandomNormalLike",
    "RandomUniformLike",
    "Trilu",
)
def same_shape(operands: ShapeOperands) -> list[Shape]:
    """That of the first operand, for each result."""
    return [operands.shape()] * operands.results


@shaped("QuantizeLinear", "DequantizeLinear")
def quantize_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX's quantization: that of x; a scale for all elements, for each position along ``axis``, or each block."""
    x, scale, block = operands.shape(), operands.shape(1), operands.attribute("block_size")
    axis = operands.attribute("axis") % max(1, len(x))
    if block:
        _require_shape(operands, 1, along(x, axis, ceil_quotient(x[axis], block)))
    elif scale not in ((), (1,)):
        _require_shape(operands, 1, x[axis : axis + 1])
    return [x]


@shaped("ReverseSequence")
def reverse_sequence_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX ReverseSequence: that of x; there is a length for each entry of ``batch_axis``."""
    x, batch = operands.shape(), operands.attribute("batch_axis")
    _require_shape(operands, 1, x[batch : batch + 1])
    return [x]


@shaped("Scatter", "ScatterElements")
def scatter_elements_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX ScatterElements: that of x; there is an update for each index, which stays inside along other axes."""
    x, indices, axis = operands.shape(), operands.shape(1), operands.attribute("axis") % len(operands.shape())
    _require_shape(operands, 2, indices)
    require_inside_shape(operands, indices, x, axis)
    return [x]


@shaped("ScatterND")
def scatter_nd_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX ScatterND: that of x; the updates have the positions' dimensions, and x's behind those that they index.

    So the ranks say how many dimensions are indexed.
    """
    x, positions = operands.shape(), operands.shape(1)
    indexed = len(positions) - 1 + len(x) - len(operands.shape(2))
    operands.require_equal(positions[-1], indexed, f"positions {positions} do not fit {x} and the updates' rank")
    _require_shape(operands, 2, (*positions[:-1], *x[indexed:]))
    return [x]


@shaped("TensorScatter")
def tensor_scatter_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX TensorScatter: that of the cache; the update differs from it along ``axis`` only."""
    cache, update = operands.shape(), operands.shape(1)
    axis = operands.attribute("axis") % len(cache)
    _require_shape(operands, 1, (*cache[:axis], update[axis], *cache[axis + 1 :]))
    _require_shape(operands, 2, cache[:1])
    return [cache]


def require_inside_shape(operands: ShapeOperands, indices: Shape, x: Shape, axis: int) -> None:
    """Mismatch for indices along ``axis`` that have more entries along another axis than x has elements."""
    for i, (count, size) in enumerate(zip(indices, x, strict=True)):
        if i != axis:
            operands.require_at_least(size, count, f"indices {list(indices)} reach beyond {list(x)}")


def _require_shape(operands: ShapeOperands, index: int, expected: Shape) -> None:
    """Mismatch for an input, if it is present, of another shape; dynamic sizes are required to be equal."""
    if not operands.has(index):
        return
    shape = operands.shape(index)
    words = f"input {index} has shape {list(shape)} instead of {list(expected)}"
    if len(shape) != len(expected):
        raise Mismatch(words)
    for size, wanted in zip(shape, expected, strict=True):
        operands.require_equal(size, wanted, words)
