"""The language of rules: terms over operators and variables, written as Python calls.

A rule's function is called once with its parameters as variables and returns the two sides of the equation as terms.
The annotation of a parameter says what the variable may stand for.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

import numpy as np

from dnnf_mlir.dialect_defs import operators
from dnnf_mlir.dialect_defs.many_to_many.reduction import Reduction
from dnnf_mlir.dialect_defs.one_to_one.elementwise import ElementwiseBinary, ElementwiseUnary, ElementwiseVariadic
from dnnf_mlir.dialect_defs.reorganize import ReorganizeOperator
from dnnf_mlir.graph.ecg import Value
from dnnf_mlir.graph.operator import Operator

from .match import Match


@dataclass(frozen=True)
class Variable:
    """What a parameter of a rule stands for; the same variable stands for the same thing everywhere in a rule."""

    name: str


class Tensor(Variable):
    """Any tensor."""


class Constant(Tensor):
    """A tensor known at compile time."""


class Scalar(Constant):
    """A constant of one element, or one whose elements are all equal."""


class Optional(Tensor):
    """A constant operand that may be absent."""


class Attribute(Variable):
    """The value of an attribute."""


class AnyOf(Variable):
    """An operator out of ``classes``, with all its attributes; called with operands like an operator."""

    classes: ClassVar[tuple[type[Operator], ...]] = ()

    def __call__(self, *operands: "Term | None", **attributes: Any) -> "Apply":
        return Apply(self, operands, attributes)


class Unary(AnyOf):
    """An element-wise function of one tensor."""

    classes = (ElementwiseUnary,)


class Binary(AnyOf):
    """An element-wise function of two tensors."""

    classes = (ElementwiseBinary,)


class Variadic(AnyOf):
    """An element-wise function of any number of tensors."""

    classes = (ElementwiseVariadic,)


class Reorganize(AnyOf):
    """Reshape, Flatten, Squeeze or Unsqueeze."""

    classes = (ReorganizeOperator,)


class Reduce(AnyOf):
    """A reduction over dimensions."""

    classes = (Reduction,)


class Movement(Variable):
    """Any number of operators that only move elements, one after the other: none, Reshape, Transpose, Slice."""

    def __call__(self, term: "Term") -> "Moved":
        return Moved(self, term)


@dataclass(frozen=True, eq=False)
class Moved:
    """A term under a Movement. The same movement on a right side moves a tensor of the same shape."""

    movement: Movement
    term: "Term"


@dataclass(frozen=True, eq=False)
class Apply:
    """An operator applied to terms.

    ``attributes``: on a left side what the operator's must be (a value, or an Attribute variable that it binds;
    attributes left out may have any value); on a right side a value, a variable, or a function of the match. On a right
    side ``shape`` gives the shape of a result that operands alone do not tell; without it, it is the left side's.
    """

    operator: type[Operator] | AnyOf
    operands: "tuple[Term | None, ...]"
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def classes(self) -> tuple[type[Operator], ...]:
        """The operators that the term stands for: one, or those of an AnyOf variable."""
        return self.operator.classes if isinstance(self.operator, AnyOf) else (self.operator,)


@dataclass(frozen=True, eq=False)
class Squeezed:
    """On a left side: the term, or a Reshape of it that only adds and removes dimensions of size one.

    ``outside`` stands for the whole, so that a condition can look at its shape.
    """

    term: "Term"
    outside: Tensor | None = None


@dataclass(frozen=True, eq=False)
class Computed:
    """On a right side: a constant computed by numpy from the match, None where the operand is to be absent."""

    function: Callable[[Match], np.ndarray | None]


@dataclass(frozen=True, eq=False)
class Each:
    """On a left side, the operands of an operator that takes any number: each is an instance of the term.

    ``varying``: the variables that may stand for something else in each operand; the match has a tuple of values for
    them, one per operand. On a right side such a variable stands for all of them, one after the other.
    """

    term: "Term"
    varying: tuple[Variable, ...]


@dataclass(frozen=True, eq=False)
class Found:
    """On a right side: a tensor of the graph that a function finds in the match."""

    function: Callable[[Match], Value]


@dataclass(frozen=True, eq=False)
class EachPart:
    """The right side for an operator of several results: the term once for each, which the match calls ``part``."""

    term: "Term"


Term: TypeAlias = Apply | Moved | Squeezed | Each | Computed | Found | Variable | float
"""A number stands for a constant with all elements equal to it."""

Equation: TypeAlias = tuple[Term, Term | EachPart]


class _Operators:
    """``op.Add(a, b)``: the operator class of that name applied to terms."""

    def __init__(self) -> None:
        self._classes = {class_.__name__: class_ for class_ in operators()}

    def __getattr__(self, name: str) -> Callable[..., Apply]:
        if name not in self._classes:
            raise AttributeError(f"no operator {name}")
        class_ = self._classes[name]
        return lambda *operands, **attributes: Apply(class_, operands, attributes)


op = _Operators()


def subterms(term: Term | None) -> Iterator[Term]:
    """The term and everything in it, outermost first."""
    if term is None:
        return
    yield term
    if isinstance(term, Squeezed | Moved | Each):
        yield from subterms(term.term)
    elif isinstance(term, Apply):
        for operand in term.operands:
            yield from subterms(operand)
