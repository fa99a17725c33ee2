"""Expressions of one element: what the operators of a block contribute to the body of an operation."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.emit.scalar import Scalar
from dnnf_mlir.graph.ecg import Value
from dnnf_mlir.graph.size import is_dynamic

from .index_maps import Access, Dim, covers, leaves


@dataclass(frozen=True, eq=False)
class Read:
    """An element of a tensor: of a value of the graph, or of a tensor made while lowering."""

    source: Value | ir.Value
    access: Access
    dtype: str
    shape: tuple[int, ...] | None = None
    """The shape that ``access`` is about, where it is not the tensor's own."""

    def keeps_order(self, access: Access) -> bool:
        """Whether a tensor read like this and written at ``access`` is a copy of the source, element after element."""
        if not isinstance(self.source, Value) or not covers(self.access, self.source.type.shape):
            return False
        visited, written = ([loop for loop in leaves(a) if loop.extent > 1] for a in (self.access, access))
        return visited == written

    @property
    def is_constant(self) -> bool:
        """Whether what is read is known at compile time."""
        if not isinstance(self.source, Value) or self.source.constant is None:
            return False
        return not any(is_dynamic(dim.iterations) for dim in self.access)


@dataclass(frozen=True)
class Number:
    """A constant known at compile time."""

    dtype: str
    number: float | int | bool


@dataclass(frozen=True)
class Position:
    """The index that a dimension's loops are at, as a value of type ``index``."""

    dim: Dim


@dataclass(frozen=True, eq=False)
class Apply:
    """A function of other expressions' numbers, one argument each; None stands for an absent operand."""

    function: Callable[..., Scalar]
    operands: tuple["Expression | None", ...]


Expression: TypeAlias = Read | Number | Position | Apply


@dataclass(frozen=True)
class Output:
    """A result of the operation: where its elements go, and the initial value of a reduction."""

    access: Access
    dtype: str
    initial: float | int | None = None
    fixed: tuple[int, ...] | None = None
    """The shape that the tensor must have; by default any."""


Combine: TypeAlias = Callable[[list[Scalar], list[Scalar]], list[Scalar]]
"""(values of the expressions, accumulators) -> new accumulators or results."""
