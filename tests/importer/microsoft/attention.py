"""Attention, and the embeddings before it."""

import numpy as np
from onnx import TensorProto

from tests.importer.microsoft.cases import Array, Case, Given, Operand, floats, given, integers, octets, weight

_X, _WEIGHTS, _BIAS = floats("N", "S", 8), weight(floats(8, 24, scale=0.5)), weight(floats(24))
_NARROW = (
    floats("N", "S", 8, dtype=np.float16),
    weight(floats(8, 24, dtype=np.float16, scale=0.5)),
    weight(floats(24, dtype=np.float16)),
)
_HEADS = {"num_heads": 2}
_PAST = floats(2, "N", 2, "P", 4)
_ENDS, _BOTH = given([5, 2, 3], np.int32, ("N",)), given([5, 2, 3, 0, 1, 2], np.int32, (6,))


def _seen(*shape: int | str) -> Given:
    """A mask of zeros and ones; each row sees its first key."""
    mask = integers(*shape, high=2)
    mask.array[..., 0] = 1
    return mask


def _attention(*further: Operand, outputs: int = 1, **attributes: object) -> Case:
    return Case("Attention", (_X, _WEIGHTS, _BIAS, *further), _HEADS | attributes, outputs)


_QUANTIZED = (
    octets("N", "S", 8),
    weight(octets(8, 24, dtype=np.int8)),
    _BIAS,
    np.array(0.01, np.float32),
    np.array(0.01, np.float32),
)

_Q, _K, _V = floats("N", "S", 8), floats("N", "P", 8), floats("N", "P", 12)
_SAME = (_Q, floats("N", "S", 8), floats("N", "S", 8))
_STATES = (floats("N", 2, "P", 4), floats("N", 2, "P", 4))


def _multi_head(*operands: Operand, outputs: int = 1, **attributes: object) -> Case:
    return Case("MultiHeadAttention", operands, _HEADS | attributes, outputs)


def _unpacked(*packed: Array) -> list[Array]:
    """The same from operands of their own: ONNX Runtime has no packed ones on CPUs."""
    *before, last = packed
    operands = [np.ascontiguousarray(part).reshape(*part.shape[:2], -1) for part in np.moveaxis(last, 3, 0)]
    return Case("MultiHeadAttention", tuple(given(each) for each in [*before, *operands]), _HEADS).expected()


CASES = [
    _attention(),
    _attention(unidirectional=1),
    _attention(_seen("N", "S")),
    _attention(_seen("N", "S", "S"), scale=0.3),
    _attention(_seen("N", "S"), unidirectional=1, mask_filter_value=-50.0),
    _attention(_ENDS),
    Case("Attention", (floats(3, "S", 8), _WEIGHTS, _BIAS, _BOTH), _HEADS),
    _attention(given(np.ones((3, 1)), np.int32, ("N", 1))),
    _attention(None, _PAST, outputs=2),
    _attention(None, _PAST, outputs=2, unidirectional=1),
    _attention(_seen("N", "P+S"), _PAST, outputs=2, unidirectional=1),
    _attention(None, None, floats(1, 2, "S", "S")),
    _attention(_seen("N", "S"), None, floats("N", 1, "S", "S"), outputs=2),
    Case("Attention", (_X, _WEIGHTS), _HEADS),
    Case("Attention", (_X, weight(floats(8, 28)), weight(floats(28))), _HEADS | {"qkv_hidden_sizes": [8, 8, 12]}),
    Case("QAttention", _QUANTIZED, _HEADS, tolerance=1e-4),
    Case("QAttention", (*_QUANTIZED, _ENDS, np.array(120, np.uint8), np.array(3, np.int8)), _HEADS, tolerance=1e-4),
    Case(
        "QAttention",
        (*_QUANTIZED[:4], np.full(24, 0.02, np.float32), None, None, np.arange(24, dtype=np.int8), _PAST),
        _HEADS | {"unidirectional": 1},
        outputs=2,
        tolerance=1e-4,
    ),
    _multi_head(_Q, _K, _V),
    _multi_head(_Q, _K, _V, weight(floats(28)), _seen("N", "P"), scale=0.4),
    _multi_head(_Q, _K, _V, None, given([4, 2, 3], np.int32, ("N",)), mask_filter_value=-60.0),
    _multi_head(_Q, _K, _V, None, _seen("N", "S", "P")),
    _multi_head(*_SAME, weight(floats(24)), None, None, *_STATES, outputs=3),
    _multi_head(*_SAME, None, _seen("N", "P+S"), None, *_STATES, outputs=3, unidirectional=1),
    _multi_head(*_SAME, None, None, floats("N", 2, "S", "S"), unidirectional=1),
    _multi_head(*_SAME, None, None, floats(1, 1, "S", "S"), outputs=3),
    _multi_head(_Q, floats("N", 2, "P", 4), floats("N", 2, "P", 4)),
    Case("MultiHeadAttention", (floats("N", "S", 2, 3, 4),), _HEADS, expect=_unpacked),
    Case("MultiHeadAttention", (_Q, floats("N", "P", 2, 2, 4)), _HEADS, expect=_unpacked),
    Case("MultiHeadAttention", (_Q, _K, _V), _HEADS, outputs=(0, 3), declared=TensorProto.FLOAT),
]


_WORDS, _SEGMENTS = integers("N", "S", high=9), integers("N", "S", high=2)
_TABLES = (floats(9, 8), floats(12, 8), floats(2, 8), floats(8), floats(8))
_NO_SEGMENTS = (_TABLES[0], _TABLES[1], None, *_TABLES[3:])
_ANGLES = (floats(10, 2), floats(10, 2))
_POSITIONS = integers("N", "S", dtype=np.int64, high=10)

EMBEDDINGS = [
    Case("EmbedLayerNormalization", (_WORDS, _SEGMENTS, *_TABLES), outputs=2),
    Case("EmbedLayerNormalization", (_WORDS, _SEGMENTS, *_TABLES, _seen("N", "S")), {"epsilon": 0.01}, outputs=3),
    Case("EmbedLayerNormalization", (_WORDS, None, *_NO_SEGMENTS, _seen("N", "S")), outputs=2),
    Case(
        "EmbedLayerNormalization",
        (_WORDS, _SEGMENTS, *_TABLES, None, integers("N", "S", high=12)),
        outputs=(0, 2),
    ),
    Case("RotaryEmbedding", (floats("N", "S", 8), _POSITIONS, *_ANGLES)),
    Case("RotaryEmbedding", (floats("N", "S", 8), _POSITIONS, *_ANGLES), {"interleaved": 1}),
    Case("RotaryEmbedding", (floats("N", "S", 8), given([3], np.int64), *_ANGLES)),
    Case("RotaryEmbedding", (floats("N", 2, "S", 4), _POSITIONS, *_ANGLES)),
    Case(
        "RotaryEmbedding",
        (floats("N", "S", 12), _POSITIONS, *_ANGLES),
        {"num_heads": 2, "rotary_embedding_dim": 4},
    ),
    Case(
        "RotaryEmbedding",
        tuple(
            floats(*each.shape, dtype=np.float16) if each is not _POSITIONS else each
            for each in (floats("N", "S", 8), _POSITIONS, *_ANGLES)
        ),
    ),
]
