"""Shuffle operators: a permutation of dimensions (paper, Table 2)."""

from typing import Any

from dnnf_mlir.mlir import ext

from .dialect import Imported, Ints, OnnxNode, Operator, Signature
from .mapping import MappingType


class Transpose(Operator, name="transpose"):
    """``y.shape[i] = x.shape[perm[i]]``."""

    x: ext.Operand[Any]
    y: ext.Result[Any]
    perm: Ints

    onnx_name = "Transpose"
    default_mapping = MappingType.SHUFFLE

    @classmethod
    def from_onnx(cls, node: OnnxNode) -> Imported:
        rank = node.output_types[0].rank
        return Imported((0,), {"perm": tuple(node.attributes.get("perm", reversed(range(rank))))})

    @classmethod
    def check(cls, signature: Signature) -> str | None:
        perm = signature.attributes["perm"]
        operand = signature.input(0)
        if sorted(perm) != list(range(operand.rank)):
            return f"perm {perm} is no permutation of {operand.rank} dimensions"
        expected = tuple(operand.shape[i] for i in perm)
        if expected != signature.output.shape:
            return f"perm {perm} of {operand} gives shape {expected}, but the result is {signature.output}"
        return None
