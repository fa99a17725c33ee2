"""Tensor types as plain Python values, shared by both sets of bindings and by numpy."""

import math
from dataclasses import dataclass

import ml_dtypes
import numpy as np
from onnx import helper

from .size import is_dynamic, representative

NUMPY_DTYPES: dict[str, np.dtype] = {
    "f64": np.dtype(np.float64),
    "f32": np.dtype(np.float32),
    "f16": np.dtype(np.float16),
    "bf16": np.dtype(ml_dtypes.bfloat16),
    "i64": np.dtype(np.int64),
    "i32": np.dtype(np.int32),
    "i16": np.dtype(np.int16),
    "i8": np.dtype(np.int8),
    "ui64": np.dtype(np.uint64),
    "ui32": np.dtype(np.uint32),
    "ui16": np.dtype(np.uint16),
    "ui8": np.dtype(np.uint8),
    "i1": np.dtype(np.bool_),
    "f8E4M3FN": np.dtype(ml_dtypes.float8_e4m3fn),
    "f8E4M3FNUZ": np.dtype(ml_dtypes.float8_e4m3fnuz),
    "f8E5M2": np.dtype(ml_dtypes.float8_e5m2),
    "f8E5M2FNUZ": np.dtype(ml_dtypes.float8_e5m2fnuz),
    "f8E8M0FNU": np.dtype(ml_dtypes.float8_e8m0fnu),
    "f4E2M1FN": np.dtype(ml_dtypes.float4_e2m1fn),
    "i4": np.dtype(ml_dtypes.int4),
    "ui4": np.dtype(ml_dtypes.uint4),
    "i2": np.dtype(ml_dtypes.int2),
    "ui2": np.dtype(ml_dtypes.uint2),
}
"""MLIR element type -> numpy dtype. ONNX's signed integers are signless in MLIR, its unsigned ones are ``ui``."""

NARROW_DTYPES = frozenset(name for name in NUMPY_DTYPES if name.startswith(("f8", "f4", "i4", "ui4", "i2", "ui2")))
"""Types that nothing computes in: compiled modules keep and exchange their elements as bytes."""

_MLIR_NAMES = {dtype: name for name, dtype in NUMPY_DTYPES.items()}


@dataclass(frozen=True)
class TensorType:
    """A ranked tensor type; ``dtype`` is MLIR's spelling (``f32``, ``i64``, ``ui8``, ``i1``).

    A dimension left free is a :class:`~dnnf_mlir.graph.size.Size`.
    """

    shape: tuple[int, ...]
    dtype: str

    @property
    def rank(self) -> int:
        """Number of dimensions, 0 for a scalar."""
        return len(self.shape)

    @property
    def is_static(self) -> bool:
        """Whether all sizes are numbers."""
        return not any(map(is_dynamic, self.shape))

    @property
    def elements(self) -> int:
        """Number of elements, 1 for a scalar; for representative sizes where dimensions are free, and not 0 then."""
        if any(not is_dynamic(size) and size == 0 for size in self.shape):
            return 0
        return math.prod(max(representative(size), 1) for size in self.shape)

    @property
    def bytes(self) -> int:
        """Size in bytes of a dense buffer."""
        return self.elements * self.numpy_dtype.itemsize

    @property
    def numpy_dtype(self) -> np.dtype:
        """The elements' numpy dtype; KeyError for a dtype that numpy has none for."""
        return NUMPY_DTYPES[self.dtype]

    @property
    def onnx_element_type(self) -> int:
        """``onnx.TensorProto``'s number for the element type."""
        return helper.np_dtype_to_tensor_dtype(self.numpy_dtype)

    @property
    def is_float(self) -> bool:
        """Whether the elements are floats that kernels compute in (16, 32 or 64 bits)."""
        return self.dtype in ("f64", "f32", "f16", "bf16")

    @property
    def is_narrow(self) -> bool:
        """Whether the elements are of one of :data:`NARROW_DTYPES`."""
        return self.dtype in NARROW_DTYPES

    def with_shape(self, shape: tuple[int, ...]) -> "TensorType":
        """The same element type in another shape."""
        return TensorType(tuple(shape), self.dtype)

    @staticmethod
    def of(array: np.ndarray) -> "TensorType":
        """The type of a numpy array; KeyError for a dtype that MLIR has no tensor element for (strings)."""
        return TensorType(tuple(array.shape), _MLIR_NAMES[array.dtype])

    def __str__(self) -> str:
        return "x".join([*map(str, self.shape), self.dtype])


def as_stored(array: np.ndarray) -> np.ndarray:
    """The array as compiled modules take it: elements of narrow types as bytes, all others as they are."""
    if TensorType.of(array).is_narrow:
        return np.ascontiguousarray(array).view(np.int8).reshape(array.shape)
    return array


def from_stored(array: np.ndarray, type_: TensorType) -> np.ndarray:
    """The inverse of :func:`as_stored`."""
    return array.view(type_.numpy_dtype) if type_.is_narrow else array
