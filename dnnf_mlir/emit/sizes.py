"""Free sizes as values of the code that is being built, and the shapes of tensors that have them.

In a function the values come from its inputs; in a kernel, from the index operands of its dispatch. Index arithmetic
stands at the start of the region, once per size; what depends on a run-time value stands behind the operation that
finds it. The shape of a tensor with dynamic dimensions is read back from the operation that makes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextvars import ContextVar, Token
from dataclasses import dataclass
from math import prod
from typing import Any, TypeVar, cast

from dnnf_mlir.bindings.iree import arith, ir
from dnnf_mlir.graph.size import Atom, Minimum, Quotient, Size, is_dynamic, symbols_of, terms_of

Sizes = TypeVar("Sizes", bound="RegionSizes")

_current: ContextVar[RegionSizes] = ContextVar("sizes of the region that is being built")


class RegionSizes:
    """The sizes of one region; ``with`` makes it the current one."""

    def __init__(self) -> None:
        self._values: dict[int, ir.Value] = {}
        self._sizes: dict[ir.Value, int] = {}
        self._points: list[tuple[str, ir.InsertionPoint]] = []
        """What becomes known where, in order: first, under no name, what is known at the start; then counts."""

    def __enter__(self: Sizes) -> Sizes:
        self._token: Token[RegionSizes] = _current.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)

    @staticmethod
    def of(block: ir.Block, symbols: Sequence[str], values: Sequence[ir.Value]) -> RegionSizes:
        """Those of a region whose only block, still empty, has a value for each free dimension."""
        sizes = RegionSizes()
        if symbols:
            sizes._begin(block)
        for symbol, value in zip(symbols, values, strict=True):
            sizes._remember(Size.free(symbol), value)
        return sizes

    def value(self, size: int) -> ir.Value:
        """The size as a value of type ``index`` that every operation of the region can read."""
        if size not in self._values:
            with self._here(size), ir.Location.unknown():
                self._remember(size, self._computed(size) if is_dynamic(size) else self._constant(size))
        return self._values[size]

    def size(self, value: ir.Value) -> int:
        """The inverse of :meth:`value`."""
        return self._sizes[value]

    def define(self, size: int, value: ir.Value) -> None:
        """Makes a count, a value of type ``index``, known from the insertion point on, outside of all dispatches."""
        (name,) = symbols_of(size)
        self._points.append((name, ir.InsertionPoint(arith.ConstantOp(ir.IndexType.get(), 0).operation)))
        self._remember(size, value)

    def is_defined(self, name: str) -> bool:
        """Whether a count is known at the end of what was built so far."""
        return any(name == known for known, _ in self._points)

    def argument_shape(self, argument: ir.Value) -> tuple[int, ...]:
        """The shape of a tensor that comes from outside."""
        raise TypeError(f"the shape of {argument} is not known for free sizes")

    def _begin(self, block: ir.Block) -> None:
        with ir.InsertionPoint(block), ir.Location.unknown():
            self._points.append(("", ir.InsertionPoint(arith.ConstantOp(ir.IndexType.get(), 0).operation)))

    def _remember(self, size: int, value: ir.Value) -> None:
        self._values[size] = value
        self._sizes[value] = size

    def _here(self, size: int = 0) -> ir.InsertionPoint:
        """Where the size can be calculated: behind the last count that it depends on."""
        if not self._points:
            raise TypeError("the function has no free dimensions")
        symbols = symbols_of(size)
        return [point for name, point in self._points if not name or name in symbols][-1]

    def _computed(self, size: int) -> ir.Value:
        total: ir.Value | None = None
        for monomial, factor in terms_of(size).items():
            product = self._constant(factor) if factor != 1 or not monomial else None
            for atom in monomial:
                value = self._atom(atom)
                product = value if product is None else arith.MulIOp(product, value).result
            total = product if total is None else arith.AddIOp(total, product).result
        if total is None:
            raise TypeError("a size has at least one term")
        return total

    def _atom(self, atom: Atom) -> ir.Value:
        match atom:
            case Quotient(numerator, denominator):
                return arith.FloorDivSIOp(self.value(cast("int", numerator)), self._constant(denominator)).result
            case Minimum(first, second):
                return arith.MinSIOp(self.value(first), self.value(second)).result
        size = Size.free(atom)
        if size not in self._values:
            raise TypeError(f"{size} is used before the operator that determines it")
        return self._values[size]

    @staticmethod
    def _constant(number: int) -> ir.Value:
        return arith.ConstantOp(ir.IndexType.get(), number).result


def current() -> RegionSizes:
    """The sizes of the region that is being built."""
    return _current.get()


def dynamic(shape: Iterable[int]) -> list[ir.Value]:
    """The values of the free sizes of a shape, in order."""
    return [current().value(size) for size in shape if is_dynamic(size)]


def mixed(shape: Iterable[int]) -> list[Any]:
    """Numbers and, for free sizes, their values."""
    return [current().value(size) if is_dynamic(size) else size for size in shape]


def static(shape: Iterable[int]) -> list[int]:
    """The shape as MLIR's attributes and types spell it, free sizes marked as dynamic."""
    marker = ir.ShapedType.get_dynamic_size()
    return [marker if is_dynamic(size) else size for size in shape]


