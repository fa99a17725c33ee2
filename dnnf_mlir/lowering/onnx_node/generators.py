"""Windows, grids and crops whose size is a run-time value: composites that ONNX defines by a function."""

from math import pi
from typing import Any

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.emit.control import Array
from dnnf_mlir.emit.elementary import device_cos
from dnnf_mlir.emit.scalar import Scalar, all_of, number, select
from dnnf_mlir.emit.scalar_programs import each

from .node import OpaqueNode
from .registry import opaque
from .run_time_shapes import determine_sizes
from .sampling import real

_WINDOWS = {
    "HannWindow": (0.5, 0.5, 0.0),
    "HammingWindow": (25 / 46, 21 / 46, 0.0),
    "BlackmanWindow": (0.42, 0.5, 0.08),
}
"""a0, a1, a2 of a0 - a1 cos(x) + a2 cos(2x)."""


@opaque(*_WINDOWS)
def _window(node: OpaqueNode) -> list[ir.Value]:
    """The length is the result's; a periodic window is one element shorter than its period."""
    type_ = node.result()
    a0, a1, a2 = _WINDOWS[node.proto.op_type]
    length = type_.shape[0]
    period = length if node.attributes["periodic"] else length - 1
    computed = "f64" if type_.dtype == "f64" else "f32"

    def body(positions: list[Scalar]) -> list[Scalar]:
        angle = positions[0].to(computed) * (2 * pi / period if period else 0.0)
        value = a0 - device_cos(angle) * a1
        if a2:
            value = value + device_cos(angle * 2) * a2
        return [value.to(type_.dtype)]

    return each(type_.shape, [type_.dtype], body)


@opaque("Range")
def _range(node: OpaqueNode) -> list[ir.Value] | None:
    """start + i * delta, as many as lie before the limit."""
    type_ = node.result()
    start, delta = node.array(0), node.array(2)

    def only(array: Array) -> Scalar:
        return array.read(*[0] * array.rank)

    determine_sizes(node)
    return each(type_.shape, [type_.dtype], lambda i: [only(start) + i[0].to(type_.dtype) * only(delta)])


@opaque("Shape")
def _shape(node: OpaqueNode) -> list[ir.Value] | None:
    """Sizes left free as numbers, in a dispatch of their own."""
    shape = node.input(0).type.shape[node.attributes.get("start", 0) : node.attributes.get("end")]
    sizes = [number(size, "index") for size in shape]

    def body(positions: list[Scalar]) -> list[Scalar]:
        chosen = sizes[0]
        for place, size in enumerate(sizes[1:], 1):
            chosen = select(positions[0] >= place, size, chosen)
        return [chosen.to("i64")]

    return each(node.result().shape, ["i64"], body)


@opaque("AffineGrid")
def _affine_grid(node: OpaqueNode) -> list[ir.Value]:
    """For each position of the image the matrix times its normal coordinates; the last dimension of the image first."""
    theta, shape = node.array(0), node.result().shape
    spatial = shape[1:-1]
    aligned = node.attributes["align_corners"]

    def body(positions: list[Scalar]) -> list[Scalar]:
        batch, *place, row = positions
        total = theta.read(batch, row, len(spatial))
        for i, extent in enumerate(reversed(spatial)):
            at = place[len(spatial) - 1 - i].to(theta.dtype)
            step = _grid_step(real(extent, theta.dtype), aligned)
            normal = (at * step - 1) if aligned else (at + 0.5) * step - 1
            total = total + theta.read(batch, row, i) * normal
        return [total]

    return each(shape, [theta.dtype], body)


def _grid_step(size: Any, aligned: bool) -> Any:
    """Between the normal coordinates of neighbours, which run from -1 to 1; a float, or a run-time number."""
    if not aligned:
        return 2 / size
    if isinstance(size, Scalar):
        return select(size > 1, number(2, size.dtype) / (size - 1).max(1), 0)
    return 2 / (size - 1) if size > 1 else 0.0


@opaque("CenterCropPad")
def _center_crop_pad(node: OpaqueNode) -> list[ir.Value]:
    """The middle of a larger operand, or a smaller one between zeros; the odd element goes to the end."""
    x, shape = node.array(0), node.result().shape

    def body(positions: list[Scalar]) -> list[Scalar]:
        source, inside = [], []
        for position, extent, size in zip(positions, x.shape, shape, strict=True):
            shift = (extent - size) // 2 if extent > size else -((size - extent) // 2)
            at = position + shift
            inside.append((at >= 0) & (at < extent))
            source.append(at.max(0).min(max(0, extent - 1)))
        return [select(all_of(inside), x.read(*source), 0)]

    return each(shape, [x.dtype], body)
