"""Shapes of operators that select or place elements; some select a data-dependent number."""

from dnnf_mlir.dialect_defs.dialect import ShapeOperands
from dnnf_mlir.dialect_defs.shapes import along
from dnnf_mlir.graph.extents import Shape, product

from .rules import shaped


@shaped("TopK", inputs=(1,))
def top_k_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX TopK: ``k`` elements along ``axis``, and their positions."""
    return [along(operands.shape(), operands.attribute("axis"), operands.scalar(1))] * 2


@shaped("NonZero", inputs=())
def non_zero_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX NonZero: [rank, selected]."""
    return [(len(operands.shape()), operands.selected)]


@shaped("NonMaxSuppression", inputs=())
def non_max_suppression_shape(operands: ShapeOperands) -> list[Shape]:
    """ONNX NonMaxSuppression: [selected, 3]."""
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
    "CumProd",
    "Dropout",
    "EyeLike",
    "Hardmax",
    "LRN",
    "LpNormalization",
    "RandomNormalLike",
    "RandomUniformLike",
    "ReverseSequence",
    "Scatter",
    "ScatterElements",
    "ScatterND",
    "TensorScatter",
    "Trilu",
)
def same_shape(operands: ShapeOperands) -> list[Shape]:
    """That of the first operand, for each result."""
    return [operands.shape()] * operands.results
