"""ONNX Resize along a dynamic dimension: which elements each result reads, with which weights, found at run time."""

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.dialect_defs.coordinates import original_coordinate
from dnnf_mlir.dialect_defs.interpolation import Interpolation
from dnnf_mlir.emit.scalar import Scalar, number, select
from dnnf_mlir.emit.scalar_programs import each


def run_time_taps(how: Interpolation, size: int, count: int, scale: float) -> tuple[ir.Value, ir.Value]:
    """Positions, i32, and weights, f32, of the elements that each result reads: both [taps, count].

    A dispatch at the insertion point computes them, in single precision as ONNX Runtime. ``scale`` 0 is the sizes'
    quotient. The image is not filtered (``how.antialias``) as it gets smaller.
    """

    def body(at: list[Scalar]) -> list[Scalar]:
        tap, place = at
        extent = number(size, "index").to("f32")
        source = _source(how, place.to("f32"), extent, number(count, "index").to("f32"), scale)
        if how.mode == "nearest":
            return [_clipped(_nearest(source, how.nearest), extent), number(1.0, "f32")]
        first = source.floor() - (how.taps // 2 - 1)
        chosen = first + tap.to("f32")
        weight = _weight(how, chosen, source, extent)
        if how.exclude_outside:
            total = _weight(how, first, source, extent)
            for further in range(1, how.taps):
                total = total + _weight(how, first + further, source, extent)
            weight = weight / total
        return [_clipped(chosen, extent), weight]

    positions, weights = each((how.taps, count), ["i32", "f32"], body)
    return positions, weights


def _source(how: Interpolation, place: Scalar, size: Scalar, count: Scalar, scale: float) -> Scalar:
    """The operand's coordinate of a result."""
    factor = number(scale, "f32") if scale else count / size
    single = how.coordinates == "pytorch_half_pixel"
    mode = "half_pixel" if single else how.coordinates
    found: Scalar = original_coordinate(mode, place, size, count, factor)
    return select(count <= 1, 0.0, found) if single else found


def _clipped(position: Scalar, size: Scalar) -> Scalar:
    return position.min(size - 1).max(0.0).to("i32")


def _nearest(place: Scalar, mode: str) -> Scalar:
    match mode:
        case "floor":
            return place.floor()
        case "ceil":
            return place.ceil()
        case "round_prefer_ceil":
            return (place + 0.5).floor()
    return (place - 0.5).ceil()


def _weight(how: Interpolation, position: Scalar, source: Scalar, size: Scalar) -> Scalar:
    """The weight of the element at a position, before those outside are left out of the sum."""
    distance = (position - source).abs()
    if how.mode == "linear":
        weight = (1 - distance).max(0.0)
    else:
        a = how.cubic
        near = ((a + 2) * distance - (a + 3)) * distance * distance + 1
        far = ((distance * a - 5 * a) * distance + 8 * a) * distance - 4 * a
        weight = select(distance <= 1, near, select(distance < 2, far, 0.0))
    if not how.exclude_outside:
        return weight
    return select((position >= 0.0) & (position <= size - 1), weight, 0.0)
