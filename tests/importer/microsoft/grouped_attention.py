"""GroupQueryAttention: packed or not, with states that grow, with rotation, windows, sinks."""

import numpy as np

from tests.importer.microsoft.cases import Array, Case, Given, Operand, floats, given, weight

_HEADS = {"num_heads": 4, "kv_num_heads": 2}
_ANGLES = (floats(16, 8), floats(16, 8))
_NONE = (None, None)


def _q(rows: int | str, size: int = 64) -> Given:
    return floats("N", rows, size)


def _lengths(*totals: int) -> Given:
    return given([total - 1 for total in totals], np.int32, ("N",))


def _total(total: int) -> np.ndarray:
    return np.array([total], np.int32)


def _prompt(*further: Operand, outputs: int = 1, tolerance: float = 1e-5, **attributes: object) -> Case:
    """Nothing came before; ``further`` operands start with the angles."""
    operands = (_q("S"), floats("N", "S", 32), floats("N", "S", 32), *_NONE, _lengths(5, 5, 5), _total(5), *further)
    return Case("GroupQueryAttention", operands, _HEADS | attributes, outputs, tolerance)


def _step(rows: int, *further: Operand, outputs: int = 3, **attributes: object) -> Case:
    """Four keys came before; ONNX Runtime takes several rows of one element of the batch."""
    total, batch = 4 + rows, "N" if rows == 1 else 1
    lasts = given([total - 1] * (3 if rows == 1 else 1), np.int32, (batch,))
    states = (floats(batch, 2, "P", 16), floats(batch, 2, "P", 16), lasts, _total(total))
    operands = (floats(batch, rows, 64), floats(batch, rows, 32), floats(batch, rows, 32), *states, *further)
    return Case("GroupQueryAttention", operands, _HEADS | attributes, outputs)


def _normalized_before(q: Array, k: Array, *others: Array | None) -> list[Array]:
    """Of heads that were normalized before: ONNX Runtime does that on no CPU."""
    *operands, q_weights, k_weights = others

    def normalized(x: Array, weights: Array) -> Given:
        heads = x.reshape(*x.shape[:2], -1, 16)
        normal = heads / np.sqrt((heads**2).mean(-1, keepdims=True) + np.float32(0.01)) * weights
        return given(normal.reshape(x.shape))

    rest = [None if each is None else given(each, each.dtype) for each in operands]
    both = normalized(q, q_weights), normalized(k, k_weights)
    return Case("GroupQueryAttention", (*both, *rest), _HEADS | {"do_rotary": 1}, 3).expected()


CASES = [
    _prompt(outputs=3),
    _prompt(scale=0.3),
    _prompt(*_ANGLES, do_rotary=1, outputs=3),
    _prompt(*_ANGLES, do_rotary=1, rotary_interleaved=1),
    _prompt(local_window_size=2),
    _prompt(softcap=2.0),
    _prompt(smooth_softmax=1),
    _prompt(None, None, None, None, weight(floats(4))),
    _prompt(None, None, None, floats("N", 4, "S", "S")),
    _prompt(None, None, None, floats(1, 1, "S", "S")),
    _step(1),
    _step(1, *_ANGLES, do_rotary=1),
    _step(1, *_ANGLES, do_rotary=1, local_window_size=3, softcap=1.5),
    _step(3),
    _step(3, *_ANGLES, do_rotary=1, smooth_softmax=1),
    _step(1, None, None, None, floats(1, 4, 1, "T"), weight(floats(4))),
    Case(
        "GroupQueryAttention",
        (floats("N", "S", 128), None, None, *_NONE, _lengths(5, 5, 5), _total(5), *_ANGLES),
        _HEADS | {"do_rotary": 1},
        outputs=3,
    ),
    Case(
        "GroupQueryAttention",
        (
            *(floats("N", 1, 128), None, None, floats("N", 2, "P", 16), floats("N", 2, "P", 16)),
            *(_lengths(5, 3, 4), _total(5), *_ANGLES),
        ),
        _HEADS | {"do_rotary": 1},
        outputs=3,
    ),
    Case(
        "GroupQueryAttention",
        (
            *(
                floats("N", 1, 64),
                floats("N", 1, 32),
                floats("N", 1, 32),
                floats("N", 2, "P", 16),
                floats("N", 2, "P", 16),
            ),
            *(_lengths(5, 5, 5), _total(5), *_ANGLES, given([[4], [3], [7]], np.int64, ("N", 1))),
        ),
        _HEADS | {"do_rotary": 1},
        outputs=3,
    ),
    Case(
        "GroupQueryAttention",
        (
            *(floats("N", "S", 64), floats("N", "S", 32), floats("N", "S", 32), *_NONE, _lengths(5, 5, 5), _total(5)),
            *(*_ANGLES, given(np.tile(np.arange(5), (3, 1)), np.int64, ("N", "S")), None, None, None, None),
            *(weight(floats(16)), weight(floats(16))),
        ),
        _HEADS | {"do_rotary": 1, "qk_norm_epsilon": 0.01},
        outputs=3,
        expect=_normalized_before,
    ),
    Case(
        "GroupQueryAttention",
        (
            *(floats("N", "S", 64, dtype=np.float16), floats("N", "S", 32, dtype=np.float16)),
            *(floats("N", "S", 32, dtype=np.float16), *_NONE, _lengths(5, 5, 5), _total(5)),
        ),
        _HEADS,
        outputs=3,
    ),
]
