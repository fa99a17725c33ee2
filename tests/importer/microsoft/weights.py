"""Weights of few bits: constants, and tables of which rows are gathered."""

import itertools

import ml_dtypes
import numpy as np

from tests.importer.microsoft.cases import Array, Case, Operand, floats, integers, octets, weight


def _matrix(
    k: int, n: int, block: int, bits: int = 4, zeros: str = "", dtype: type = np.float32, bias: bool = False
) -> Case:
    blocks = -(-k // block)
    scales = weight(floats(n, blocks, dtype=dtype, scale=0.1))
    kinds: dict[str, Operand] = {
        "packed": weight(octets(n, -(-blocks * bits // 8))),
        "floats": np.abs(weight(floats(n, blocks, dtype=dtype, scale=4.0))),
    }
    operands = (
        floats("N", "S", k, dtype=dtype),
        weight(octets(n, blocks, block * bits // 8)),
        scales,
        kinds.get(zeros),
        *([None, weight(floats(n, dtype=dtype))] if bias else []),
    )
    return Case("MatMulNBits", operands, {"K": k, "N": n, "bits": bits, "block_size": block}, tolerance=1e-4)


def _table(dtype: type, gather: int, quantize: int, zeros: bool) -> Case:
    """A table [16, 32] of int4 or uint4."""
    low, high = (-8, 8) if dtype == ml_dtypes.int4 else (0, 16)
    blocks = (1, 32) if quantize == 0 else (16, 2)
    table = weight(integers(16, 32, low=low, high=high)).astype(dtype)
    offsets = weight(integers(*blocks, low=low, high=high)).astype(dtype) if zeros else None
    operands = (table, integers("N", "S", high=16), weight(floats(*blocks)), *([offsets] if zeros else []))
    attributes = {"gather_axis": gather, "quantize_axis": quantize, "block_size": 16}
    return Case("GatherBlockQuantized", operands, attributes, opset=21)


def _bytes(bits: int, zeros: bool, dtype: type = np.float32) -> Case:
    """A table [9, 40] in bytes, in blocks of 16."""
    size, blocks = 64, 4
    offsets: tuple[Array, ...] = (weight(octets(9, blocks * bits // 8)),) if zeros else ()
    indices = integers("N", "S", dtype=np.int64, high=9)
    operands = (weight(octets(9, size * bits // 8)), indices, weight(floats(9, blocks, dtype=dtype)), *offsets)
    return Case("GatherBlockQuantized", operands, {"block_size": 16, "bits": bits}, opset=21)


CASES = [
    *(_matrix(64, 12, 16, zeros=zeros) for zeros in ("", "packed", "floats")),
    *(_matrix(72, 10, 32, bits=bits, zeros="packed", bias=True) for bits in (4, 8)),
    _matrix(80, 8, 16, bits=8),
    _matrix(64, 8, 32, zeros="packed", dtype=np.float16),
    Case(
        "MatMulNBits",
        (floats("N", 40), octets(6, 3, 8), floats(6, 3), octets(6, 2)),
        {"K": 40, "N": 6, "bits": 4, "block_size": 16},
        tolerance=1e-4,
    ),
    *(
        _table(dtype, gather, quantize, zeros)
        for dtype, (gather, quantize), zeros in itertools.product(
            (ml_dtypes.int4, ml_dtypes.uint4), [(0, 1), (1, 0), (0, 0)], (False, True)
        )
    ),
    *(_bytes(bits, zeros) for bits, zeros in itertools.product((4, 8), (False, True))),
    _bytes(4, True, np.float16),
]
