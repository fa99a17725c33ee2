"""Products of 8-bit integers in linalg form: products of 32-bit ones, from which the zero points are taken away.

``conv_integer(x, w, x_zero_point, w_zero_point)`` is ``conv(i32(x) - x_zero_point, i32(w) - w_zero_point)``: a border
of zeros around the difference is what ONNX asks for, a border of ``x_zero_point`` around ``x``.
"""

from dataclasses import replace

import numpy as np

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.dialect_defs.many_to_many.convolution import Conv, ConvInteger
from dnnf_mlir.dialect_defs.many_to_many.matrix import MatMul, MatMulInteger
from dnnf_mlir.dialect_defs.one_to_one.arithmetic import Sub
from dnnf_mlir.dialect_defs.one_to_one.selection import Cast
from dnnf_mlir.dialect_defs.reorganize import Reshape
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.operator import Operator
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.lowering.api import Region, structured

from .contraction import matmul
from .convolution import convolution


@structured(MatMulInteger)
def _matmul_integer(region: Region, node: Node) -> list[ir.Value]:
    a, b = (_wide(region, node.input(i), node.inputs[i + 2]) for i in range(2))
    _make_apart(region, a, b)
    return matmul(region, _made(region, MatMul, [a, b], node.output))


@structured(ConvInteger)
def _conv_integer(region: Region, node: Node) -> list[ir.Value]:
    w, x_zero, w_zero = node.input(1), *node.inputs[2:4]
    if w_zero is not None and w_zero.type.elements > 1:
        w_zero = _reshaped(region, w_zero, (*w_zero.type.shape, *(1,) * (w.type.rank - 1)))
    wide = [_wide(region, node.input(0), x_zero), _wide(region, w, w_zero)]
    _make_apart(region, *wide)
    return convolution(region, _made(region, Conv, [*wide, None], node.output, **node.attributes))


def _make_apart(region: Region, *operands: Value) -> None:
    """Computes the operands in a dispatch of their own.

    Fused into a product they become 8-bit factors again: see quirks.SIGNED_BYTES.
    """
    for value in operands:
        if value.constant is None:
            region.tensor(value)
    region.cut()


def _wide(region: Region, value: Value, zero_point: Value | None) -> Value:
    """The value minus its zero point, in 32 bits; computed at once where both are known."""
    offset = None if zero_point is None else zero_point.constant
    if value.constant is not None and (zero_point is None or offset is not None):
        integers = value.constant.astype(np.int32)
        return _constant(integers if offset is None else np.asarray(integers - offset.astype(np.int32)))
    wide = _converted(region, value)
    if zero_point is None:
        return wide
    return _made(region, Sub, [wide, _wide(region, zero_point, None)], wide).output


def _converted(region: Region, value: Value) -> Value:
    like = Value(replace(value.type, dtype="i32"), value.name)
    return _made(region, Cast, [value], like).output


def _reshaped(region: Region, value: Value, shape: tuple[int, ...]) -> Value:
    if value.constant is not None:
        return _constant(value.constant.reshape(shape))
    return _made(region, Reshape, [value], Value(value.type.with_shape(shape), value.name)).output


def _constant(array: np.ndarray) -> Value:
    return Value(TensorType.of(array), constant=array)


def _made(region: Region, op: type[Operator], inputs: list[Value | None], like: Value, **attributes: object) -> Node:
    """A node of the region for an operation that the graph has not; its result is of the type of ``like``."""
    node = Node(op, list(inputs), [Value(like.type, like.name)], attributes, like.name, op.default_mapping)
    for value in node.operands:
        value.users.remove(node)  # the graph outlives the region, and may be lowered again
    region.nodes.add(node)
    return node
