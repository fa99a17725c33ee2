"""Free sizes as values of the code that is being built, and the shapes of tensors that have them.

In a function the values come from its inputs; in a kernel, from the index operands of its dispatch. Index arithmetic
stands at the start of the region, once per size; what depends on a run-time value stands behind the operation that
finds it. The shape of a tensor with dynamic dimensions is read back from the operation that makes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar, Token
from dataclasses import dataclass
from math import prod
from typing import Any, TypeVar, cast

from dnnf_mlir.bindings.iree import arith, cf, flow, ir, tensor, util
from dnnf_mlir.graph.ecg import Value
from dnnf_mlir.graph.size import (
    Atom,
    Minimum,
    Quotient,
    Size,
    is_data_dependent,
    is_dynamic,
    is_symbol,
    symbols_of,
    terms_of,
)

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


EMPTY_ON_GPU = "modules for GPUs compute with no empty tensors; a module for a CPU does"


class FunctionSizes(RegionSizes):
    """The sizes of one function; ``with`` makes it the current one.

    Args:
        block: the function's entry block, still empty.
        arguments: its arguments, in the order of ``inputs``.
        inputs: the values that the arguments are.
        has_data_dependent: whether sizes in the function depend on run-time values.
    """

    def __init__(
        self,
        block: ir.Block,
        arguments: Sequence[ir.Value],
        inputs: Sequence[Value],
        has_data_dependent: bool = False,
    ) -> None:
        super().__init__()
        self._not_empty: set[int] = set()
        self._arguments: dict[ir.Value, tuple[int, ...]] = {}
        self._required: dict[str, int] = {}
        self.arguments = list(arguments)
        """The tensors to use for the arguments."""
        if not has_data_dependent and all(value.type.is_static for value in inputs):
            return
        self._begin(block)
        for argument, value in zip(arguments, inputs, strict=True):
            self._arguments[argument] = value.type.shape
        for argument, value in zip(arguments, inputs, strict=True):
            for axis, size in enumerate(value.type.shape):
                if is_symbol(size):
                    self._bind(size, argument, axis, value.name)
        for argument, value in zip(arguments, inputs, strict=True):
            for axis, size in enumerate(value.type.shape):
                if is_dynamic(size) and not is_symbol(size) and not any(map(is_data_dependent, symbols_of(size))):
                    self._compare(size, argument, axis, value.name)

        self.arguments = [self._tied(a, v.type.shape) for a, v in zip(arguments, inputs, strict=True)]

    def _bind(self, size: int, argument: ir.Value, axis: int, name: str) -> None:
        with self._here(), ir.Location.unknown():
            found = tensor.DimOp(argument, self._constant(axis)).result
            if size not in self._values:
                self._remember(size, found)
                self._points += [
                    (size_name, self._points[0][1]) for size_name in symbols_of(size) if is_data_dependent(size_name)
                ]
                return
        self._compare(size, argument, axis, name)

    def _compare(self, size: int, argument: ir.Value, axis: int, name: str) -> None:
        """Stops the module where an argument has another size than other arguments tell."""
        expected = self.value(size)
        with self._here(size), ir.Location.unknown():
            found = tensor.DimOp(argument, self._constant(axis)).result
            equal = arith.CmpIOp(arith.CmpIPredicate.eq, found, expected).result
            words = f"dimension {axis} of input '{name}' is not the '{size}' of the inputs before it"
            cf.AssertOp(equal, f"{words} (a size of 1 that broadcasts must be given when the model is compiled)")

    def _tied(self, argument: ir.Value, shape: tuple[int, ...]) -> ir.Value:
        """The argument with these sizes, in a way that leaves its own to be compared with them.

        See quirks.SIZE_OF_USE.
        """
        if not any(map(is_dynamic, shape)):
            return argument
        sizes = [self.value(size) for size in shape if is_dynamic(size)]
        with self._here(), ir.Location.unknown():
            hidden = util.OptimizationBarrierOp([argument.type], [argument]).results[0]
            return flow.TensorTieShapeOp(hidden, sizes).result

    def require_elements(self, shape: Sequence[int], name: str) -> None:
        """Stops the module with a message where a tensor of this shape, which something called so uses, is empty."""
        for size in shape:
            if is_dynamic(size) and size not in self._not_empty:
                self._not_empty.add(size)
                value = self.value(size)
                with self._here(size), ir.Location.unknown():
                    is_there = arith.CmpIOp(arith.CmpIPredicate.sgt, value, self._constant(0)).result
                    cf.AssertOp(is_there, f"{name}: an operand or the result is empty: {EMPTY_ON_GPU}")

    def define(self, size: int, value: ir.Value) -> None:
        """As for every region; checks what is required of the size."""
        super().define(size, value)
        waiting, self._required = self._required, {}
        self.require(waiting)

    def require(self, requirements: Mapping[str, int]) -> None:
        """Stops the module with a message where one of the sizes is negative, as soon as it is known."""
        for words, size in requirements.items():
            if any(is_data_dependent(name) and not self.is_defined(name) for name in symbols_of(size)):
                self._required[words] = size
                continue
            value = self.value(size)
            with self._here(size), ir.Location.unknown():
                holds = arith.CmpIOp(arith.CmpIPredicate.sge, value, self._constant(0)).result
                cf.AssertOp(holds, words)

    def argument_shape(self, argument: ir.Value) -> tuple[int, ...]:
        """The sizes of an argument of the function."""
        return self._arguments[argument]
