"""Loops and branches of the emitted code: Python functions make their bodies, from and to the state that is passed on.

A state is a list of numbers, arrays and plain values. ``scf`` passes their values on; the functions get them typed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, cast

from dnnf_mlir.bindings.iree import flow, ir, scf, tensor
from dnnf_mlir.emit.scalar import Number, Scalar, number
from dnnf_mlir.emit.shapes import filled
from dnnf_mlir.emit.sizes import dynamic, shape_of
from dnnf_mlir.emit.types import element_type, ranked


class Carried(Protocol):
    """What loops and branches pass on: a typed value, or a plain one."""

    @property
    def value(self) -> ir.Value:
        """The value that ``scf`` passes on."""
        ...

    def like(self, value: ir.Value) -> "Carried":
        """Another value of this type."""
        ...


State: TypeAlias = Any
"""A :class:`Carried` or an ir.Value. Programs take lists of both kinds apart, which a type for lists cannot say."""


def loop(
    lower: Number,
    upper: Number,
    state: Sequence[State],
    body: Callable[[Scalar, list[State]], Sequence[State]],
    step: int = 1,
) -> list[State]:
    """``for position in range(lower, upper, step)``: ``body`` returns the new state; gives the last one.

    Args:
        lower, upper, step: numbers of type ``index``, or such as convert to it.
        state: what the iterations pass on.
        body: position and state to the next state.
    """
    op = scf.ForOp(*indices((lower, upper, step)), [value_of(part) for part in state])
    with ir.InsertionPoint(op.body):
        arguments = list(op.inner_iter_args)
        results = body(Scalar(op.induction_variable, "index"), _like(state, arguments))
        scf.YieldOp([value_of(part) for part in results])
    return _like(state, list(op.results))


def repeat_while(
    state: Sequence[State],
    condition: Callable[[list[State]], Scalar],
    body: Callable[[list[State]], Sequence[State]],
) -> list[State]:
    """The state after ``body`` was applied as long as ``condition`` holds."""
    types = [value_of(part).type for part in state]
    op = scf.WhileOp(types, [value_of(part) for part in state])
    location = ir.Location.unknown()
    before = op.before.blocks.append(*types, arg_locs=[location] * len(types))
    after = op.after.blocks.append(*types, arg_locs=[location] * len(types))
    with ir.InsertionPoint(before):
        arguments = list(before.arguments)
        scf.ConditionOp(condition(_like(state, arguments)).value, arguments)
    with ir.InsertionPoint(after):
        scf.YieldOp([value_of(part) for part in body(_like(state, list(after.arguments)))])
    return _like(state, list(op.results))


def either(
    condition: Scalar | ir.Value,
    then: Callable[[], object],
    otherwise: Callable[[], object],
    like: Sequence[State] = (),
) -> list[State]:
    """The state of the branch taken, of the types of ``like``; without ``like`` what the branches return is ignored."""
    op = scf.IfOp(value_of(condition), [value_of(part).type for part in like], has_else=True)
    for block, branch in ((op.then_block, then), (op.else_block, otherwise)):
        with ir.InsertionPoint(block):
            results = branch()
            scf.YieldOp([value_of(part) for part in results] if like and isinstance(results, Sequence) else [])
    return _like(like, list(op.results))


def when(condition: Scalar | ir.Value, then: Callable[[], object]) -> None:
    """``then`` where the condition holds; what it returns is ignored."""
    op = scf.IfOp(value_of(condition))
    with ir.InsertionPoint(op.then_block):
        then()
        scf.YieldOp([])


def grid(
    shape: Sequence[Number], state: Sequence[State], body: Callable[[list[Scalar], list[State]], Sequence[State]]
) -> list[State]:
    """Nested loops over every position of a shape, the last dimension fastest."""

    def nest(outer: list[Scalar], remaining: Sequence[Number], inner: Sequence[State]) -> Sequence[State]:
        if not remaining:
            return body(outer, list(inner))
        return loop(0, remaining[0], inner, lambda i, carried: nest([*outer, i], remaining[1:], carried))

    return list(nest([], shape, state))


def indices(positions: Sequence["Number | ir.Value"]) -> list[ir.Value]:
    """Values of type ``index``."""
    return [_index(position) for position in positions]


def _index(position: "Number | ir.Value") -> ir.Value:
    if isinstance(position, ir.Value):
        return position
    return (position if isinstance(position, Scalar) else number(position, "index")).to("index").value


def value_of(part: State) -> ir.Value:
    """The value of a part of a state."""
    return part if isinstance(part, ir.Value) else part.value


def _like(state: Sequence[State], values: Sequence[ir.Value]) -> list[State]:
    return [
        value if isinstance(part, ir.Value) else part.like(value) for part, value in zip(state, values, strict=True)
    ]


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
