"""Left sides prepared for matching: sums and products as chains, the most specific operands first."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from dnnf_mlir.dialect_defs.one_to_one.arithmetic import Add, Mul
from dnnf_mlir.graph.operator import Operator

from .groups import GROUP_OF, INVERSE_UNARY, is_chain
from .terms import AnyOf, Apply, Constant, Each, Moved, Optional, Scalar, Squeezed, Tensor, Term, Variable, subterms

_LONGEST_MOVEMENT = 4


@dataclass(frozen=True, eq=False)
class Pattern:
    """A compiled term: ``number``, ``variable``, ``squeezed``, ``moved``, ``each`` or ``classes`` tells its kind."""

    number: float | None = None
    variable: Tensor | None = None
    absorbs: bool = False
    """The variable occurs once: in a chain it may stand for several factors."""
    squeezed: "Pattern | None" = None
    outside: Tensor | None = None
    moved: "Pattern | None" = None
    movement: str = ""
    each: "Pattern | None" = None
    varying: tuple[str, ...] = ()
    classes: tuple[type[Operator], ...] = ()
    operator: AnyOf | None = None
    operands: "tuple[Pattern | None, ...]" = ()
    attributes: tuple[tuple[str, Any], ...] = ()
    chain: type[Operator] | None = None
    """The operator of the chain, for operators that make chains."""
    required: frozenset[type[Operator]] = field(default=frozenset())
    """Operators that each must produce one of the chain's factors."""


def compile_left(term: Term) -> Pattern:
    """The pattern of a left side."""
    counts = Counter(part.name for part in subterms(term) if isinstance(part, Variable))
    return _compile(term, counts)


def _compile(term: Term, counts: Counter[str]) -> Pattern:
    match term:
        case Squeezed():
            return Pattern(squeezed=_compile(term.term, counts), outside=term.outside)
        case Moved():
            return Pattern(moved=_compile(term.term, counts), movement=term.movement.name)
        case Each():
            return Pattern(each=_compile(term.term, counts), varying=tuple(part.name for part in term.varying))
        case Tensor():
            return Pattern(variable=term, absorbs=type(term) is Tensor and counts[term.name] == 1)
        case Apply():
            return _compile_apply(term, counts)
        case int() | float():
            return Pattern(number=float(term))
    raise TypeError(f"{term!r} cannot stand on a left side")


def _compile_apply(term: Apply, counts: Counter[str]) -> Pattern:
    attributes = tuple(term.attributes.items())
    if isinstance(term.operator, AnyOf):
        operands = tuple(None if part is None else _compile(part, counts) for part in term.operands)
        return Pattern(classes=term.classes, operator=term.operator, operands=operands, attributes=attributes)
    op = term.operator
    group = GROUP_OF.get(op, op)
    if not is_chain(group):
        operands = tuple(None if part is None else _compile(part, counts) for part in term.operands)
        return Pattern(classes=(op,), operands=operands, attributes=attributes)
    parts = list(_signed(term, group))
    operands = tuple(sorted((_compile(part, counts) for part in parts), key=_specificity, reverse=True))
    required = frozenset(
        part.classes[0]
        for part in operands
        if part is not None
        and part.operator is None
        and len(part.classes) == 1
        and part.chain is None
        and part.classes[0] not in _UNARY
    )
    return Pattern(classes=(op,), operands=operands, attributes=attributes, chain=group, required=required)


_UNARY = frozenset(INVERSE_UNARY.values())


def _signed(term: Apply, group: type[Operator], inverse: bool = False) -> list[Term]:
    """Operands of a chain's pattern: the second one of a difference is a negative, of a quotient a reciprocal."""
    parts: list[Term] = []
    for index, part in enumerate(term.operands):
        if part is None:
            raise TypeError("an operand of a sum or product cannot be absent")
        sign = inverse ^ (term.operator in GROUP_OF and index == 1)
        if isinstance(part, Apply) and _is_same_chain(part, group, sign):
            parts.extend(_signed(part, group, sign))
        else:
            parts.append(_inverse(part, group) if sign else part)
    return parts


def _is_same_chain(term: Apply, group: type[Operator], inverse: bool) -> bool:
    """As the chains of a graph: the reciprocal of a product is not taken apart."""
    if isinstance(term.operator, AnyOf) or GROUP_OF.get(term.operator, term.operator) is not group:
        return False
    return not inverse or group is Add


def _inverse(part: Term, group: type[Operator]) -> Term:
    if isinstance(part, float | int):
        return 1 / part if group is Mul else -part
    return Apply(INVERSE_UNARY[group], (part,))


def _specificity(pattern: Pattern | None) -> int:
    """How few values a pattern fits; those that fit few are tried first."""
    if pattern is None:
        return 0
    inner = pattern.squeezed or pattern.moved
    if inner is not None:
        return _specificity(inner)
    if pattern.classes:
        return 100 + _size(pattern)
    if pattern.number is not None:
        return 90
    order = {Scalar: 60, Constant: 50, Optional: 40}
    return order.get(type(pattern.variable), 0 if pattern.absorbs else 20)  # type: ignore[arg-type]


def _size(pattern: Pattern | None) -> int:
    if pattern is None:
        return 0
    inner = pattern.squeezed or pattern.moved
    if inner is not None:
        return _size(inner)
    return 1 + sum(map(_size, pattern.operands))


def depth_of(term: Term | None) -> int:
    """Operators on the longest way from the root to a leaf."""
    match term:
        case Squeezed():
            return depth_of(term.term) + 1
        case Each():
            return depth_of(term.term)
        case Moved():
            return depth_of(term.term) + _LONGEST_MOVEMENT
        case Apply():
            return 1 + max((depth_of(part) for part in term.operands), default=0)
    return 0
