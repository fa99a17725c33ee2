"""ONNX tensors as numpy arrays: inline data is copied once, external data is memory-mapped."""

import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from dnnf_mlir.errors import InvalidModelError, UnsupportedModelError
from dnnf_mlir.importer.read.embedded import LOCATION

PACKED = frozenset(
    {
        TensorProto.INT4,
        TensorProto.UINT4,
        TensorProto.INT2,
        TensorProto.UINT2,
        TensorProto.FLOAT4E2M1,
        TensorProto.FLOAT6E2M3,
        TensorProto.FLOAT6E3M2,
    }
)
"""Element types of less than a byte, which must be unpacked (copied) to become an array."""


@dataclass(frozen=True)
class TensorReader:
    """Reads the tensors of one model.

    Args:
        model_name: the model's name in messages.
        path: the model's file, whose folder holds the external data; None when the model did not come from a file.
        content: uint8[bytes], the model's file itself, where weights at `embedded.LOCATION` lie.
    """

    model_name: str
    path: Path | None = None
    content: np.ndarray | None = None
    _mapped: dict[Path, np.ndarray] = field(default_factory=dict)

    def read(self, tensor: TensorProto, name: str) -> np.ndarray:
        """The values of `tensor`, read-only, in the tensor's shape and dtype (ml_dtypes for what numpy lacks).

        `name` is the tensor's name in messages (the tensor of a Constant node has none of its own).

        Raises:
            InvalidModelError: the data is missing, cut off, or not what the shape and the type ask for.
            UnsupportedModelError: a string tensor.
        """
        shape = self._checked_shape(tensor, name)
        try:
            if tensor.data_location == TensorProto.EXTERNAL:
                return self._external(tensor, name, shape)
            array = numpy_helper.to_array(tensor)
        except (ValueError, TypeError, OverflowError, KeyError) as error:
            raise InvalidModelError(f"{self.model_name}: tensor '{name}': damaged data: {error}") from error
        if array.shape != shape:
            raise InvalidModelError(
                f"{self.model_name}: tensor '{name}': {array.size} elements for shape {list(shape)}"
            )
        return array

    def _checked_shape(self, tensor: TensorProto, name: str) -> tuple[int, ...]:
        if tensor.data_type == TensorProto.STRING:
            raise UnsupportedModelError(
                f"{self.model_name}: tensor '{name}' holds strings, which cannot be compiled; "
                "move the text processing out of the model"
            )
        if tensor.data_type not in helper.get_all_tensor_dtypes():
            raise InvalidModelError(
                f"{self.model_name}: tensor '{name}' has no known element type ({tensor.data_type})"
            )
        if tensor.HasField("segment") or any(size < 0 for size in tensor.dims):
            raise InvalidModelError(f"{self.model_name}: tensor '{name}' has an invalid shape {list(tensor.dims)}")
        return tuple(tensor.dims)

    def _external(self, tensor: TensorProto, name: str, shape: tuple[int, ...]) -> np.ndarray:
        entries = {entry.key: entry.value for entry in tensor.external_data}
        location = entries.get("location", "")
        if location == LOCATION and self.content is not None:
            data, place = self.content, "the model file"
        else:
            path = self.external_path(location, name)
            data, place = self._map(path, name), f"'{path}'"
        dtype = helper.tensor_dtype_to_np_dtype(tensor.data_type)
        offset = int(entries.get("offset", 0))
        packed = tensor.data_type in PACKED
        size = math.prod(shape) * dtype.itemsize
        length = int(entries.get("length", data.size - offset if packed else size))
        label = f"{self.model_name}: tensor '{name}'"
        if length != size and not packed:
            raise InvalidModelError(f"{label}: {length} bytes of data for {dtype}{list(shape)}, which needs {size}")
        if offset < 0 or length < 0 or offset + length > data.size:
            raise InvalidModelError(
                f"{label} needs bytes {offset} to {offset + length} of {place}, which has only {data.size}: "
                "it is cut off or belongs to another model"
            )
        content = data[offset : offset + length]
        if packed:
            inline = TensorProto(dims=shape, data_type=tensor.data_type, raw_data=content.tobytes())
            return numpy_helper.to_array(inline)
        return np.require(content.view(dtype).reshape(shape), requirements="A")

    def external_path(self, location: str, name: str) -> Path:
        """The file of a tensor's external data; raises InvalidModelError where it is missing or out of bounds."""
        if self.path is None:
            raise InvalidModelError(
                f"{self.model_name}: tensor '{name}' has its data in the external file '{location}', which cannot be "
                "found without the model's folder; give the model as a path"
            )
        folder = self.path.parent
        path = folder / location
        # Real paths, so that neither '..' nor a symbolic link leads out. A linked model may have its data beside the
        # link or beside the file (download caches link both).
        allowed = (folder.resolve(), self.path.resolve().parent)
        if not location or "\0" in location or not any(path.resolve().is_relative_to(home) for home in allowed):
            raise InvalidModelError(
                f"{self.model_name}: tensor '{name}': external data '{location}' lies outside the model's folder, "
                "which is refused"
            )
        if not path.is_file():
            raise InvalidModelError(
                f"{self.model_name}: tensor '{name}': external data file '{path}' is missing; "
                "put it beside the model, under the name that it had when the model was saved"
            )
        return path

    def _map(self, path: Path, name: str) -> np.ndarray:
        if path not in self._mapped:
            try:
                self._mapped[path] = map_file(path)
            except OSError as error:
                raise InvalidModelError(
                    f"{self.model_name}: tensor '{name}': cannot read external data file '{path}': {error.strerror}"
                ) from error
        return self._mapped[path]


def map_file(path: Path) -> np.ndarray:
    """The bytes of a file, uint8[size], memory-mapped where it is a regular file."""
    if not path.is_file():
        return np.frombuffer(path.read_bytes(), np.uint8)
    if not path.stat().st_size:
        return np.empty(0, np.uint8)
    return np.asarray(np.memmap(path, np.uint8, "r"))


def constant_value(node: onnx.NodeProto, reader: TensorReader) -> np.ndarray:
    """The value of a Constant node, whichever of its attributes holds it.

    Raises:
        InvalidModelError: the node has no value, or a damaged one.
        UnsupportedModelError: the value holds strings or is a sparse tensor.
    """
    for attribute in node.attribute:
        match attribute.name:
            case "value":
                return reader.read(attribute.t, node.output[0])
            case "value_float":
                return np.array(attribute.f, np.float32)
            case "value_floats":
                return np.array(attribute.floats, np.float32)
            case "value_int":
                return np.array(attribute.i, np.int64)
            case "value_ints":
                return np.array(attribute.ints, np.int64)
            case "value_string" | "value_strings" | "sparse_value":
                kind = "is sparse" if attribute.name == "sparse_value" else "holds strings"
                raise UnsupportedModelError(
                    f"{reader.model_name}: node '{node.name or node.output[0]}' (Constant): its value {kind}, "
                    "which cannot be compiled"
                )
    raise InvalidModelError(f"{reader.model_name}: node '{node.name}' (Constant) has no value")
