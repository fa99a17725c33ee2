"""One-to-Many operators: an input element can feed several output elements (paper, Table 2)."""

from typing import Any

from dnnf_mlir.mlir import ext

from .dialect import Int, Operator
from .mapping import MappingType


class Gather(Operator, name="gather"):
    """``y[.., i.., ..] = x[.., indices[i..], ..]`` along ``axis``; negative indices count from the end."""

    x: ext.Operand[Any]
    indices: ext.Operand[Any]
    y: ext.Result[Any]
    axis: Int

    onnx_name = "Gather"
    default_mapping = MappingType.ONE_TO_MANY
