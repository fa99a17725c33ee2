"""How tensors follow loops: the index maps that Reorganize, Shuffle and slicing operators become.

Every dimension of a tensor is a row-major list of loops. A reshape regroups the lists and splits loops where the two
shapes need a common refinement; a transposition permutes them; a broadcast dimension has no loops. An
:data:`Expression` is what an operator of a block contributes to the body of an operation: one element, by its access.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.emit.scalar import Scalar
from dnnf_mlir.graph.ecg import Value
from dnnf_mlir.graph.size import is_dynamic, quotient


class Loop:
    """One loop of an iteration space; splitting it replaces it everywhere by an outer and an inner loop."""

    def __init__(self, extent: int) -> None:
        self.extent = extent
        self.parts: tuple[Loop, Loop] | None = None

    def split(self, outer: int) -> "tuple[Loop, Loop]":
        """Splits into ``outer`` times ``extent / outer``."""
        self.parts = (Loop(outer), Loop(self.extent // outer))
        return self.parts

    @property
    def leaves(self) -> "list[Loop]":
        """The loops that this one has been split into, outermost first."""
        if self.parts is None:
            return [self]
        return [leaf for part in self.parts for leaf in part.leaves]


@dataclass(frozen=True)
class Dim:
    """One dimension of a tensor: its index is ``offset + step * (row-major number of the loops)``."""

    loops: tuple[Loop, ...] = ()
    offset: int = 0
    step: int = 1

    @property
    def leaves(self) -> list[Loop]:
        """The loops of all dimensions, outermost first."""
        return [leaf for loop in self.loops for leaf in loop.leaves]

    @property
    def iterations(self) -> int:
        """How many positions the dimension visits."""
        return math.prod(loop.extent for loop in self.loops)

    def covers(self, extent: int) -> bool:
        """Whether the loops visit every index of a dimension of that extent in order."""
        return self.offset == 0 and self.step == 1 and self.iterations == extent

    def sliced(self, start: int, step: int) -> "Dim":
        """The dimension of the operand of a slice whose result is this one."""
        return Dim(self.loops, start + step * self.offset, step * self.step)


Access: TypeAlias = tuple[Dim, ...]
"""One Dim per dimension of a tensor."""


def iterate(shape: Iterable[int]) -> Access:
    """The access of a tensor whose dimensions are the loops."""
    return tuple(Dim((Loop(extent),)) for extent in shape)


def leaves(access: Access) -> list[Loop]:
    """The loops of all dimensions, outermost first."""
    return [leaf for dim in access for leaf in dim.leaves]


def covers(access: Access, shape: Sequence[int]) -> bool:
    """Whether every element of the tensor is visited exactly once."""
    loops = [loop for loop in leaves(access) if loop.extent > 1]
    return len(set(loops)) == len(loops) and all(dim.covers(extent) for dim, extent in zip(access, shape, strict=True))


def broadcast(access: Access, result: Sequence[int], operand: Sequence[int]) -> Access:
    """The access of an operand that numpy broadcasting aligns with a result of that access."""
    skipped = len(result) - len(operand)
    return tuple(
        dim if extent == result[skipped + i] else Dim()
        for i, (dim, extent) in enumerate(zip(access[skipped:], operand, strict=True))
    )


def transpose(access: Access, permutation: Sequence[int]) -> Access:
    """The access of the operand of a transposition."""
    dims: list[Dim] = [Dim()] * len(access)
    for result, operand in enumerate(permutation):
        dims[operand] = access[result]
    return tuple(dims)


def regroup(loops: Sequence[Loop], extents: Sequence[int]) -> list[tuple[Loop, ...]] | None:
    """Distributes row-major ``loops`` over dimensions of these extents, splitting loops where a boundary falls inside.

    None when the two shapes have no common refinement. Unit loops are dropped, dimensions of extent 1 get no loops.
    """
    remaining = [leaf for loop in loops for leaf in loop.leaves if leaf.extent > 1]
    groups = []
    for extent in extents:
        group = []
        while extent > 1:
            if not remaining:
                return None
            loop = remaining.pop(0)
            rest = quotient(extent, loop.extent)
            if rest is not None:
                group.append(loop)
                extent = rest
            elif quotient(loop.extent, extent) is not None:
                outer, inner = loop.split(extent)
                group.append(outer)
                remaining.insert(0, inner)
                extent = 1
            else:
                return None
        groups.append(tuple(group))
    return groups


def divided(dim: Dim, extents: Sequence[int]) -> tuple[Dim, ...] | None:
    """A dimension as the row-major product of dimensions of these extents; None where its loops do not split so."""
    if not dim.covers(math.prod(extents)):
        return None
    groups = regroup(dim.loops, extents)
    return None if groups is None else tuple(Dim(group) for group in groups)


def joined(*dims: Dim) -> Dim:
    """The row-major product of dimensions that are visited whole: the inverse of :func:`divided`."""
    return Dim(tuple(loop for dim in dims for loop in dim.loops))


def reshape(access: Access, result: Sequence[int], operand: Sequence[int]) -> Access | None:
    """The access of the operand of a reshape; None when it has to be a tensor of its own.

    Leading and trailing dimensions that both shapes share pass through, also when they are sliced or broadcast. What
    stands between them must be visited whole.
    """
    before = _common(result, operand)
    after = _common(result[before:][::-1], operand[before:][::-1])
    inner_result = range(before, len(result) - after)
    if not all(access[i].covers(result[i]) for i in inner_result):
        return None
    inner = [loop for i in inner_result for loop in access[i].loops]
    groups = regroup(inner, operand[before : len(operand) - after])
    if groups is None:
        return None
    return (*access[:before], *(Dim(group) for group in groups), *access[len(access) - after :])


def _common(a: Sequence[int], b: Sequence[int]) -> int:
    count = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        count += 1
    return count


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
