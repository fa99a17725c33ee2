"""Element type and static shape of a value."""

import math
from typing import NamedTuple

from onnx import TypeProto, helper

from dnnf_mlir.graph.size import is_dynamic, representative


class ValueType(NamedTuple):
    """A tensor's type in ONNX's terms: `elem_type` is onnx.TensorProto.DataType; dynamic dimensions are sizes.

    Not :class:`~dnnf_mlir.graph.tensor_type.TensorType`, which has only element types of the dialect: during import
    there are strings, complex numbers and values of unknown element type (0), which messages must name.
    """

    elem_type: int
    shape: tuple[int, ...]

    @property
    def is_static(self) -> bool:
        """Whether no dimension is left free."""
        return not any(map(is_dynamic, self.shape))

    @property
    def representative(self) -> "ValueType":
        """The type for representative sizes."""
        return self if self.is_static else ValueType(self.elem_type, tuple(map(representative, self.shape)))

    @property
    def nbytes(self) -> int:
        """Size as a numpy array, for representative sizes."""
        return math.prod(self.representative.shape) * helper.tensor_dtype_to_np_dtype(self.elem_type).itemsize

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
