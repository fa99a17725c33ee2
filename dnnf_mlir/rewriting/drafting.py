"""Right sides as drafts: operators that would be created, so that their cost is known before anything changes."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from dnnf_mlir.dialect_defs.dialect import Mismatch
from dnnf_mlir.dialect_defs.shuffle import Transpose
from dnnf_mlir.graph.ecg import Value
from dnnf_mlir.graph.operator import MappingType, Operator, Signature
from dnnf_mlir.graph.tensor_type import TensorType

from .cost import Cost, cost_of
from .folding import fold
from .groups import GROUP_OF, INVERSE_BINARY, INVERSE_UNARY, group_of
from .match import Chain, Match
from .terms import AnyOf, Apply, Attribute, Computed, EachPart, Found, Moved, Tensor, Term, Variable


@dataclass(eq=False)
class Draft:
    """An operator that would be created; ``folds`` where all operands are constants, so that it becomes one too."""

    op: type[Operator]
    inputs: "list[Operand | None]"
    type: TensorType
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def constant(self) -> np.ndarray:
        """The constant that a draft that folds becomes.

        Raises:
            LostPrecision: it would overflow or vanish.
        """
        return fold(self.op, self.signature, [None if part is None else part.constant for part in self.inputs])

    @property
    def folds(self) -> bool:
        """Whether all operands are constants."""
        return all(operand is None or is_constant(operand) for operand in self.inputs)

    @property
    def signature(self) -> Signature:
        """Operand and result types, attributes, and positions of constant operands."""
        return Signature(
            tuple(None if operand is None else operand.type for operand in self.inputs),
            (self.type,),
            self.attributes,
            frozenset(i for i, operand in enumerate(self.inputs) if operand is not None and is_constant(operand)),
        )

    @property
    def cost(self) -> Cost:
        """Cost of the operator at run time; an operand read twice costs once."""
        signature = self.signature
        distinct = dict.fromkeys(operand for operand in self.inputs if operand is not None)
        return cost_of(self.op, signature, sum(operand.type.elements for operand in distinct))


Operand = Value | Draft


class Undraftable(Exception):
    """The right side has no valid form for this match, in words."""


def is_constant(operand: Operand) -> bool:
    """Whether the operand is known at compile time."""
    return operand.folds if isinstance(operand, Draft) else operand.is_constant


def draft(right: Term | EachPart, match: Match) -> tuple[Operand, ...]:
    """The right side of a rule for a match, an operand for each result of the root.

    The factors that the left side left over are joined to it.

    Raises:
        Undraftable: the types do not fit, or a result would have another type than the root's.
    """
    if isinstance(right, EachPart):
        parts = range(len(match.root.outputs))
        return tuple(_draft_part(right.term, dataclasses.replace(match, part=part)) for part in parts)
    if len(match.root.outputs) != 1:
        raise Undraftable("it has several results")
    return (_draft_part(right, match),)


def _draft_part(right: Term, match: Match) -> Operand:
    drafter = Drafter(match)
    result = drafter.term(right, match.result)
    if result is None:
        raise Undraftable("the right side is absent")
    if match.rest:
        group = group_of(match.root) or match.root.op
        result = drafter.chain(group, [(result, False), *((factor.value, factor.inverse) for factor in match.rest)])
    if result.type != match.result:
        raise Undraftable(f"the result would be {result.type} instead of {match.result}")
    return result


def constants_in(operands: Iterable[Operand]) -> Iterator[Draft]:
    """The drafts that fold and are read at run time."""
    for operand in (*operands, *(part for made in drafts_in(operands) for part in made.inputs)):
        if isinstance(operand, Draft) and operand.folds:
            yield operand


def drafts_in(operands: Iterable[Operand]) -> Iterator[Draft]:
    """The drafts that must be computed at run time, operands first, each once."""
    seen: dict[Draft, None] = {}

    def visit(operand: Operand) -> None:
        if isinstance(operand, Draft) and not operand.folds and operand not in seen:
            for inner in operand.inputs:
                if inner is not None:
                    visit(inner)
            seen[operand] = None

    for operand in operands:
        visit(operand)
    return iter(seen)


class Drafter:
    """Builds the drafts of one match; equal terms share a draft."""

    def __init__(self, match: Match) -> None:
        self._match = match
        self._known: dict[Any, Operand] = {}

    def term(self, term: Term, expected: TensorType | None = None) -> Operand | None:
        """The operand for a term, None for an absent one; ``expected``: its type if known."""
        match term:
            case Apply():
                return self._apply(term, expected)
            case Moved():
                return self._moved(term)
            case Computed():
                return _constant(term.function(self._match))
            case Found():
                return term.function(self._match)
            case Tensor():
                return self._bound(term)
            case int() | float():
                return _constant(np.array(term, self._match.result.numpy_dtype))
        raise TypeError(f"{term!r} cannot stand on a right side")

    def operands(self, term: Term | None) -> Sequence[Operand | None]:
        """The operands that a term stands for: several for a variable that varies under Each."""
        bound = self._match.bindings.get(term.name) if isinstance(term, Tensor) else None
        if isinstance(bound, tuple):
            return bound
        return [None if term is None else self.term(term)]

    def _moved(self, term: Moved) -> Operand:
        result = self.term(term.term)
        if result is None:
            raise Undraftable("an operand is absent")
        for node in reversed(self._match.path(term.movement.name)):
            result = self.create(node.op, [result], node.attributes, node.output.type)
        return result

    def _bound(self, variable: Variable) -> Operand | None:
        bound = self._match.bindings[variable.name]
        if isinstance(bound, Chain):
            return self.chain(bound.group, [(factor.value, factor.inverse) for factor in bound.factors])
        return bound if bound is None or isinstance(bound, Value) else None

    def _apply(self, term: Apply, expected: TensorType | None) -> Operand:
        attributes = {name: self._attribute(value) for name, value in term.attributes.items()}
        shape, dtype = attributes.pop("shape", None), attributes.pop("dtype", None)
        if isinstance(term.operator, AnyOf):
            model = self._match.node(term.operator.name)
            op, attributes = model.op, {**model.attributes, **attributes}
        else:
            op = term.operator
        group = GROUP_OF.get(op, op)
        if group in INVERSE_BINARY and not isinstance(term.operator, AnyOf):
            return self._sum_or_product(term, op, group)
        inputs = [operand for part in term.operands for operand in self.operands(part)]
        first = next(operand for operand in inputs if operand is not None)
        stated = None
        if shape is not None or dtype is not None:
            stated = TensorType(first.type.shape if shape is None else tuple(shape), dtype or first.type.dtype)
        return self.create(op, inputs, attributes, stated or expected)

    def _sum_or_product(self, term: Apply, op: type[Operator], group: type[Operator]) -> Operand:
        factors: list[tuple[Operand, bool]] = []
        for index, part in enumerate(term.operands):
            inverse = op in GROUP_OF and index == 1
            bound = self._match.bindings.get(part.name) if isinstance(part, Tensor) else None
            if isinstance(bound, Chain) and bound.group is group:
                factors.extend((factor.value, factor.inverse ^ inverse) for factor in bound.factors)
                continue
            operand = self.term(part) if part is not None else None
            if operand is None:
                raise Undraftable("an operand is absent")
            factors.append((operand, inverse))
        return self.chain(group, factors)

    def chain(self, group: type[Operator], factors: list[tuple[Operand, bool]]) -> Operand:
        """The factors one after the other, inverse ones subtracted or divided by."""
        ordered = sorted(factors, key=lambda factor: factor[1])
        (result, inverse), *others = ordered
        if inverse:
            result = self.create(INVERSE_UNARY[group], [result], {}, None)
        for operand, inverse in others:
            result = self.create(INVERSE_BINARY[group] if inverse else group, [result, operand], {}, None)
        return result

    def create(
        self,
        op: type[Operator],
        inputs: list[Operand | None],
        attributes: Mapping[str, Any],
        expected: TensorType | None,
    ) -> Operand:
        """A draft, the same for the same operator and operands; ``expected`` is the type where operands do not tell."""
        made = Draft(op, inputs, expected or TensorType((), "f32"), attributes)
        signature = Signature(made.signature.inputs, (), attributes, made.signature.constant_inputs)
        try:
            inferred = op.infer_type(signature)
        except Mismatch as problem:
            raise Undraftable(str(problem)) from None
        if inferred is None and expected is None:
            raise Undraftable(f"{op.__name__} needs a shape")
        made.type = inferred or made.type
        if op is Transpose and list(attributes["perm"]) == sorted(attributes["perm"]):
            return made.inputs[0] or made
        try:
            wrong = op.check(made.signature)
        except Mismatch as problem:
            wrong = str(problem)
        if wrong is not None:
            raise Undraftable(wrong)
        x = made.signature.input(0) if op.default_mapping is MappingType.REORGANIZE else made.type
        if prod(x.shape) != prod(made.type.shape):
            raise Undraftable("whether the numbers of elements are equal, the module compares")
        key = (op, tuple(map(id, inputs)), repr(sorted(attributes.items())), made.type)
        return self._known.setdefault(key, made)

    def _attribute(self, value: Any) -> Any:
        if isinstance(value, Attribute):
            return self._match.attribute(value.name)
        return value(self._match) if callable(value) else value


def _constant(array: np.ndarray | None) -> Value | None:
    return None if array is None else Value(TensorType.of(array), constant=array)
