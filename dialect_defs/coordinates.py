"""Resize's coordinates: which position of its operand an element of the result stands for."""

from collections.abc import Callable
from typing import Any

from dnnf_mlir.graph.extents import RunTimeNumber, equal


def original_coordinate(
    mode: str, place: Any, size: Any, count: Any, scale: Any, start: Any = 0.0, end: Any = 1.0
) -> Any:
    """ONNX Resize's ``x_original`` of the position ``place``, for floats, arrays and run-time scalars.

    With ``length = size * scale``, the length before it is rounded down to ``count``::

        half_pixel            (place + 0.5) / scale - 0.5
        pytorch_half_pixel    (place + 0.5) / scale - 0.5, but 0 for one element
        half_pixel_symmetric  size / 2 * (1 - count / length) + (place + 0.5) / scale - 0.5
        asymmetric            place / scale
        tf_half_pixel_for_nn  (place + 0.5) / scale, of opset 11 alone
        align_corners         place * (size - 1) / (length - 1), but 0 for length 1
        tf_crop_and_resize    start * (size - 1) + place * (end - start) * (size - 1) / (length - 1),
                              but the region's middle for length 1

    ONNX writes ``length_resized`` in the last two; its node tests use the length before rounding.

    Args:
        mode: the coordinate_transformation_mode.
        place: the position in the result, a float (or an array of them).
        size: the operand's size along the dimension.
        count: the result's size.
        scale: result over operand.
        start: where the region begins, as a fraction of the operand.
        end: where it ends.
    """
    length = scale * size
    match mode:
        case "asymmetric":
            return place / scale
        case "tf_half_pixel_for_nn":
            return (place + 0.5) / scale
        case "align_corners":
            return _either(equal(length, 1.0), lambda: place * 0.0, lambda: place * (size - 1.0) / (length - 1))
        case "tf_crop_and_resize":
            region = (end - start) * (size - 1.0)
            along = _either(equal(length, 1.0), lambda: region / 2, lambda: place * region / (length - 1))
            return start * (size - 1.0) + along
        case "pytorch_half_pixel":
            return _either(count <= 1, lambda: place * 0.0, lambda: (place + 0.5) / scale - 0.5)
        case "half_pixel_symmetric":
            # The operand's and the result's centres coincide although the size was rounded.
            return (1 - count / length) * (size / 2) + (place + 0.5) / scale - 0.5
        case "half_pixel":
            return (place + 0.5) / scale - 0.5
    raise ValueError(f"unknown coordinate_transformation_mode {mode!r}")


def _either(condition: Any, then: Callable[[], Any], otherwise: Callable[[], Any]) -> Any:
    """One of two numbers; a constant condition evaluates only the chosen one."""
    if isinstance(condition, RunTimeNumber):
        return condition.choose(then(), otherwise())
    return then() if condition else otherwise()
