"""Operators that onnx.reference computes otherwise than ONNX says: ``new_ops`` of a ``ReferenceEvaluator``."""

from threading import Lock
from typing import Any, cast

import numpy as np
from onnx.reference.op_run import OpRun
from onnx.reference.ops import op_grid_sample, op_one_hot, op_resize

from dnnf_mlir.dialect_defs.coordinates import original_coordinate

from .elementwise import accurate_erf


class LpNormalization(OpRun):
    """``x / (sum |x|^p)^(1/p)`` along an axis; onnx.reference leaves out the absolute value, which shows for p = 1."""

    op_domain = ""

    def _run(self, x: np.ndarray, axis: int | None = None, p: int | None = None) -> tuple[np.ndarray]:
        order = 2 if p is None else p
        along = -1 if axis is None else axis
        norm = np.power(np.power(np.abs(x), order).sum(axis=along, keepdims=True), 1.0 / order)
        return (np.where(norm == 0, 0, x / np.where(norm == 0, 1, norm)).astype(x.dtype),)


class Erf(OpRun):
    """onnx.reference computes f64 operands in f32."""

    op_domain = ""

    def _run(self, x: np.ndarray) -> tuple[np.ndarray]:
        return (accurate_erf(x),)


class LRN(OpRun):
    """``x / (bias + alpha / size * sum of squares)^beta`` over ``size`` channels around each channel.

    onnx.reference normalises as many channels as the batch has elements.
    """

    op_domain = ""

    def _run(
        self,
        x: np.ndarray,
        alpha: float | None = None,
        beta: float | None = None,
        bias: float | None = None,
        size: int | None = None,
    ) -> tuple[np.ndarray]:
        if alpha is None or beta is None or bias is None or size is None:
            raise ValueError("the importer writes all attributes")
        before, after = (size - 1) // 2, size // 2
        padded = np.pad(np.square(x), [(0, 0), (before, after), *[(0, 0)] * (x.ndim - 2)])
        sums = sum(padded[:, i : i + x.shape[1]] for i in range(size))
        return ((x / (bias + alpha / size * sums) ** beta).astype(x.dtype),)


class OneHot(op_one_hot.OneHot):
    """Indices of floats become integers first; onnx.reference compares them as they are."""

    op_domain = ""

    def _run(self, indices: np.ndarray, depth: np.ndarray, values: np.ndarray, axis: int | None = None) -> Any:
        return super()._run(indices.astype(np.int64), depth, values, -1 if axis is None else axis)  # type: ignore[no-untyped-call]


class Resize(op_resize.Resize):
    """Interpolates between the elements on both sides of a position, which is the one that ONNX's text gives.

    onnx.reference takes -0.5 for one element of ``pytorch_half_pixel`` instead of 0. It also adds a padding to the
    position before it looks for the elements, and so rounds one just above a whole number to that number: the weights,
    which come from the position itself, then meet the elements before. And sums of integers that are whole numbers but
    for the rounding of their weights are not cut off to the number below.
    """

    op_domain = ""

    def _run(self, *inputs: Any, **attributes: Any) -> Any:
        x: np.ndarray = inputs[0]
        with _replacing:
            op_resize._compute_x_ori = cast(Any, _rounded_positions)
            try:
                if x.dtype.kind not in "iu":
                    return super()._run(*inputs, **attributes)
                (sums,) = super()._run(x.astype(np.float64), *inputs[1:], **attributes)
                return (sums.round(_DECIMALS).astype(np.int64).astype(x.dtype),)
            finally:
                op_resize._compute_x_ori = _positions


_positions = op_resize._compute_x_ori
_replacing = Lock()
"""The reference may be evaluated in several threads, but the function is one for all of them."""


def _rounded_positions(
    mode: str, places: np.ndarray, scale: float, size: int, _: float, count: int, region: Any
) -> tuple[np.ndarray, np.ndarray | None]:
    """The positions, and which of them lie outside of the operand where that matters."""
    bounds = (region[0], region[1]) if mode == "tf_crop_and_resize" else ()
    positions = original_coordinate(mode, places, size, count, scale, *bounds)
    outside = (positions < 0) | (positions > size - 1) if bounds else None
    return np.broadcast_to(positions, places.shape).round(_DECIMALS), outside


class GridSample(op_grid_sample.GridSample):
    """Cubic interpolation beyond the border reads the border's elements, as PyTorch's and ONNX Runtime's do.

    onnx.reference moves the position itself to the border, where the result is the border's element.
    """

    op_domain = ""
    _keeps_positions = False

    def _run(self, *inputs: Any, **attributes: Any) -> Any:
        self._keeps_positions = (attributes["mode"], attributes["padding_mode"]) == ("cubic", "border")
        return super()._run(*inputs, **attributes)  # type: ignore[no-untyped-call]

    def _prepare_border(self, dims: tuple[int, ...], align_corners: bool) -> Any:
        if self._keeps_positions:
            return np.repeat([-np.inf, np.inf], len(dims))
        return super()._prepare_border(dims, align_corners)


_DECIMALS = 9
"""Decimals of a position: rounding makes nearly whole positions whole."""

CORRECTIONS: list[type[OpRun]] = [Erf, GridSample, LRN, LpNormalization, OneHot, Resize]
