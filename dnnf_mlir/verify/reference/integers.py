"""Products of 8-bit integers: in double precision, which holds every sum exactly, by fast matrix products."""

from collections.abc import Sequence

import numpy as np

from dnnf_mlir.graph.operator import Signature

from .elementwise import required
from .windows import convolution


def integer_convolution(signature: Signature, inputs: Sequence[np.ndarray | None]) -> np.ndarray:
    """ONNX ConvInteger."""
    x, w, x_zero, w_zero = inputs
    weights = required(w)
    if w_zero is not None and w_zero.size > 1:
        w_zero = w_zero.reshape(-1, *(1,) * (weights.ndim - 1))
    sums = convolution(signature, (_shifted(required(x), x_zero), _shifted(weights, w_zero), None))
    return sums.astype(np.int32)


def integer_matrix_product(signature: Signature, inputs: Sequence[np.ndarray | None]) -> np.ndarray:
    """ONNX MatMulInteger."""
    a, b, a_zero, b_zero = inputs
    return np.asarray(_shifted(required(a), a_zero) @ _shifted(required(b), b_zero)).astype(np.int32)


def _shifted(array: np.ndarray, zero_point: np.ndarray | None) -> np.ndarray:
    wide = array.astype(np.float64)
    return wide if zero_point is None else wide - zero_point.astype(np.float64)
