"""Weights of 2, 4 or 8 bits with a scale and a zero point for each block.

Numbers of fewer bits than 8 lie in bytes, the first ones in the lowest bits.
"""

import numpy as np
from onnx import TensorProto

from .heads import static_size
from .operator import Call, ints, number, operator

DECODED_LIMIT_BYTES = 1 << 28
"""Largest matrix that is stored as the floats that its numbers stand for; a larger one is decoded by every call."""


def _unpacked(name: str, x: str, bits: int, rank: int, count: int) -> str:
    """``name``: the numbers in the bytes of the last dimension of ``x``, ``count`` of them there."""
    if bits == 8:
        return f"{name} = Identity({x})"
    parts = 8 // bits
    lanes = "\n".join(
        f"""
        {name}_shift_{i} = Constant <value = uint8 {{{i * bits}}}> ()
        {name}_moved_{i} = BitShift <direction = "RIGHT"> ({x}, {name}_shift_{i})
        {name}_part_{i} = BitwiseAnd({name}_moved_{i}, {name}_lowest)
        {name}_lane_{i} = Unsqueeze({name}_part_{i}, {name}_behind)"""
        for i in range(parts)
    )
    return f"""
        {name}_lowest = Constant <value = uint8 {{{2**bits - 1}}}> ()
        {ints(f"{name}_behind", -1)}
        {lanes}
        {name}_lanes = Concat <axis = -1> ({", ".join(f"{name}_lane_{i}" for i in range(parts))})
        {ints(f"{name}_shape", *(0 for _ in range(rank - 1)), -1)}
        {name}_all = Reshape({name}_lanes, {name}_shape)
        {_first(name, f"{name}_all", count)}"""


def _first(name: str, x: str, count: int) -> str:
    """``name``: the first ``count`` of the last dimension of ``x``."""
    return f"""
        {ints(f"{name}_start", 0)}
        {ints(f"{name}_end", count)}
        {ints(f"{name}_axis", -1)}
        {name} = Slice({x}, {name}_start, {name}_end, {name}_axis)"""


def _product(call: Call) -> str:
    """``y = x W`` with ``W`` [K, N] from bytes [N, blocks, bytes of a block]; parts without bytes are zeros."""
    if call.has("g_idx"):
        call.refuse("its input g_idx orders the blocks")
    if call.attribute("weight_prepacked"):
        call.refuse("its weights are in the order of a GPU; export the model without that")
    if call.attribute("bits") not in (2, 4, 8):
        call.refuse(f"{call.attribute('bits')} bits")
    k, n = call.attribute("K"), call.attribute("N")
    weights = _decoded(call) if 4 * k * n <= DECODED_LIMIT_BYTES else None
    if weights is not None:
        call.constants["decoded"] = weights
    return f"""
        {"W = CastLike(decoded, x)" if weights is not None else _decoding(call)}
        product = MatMul(x, W)
        y = {"Add(product, bias)" if call.has("bias") else "Identity(product)"}"""


