"""Constants of right sides: computed in double precision and rounded once."""

from collections.abc import Callable

import ml_dtypes
import numpy as np

from dnnf_mlir.dialect_defs.one_to_one.arithmetic import Add, Div, Mul, Sub
from dnnf_mlir.dialect_defs.one_to_one.elementary import Neg, Reciprocal, Sqrt
from dnnf_mlir.dialect_defs.reorganize import ReorganizeOperator
from dnnf_mlir.dialect_defs.shuffle import Transpose
from dnnf_mlir.graph.operator import Operator, Signature
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.verify.reference import evaluate

_IN_NUMPY: dict[type[Operator], Callable[..., np.ndarray]] = {
    Add: np.add,
    Sub: np.subtract,
    Mul: np.multiply,
    Div: np.divide,
    Neg: np.negative,
    Reciprocal: np.reciprocal,
    Sqrt: np.sqrt,
}


class LostPrecision(Exception):
    """A constant overflows or vanishes in its element type, in words."""


def fold(op: type[Operator], signature: Signature, arrays: list[np.ndarray | None]) -> np.ndarray:
    """The result of an operator on constants; reorganizing and transposing give views.

    Raises:
        LostPrecision: see :func:`rounded`.
    """
    output, first = signature.output, arrays[0]
    if issubclass(op, ReorganizeOperator) and first is not None:
        return first.reshape(output.shape)
    if op is Transpose and first is not None:
        return first.transpose(signature.attributes["perm"])
    if output.dtype not in ("f32", "f16", "bf16"):
        return evaluate(op, signature, arrays)[0]
    wide = [None if array is None else _wide(array) for array in arrays]
    with np.errstate(all="ignore"):
        if op in _IN_NUMPY:
            return rounded(_IN_NUMPY[op](*wide), output.numpy_dtype)
        types = tuple(None if array is None else TensorType.of(array) for array in wide)
        widened = Signature(types, (TensorType(output.shape, "f64"),), signature.attributes, signature.constant_inputs)
        return rounded(evaluate(op, widened, wide)[0], output.numpy_dtype)


def rounded(wide: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Numbers in double precision rounded to an element type.

    Raises:
        LostPrecision: an element overflows, or the largest is below the normal numbers of the type and not zero.
    """
    with np.errstate(all="ignore"):
        narrow = np.asarray(wide).astype(dtype)
    limits = ml_dtypes.finfo(dtype)  # type: ignore[no-untyped-call]
    largest = float(np.max(np.abs(wide), initial=0))
    if not largest <= float(limits.max) and bool(np.any(np.isfinite(wide) != np.isfinite(narrow.astype(np.float64)))):
        raise LostPrecision("a constant would overflow")
    if 0 < largest < float(limits.tiny):
        raise LostPrecision("a constant would underflow")
    return narrow


def _wide(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float64) if array.dtype.kind in "fV" else array
