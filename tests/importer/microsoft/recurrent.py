"""LSTM with weights of 8 bits."""

import numpy as np

from tests.importer.microsoft.cases import Case, Operand, floats, given, octets, weight


def _lstm(
    *further: Operand, directions: int = 1, per_column: bool = False, dtype: type = np.int8, **attributes: object
) -> Case:
    """Hidden states of 4 numbers; of several sequences ONNX Runtime may round each of them by a step of its own."""
    columns = 16 if per_column else 1
    scales = np.tile(np.float32(0.01) + np.arange(columns, dtype=np.float32) / 1000, (directions, 1))
    zeros = np.full((directions, columns), 128 if dtype == np.uint8 else 0, dtype)
    parameters = (scales, zeros) if per_column else (scales[:, 0], zeros[:, 0])
    operands = (
        floats(6, "N", 3),
        weight(octets(directions, 3, 16, dtype=dtype)),
        weight(octets(directions, 4, 16, dtype=dtype)),
        *further,
        *[None] * (5 - len(further)),
        *parameters,
        *parameters,
    )
    return Case("DynamicQuantizeLSTM", operands, {"hidden_size": 4, **attributes}, outputs=3, tolerance=1e-2)


CASES = [
    _lstm(),
    _lstm(weight(floats(1, 32)), per_column=True),
    _lstm(dtype=np.uint8, direction="reverse"),
    _lstm(weight(floats(2, 32)), directions=2, direction="bidirectional"),
    _lstm(None, given([6, 3, 5], np.int32, ("N",)), floats(1, "N", 4), floats(1, "N", 4)),
    _lstm(None, None, None, None, weight(floats(1, 12)), clip=0.5),
]
