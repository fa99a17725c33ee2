"""Sizes of free dimensions in the module being built: where their values come from, and which tensors have them.

Index arithmetic stands at the start of the function, once per size, so that every dispatch can read it. The shape of a
tensor with dynamic dimensions is read back from the operation that makes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar, Token
from typing import Any, cast

from dnnf_mlir.ecg import Value
from dnnf_mlir.iree_ir import arith, cf, flow, ir, tensor, util
from dnnf_mlir.size import Quotient, Size, is_free, symbols_of, terms_of

_current: ContextVar[FunctionSizes] = ContextVar("sizes of the function that is being built")


class FunctionSizes:
    """The sizes of one function; ``with`` makes it the current one.

    Args:
        block: the function's entry block, still empty.
        arguments: its arguments, in the order of ``inputs``.
        inputs: the values that the arguments are.
    """

    def __init__(self, block: ir.Block, arguments: Sequence[ir.Value], inputs: Sequence[Value]) -> None:
        self._arguments: dict[ir.Value, tuple[int, ...]] = {}
        self._values: dict[int, ir.Value] = {}
        self._sizes: dict[ir.Value, int] = {}
        self._point: ir.InsertionPoint | None = None
        self.arguments = list(arguments)
        """The tensors to use for the arguments."""
        if all(value.type.is_static for value in inputs):
            return
        with ir.InsertionPoint(block), ir.Location.unknown():
            self._point = ir.InsertionPoint(arith.ConstantOp(ir.IndexType.get(), 0).operation)
        for argument, value in zip(arguments, inputs, strict=True):
            self._arguments[argument] = value.type.shape
        for argument, value in zip(arguments, inputs, strict=True):
            for axis, size in enumerate(value.type.shape):
                if len(symbols_of(size)) == 1 and size == Size.free(next(iter(symbols_of(size)))):
                    self._bind(size, argument, axis, value.name)

        self.arguments = [self._tied(a, v.type.shape) for a, v in zip(arguments, inputs, strict=True)]

    def __enter__(self) -> FunctionSizes:
        self._token: Token[FunctionSizes] = _current.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)

    def _bind(self, size: int, argument: ir.Value, axis: int, name: str) -> None:
        with self._here(), ir.Location.unknown():
            found = tensor.DimOp(argument, self._constant(axis)).result
            if size not in self._values:
                self._remember(size, found)
                return
            equal = arith.CmpIOp(arith.CmpIPredicate.eq, found, self._values[size]).result
            cf.AssertOp(equal, f"dimension {axis} of input '{name}' is not the '{size}' of the inputs before it")

    def _tied(self, argument: ir.Value, shape: tuple[int, ...]) -> ir.Value:
        """The argument with these sizes, in a way that leaves its own to be compared with them.

        IREE takes sizes that a tensor is used with to be its own, and drops a comparison of the two.
        """
        if not any(map(is_free, shape)):
            return argument
        sizes = [self.value(size) for size in shape if is_free(size)]
        with self._here(), ir.Location.unknown():
            hidden = util.OptimizationBarrierOp([argument.type], [argument]).results[0]
            return flow.TensorTieShapeOp(hidden, sizes).result

    def require(self, requirements: Mapping[str, int]) -> None:
        """Stops the module with a message where one of the sizes is negative."""
        for words, size in requirements.items():
            value = self.value(size)
            with self._here(), ir.Location.unknown():
                holds = arith.CmpIOp(arith.CmpIPredicate.sge, value, self._constant(0)).result
                cf.AssertOp(holds, words)

    def value(self, size: int) -> ir.Value:
        """The size as a value of type ``index`` that every operation of the function can read."""
        if size not in self._values:
            with self._here(), ir.Location.unknown():
                self._remember(size, self._computed(size) if is_free(size) else self._constant(size))
        return self._values[size]

    def size(self, value: ir.Value) -> int:
        """The inverse of :meth:`value`."""
        return self._sizes[value]

    def argument_shape(self, argument: ir.Value) -> tuple[int, ...]:
        return self._arguments[argument]

    def _remember(self, size: int, value: ir.Value) -> None:
        self._values[size] = value
        self._sizes[value] = size

    def _here(self) -> ir.InsertionPoint:
        if self._point is None:
            raise TypeError("the function has no free dimensions")
        return self._point

    def _computed(self, size: int) -> ir.Value:
        total: ir.Value | None = None
        for monomial, factor in terms_of(size).items():
            product = self._constant(factor) if factor != 1 or not monomial else None
            for atom in monomial:
                value = self._quotient(atom) if isinstance(atom, Quotient) else self.value(Size.free(atom))
                product = value if product is None else arith.MulIOp(product, value).result
            total = product if total is None else arith.AddIOp(total, product).result
        if total is None:
            raise TypeError("a size has at least one term")
        return total

    def _quotient(self, atom: Quotient) -> ir.Value:
        return arith.FloorDivSIOp(self.value(cast("int", atom.numerator)), self._constant(atom.denominator)).result

    @staticmethod
    def _constant(number: int) -> ir.Value:
        return arith.ConstantOp(ir.IndexType.get(), number).result


def current() -> FunctionSizes:
    """The sizes of the function that is being built."""
    return _current.get()


def dynamic(shape: Iterable[int]) -> list[ir.Value]:
    """The values of the free sizes of a shape, in order."""
    return [current().value(size) for size in shape if is_free(size)]


def mixed(shape: Iterable[int]) -> list[Any]:
    """Numbers and, for free sizes, their values."""
    return [current().value(size) if is_free(size) else size for size in shape]


def static(shape: Iterable[int]) -> list[int]:
    """The shape as MLIR's attributes and types spell it, free sizes marked as dynamic."""
    marker = ir.ShapedType.get_dynamic_size()
    return [marker if is_free(size) else size for size in shape]


