"""What rewriting lowers: FLOPs first, then tensor elements loaded and stored, then operators, then strength."""

from typing import NamedTuple

from dnnf_mlir.dialect_defs.many_to_many.pooling import AveragePool, MaxPool
from dnnf_mlir.dialect_defs.many_to_many.reduction import ReduceMean
from dnnf_mlir.dialect_defs.one_to_one.arithmetic import Div, Pow, Sub
from dnnf_mlir.dialect_defs.reorganize import ReorganizeOperator, Reshape
from dnnf_mlir.dialect_defs.shuffle import Transpose
from dnnf_mlir.graph.ecg import Node
from dnnf_mlir.graph.operator import Operator, Signature
from dnnf_mlir.graph.size import representative

_STRENGTH: dict[type[Operator], int] = {
    **{Sub: 1, Div: 2, Pow: 3},
    **{Transpose: 2, Reshape: 1},
    **{AveragePool: 1, MaxPool: 1, ReduceMean: 1},
}
"""How dear an operator is among those of equal FLOPs: the last word, for canonical forms."""


class Cost(NamedTuple):
    """Compared lexicographically; every rewrite lowers the graph's sum, so that rewriting ends."""

    flops: int = 0
    elements: int = 0
    operators: int = 0
    strength: int = 0

    def plus(self, other: "Cost") -> "Cost":
        """The sum, component by component."""
        return Cost(*(a + b for a, b in zip(self, other, strict=True)))

    def minus(self, other: "Cost") -> "Cost":
        """The difference, component by component: positive where a rewrite saves."""
        return Cost(*(a - b for a, b in zip(self, other, strict=True)))

    @property
    def without_flops(self) -> "Cost":
        """For recognitions, whose right side counts the FLOPs of the whole in its own way."""
        return self._replace(flops=0)


ZERO = Cost()


def cost_of(op: type[Operator], signature: Signature, loaded: int) -> Cost:
    """Cost of one operator that loads ``loaded`` elements: an operand that is read twice counts once."""
    stored = sum(type_.elements for type_ in signature.outputs)
    strength = _STRENGTH.get(op, 2 if issubclass(op, ReorganizeOperator) else 0)
    return Cost(representative(op.flops(signature)), loaded + stored, 1, strength)


def node_cost(node: Node) -> Cost:
    """Cost of a node of the graph."""
    return cost_of(node.op, node.signature, sum(value.type.elements for value in dict.fromkeys(node.operands)))
