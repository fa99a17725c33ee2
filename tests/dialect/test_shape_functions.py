"""Shape functions: ints, dynamic sizes and run-time scalars give the shapes that ONNX's inference gives."""

import operator
from collections.abc import Callable
from dataclasses import replace
from math import ceil, floor
from typing import Any

import numpy as np
import pytest
from drawn_nodes import DrawnNode
from drawn_shapes import FAMILIES
from hypothesis import given, settings
from hypothesis import strategies as st

from dnnf_mlir.bindings.iree import PassManager, arith, func, ir
from dnnf_mlir.dialect_defs import operators_by_onnx_name
from dnnf_mlir.dialect_defs.dialect import Mismatch, ShapeOperands
from dnnf_mlir.dialect_defs.many_to_many.convolution import transposed_pads
from dnnf_mlir.dialect_defs.onnx_shapes import shape_function, shape_inputs, shape_operands
from dnnf_mlir.emit.scalar import Scalar, number
from dnnf_mlir.errors import DynamicSizeError
from dnnf_mlir.graph.extents import RunTimeNumber, Shape
from dnnf_mlir.graph.size import Size, assumptions, at

CLASSES = operators_by_onnx_name()


class Deferred(RunTimeNumber):
    """A number, or a condition, that says nothing at compile time."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def _with(self, function: Callable[[Any, Any], Any], other: Any) -> "Deferred":
        return Deferred(function(self.value, other.value if isinstance(other, Deferred) else other))

    def __add__(self, other: Any) -> "Deferred":
        return self._with(operator.add, other)

    def __sub__(self, other: Any) -> "Deferred":
        return self._with(operator.sub, other)

    def __rsub__(self, other: Any) -> "Deferred":
        return self._with(lambda a, b: b - a, other)

    def __mul__(self, other: Any) -> "Deferred":
        return self._with(operator.mul, other)

    def __truediv__(self, other: Any) -> "Deferred":
        return self._with(operator.truediv, other)

    def __floordiv__(self, other: Any) -> "Deferred":
        return self._with(operator.floordiv, other)

    def __rfloordiv__(self, other: Any) -> "Deferred":
        return self._with(lambda a, b: b // a, other)

    def __and__(self, other: Any) -> "Deferred":
        return self._with(operator.and_, other)

    def __or__(self, other: Any) -> "Deferred":
        return self._with(operator.or_, other)

    def __xor__(self, other: Any) -> "Deferred":
        return self._with(operator.xor, other)

    def __lt__(self, other: Any) -> "Deferred":
        return self._with(operator.lt, other)

    def __le__(self, other: Any) -> "Deferred":
        return self._with(operator.le, other)

    def __gt__(self, other: Any) -> "Deferred":
        return self._with(operator.gt, other)

    def __ge__(self, other: Any) -> "Deferred":
        return self._with(operator.ge, other)

    __radd__, __rmul__, __rand__, __ror__ = __add__, __mul__, __and__, __or__

    def __neg__(self) -> "Deferred":
        return Deferred(-self.value)

    def splat(self, number: Any) -> "Deferred":
        return Deferred(number)

    def equals(self, other: Any) -> "Deferred":
        return self._with(operator.eq, other)

    def max(self, other: Any) -> "Deferred":
        return self._with(max, other)

    def min(self, other: Any) -> "Deferred":
        return self._with(min, other)

    def choose(self, then: Any, otherwise: Any) -> "Deferred":
        chosen = then if self.value else otherwise
        return chosen if isinstance(chosen, Deferred) else Deferred(chosen)

    def ceil_quotient(self, other: Any) -> "Deferred":
        if isinstance(self.value, np.floating):
            return self._with(lambda a, b: ceil(float(a) / float(b)), other)
        return self._with(lambda a, b: -(-a // b), other)

    def rounded_down(self) -> "Deferred":
        return Deferred(floor(self.value))

    def floor_product(self, other: Any) -> "Deferred":
        return self._with(lambda a, b: floor(float(a) * float(b)), other)

    def single(self) -> "Deferred":
        return Deferred(np.float32(self.value))


def operands_of(drawn: DrawnNode) -> tuple[ShapeOperands, list[Shape]]:
    """The node's operands as ints, and the shapes of its results as ONNX infers them."""
    node = drawn.described()
    return (
        shape_operands(node, shape_inputs(drawn.op_type, CLASSES.get(drawn.op_type)), {}),
        [type_.shape for type_ in node.output_types],
    )


