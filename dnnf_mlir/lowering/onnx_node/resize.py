"""Resize in all its modes, with scales, sizes and region that may be run-time values."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.dialect_defs.coordinates import original_coordinate
from dnnf_mlir.dialect_defs.one_to_many.resize import scales_of
from dnnf_mlir.emit.control import State, loop
from dnnf_mlir.emit.scalar import Scalar, number, select
from dnnf_mlir.emit.scalar_programs import each
from dnnf_mlir.graph.size import is_dynamic

from .node import OpaqueNode
from .registry import opaque
from .run_time_shapes import run_time_operands
from .sampling import cubic_taps, linear_taps, real, weighted

_STEPS = 4096.0
"""Distances from a whole number of less than half a step are errors of rounding."""


@dataclass(frozen=True)
class _Axis:
    """One resized dimension: its number, sizes, scale, and the region's bounds where the mode uses them."""

    dimension: int
    extent: int
    resized: int
    scale: Scalar
    start: Scalar | None = None
    end: Scalar | None = None

    def source(self, mode: str, position: Scalar) -> Scalar:
        """The operand's coordinate of a result's position."""
        place = position.to("f32")
        region = () if self.start is None or self.end is None else (self.start, self.end)
        extent, resized = (size if isinstance(size, int) else real(size, "f32") for size in (self.extent, self.resized))
        found: Scalar = original_coordinate(mode, place, extent, resized, self.scale, *region)
        return found


@opaque("Resize")
def _resize(node: OpaqueNode) -> list[ir.Value]:
    x, shape = node.array(0), node.result().shape
    attributes = node.attributes
    mode, places = attributes["mode"], attributes["coordinate_transformation_mode"]
    computed = "f64" if x.dtype in ("f64", "i32", "ui32", "i64", "ui64") else "f32"

    def body(positions: list[Scalar]) -> list[Scalar]:
        axes = resized_axes(node, x.shape, shape)
        at = [axis.source(places, positions[axis.dimension]) for axis in axes]

        def element(corner: Sequence[Scalar]) -> Scalar:
            source = list(positions)
            for axis, place in zip(axes, corner, strict=True):
                source[axis.dimension] = place.max(0).min(axis.extent - 1).to("i64").to("index").inside(axis.extent)
            return x.read(*source).to(computed)

        if mode == "nearest":
            found = element([_nearest(place, attributes["nearest_mode"]) for place in at])
        elif attributes["antialias"]:
            found = _antialiased(axes, at, mode, attributes, element)
        else:
            taps = linear_taps(at) if mode == "linear" else cubic_taps(at, attributes["cubic_coeff_a"])
            if attributes["exclude_outside"]:
                taps = [_inside_only(tap, axis.extent) for tap, axis in zip(taps, axes, strict=True)]
            taps = [[(place, weight.to(computed)) for place, weight in tap] for tap in taps]
            found = weighted(taps, element)
        if places == "tf_crop_and_resize":
            for axis, place in zip(axes, at, strict=True):
                inside = (place >= 0) & (place <= axis.extent - 1)
                found = select(inside, found, float(attributes["extrapolation_value"]))
        return [_as(found, x.dtype)]

    return each(shape, [x.dtype], body)


def _as(value: Scalar, dtype: str) -> Scalar:
    """In the result's type; integers are cut off, but a sum that rounding left just beside a whole number is that."""
    if dtype.startswith(("f", "bf")):
        return value.to(dtype)
    return ((value * _STEPS + 0.5).floor() / _STEPS).to("i64").to(dtype)


def resized_axes(node: OpaqueNode, source: Sequence[int], shape: Sequence[int]) -> list[_Axis]:
    """The dimensions that are resized, with what run-time inputs say of them."""
    operands = run_time_operands(node)
    dimensions = [axis % len(source) for axis in node.attributes.get("axes") or range(len(source))]
    if operands.has(2) and operands.value(2):
        scales = operands.value(2)
    else:
        scales = scales_of(
            node.attributes["keep_aspect_ratio_policy"],
            operands.value(3),
            [real(source[d], "f32") if is_dynamic(source[d]) else source[d] for d in dimensions],
        )
    is_cropped = node.attributes["coordinate_transformation_mode"] == "tf_crop_and_resize"
    region = operands.value(1) if is_cropped else []
    found = []
    for i, (d, scale) in enumerate(zip(dimensions, scales, strict=True)):
        if is_dynamic(source[d]) and source[d] == shape[d] and not is_cropped:
            continue  # a dynamic dimension that keeps its size
        bounds = [_single(place) for place in region[i :: len(dimensions)]]
        found.append(_Axis(d, source[d], shape[d], _single(scale), *bounds))
    return found


def _single(value: float | Scalar) -> Scalar:
    return value.single() if isinstance(value, Scalar) else number(float(value), "f32")


def _nearest(place: Scalar, mode: str) -> Scalar:
    match mode:
        case "floor":
            return place.floor()
        case "ceil":
            return place.ceil()
        case "round_prefer_ceil":
            return (place + 0.5).floor()
    return (place - 0.5).ceil()


def _inside_only(taps: list[tuple[Scalar, Scalar]], extent: int) -> list[tuple[Scalar, Scalar]]:
    """Without the weights of what is outside; the rest makes up 1."""
    kept = [(place, select((place >= 0) & (place <= extent - 1), weight, 0.0)) for place, weight in taps]
    total = kept[0][1]
    for _, weight in kept[1:]:
        total = total + weight
    return [(place, weight / total) for place, weight in kept]


def _antialiased(
    axes: Sequence[_Axis],
    at: Sequence[Scalar],
    mode: str,
    attributes: dict[str, object],
    element: Callable[[Sequence[Scalar]], Scalar],
) -> Scalar:
    """The filter is as much wider as the image gets smaller; its weights are made to sum up to 1."""
    a = float(str(attributes["cubic_coeff_a"]))
    support = 1.0 if mode == "linear" else 2.0

    def nest(outer: list[Scalar], weight: Scalar, state: list[State]) -> list[State]:
        if len(outer) == len(axes):
            total, weights = state
            return [total + element(outer).to("f32") * weight, weights + weight]
        axis, place = axes[len(outer)], at[len(outer)]
        shrunk = axis.scale.min(1.0)
        low = place.ceil() - 1  # the element on the left, also of a whole number
        first = (-support / shrunk).floor() + 1
        count = (2 - 2 * first).to("i64").to("index")

        def step(i: Scalar, inner: list[State]) -> list[State]:
            offset = first + i.to("f32")
            distance = ((offset - (place - low)) * shrunk).abs()
            factor = (1 - distance).max(0.0) if mode == "linear" else _keys(distance, a)
            if attributes["exclude_outside"]:
                inside = (low + offset >= 0) & (low + offset <= axis.extent - 1)
                factor = select(inside, factor, 0.0)
            return nest([*outer, low + offset], weight * factor, inner)

        return loop(0, count, state, step)

    start: list[State] = [number(0, "f32"), number(0, "f32")]
    total, weights = nest([], number(1, "f32"), start)
    mean: Scalar = total / weights
    return mean


def _keys(distance: Scalar, a: float) -> Scalar:
    """Keys' cubic convolution kernel."""
    near = ((a + 2) * distance - (a + 3)) * distance * distance + 1
    far = ((distance * a - 5 * a) * distance + 8 * a) * distance - 4 * a
    return select(distance <= 1, near, select(distance < 2, far, 0.0))
