"""A self-contained model file as one whose weights are external data, in the file itself.

Parsing a model file copies every weight into protobuf's memory, and reading it out again copies it once more. Weights
are byte fields that lie in the file as they are needed: this module finds them and leaves only their position behind,
so that protobuf parses a small rest and the weights are mapped like those of a model with external data.
"""

from dataclasses import dataclass

from onnx import StringStringEntryProto, TensorProto

LOCATION = "\0model"
"""Location of external data that lies in the model file itself; no file can have this name."""

VARINT, FIXED64, DELIMITED, FIXED32 = 0, 1, 2, 5
"""Wire types of protobuf's encoding, https://protobuf.dev/programming-guides/encoding/"""


@dataclass(frozen=True)
class _Message:
    """Which fields of a message hold, somewhere inside, a weight's bytes."""

    name: str
    fields: dict[int, "_Message"]


_RAW_DATA = 9
_TENSOR = _Message("TensorProto", {})
_ATTRIBUTE = _Message("AttributeProto", {5: _TENSOR})
_NODE = _Message("NodeProto", {5: _ATTRIBUTE})
_GRAPH = _Message("GraphProto", {1: _NODE, 5: _TENSOR})
_MODEL = _Message("ModelProto", {7: _GRAPH})


class WireError(Exception):
    """The bytes are no protobuf message; the text says where they go wrong."""


def without_weights(content: memoryview, smallest: int) -> bytes:
    """The ModelProto in `content`, with the bytes of top-level tensors replaced by their place in `content`.

    Args:
        content: a serialised ModelProto.
        smallest: tensors with fewer bytes than this stay as they are.

    Raises:
        WireError: `content` is cut off or no protobuf message.
    """
    return b"".join(_rewritten(content, 0, len(content), _MODEL, smallest))


def _rewritten(content: memoryview, start: int, end: int, message: _Message, smallest: int) -> list[bytes | memoryview]:
    parts: list[bytes | memoryview] = []
    place = b""
    copied = position = start
    while position < end:
        field_start = position
        tag, position = _varint(content, position, end)
        number, wire_type = tag >> 3, tag & 7
        if wire_type == VARINT:
            _, position = _varint(content, position, end)
            continue
        if wire_type == DELIMITED:
            length, position = _varint(content, position, end)
        elif wire_type in (FIXED64, FIXED32):
            length = 8 if wire_type == FIXED64 else 4
        else:
            raise WireError(f"no protobuf field at byte {field_start}")
        value, position = position, position + length
        if position > end:
            raise WireError(f"the field at byte {field_start} ends at byte {position}, after the end at byte {end}")
        if wire_type != DELIMITED or length < smallest:
            continue
        if message is _TENSOR and number == _RAW_DATA:
            replacement: list[bytes | memoryview] = []
            place = _position_in_file(value, length)
        elif number in message.fields:
            inner = _rewritten(content, value, position, message.fields[number], smallest)
            replacement = [_encoded(tag), _encoded(sum(map(len, inner))), *inner]
        else:
            continue
        parts += [content[copied:field_start], *replacement]
        copied = position
    # Of a field that occurs twice the last counts, and the tensor may have a data_location already.
    return [*parts, content[copied:end], place]


def _position_in_file(offset: int, length: int) -> bytes:
    """The fields of a TensorProto that say where its data is."""
    entries = {"location": LOCATION, "offset": str(offset), "length": str(length)}
    fields = TensorProto(
        data_location=TensorProto.EXTERNAL,
        external_data=[StringStringEntryProto(key=key, value=value) for key, value in entries.items()],
    )
    return bytes(fields.SerializeToString())


def _varint(content: memoryview, position: int, end: int) -> tuple[int, int]:
    """The number at `position` and the position after it."""
    result = shift = 0
    while position < end and shift < 70:
        byte = content[position]
        result |= (byte & 0x7F) << shift
        position += 1
        if byte < 0x80:
            return result, position
        shift += 7
    raise WireError(f"a number at byte {position} is cut off")


def _encoded(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
