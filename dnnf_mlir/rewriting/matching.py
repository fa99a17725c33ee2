"""Finds all matches of a rule's left side at a node."""

import functools
import math
from collections.abc import Collection, Iterator

import numpy as np

from dnnf_mlir.dialect_defs.one_to_one.elementwise import ElementwiseBinary
from dnnf_mlir.dialect_defs.one_to_one.movement import Slice
from dnnf_mlir.dialect_defs.reorganize import ReorganizeOperator
from dnnf_mlir.dialect_defs.shuffle import Transpose
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.operator import Operator, Property
from dnnf_mlir.graph.tensor_type import NUMPY_DTYPES

from .compilation import Pattern
from .groups import INVERSE_UNARY, Factor, factors_of, group_of, inverted, is_inside_chain
from .match import Binding, Bindings, Chain, Match
from .rule import Rule
from .terms import Attribute, Constant, Optional, Scalar, Tensor, Variable

_COMPARED_ELEMENTS = 4096
"""Larger constants are the same only if they share their memory."""

_TOLERANCE = 1e-6
"""Relative difference up to which a constant is the number of a rule: f32's rounding of it."""


MOVEMENTS = (ReorganizeOperator, Transpose, Slice)
"""What a Movement variable looks through."""


def matches(rule: Rule, root: Node, outputs: Collection[Value]) -> Iterator[Match]:
    """All instances of the rule at the node, in a fixed order; conditions are not looked at."""
    if _kind(root.output.type.dtype) not in rule.dtypes:
        return
    matcher = _Matcher(outputs)
    pattern = rule.pattern
    if pattern.chain is not None:
        if is_inside_chain(root, outputs) or group_of(root) is not pattern.chain:
            return
        for bindings, rest in matcher.chain(pattern, root, {}, at_root=True):
            yield Match(root, bindings, rest)
        return
    for bindings in matcher.node(pattern, root, {}):
        yield Match(root, bindings)


@functools.cache
def _kind(dtype: str) -> str:
    """numpy's kind of an element type; bfloat16 is a float."""
    return NUMPY_DTYPES[dtype].kind.replace("V", "f")


class _Matcher:
    """Bindings are never changed but extended by copies, so that every way can be followed."""

    def __init__(self, outputs: Collection[Value]) -> None:
        self._outputs = outputs

    def value(self, pattern: Pattern, value: Value, bindings: Bindings) -> Iterator[Bindings]:
        if pattern.squeezed is not None:
            if pattern.outside is not None:
                bindings = {**bindings, pattern.outside.name: value}
            yield from self._squeezed(pattern.squeezed, value, bindings)
        elif pattern.moved is not None:
            yield from self._moved(pattern, pattern.moved, value, bindings)
        elif pattern.variable is not None:
            yield from _bind(pattern.variable, value, bindings)
        elif pattern.number is not None:
            if is_number(value, pattern.number):
                yield bindings
        elif value.producer is not None and value is value.producer.outputs[0]:
            yield from self.node(pattern, value.producer, bindings)

    def node(self, pattern: Pattern, node: Node, bindings: Bindings) -> Iterator[Bindings]:
        if pattern.chain is not None:
            if group_of(node) is pattern.chain:
                for extended, _ in self.chain(pattern, node, bindings, at_root=False):
                    yield extended
            return
        if not issubclass(node.op, pattern.classes):
            return
        if pattern.operator is not None:
            bound = bindings.get(pattern.operator.name)
            if bound is None:
                bindings = {**bindings, pattern.operator.name: node}
            elif bound.op is not node.op or dict(bound.attributes) != dict(node.attributes):
                return
        attributes = _match_attributes(pattern, node, bindings)
        if attributes is None:
            return
        yield from self._operands(pattern.operands, node.inputs, attributes)
        commutes = issubclass(node.op, ElementwiseBinary) and Property.COMMUTATIVE in node.op.properties
        if commutes and len(node.inputs) == 2:
            yield from self._operands(pattern.operands, node.inputs[::-1], attributes)

    def _operands(
        self, patterns: tuple[Pattern | None, ...], values: list[Value | None], bindings: Bindings
    ) -> Iterator[Bindings]:
        if not patterns:
            if all(value is None for value in values):
                yield bindings
            return
        pattern = patterns[0]
        if pattern is not None and pattern.each is not None:
            yield from self._each(pattern, pattern.each, values, bindings)
            return
        value = values[0] if values else None
        if pattern is None or value is None:
            optional = pattern is not None and isinstance(pattern.variable, Optional)
            if value is None and pattern is None:
                yield from self._operands(patterns[1:], values[1:], bindings)
            elif value is None and optional and pattern is not None and pattern.variable is not None:
                absent = {**bindings, pattern.variable.name: None}
                yield from self._operands(patterns[1:], values[1:], absent)
            return
        for extended in self.value(pattern, value, bindings):
            yield from self._operands(patterns[1:], values[1:], extended)

    def _each(
        self, pattern: Pattern, inner: Pattern, values: list[Value | None], bindings: Bindings
    ) -> Iterator[Bindings]:
        """All operands, each in the first way in which it matches."""
        varying: dict[str, list[Binding]] = {name: [] for name in pattern.varying}
        for value in values:
            found = None if value is None else next(self.value(inner, value, bindings), None)
            if found is None:
                return
            for name, bound in varying.items():
                bound.append(found[name])
            bindings = {name: bound for name, bound in found.items() if name not in varying}
        yield {**bindings, **{name: tuple(bound) for name, bound in varying.items()}}

    def _squeezed(self, pattern: Pattern, value: Value, bindings: Bindings) -> Iterator[Bindings]:
        seen = value
        while True:
            yield from self.value(pattern, seen, bindings)
            producer = seen.producer
            if producer is None or not issubclass(producer.op, ReorganizeOperator):
                return
            inner = producer.input(0)
            if not same_up_to_ones(inner.type.shape, seen.type.shape):
                return
            seen = inner

    def _moved(self, pattern: Pattern, inner: Pattern, value: Value, bindings: Bindings) -> Iterator[Bindings]:
        """Looks through data movement: the binding is the nodes, outermost first."""
        path: tuple[Node, ...] = ()
        while True:
            yield from self.value(inner, value, {**bindings, pattern.movement: path})
            producer = value.producer
            if producer is None or not issubclass(producer.op, MOVEMENTS):
                return
            path = (*path, producer)
            value = producer.input(0)

    def chain(
        self, pattern: Pattern, node: Node, bindings: Bindings, *, at_root: bool
    ) -> Iterator[tuple[Bindings, tuple[Factor, ...]]]:
        """Ways to give each operand of the pattern a factor; the factors left over go to a variable that absorbs."""
        factors = factors_of(node, self._outputs)
        if len(factors) < len(pattern.operands):
            return
        if pattern.required:
            present = {factor.value.producer.op for factor in factors if factor.value.producer is not None}
            if not pattern.required <= present:
                return
        group = pattern.chain or node.op
        parts = [part for part in pattern.operands if part is not None]
        absorber = parts[-1].variable if parts[-1].absorbs else None
        if absorber is not None:
            parts = parts[:-1]
        for extended, left in self._assign(parts, tuple(factors), group, bindings):
            if absorber is not None:
                if left:
                    yield {**extended, absorber.name: _bound(group, left)}, ()
            elif at_root or not left:
                yield extended, left

    def _assign(
        self, parts: list[Pattern], factors: tuple[Factor, ...], group: type[Operator], bindings: Bindings
    ) -> Iterator[tuple[Bindings, tuple[Factor, ...]]]:
        if not parts:
            yield bindings, factors
            return
        part = parts[0]
        bound = bindings.get(part.variable.name) if part.variable is not None else None
        if isinstance(bound, Chain) and bound.group is group:
            left = _without(factors, bound.factors)
            if left is not None:
                yield from self._assign(parts[1:], left, group, bindings)
            return
        for index, factor in enumerate(factors):
            if factor in factors[:index]:
                continue
            for extended in self._factor(part, factor, group, bindings):
                yield from self._assign(parts[1:], (*factors[:index], *factors[index + 1 :]), group, extended)

    def _factor(self, part: Pattern, factor: Factor, group: type[Operator], bindings: Bindings) -> Iterator[Bindings]:
        value = factor.value
        if value.constant is not None and (part.variable is not None or part.number is not None):
            if factor.inverse:
                array = inverted(value.constant, group)
                if array is None:
                    return
                value = Value(value.type, value.name, constant=array)
            yield from self.value(part, value, bindings)
        elif not factor.inverse:
            yield from self.value(part, value, bindings)
        elif part.classes == (INVERSE_UNARY.get(group),) and part.operands[0] is not None:
            yield from self.value(part.operands[0], value, bindings)
        elif type(part.variable) is Tensor:
            name = part.variable.name
            chain = Chain(group, (factor,))
            if name not in bindings:
                yield {**bindings, name: chain}
            elif bindings[name] == chain:
                yield bindings