@dataclass(frozen=True)
class Shaped:
    """The type of a tensor whose sizes may be free."""

    shape: tuple[int, ...]
    element: ir.Type

    @staticmethod
    def of(tensor: ir.Value) -> Shaped:
        """The shape and element type of a tensor's value."""
        return Shaped(shape_of(tensor), ir.RankedTensorType(tensor.type).element_type)

    @property
    def type(self) -> ir.RankedTensorType:
        """MLIR's type, dynamic dimensions marked."""
        return ir.RankedTensorType.get(static(self.shape), self.element)

    @property
    def symbols(self) -> frozenset[str]:
        """The free dimensions that the sizes depend on."""
        return frozenset().union(*map(symbols_of, self.shape))


def shape_of(value: ir.Value) -> tuple[int, ...]:
    """The shape of a tensor; TypeError for an operation whose result's free sizes are not known."""
    type_ = ir.RankedTensorType(value.type)
    if type_.has_static_shape:
        return tuple(type_.shape)
    owner = value.owner
    if isinstance(owner, ir.Block):
        return current().argument_shape(value)
    op, name = owner.opview, owner.operation.name
    match name.split(".")[0], name:
        case _, "flow.tensor.tie_shape":
            return _merged(type_, op.dynamic_dims)
        case _, "hal.tensor.import":
            return _merged(type_, op.target_dims)
        case _, "tensor.empty":
            return _merged(type_, op.operands)
        case _, "tensor.expand_shape":
            return _merged(type_, op.output_shape)
        case _, "tensor.extract_slice" | "iree_tensor_ext.dispatch.tensor.load":
            return _merged(type_, op.sizes)
        case _, "tensor.insert_slice":
            return shape_of(op.dest)
        case _, "flow.tensor.reshape" | "flow.tensor.bitcast" | "flow.tensor.alloca":
            return _merged(type_, op.result_dims)
        case _, "flow.dispatch.region" | "flow.dispatch.workgroups":
            before = sum(_dynamic_count(result) for result in owner.results[: _number(value)])
            return _merged(type_, list(op.result_dims)[before : before + _dynamic_count(value)])
        case _, "tensor.collapse_shape":
            source = shape_of(op.src)
            return tuple(prod(source[ir.IntegerAttr(i).value] for i in group) for group in op.reassociation)
        case _, "tensor.pad":
            low, high = list(op.static_low), list(op.static_high)
            return tuple(size + a + b for size, a, b in zip(shape_of(op.source), low, high, strict=True))
        case "linalg", _:
            first = len(owner.operands) - len(owner.results)
            return shape_of(owner.operands[first + _number(value)])
    raise TypeError(f"the shape of {name} is not known for free sizes")


def _merged(type_: ir.RankedTensorType, values: Sequence[ir.Value]) -> tuple[int, ...]:
    remaining = iter(values)
    marker = ir.ShapedType.get_dynamic_size()
    return tuple(current().size(next(remaining)) if size == marker else size for size in type_.shape)


def _dynamic_count(value: ir.Value) -> int:
    type_ = ir.RankedTensorType(value.type)
    return sum(type_.is_dynamic_dim(i) for i in range(type_.rank))


def _number(value: ir.Value) -> int:
    return int(ir.OpResult(value).result_number)
