"""Sums and products as chains of signed factors, so that rules need one spelling only.

``a - b`` is the sum of ``a`` and the inverse of ``b``, ``a / b`` the product of ``a`` and the inverse of ``b``; the
small powers of ``a`` are products. Any nesting of such operators is one chain, in which order does not matter.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from dnnf_mlir.dialect_defs.one_to_one.arithmetic import Add, Div, Mul, Pow, Sub
from dnnf_mlir.dialect_defs.one_to_one.elementary import Neg, Reciprocal
from dnnf_mlir.dialect_defs.one_to_one.elementwise import ElementwiseBinary, ElementwiseVariadic
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.operator import Operator, Property

CHAIN_LIMIT = 12
"""Longer chains are cut: matching tries combinations of factors."""

_LARGEST_POWER = 4


@dataclass(frozen=True)
class Factor:
    """A member of a chain; ``inverse``: its negative in a sum, its reciprocal in a product."""

    value: Value
    inverse: bool = False


INVERSE_BINARY: dict[type[Operator], type[Operator]] = {Add: Sub, Mul: Div}
INVERSE_UNARY: dict[type[Operator], type[Operator]] = {Add: Neg, Mul: Reciprocal}
GROUP_OF: dict[type[Operator], type[Operator]] = {Sub: Add, Div: Mul}
"""The inverse operation -> the operation that chains are made of."""


def is_chain(op: type[Operator]) -> bool:
    """Whether nested applications of the operator are one chain in any order."""
    return issubclass(op, ElementwiseBinary | ElementwiseVariadic) and {
        Property.ASSOCIATIVE,
        Property.COMMUTATIVE,
    } <= set(op.properties)


def group_of(node: Node) -> type[Operator] | None:
    """The operator of the chain that the node belongs to; None for operators that make no chains."""
    op = GROUP_OF.get(node.op, node.op)
    if node.op is Div and not node.output.type.is_float:
        return None
    if node.op is Pow and _small_power(node):
        return Mul
    return op if is_chain(op) else None


def is_inside_chain(node: Node, outputs: Collection[Value]) -> bool:
    """Whether the node is part of a larger chain, at whose outermost node rules are tried."""
    value = node.output
    if len(value.users) != 1 or value in outputs:
        return False
    group = group_of(node)
    return group is not None and group_of(value.users[0]) is group


def factors_of(node: Node, outputs: Collection[Value]) -> list[Factor]:
    """The chain that ends in the node: values that are read once only are taken apart, from the left on."""
    group = group_of(node)
    if group is None:
        return []
    factors = _operands(node, group)
    position = 0
    while node.op is not Pow and position < len(factors):
        value, sign = factors[position].value, factors[position].inverse
        inner = value.producer
        alone = len(value.users) == 1 and value not in outputs
        if inner is None or not alone or len(factors) >= CHAIN_LIMIT or value.type.dtype != node.output.type.dtype:
            position += 1
        elif group_of(inner) is group and (not sign or group is Add):
            # The reciprocal of a product is not taken apart: the parts could overflow where the product does not.
            parts = _operands(inner, group, sign)
            factors[position : position + 1] = parts
            position += len(parts) if inner.op is Pow else 0
        else:
            if inner.op is INVERSE_UNARY.get(group) and value.type.is_float:
                factors[position] = Factor(inner.input(0), not sign)
            position += 1
    return factors


def _operands(node: Node, group: type[Operator], inverse: bool = False) -> list[Factor]:
    """What one operator of a chain, or the inverse of its result, is made of."""
    if node.op is Pow:
        return [Factor(node.input(0), inverse)] * _small_power(node)
    turned = node.op is INVERSE_BINARY.get(group)
    return [Factor(value, inverse ^ (turned and index == 1)) for index, value in enumerate(node.operands)]


def _small_power(node: Node) -> int:
    """n of ``x ** n`` for n = 2, 3, 4; 0 for everything else."""
    if node.op is not Pow:
        return 0
    exponent = node.input(1).constant
    if exponent is None or exponent.size != 1 or node.input(0).type != node.output.type:
        return 0
    power = float(exponent.reshape(()))
    return int(power) if power in range(2, _LARGEST_POWER + 1) else 0


def inverted(array: np.ndarray, group: type[Operator]) -> np.ndarray | None:
    """The array of the inverse elements, rounded once; None where there are none."""
    if group is Add:
        return np.asarray(-array) if array.dtype.kind != "b" else None
    if array.dtype.kind != "f" or not np.all(array):
        return None
    return np.asarray(1 / array.astype(np.float64)).astype(array.dtype)