def _decoded(call: Call) -> np.ndarray | None:
    """``W`` in single precision; None where something of it is computed at run time."""
    packed, scales, zeros = (call.value(name) for name in ("packed", "scales", "zeros"))
    if packed is None or scales is None or (zeros is None and call.has("zeros")):
        return None
    k, n, bits = (call.attribute(name) for name in ("K", "N", "bits"))
    blocks = -(-k // call.attribute("block_size"))
    numbers = _lanes(packed.reshape(n, -1), bits).reshape(n, blocks, -1).astype(np.float32)
    if zeros is None:
        offsets = np.full((n, blocks), 2 ** (bits - 1), np.float32)
    elif zeros.dtype == np.uint8:
        offsets = _lanes(zeros.reshape(n, -1), bits)[:, :blocks].astype(np.float32)
    else:
        offsets = zeros.reshape(n, blocks).astype(np.float32)
    numbers -= offsets[:, :, np.newaxis]
    numbers *= scales.reshape(n, blocks, 1).astype(np.float32)
    return np.ascontiguousarray(numbers.reshape(n, -1)[:, :k].T)


def _lanes(packed: np.ndarray, bits: int) -> np.ndarray:
    """The numbers in bytes [rows, bytes]."""
    shifts = np.arange(0, 8, bits, dtype=np.uint8)
    return ((packed[:, :, np.newaxis] >> shifts) & np.uint8(2**bits - 1)).reshape(len(packed), -1)


def _decoding(call: Call) -> str:
    """``W``, decoded when the model runs."""
    k, n, bits = (call.attribute(name) for name in ("K", "N", "bits"))
    block = call.attribute("block_size")
    blocks = -(-k // block)
    offsets = number("offsets", float(2 ** (bits - 1)), "scales")
    if call.has("zeros"):
        packed = call.type("zeros").elem_type == call.type("packed").elem_type
        unpacked = _unpacked("zero_numbers", "zero_rows", bits, 2, blocks)
        offsets = f"""
            {ints("zero_shape", n, -1)}
            zero_rows = Reshape(zeros, zero_shape)
            {unpacked if packed else "zero_numbers = Identity(zero_rows)"}
            wide_zeros = CastLike(zero_numbers, scales)
            {ints("block_shape", n, blocks, 1)}
            offsets = Reshape(wide_zeros, block_shape)"""
    return f"""
        {_unpacked("numbers", "packed", bits, 3, block)}
        wide = CastLike(numbers, scales)
        {offsets}
        shifted = Sub(wide, offsets)
        {ints("scale_shape", n, blocks, 1)}
        scale_blocks = Reshape(scales, scale_shape)
        scaled = Mul(shifted, scale_blocks)
        {ints("row_shape", n, -1)}
        rows = Reshape(scaled, row_shape)
        {_first("columns", "rows", k)}
        W_float = Transpose(columns)
        W = CastLike(W_float, x)"""


def _gather(call: Call) -> str:
    """Rows are gathered before they are decoded: the table stays as small as it is."""
    rank, added, bits = call.rank("data"), call.rank("indices") - 1, call.attribute("bits")
    gathered, axis = call.attribute("gather_axis") % rank, call.attribute("quantize_axis") % rank
    in_bytes = call.type("data").elem_type == TensorProto.UINT8
    bits, default = (bits, 2 ** (bits - 1)) if in_bytes else (8, 0)
    last = static_size(call, "data", rank - 1) * (8 // bits)
    count = last if axis == rank - 1 else static_size(call, "data", axis)
    blocks = static_size(call, "scales", axis)
    offsets = number("offsets", float(default), "scales")
    if call.has("zeros"):
        offsets = f"""
            {_in_bytes(call, "zero_bytes", "zeros")}
            {_unpacked("zero_numbers", "zero_bytes", bits, rank, blocks if axis == rank - 1 else last)}
            wide_zeros = CastLike(zero_numbers, scales)
            {_of_elements("offsets", "wide_zeros", gathered, axis, added)}"""
    return f"""
        {_in_bytes(call, "data_bytes", "data")}
        rows = Gather <axis = {gathered}> (data_bytes, indices)
        {_unpacked("numbers", "rows", bits, rank + added, last)}
        wide = CastLike(numbers, scales)
        {_block_numbers(call, count) if gathered == axis else ints("block_of", *_blocks(call, count))}
        {_of_elements("factors", "scales", gathered, axis, added)}
        {offsets}
        shifted = Sub(wide, offsets)
        y = Mul(shifted, factors)"""


def _blocks(call: Call, count: int) -> list[int]:
    return [i // call.attribute("block_size") for i in range(count)]


def _block_numbers(call: Call, count: int) -> str:
    """``block_of``: the block of each row that is gathered, where the blocks have several rows."""
    return f"{ints('blocks', *_blocks(call, count))}  block_of = Gather(blocks, indices)"


def _of_elements(name: str, x: str, gathered: int, axis: int, added: int) -> str:
    """``name``: what ``x`` has for the blocks of the gathered rows, for each of their elements."""
    if gathered == axis:
        return f"{name} = Gather <axis = {axis}> ({x}, block_of)"
    moved = axis + (added if gathered < axis else 0)
    rows = f"{name}_rows = Gather <axis = {gathered}> ({x}, indices)"
    return f"{rows}  {name} = Gather <axis = {moved}> ({name}_rows, block_of)"


def _in_bytes(call: Call, name: str, x: str) -> str:
    """``name``: numbers of 4 bits as those of 8, which operators take."""
    elem_type = call.type(x).elem_type
    if elem_type == TensorProto.UINT8:
        return f"{name} = Identity({x})"
    if elem_type not in (TensorProto.INT4, TensorProto.UINT4):
        call.refuse(f"its {x} is of type {TensorProto.DataType.Name(elem_type).lower()}")
    array = call.value(x)
    if array is None:
        return f"{name} = Cast <to = {TensorProto.INT8}> ({x})"
    call.constants[f"{x}_numbers"] = array.astype(np.int8)
    return f"{name} = Identity({x}_numbers)"


OPERATORS = (
    operator(
        "MatMulNBits <K, N, bits: int = 4, block_size, accuracy_level: int = 0, weight_prepacked: int = 0> "
        "(x, packed, scales, zeros?, g_idx?, bias?) => (y)",
        _product,
    ),
    operator(
        "GatherBlockQuantized <bits: int = 4, block_size: int = 128, gather_axis: int = 0, quantize_axis: int = 1> "
        "(data, indices, scales, zeros?) => (y)",
        _gather,
    ),
)
