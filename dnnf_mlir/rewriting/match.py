"""An instance of a rule's left side in a graph: what each of the rule's variables stands for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from dnnf_mlir.dialect_defs.shapes import broadcast_shape
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.operator import Operator
from dnnf_mlir.graph.tensor_type import TensorType

from .groups import Factor


@dataclass(frozen=True)
class Chain:
    """What a variable stands for that takes several factors of a chain, or an inverse one."""

    group: type[Operator]
    factors: tuple[Factor, ...]


Binding: TypeAlias = Any
"""By the variable's kind: Value or Chain, Node (AnyOf), nodes (Movement), an attribute's value, None if absent."""

Bindings = Mapping[str, Binding]


@dataclass(frozen=True)
class Match:
    """An instance of a rule's left side; ``rest`` are the factors of the root's chain that the rule leaves alone.

    ``part`` is the result of the root that is being replaced.
    """

    root: Node
    bindings: Bindings
    rest: tuple[Factor, ...] = ()
    part: int = 0

    @property
    def result(self) -> TensorType:
        """Type of the result that is being replaced."""
        return self.root.outputs[self.part].type

    def value(self, name: str) -> Value:
        """The tensor of a variable; LookupError where it stands for several factors of a chain."""
        bound = self.bindings[name]
        if not isinstance(bound, Value):
            raise LookupError(f"{name} is no single tensor")
        return bound

    def values(self, name: str) -> tuple[Value, ...]:
        """The tensors of a variable that varies under Each; LookupError where one is absent."""
        bound: tuple[Value | None, ...] = self.bindings[name]
        found = tuple(value for value in bound if value is not None)
        if len(found) != len(bound):
            raise LookupError(f"{name} is absent in some operands")
        return found

    def type(self, name: str) -> TensorType:
        """The tensor's type, of a chain too."""
        bound = self.bindings[name]
        if isinstance(bound, Chain):
            types = [factor.value.type for factor in bound.factors]
            return types[0].with_shape(broadcast_shape(type_.shape for type_ in types))
        return self.value(name).type

    def constant(self, name: str) -> np.ndarray:
        """The array of a constant variable."""
        array = self.value(name).constant
        if array is None:
            raise LookupError(f"{name} is no constant")
        return array

    def number(self, name: str) -> float:
        """The number that all elements of a Scalar variable are."""
        return float(self.constant(name).flat[0])

    def path(self, name: str) -> tuple[Node, ...]:
        """The operators of a Movement variable, outermost first."""
        found: tuple[Node, ...] = self.bindings.get(name, ())
        return found

    def present(self, name: str) -> bool:
        """Whether an Optional operand is there."""
        return self.bindings.get(name) is not None

    def attribute(self, name: str) -> Any:
        """The value of an Attribute variable."""
        return self.bindings[name]

    def node(self, name: str) -> Node:
        """The node of an AnyOf variable."""
        bound = self.bindings[name]
        if not isinstance(bound, Node):
            raise LookupError(f"{name} is no operator")
        return bound
