"""Element type and static shape of a value."""

import math
from typing import NamedTuple

from onnx import TypeProto, helper


class ValueType(NamedTuple):
    """A tensor's type: `elem_type` is onnx.TensorProto.DataType, `shape` is static."""

    elem_type: int
    shape: tuple[int, ...]

    @property
    def nbytes(self) -> int:
        """Size as a numpy array."""
        return math.prod(self.shape) * helper.tensor_dtype_to_np_dtype(self.elem_type).itemsize

    def __str__(self) -> str:
        return type_text(self.elem_type, self.shape)


def type_text(elem_type: int, shape: tuple[int | None, ...] | None) -> str:
    """A type in messages, as float32[1, 3, ?]."""
    known = elem_type in helper.get_all_tensor_dtypes()
    name = str(helper.tensor_dtype_to_np_dtype(elem_type)) if known else "?"
    return name + (
        "[...]" if shape is None else str(["?" if size is None else size for size in shape]).replace("'", "")
    )


def declared_shape(proto: TypeProto) -> tuple[int | None, ...] | None:
    """The shape of a tensor type, None for unknown sizes and for an unknown rank."""
    if not proto.tensor_type.HasField("shape"):
        return None
    return tuple(
        dim.dim_value if dim.HasField("dim_value") and dim.dim_value >= 0 else None
        for dim in proto.tensor_type.shape.dim
    )


def static_type(proto: TypeProto) -> ValueType | None:
    """`proto` as a static tensor type; None if anything is unknown."""
    shape = declared_shape(proto)
    if shape is None or None in shape or not proto.tensor_type.elem_type:
        return None
    return ValueType(proto.tensor_type.elem_type, tuple(size for size in shape if size is not None))
