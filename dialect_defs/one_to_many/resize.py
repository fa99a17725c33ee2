"""Resize."""

import functools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dnnf_mlir.bindings.mlir import ext
from dnnf_mlir.dialect_defs.dialect import Imported, NotStatic, OnnxNode, ShapeOperands, Tensor
from dnnf_mlir.dialect_defs.shapes import along, require_length
from dnnf_mlir.dialect_defs.spatial import CHANNELS_FIRST, CHANNELS_LAST, SpatialOperator
from dnnf_mlir.graph.attributes import Float, Floats, Int, String
from dnnf_mlir.graph.extents import (
    Shape,
    floor_product,
    greatest,
    least,
    position,
    rounded_down,
    single,
    unless_unknown,
)
from dnnf_mlir.graph.operator import ANYTHING, Interval, MappingType, OnnxCall, OperandIntervals, Signature, one_of
from dnnf_mlir.graph.size import has_data_dependent, is_dynamic


class Resize(SpatialOperator, name="resize"):
    """Interpolation; the result type tells the sizes.

    ``scales`` (output over input, one per dimension of x in the operator's layout) fix which input position an output
    position reads; they may differ slightly from the sizes' quotient. 0 stands for this quotient, of dynamic sizes.
    Other attributes as in ONNX.
    """

    x: ext.Operand[Tensor]
    y: ext.Result[Tensor]
    scales: Floats
    mode: String
    coordinate_transformation_mode: String
    nearest_mode: String
    cubic_coeff_a: Float
    exclude_outside: Int
    antialias: Int

    default_mapping = MappingType.ONE_TO_MANY
    domains = one_of(
        coordinate_transformation_mode=(
            "half_pixel",
            "half_pixel_symmetric",
            "pytorch_half_pixel",
            "align_corners",
            "asymmetric",
            "tf_half_pixel_for_nn",
            "tf_crop_and_resize",
        ),
        keep_aspect_ratio_policy=("stretch", "not_larger", "not_smaller"),
        mode=("nearest", "linear", "cubic"),
        nearest_mode=("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"),
    )
    shape_inputs = (1, 2, 3)

    @classmethod
    def shape(cls, operands: ShapeOperands) -> list[Shape]:
        """ONNX Resize: ``floor(size * (end - start) * scale)`` along each of ``axes``, or the sizes listed.

        The region from start to end is the whole but for ``tf_crop_and_resize``. To keep the aspect ratio, sizes
        become ``floor(scale * size + 0.5)`` with the smallest (largest) of their scales.
        """
        x = operands.shape()
        axes = list(operands.attribute("axes") or range(len(x)))
        wholes = [x[axis] for axis in axes]
        if operands.has(2) and operands.value(2):
            scales = operands.value(2, len(axes))
            if operands.attribute("coordinate_transformation_mode") == "tf_crop_and_resize":
                region = operands.value(1, 2 * len(axes))
                parts = [end - start for start, end in zip(region[: len(axes)], region[len(axes) :], strict=True)]
                sizes = [scaled(*whole) for whole in zip(wholes, scales, parts, strict=True)]
            else:
                sizes = [scaled(*whole) for whole in zip(wholes, scales, strict=True)]
        else:
            sizes = operands.value(3, len(axes))
            policy = operands.attribute("keep_aspect_ratio_policy")
            if policy != "stretch":
                scales = scales_of(policy, sizes, wholes)
                sizes = [rounded_down(scales[0] * single(whole, scales[0]) + 0.5) for whole in wholes]
        for axis, size in zip(axes, sizes, strict=True):
            x = along(x, axis, size)
        return [x]

    @classmethod
    def result_interval(cls, signature: Signature, operand: OperandIntervals) -> Interval:
        """Cubic interpolation overshoots."""
        return ANYTHING if signature.attributes["mode"] == "cubic" else operand(0)

    @classmethod
    def flops(cls, signature: Signature) -> int:
        taps = {"nearest": 0, "linear": 2, "cubic": 4}[signature.attributes["mode"]]
        resized = sum(scale != 1 for scale in signature.attributes["scales"])
        return 2 * taps**resized * signature.output.elements if taps else 0

    @classmethod
    def from_onnx(cls, node: OnnxNode) -> Imported:
        if node.attribute("coordinate_transformation_mode") == "tf_crop_and_resize":
            raise NotStatic("it resizes a region of its operand")
        if not node.input_type(0).is_float and node.attribute("mode") != "nearest":
            raise NotStatic("the weighted sums of integers are of floats, cut off")
        return Imported((0,), {**super().from_onnx(node).attributes, "scales": _scales(node)})

    @classmethod
    def permuted(cls, signature: Signature, perm: tuple[int, ...]) -> Mapping[str, Any] | None:
        scales = signature.attributes["scales"]
        return {**signature.attributes, "scales": tuple(scales[i] for i in perm)}

    @classmethod
    def to_onnx(cls, signature: Signature) -> OnnxCall:
        rank = signature.output.rank
        last = signature.attributes["layout"] == CHANNELS_LAST
        order = (0, rank - 1, *range(1, rank - 1)) if last else tuple(range(rank))
        before, after = (tuple(type_.shape[i] for i in order) for type_ in (signature.input(0), signature.output))
        attributes = {key: value for key, value in signature.attributes.items() if key not in ("scales", "layout")}
        scales = np.array([signature.attributes["scales"][i] for i in order], np.float32)
        if 0 not in scales and _resized(before, scales.tolist()) == after:
            return OnnxCall("Resize", (0, None, scales, None), attributes)
        return OnnxCall("Resize", (0, None, None, np.array(after, np.int64)), attributes)

    @classmethod
    def check(cls, signature: Signature) -> str | None:
        operand, output, scales = signature.input(0), signature.output, signature.attributes["scales"]
        if operand.dtype != output.dtype or operand.rank != output.rank:
            return f"must keep its operand's element type and rank, got {operand} -> {output}"
        if (reason := cls.outside_domain(signature)) is not None:
            return reason
        if not operand.is_float and signature.attributes["mode"] != "nearest":
            return f"has weights that are no {operand.dtype}"
        if signature.attributes["layout"] not in (CHANNELS_FIRST, CHANNELS_LAST):
            return f'layout must be "{CHANNELS_FIRST}" or "{CHANNELS_LAST}"'
        require_length("scales", scales, operand.rank)
        for axis, (size, scale, count) in enumerate(zip(operand.shape, scales, output.shape, strict=True)):
            if is_dynamic(size) or is_dynamic(count):
                continue
            if scale < 0 or (scale and abs(size * scale - count) >= 1):
                return f"scale {scale} of dimension {axis} does not lead from {size} to {count} elements"
        return None


