"""What a model is, whatever its file is called: a digest over all bytes that the importer reads."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from google.protobuf.message import EncodeError, Message
from onnx import ModelProto, TensorProto

from dnnf_mlir.errors import InvalidModelError

from .embedded import LOCATION as EMBEDDED
from .loading import check_source, map_model, parse_model
from .tensors import TensorReader


def model_digest(source: str | os.PathLike[str] | bytes | ModelProto) -> str | None:
    """SHA-256, in hexadecimal digits, of a model and of the files that hold its external data.

    None where something of it cannot be read (importing it says what), or a proto is too large for one message.
    Raises UsageError for what is no model.
    """
    check_source(source)
    digest = hashlib.sha256()
    if isinstance(source, ModelProto):
        try:
            digest.update(source.SerializeToString(deterministic=True))
        except (EncodeError, ValueError):  # larger than 2 GB
            return None
        return None if any(_external_files(source)) else digest.hexdigest()
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    path = Path(source)
    if not path.is_file():  # a pipe can be read only once
        return None
    try:
        content = map_model(path, str(path))
        digest.update(content.data)
        reader = TensorReader(str(path), path)
        for location in sorted(set(_external_files(parse_model(content, str(path)))) - {EMBEDDED}):
            with reader.external_path(location, location).open("rb") as file:
                digest.update(location.encode() + b"\0" + hashlib.file_digest(file, "sha256").digest())
    except (InvalidModelError, OSError, ValueError):
        return None
    return digest.hexdigest()


def _external_files(message: Message) -> Iterator[str]:
    """Locations of external data in the tensors of a message, in nodes and sub-graphs too."""
    if isinstance(message, TensorProto):
        if message.data_location == TensorProto.EXTERNAL:
            yield from (entry.value for entry in message.external_data if entry.key == "location")
        return
    for field, value in message.ListFields():
        if field.message_type is not None:
            for part in value if field.is_repeated else [value]:
                yield from _external_files(part)