def shape_of(value: ir.Value) -> tuple[int, ...]:
    """The shape of a tensor; TypeError for an operation whose result's free sizes are not known."""
    type_ = ir.RankedTensorType(value.type)
    if type_.has_static_shape:
        return tuple(type_.shape)
    owner = value.owner
    if isinstance(owner, ir.Block):
        return current().argument_shape(value)
    op = owner.opview
    match owner.name.split(".")[0], owner.name:
        case _, "flow.tensor.tie_shape":
            return _merged(type_, op.dynamic_dims)
        case _, "tensor.empty":
            return _merged(type_, op.operands)
        case _, "tensor.expand_shape":
            return _merged(type_, op.output_shape)
        case _, "tensor.extract_slice":
            return _merged(type_, op.sizes)
        case _, "tensor.insert_slice":
            return shape_of(op.dest)
        case _, "flow.tensor.reshape" | "flow.tensor.bitcast":
            return _merged(type_, op.result_dims)
        case _, "flow.dispatch.region":
            before = sum(_dynamic_count(result) for result in owner.results[: _number(value)])
            return _merged(type_, list(op.result_dims)[before : before + _dynamic_count(value)])
        case _, "tensor.collapse_shape":
            source = shape_of(op.src)
            return tuple(_product(source[ir.IntegerAttr(i).value] for i in group) for group in op.reassociation)
        case _, "tensor.pad":
            low, high = list(op.static_low), list(op.static_high)
            return tuple(size + a + b for size, a, b in zip(shape_of(op.source), low, high, strict=True))
        case "linalg", _:
            first = len(owner.operands) - len(owner.results)
            return shape_of(owner.operands[first + _number(value)])
    raise TypeError(f"the shape of {owner.name} is not known for free sizes")


def _merged(type_: ir.RankedTensorType, values: Sequence[ir.Value]) -> tuple[int, ...]:
    remaining = iter(values)
    marker = ir.ShapedType.get_dynamic_size()
    return tuple(current().size(next(remaining)) if size == marker else size for size in type_.shape)


def _dynamic_count(value: ir.Value) -> int:
    type_ = ir.RankedTensorType(value.type)
    return sum(type_.is_dynamic_dim(i) for i in range(type_.rank))


def _number(value: ir.Value) -> int:
    return int(ir.OpResult(value).result_number)


def _product(sizes: Iterable[int]) -> int:
    product = 1
    for size in sizes:
        product = product * size
    return product
