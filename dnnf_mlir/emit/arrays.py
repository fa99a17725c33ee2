"""Tensors that a program reads and writes by element."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from dnnf_mlir.bindings.iree import flow, ir, tensor

from .control import State, grid, indices
from .scalar import Number, Scalar
from .shapes import filled
from .sizes import dynamic, shape_of
from .types import element_type, ranked


@dataclass(frozen=True, eq=False)
class Array:
    """A tensor of element type ``dtype`` that is read, or written anew, by element; booleans may be stored as bytes."""

    tensor: ir.Value
    dtype: str
    known_shape: tuple[int, ...] | None = None
    """Its shape where the operation that makes the tensor does not tell it."""

    @property
    def value(self) -> ir.Value:
        """The tensor."""
        return self.tensor

    def like(self, value: ir.Value) -> "Array":
        """Another tensor of this type."""
        return Array(value, self.dtype, self.known_shape)

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes, dynamic ones included; ``known_shape`` where that is given."""
        return shape_of(self.tensor) if self.known_shape is None else self.known_shape

    @property
    def rank(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    def read(self, *positions: Number) -> Scalar:
        """The element at positions of type ``index``, one for each dimension (ValueError otherwise)."""
        if len(positions) != self.rank:
            raise ValueError(f"an operand has {self.rank} dimensions instead of {len(positions)}")
        element = tensor.ExtractOp(self.tensor, indices(positions)).result
        if self._is_bytes:
            return Scalar(element, "ui8").differs(0)
        return Scalar(element, self.dtype)

    def write(self, element: Scalar, *positions: Number) -> "Array":
        """The tensor with another element there."""
        stored = element.to("ui8") if self._is_bytes else element
        written = tensor.InsertOp(stored.value, self.tensor, indices(positions)).result
        return self.like(written)

    @property
    def _is_bytes(self) -> bool:
        return self.dtype == "i1" and self.tensor.type.element_type == element_type("ui8")


def constant_array(shape: Sequence[int], dtype: str, value: float | int | bool) -> Array:
    """A tensor with every element equal to ``value``."""
    return Array(filled(shape, element_type(dtype), value), dtype)


def memory(shape: Sequence[int], dtype: str) -> Array:
    """A tensor that a program writes before it reads it.

    Each is one of its own: see quirks.EQUAL_CONSTANTS.
    """
    return Array(flow.TensorAllocaOp(ranked(shape, dtype), dynamic(shape)).result, dtype, tuple(shape))


def copied(source: Array, target: Array) -> Array:
    """In a program: ``target`` with the elements of ``source``, which has the same shape."""

    def copy(position: list[Scalar], state: list[State]) -> list[State]:
        return [state[0].write(source.read(*position), *position)]

    return cast(Array, grid(source.shape, [target], copy)[0])