def shapes_of(operands: ShapeOperands) -> list[Shape]:
    function = shape_function(operands.op_type, CLASSES.get(operands.op_type))
    assert function is not None
    found = function(operands)
    assert found is not None
    return found


def with_numbers(operands: ShapeOperands, number_of: Callable[[Any], Any]) -> ShapeOperands:
    """The operands with other values, of which nothing is noted yet."""
    values = {i: [number_of(value) for value in listed] for i, listed in operands.values.items()}
    return replace(operands, values=values, conditions=[])


@pytest.mark.parametrize("family", FAMILIES)
def test_ints(family: str) -> None:
    @settings(deadline=None)
    @given(FAMILIES[family])
    def agrees(drawn: DrawnNode) -> None:
        operands, expected = operands_of(drawn)
        assert shapes_of(operands)[: len(expected)] == expected

    agrees()


@pytest.mark.parametrize("family", FAMILIES)
def test_deferred_numbers(family: str) -> None:
    @settings(deadline=None)
    @given(FAMILIES[family])
    def agrees(drawn: DrawnNode) -> None:
        operands, expected = operands_of(drawn)
        deferred = with_numbers(operands, Deferred)
        found = [tuple(getattr(size, "value", size) for size in shape) for shape in shapes_of(deferred)]
        assert found[: len(expected)] == expected
        assert all(condition.value for condition in deferred.conditions)

    agrees()


@pytest.mark.parametrize("family", [name for name in FAMILIES if name != "generator"])
def test_dynamic_sizes(family: str) -> None:
    """Sizes above 1 are dynamic, equal ones the same; a form without a closed form is refused, never wrong."""
    compared = 0

    @settings(deadline=None)
    @given(FAMILIES[family])
    def agrees(drawn: DrawnNode) -> None:
        nonlocal compared
        operands, expected = operands_of(drawn)
        sizes = {size for shape in operands.shapes if shape is not None for size in shape if size > 1}
        dims = {f"d{size}": size for size in sizes}
        dynamic = [
            None if shape is None else tuple(Size.free(f"d{size}") if size > 1 else size for size in shape)
            for shape in operands.shapes
        ]
        with assumptions() as assumed:
            try:
                found = shapes_of(replace(operands, shapes=dynamic))
            except (DynamicSizeError, Mismatch, TypeError):
                return
        if all(at(size, dims) >= 0 for size in assumed):
            assert [tuple(at(size, dims) for size in shape) for shape in found][: len(expected)] == expected
            compared += 1

    agrees()
    assert compared


@pytest.mark.parametrize("family", FAMILIES)
def test_scalars_of_the_module(family: str) -> None:
    """The code that is built for run-time values folds to ONNX's shape."""

    @settings(max_examples=15, deadline=None)
    @given(FAMILIES[family])
    def agrees(drawn: DrawnNode) -> None:
        operands, expected = operands_of(drawn)
        assert folded(operands)[: sum(map(len, expected)) + 1] == [1, *(size for shape in expected for size in shape)]

    agrees()


def folded(operands: ShapeOperands) -> list[int]:
    """Whether the conditions hold, and the sizes of all results, as constants that MLIR folds."""

    def scalar(value: Any) -> Scalar:
        return number(float(value), "f32") if isinstance(value, np.floating) else number(value, "i64")

    with ir.Context(), ir.Location.unknown():
        module = ir.Module.create()
        with ir.InsertionPoint(module.body):
            function = func.FuncOp("shapes", ((), ()))
        with ir.InsertionPoint(function.add_entry_block()):
            read = with_numbers(operands, scalar)
            sizes = [size for shape in shapes_of(read) for size in shape]
            holds = number(True, "i1")
            for condition in read.conditions:
                holds = holds & condition
            results = [holds.choose(1, 0), *(size if isinstance(size, Scalar) else scalar(size) for size in sizes)]
            func.ReturnOp([result.to("i64").value for result in results])
        types = [ir.IntegerType.get_signless(64)] * len(results)
        function.attributes["function_type"] = ir.TypeAttr.get(ir.FunctionType.get([], types))
        canonicalize = PassManager.parse("builtin.module(canonicalize)")
        canonicalize.run(module.operation)
        while fused := [op for op in function.entry_block.operations if op.name == "math.fma"]:
            fold_multiply_add(fused[0])
            canonicalize.run(module.operation)
        returned = list(function.entry_block.operations)[-1]
        return [ir.IntegerAttr(value.owner.attributes["value"]).value for value in returned.operands]


