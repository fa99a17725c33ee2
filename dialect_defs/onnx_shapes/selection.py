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


@shaped("Cast", "ScatterElements", "ScatterND")
def same_shape(operands: ShapeOperands) -> list[Shape]:
    """That of the first operand."""
    return [operands.shape()]