@unless_unknown
def scaled(size: Any, scale: Any, part: Any = 1) -> Any:
    """``floor(size * part * scale)``, multiplied in double precision, as ONNX's shape inference.

    10 * 0.7 is 6 so: the scale is 0.69999999 in single precision. ONNX Runtime's product rounds to 7.
    """
    return size if scale == 1 and part == 1 else floor_product(scale if part == 1 else scale * part, size)


def scales_of(policy: str, sizes: Sequence[Any], wholes: Sequence[Any]) -> list[Any]:
    """The scales that lead to these sizes, in single precision.

    By keep_aspect_ratio_policy each its own ("stretch"), or all the smallest ("not_larger") or largest of them.
    """
    scales = [single(size, whole) / single(whole, size) for size, whole in zip(sizes, wholes, strict=True)]
    if policy == "stretch":
        return scales
    return [functools.reduce(least if policy == "not_larger" else greatest, scales)] * len(scales)


def scale_along(signature: Signature, axis: int) -> float:
    """The scale of a dimension whose sizes are numbers."""
    before, after = signature.input(0).shape[axis], signature.output.shape[axis]
    return float(signature.attributes["scales"][axis] or after / before)


def _scales(node: OnnxNode) -> tuple[float, ...]:
    before, after = node.input_type(0).shape, node.output_types[0].shape
    dynamic = any(map(is_dynamic, (*before, *after)))
    if dynamic and (any(map(has_data_dependent, (*before, *after))) or node.attribute("antialias")):
        raise NotStatic("a size is data-dependent, or the number of elements that are weighted is")
    axes = [position(axis, len(before)) for axis in node.attribute("axes") or range(len(before))]
    scales = [1.0] * len(before)
    if node.has_input(2) and node.constant(2, "scales").size:
        for axis, scale in zip(axes, node.constant(2, "scales").tolist(), strict=True):
            scales[axis] = scale
        return tuple(scales)
    policy = node.attribute("keep_aspect_ratio_policy")
    if dynamic:
        if policy != "stretch":
            raise NotStatic("the smallest or largest scale of dynamic dimensions")
        return tuple(_quotient(*sizes) for sizes in zip(before, after, strict=True))
    sizes = node.constant(3, "sizes").tolist()
    if policy == "stretch":
        return tuple(b / a if a != b and a else 1.0 for a, b in zip(before, after, strict=True))
    choose = min if policy == "not_larger" else max
    scale = choose(size / before[axis] for axis, size in zip(axes, sizes, strict=True))
    for axis in axes:
        scales[axis] = scale
    if _resized(before, scales) != after:
        raise NotStatic("its sizes are rounded to keep the aspect ratio")
    return tuple(scales)


def _quotient(before: int, after: int) -> float:
    if is_dynamic(before) or is_dynamic(after):
        return float(before == after)
    return after / before if before else 1.0


def _resized(shape: Sequence[int], scales: Sequence[float]) -> Shape:
    """In double precision, as onnx.reference; :meth:`Resize.shape` is what ONNX's inference gives."""
    return tuple(math.floor(size * scale) for size, scale in zip(shape, scales, strict=True))
