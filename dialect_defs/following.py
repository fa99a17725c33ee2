"""Bases of operators that follow their neighbours' layout: see :meth:`Operator.permuted`."""

from collections.abc import Mapping
from typing import Any

from dnnf_mlir.dialect_defs.dialect import Operator
from dnnf_mlir.graph.operator import Signature


class ElementwiseOperator(Operator):
    """Base: works on any order of dimensions as it is."""

    @classmethod
    def permuted(cls, signature: Signature, perm: tuple[int, ...]) -> Mapping[str, Any] | None:
        return dict(signature.attributes)


class AxisOperator(Operator):
    """Base: one dimension, the attribute ``axis``, has a meaning of its own and moves with the permutation."""

    @classmethod
    def permuted(cls, signature: Signature, perm: tuple[int, ...]) -> Mapping[str, Any] | None:
        return {**signature.attributes, "axis": perm.index(signature.attributes["axis"])}