def fold_multiply_add(op: Any) -> None:
    """MLIR folds none; products of single precision are exact in double precision."""
    a, b, c = (ir.FloatAttr(operand.owner.attributes["value"]).value for operand in op.operands)
    with ir.InsertionPoint(op):
        constant = arith.ConstantOp(op.result.type, ir.FloatAttr.get(op.result.type, a * b + c))
    op.result.replace_all_uses_with(constant.result)
    op.operation.erase()


@given(st.integers(1, 9), st.integers(-12, 12), st.integers(-12, 12), st.integers(-3, 3).filter(bool))
def test_slice_counts_as_python(size: int, start: int, end: int, step: int) -> None:
    """But for a start before all elements, which ONNX moves to the first one for a negative step, too."""
    start = max(start, -size) if step < 0 else start
    values = {1: [start], 2: [end], 3: [0], 4: [step]}
    operands = ShapeOperands("Slice", [(size,), (1,), (1,), (1,), (1,)], values, {})
    assert shapes_of(operands) == [(len(range(size)[start:end:step]),)]


def test_a_slice_may_begin_before_the_first_element_of_a_dynamic_dimension() -> None:
    """A start such as ``length - 4`` counts from the end where it is negative: that it is not is assumed, and noted."""
    length: Any = Size.free("length")
    values = {1: [length - 4], 2: [length], 3: [0]}
    with assumptions() as assumed:
        [[size]] = shapes_of(ShapeOperands("Slice", [(length,), (1,), (1,), (1,)], values, {}))
    assert size == 4
    assert assumed == [length - 4]


def test_a_dynamic_dimension_backwards() -> None:
    length: Any = Size.free("length")
    values = {1: [-1], 2: [-(2**63)], 3: [0], 4: [-2]}
    with assumptions():
        [[size]] = shapes_of(ShapeOperands("Slice", [(length,), (1,), (1,), (1,), (1,)], values, {}))
    assert [at(size, {"length": number}) for number in (1, 2, 5, 8)] == [1, 1, 3, 4]


def test_floats_of_a_range_are_divided_in_double_precision() -> None:
    """0.3 is a little more than three times 0.1 in single precision, but not where the quotient is rounded to it."""
    limits = [np.float32(0.0), np.float32(0.3), np.float32(0.1)]
    operands = ShapeOperands("Range", [(), (), ()], {i: [limit] for i, limit in enumerate(limits)}, {})
    assert shapes_of(operands) == [(4,)]
    assert (limits[1] - limits[0]) / limits[2] == 3
    assert folded(operands) == [1, 4]


def test_sizes_by_scales_are_multiplied_in_double_precision() -> None:
    """As in ONNX's inference: 0.7 is a little less in single precision, and 10 times it less than 7."""
    operands = ShapeOperands("Resize", [(10,), None, (1,)], {2: [np.float32(0.7)]}, {})
    assert shapes_of(operands) == [(6,)] == [tuple(folded(operands)[1:])]
    assert 10 * float(np.float32(0.7)) < 7


@pytest.mark.parametrize("values", [[3, 4], [7, 2], [3, -1]])
def test_run_time_conditions(values: list[int]) -> None:
    """Where ints raise Mismatch, the conditions of run-time numbers do not hold."""
    operands = ShapeOperands("Reshape", [(2, 3), (2,)], {1: values}, {})
    deferred = with_numbers(operands, Deferred)
    shapes_of(deferred)
    if values == [3, -1]:
        assert shapes_of(operands) == [(3, 2)]
        assert all(condition.value for condition in deferred.conditions)
    else:
        with pytest.raises(Mismatch):
            shapes_of(operands)
        assert not all(condition.value for condition in deferred.conditions)


def test_paddings_of_a_transposed_convolution_of_a_given_size() -> None:
    """ONNX ConvTranspose: the odd element goes to the end for SAME_UPPER, otherwise to the begin."""
    assert transposed_pads("SAME_UPPER", [6], [3], [0]) == ((1, 2), (0,))
    assert transposed_pads("NOTSET", [6], [3], [0]) == ((2, 1), (0,))
    assert transposed_pads("NOTSET", [6], [8], [1]) == ((0, 0), (3,))