def _bound(group: type[Operator], factors: tuple[Factor, ...]) -> Binding:
    return factors[0].value if len(factors) == 1 and not factors[0].inverse else Chain(group, factors)


def _without(factors: tuple[Factor, ...], removed: tuple[Factor, ...]) -> tuple[Factor, ...] | None:
    left = list(factors)
    for factor in removed:
        if factor not in left:
            return None
        left.remove(factor)
    return tuple(left)


def _bind(variable: Variable, value: Value, bindings: Bindings) -> Iterator[Bindings]:
    name = variable.name
    if name in bindings:
        bound = bindings[name]
        if isinstance(bound, Value) and is_same(bound, value):
            yield bindings
        return
    if isinstance(variable, Constant | Optional) and value.constant is None:
        return
    if isinstance(variable, Scalar) and uniform(value) is None:
        return
    yield {**bindings, name: value}


def _match_attributes(pattern: Pattern, node: Node, bindings: Bindings) -> Bindings | None:
    for name, wanted in pattern.attributes:
        found = node.attributes.get(name)
        if not isinstance(wanted, Attribute):
            if found != wanted:
                return None
        elif wanted.name not in bindings:
            bindings = {**bindings, wanted.name: found}
        elif bindings[wanted.name] != found:
            return None
    return bindings


def is_same(a: Value, b: Value) -> bool:
    """Whether two values hold the same numbers for certain."""
    if a is b:
        return True
    if a.constant is None or b.constant is None or a.type != b.type:
        return False
    if a.constant is b.constant:
        return True
    return a.type.elements <= _COMPARED_ELEMENTS and bool(np.array_equal(a.constant, b.constant))


def uniform(value: Value) -> np.generic | None:
    """The number that all elements of a constant are; None where they differ or are computed at run time."""
    array = value.constant
    if array is None or array.size == 0:
        return None
    first: np.generic = array.flat[0]
    if array.size > 1 and not (array.flat[-1] == first and bool(np.all(array == first))):
        return None
    return first


def is_number(value: Value, number: float) -> bool:
    """Whether a constant is that number everywhere, up to f32's rounding of numbers that f32 does not have."""
    found = uniform(value)
    if found is None:
        return False
    other = float(found)
    if other == number or float(np.float32(number)) == number:
        return other == number
    return math.isclose(other, number, rel_tol=_TOLERANCE)


def same_up_to_ones(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    """Whether two shapes differ in dimensions of size one only."""
    return [size for size in a if size != 1] == [size for size in b if size != 1]
