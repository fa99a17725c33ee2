"""Results that a loop stacks: each turn writes its part where it belongs, in memory that nothing copies.

A tensor that ``scf.for`` passes on and updates is copied as a whole in every turn (quirks.LOOP_UPDATE): the analysis
of last uses (stream-elide-async-copies) knows no region's arguments. So the parts lie in a HAL buffer, no value: a
part's last kernel writes there (``hal.tensor.alias``), and after the loop the buffer becomes a tensor. No value orders
the turns and what reads the buffer: a fence does, which each turn waits for, replaces and passes on.
"""

from collections.abc import Sequence
from math import prod

from dnnf_mlir.bindings.iree import arith, hal, ir, util
from dnnf_mlir.emit import shapes
from dnnf_mlir.emit.control import Array
from dnnf_mlir.emit.scalar_programs import each
from dnnf_mlir.emit.sizes import dynamic
from dnnf_mlir.emit.types import element_type, index, ranked, size_value
from dnnf_mlir.graph.tensor_type import TensorType

_ALIGNMENT = 256
"""Bytes: what Vulkan may ask of a binding's offset at most; IREE's CPU code generation takes 64 for granted."""

# Bits of iree/hal/buffer.h.
_DEVICE_VISIBLE, _DEVICE_LOCAL = 1 << 4, 1 << 5
_TRANSFER_SOURCE, _TRANSFER_TARGET = 1 << 0, 1 << 1
_DISPATCH_STORAGE_READ, _DISPATCH_STORAGE_WRITE = 1 << 10, 1 << 11
_DEVICE_MEMORY = _DEVICE_LOCAL | _DEVICE_VISIBLE
_COPIES_AND_DISPATCHES = _TRANSFER_SOURCE | _TRANSFER_TARGET | _DISPATCH_STORAGE_READ | _DISPATCH_STORAGE_WRITE

_ANY_QUEUE = -1


def not_waiting() -> ir.Value:
    """The fence before the first turn."""
    return util.NullOp(_fence()).result


def signalled_by(written: Sequence[ir.Value]) -> ir.Value:
    """In a turn: the fence after it, when these parts are written."""
    no_flags = ir.IntegerAttr.get(ir.IntegerType.get_signless(64), 0)
    fence = hal.FenceCreateOp(hal.DevicesGetOp(index(0)).result, no_flags).result
    hal.TensorBarrierOp([part.type for part in written], written, fence)
    return fence


class Stack:
    """Memory for one part of a type in each turn.

    Args:
        part: the type of a part; its sizes are known before the loop.
        turns: how many turns there are at most, an ``index`` of at least 0.
        in_words: whether elements are kept as i32: see quirks.PART_OF_WORD_STORES.

    ValueError for elements that are narrower than a byte.
    """

    def __init__(self, part: TensorType, turns: ir.Value, *, in_words: bool = False) -> None:
        self._dtype = part.dtype
        if in_words:
            part = TensorType(part.shape, "i32")
        width = 1 if part.dtype == "i1" else part.numpy_dtype.itemsize
        if element_type(part.dtype).width < 8 and part.dtype != "i1":
            raise ValueError(f"parts of {part.dtype} cannot be stacked")
        self._part = part
        self._elements = prod(part.shape)
        self._room = (self._elements * width + _ALIGNMENT - 1) // _ALIGNMENT * (_ALIGNMENT // width)
        """Elements from one part to the next."""
        self._stride = size_value(self._room * width)
        self._length = size_value(self._elements * width)
        self._buffer = hal.AllocatorAllocateOp(
            hal.DeviceAllocatorOp(hal.DevicesGetOp(index(0)).result).result,
            _integer(64, _ANY_QUEUE),
            _integer(32, _DEVICE_MEMORY),
            _integer(32, _COPIES_AND_DISPATCHES),
            arith.MulIOp(turns, self._stride).result,
        ).result

    def put(self, turn: ir.Value, part: ir.Value, shape: Sequence[int], before: ir.Value) -> ir.Value:
        """In a turn: its part there, after a fence; the sizes in the turn express the shape."""
        if self._dtype != self._part.dtype:
            part = _converted(part, shape, self._dtype, self._part.dtype)
        start = arith.MulIOp(turn, self._stride).result
        place = hal.BufferSubspanOp(self._buffer.type, self._buffer, start, self._length).result
        return hal.TensorAliasOp(part, dynamic(shape), place, wait_fence=before).result

    def joined(self, turns: int, after: ir.Value) -> ir.Value:
        """After the loop's last fence, with so many turns: the parts along a new first dimension."""
        shape = (turns, *self._part.shape)
        if self._room == self._elements:
            parts = self._imported(shape, after)
        else:
            apart = self._imported((turns, self._room), after)
            parts = shapes.reshape(shapes.extract_slice(apart, [0, 0], (turns, self._elements)), shape, outside=True)
        return parts if self._dtype == self._part.dtype else _converted(parts, shape, self._part.dtype, self._dtype)

    def _imported(self, shape: Sequence[int], after: ir.Value) -> ir.Value:
        type_ = ranked(shape, self._part.dtype)
        return hal.TensorImportOp(type_, self._buffer, type_, dynamic(shape), wait_fence=after).result


def _converted(tensor: ir.Value, shape: Sequence[int], dtype: str, to: str) -> ir.Value:
    array = Array(tensor, dtype, tuple(shape))
    return each(shape, [to], lambda positions: [array.read(*positions).to(to)])[0]


def _fence() -> ir.Type:
    return ir.Type.parse("!hal.fence")


def _integer(bits: int, number: int) -> ir.Value:
    type_ = ir.IntegerType.get_signless(bits)
    return arith.ConstantOp(type_, ir.IntegerAttr.get(type_, number)).result
