"""Many-to-Many operators: an output element reads many input elements (paper, Table 2)."""

import math
from typing import Any

from dnnf_mlir.mlir import ext

from .dialect import Int, Ints, Operator, Signature, String
from .mapping import MappingType


class Conv(Operator, name="conv"):
    """ONNX Conv, 1 to 3 spatial dimensions. ``pads`` is begin... end...; weights stay [F, C/group, k...].

    ``layout`` tells where the channels of x and y are: ``channels_first`` (as in ONNX) or ``channels_last``.
    """

    x: ext.Operand[Any]
    w: ext.Operand[Any]
    b: ext.Operand[Any] | None
    y: ext.Result[Any]
    strides: Ints
    pads: Ints
    dilations: Ints
    group: Int
    layout: String

    onnx_name = "Conv"
    default_mapping = MappingType.MANY_TO_MANY

    @classmethod
    def flops(cls, signature: Signature) -> int:
        weights = signature.input(1).shape
        return 2 * signature.output.elements * math.prod(weights[1:])


class MatMul(Operator, name="matmul"):
    """numpy's matmul: batch dimensions broadcast; vectors are promoted."""

    a: ext.Operand[Any]
    b: ext.Operand[Any]
    y: ext.Result[Any]

    onnx_name = "MatMul"
    default_mapping = MappingType.MANY_TO_MANY

    @classmethod
    def flops(cls, signature: Signature) -> int:
        return 2 * signature.output.elements * signature.input(0).shape[-1]
