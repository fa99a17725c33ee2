"""Sizes of free dimensions in the function being built: where their values come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dnnf_mlir.bindings.iree import arith, cf, flow, ir, tensor, util
from dnnf_mlir.emit.sizes import RegionSizes, current, dynamic, mixed, shape_of, static
from dnnf_mlir.graph.ecg import Value
from dnnf_mlir.graph.size import has_data_dependent as has_data_dependent_part
from dnnf_mlir.graph.size import is_data_dependent, is_dynamic, is_symbol, symbols_of

__all__ = ["FunctionSizes", "current", "dynamic", "mixed", "shape_of", "static"]


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
                if is_dynamic(size) and not is_symbol(size) and not has_data_dependent_part(size):
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
            cf.AssertOp(equal, f"dimension {axis} of input '{name}' is not the '{size}' of the inputs before it")

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
