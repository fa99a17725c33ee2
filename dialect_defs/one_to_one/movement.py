"""Data movement where every output element is a copy of at most one input element, in the same order."""

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dnnf_mlir.bindings.mlir import ext
from dnnf_mlir.dialect_defs.dialect import Imported, Mismatch, NotStatic, OnnxNode, Operator, ShapeOperands, Tensor
from dnnf_mlir.dialect_defs.following import AxisOperator
from dnnf_mlir.dialect_defs.several import several_operands, several_results
from dnnf_mlir.dialect_defs.shapes import (
    along,
    axis_of,
    axis_positions,
    one_element_type,
    require_length,
)
from dnnf_mlir.errors import DataDependentSizeError
from dnnf_mlir.graph.attributes import Float, Int, Ints, String
from dnnf_mlir.graph.extents import (
    END,
    Shape,
    Unknown,
    by_dimension,
    ceil_quotient,
    choose,
    equal,
    greatest,
    least,
    negated,
    position,
    unless_unknown,
)
from dnnf_mlir.graph.operator import CostClass, Interval, MappingType, OnnxCall, OperandIntervals, Signature, one_of
from dnnf_mlir.graph.size import has_data_dependent, is_dynamic
from dnnf_mlir.graph.size_relations import require_same_shape
from dnnf_mlir.graph.tensor_type import TensorType


class Concat(several_operands(AxisOperator), name="concat"):
    """The operands one after the other along ``axis``."""

    y: ext.Result[Tensor]
    axis: Int

    cost_class = CostClass.MOVE

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        axis = axis_of(signature)
        types = [signature.input(index) for index in range(len(signature.inputs))]
        first = types[0].shape
        for type_ in types:
            if not require_same_shape(_without(type_.shape, axis), _without(first, axis)):
                raise Mismatch(f"operands differ outside of axis {axis}: {types[0]} and {type_}")
        size = sum(type_.shape[axis] for type_ in types)
        return TensorType((*first[:axis], size, *first[axis + 1 :]), one_element_type(types))


class Split(several_results(AxisOperator), name="split"):
    """Parts of x along ``axis``, one after the other; the result types tell their sizes."""

    x: ext.Operand[Tensor]
    axis: Int

    cost_class = CostClass.MOVE
    shape_inputs = (1,)

    @classmethod
    def shape(cls, operands: ShapeOperands) -> list[Shape]:
        """ONNX Split: the sizes listed, which add up to the whole; without a list equal ones, the last smaller."""
        x, axis, count = operands.shape(), operands.attribute("axis"), operands.results
        whole = x[axis]
        if operands.has(1):
            parts = operands.value(1, count)
            if not any(isinstance(part, Unknown) for part in parts):
                operands.require_equal(sum(parts), whole, f"parts {parts} do not add up to {whole}")
        else:
            part = ceil_quotient(whole, count)
            parts = [part] * (count - 1) + [whole - part * (count - 1)]
        return [along(x, axis, part) for part in parts]

    @classmethod
    def to_onnx(cls, signature: Signature) -> OnnxCall:
        axis = signature.attributes["axis"]
        sizes = np.array([output.shape[axis] for output in signature.outputs], np.int64)
        return OnnxCall("Split", (0, sizes), {"axis": axis})

    @classmethod
    def check(cls, signature: Signature) -> str | None:
        axis, operand = axis_of(signature), signature.input(0)
        for output in signature.outputs:
            same = output.rank == operand.rank and _without(output.shape, axis) == _without(operand.shape, axis)
            if not same or output.dtype != operand.dtype:
                return f"result {output} differs from {operand} outside of axis {axis}"
        sizes = [output.shape[axis] for output in signature.outputs]
        if sum(sizes) != operand.shape[axis]:
            return f"parts {sizes} do not add up to the {operand.shape[axis]} elements of axis {axis}"
        return None


class Slice(Operator, name="slice"):
    """``y[i, j..] = x[starts[0] + i * steps[0], ...]``, one entry per dimension; the result type tells the sizes.

    ``starts`` are positions in x (never negative), ``steps`` may be negative. Shuffle where a step is not 1.
    """

    x: ext.Operand[Tensor]
    y: ext.Result[Tensor]
    starts: Ints
    steps: Ints

    cost_class = CostClass.MOVE
    shape_inputs = (1, 2, 3, 4)

    @classmethod
    def shape(cls, operands: ShapeOperands) -> list[Shape]:
        """ONNX Slice: along each of ``axes``, ``max(0, ceil((end - start) / step))`` of the clamped bounds."""
        x, starts = operands.shape(), operands.value(1)
        ends = operands.value(2, len(starts))
        axes = operands.value(3, len(starts)) if operands.has(3) else list(range(len(starts)))
        steps = operands.value(4, len(starts)) if operands.has(4) else [1] * len(starts)
        places = axis_positions(operands, axes, len(x))
        for step in steps:
            if not isinstance(step, Unknown):
                operands.require(negated(equal(step, 0)), "a step of a slice is 0")
        defaults = ((starts, 0), (ends, END), (steps, 1))
        bounds = zip(*(by_dimension(values, places, len(x), default) for values, default in defaults), strict=True)
        sizes = [
            size if (start, end, step) == (0, END, 1) else sliced(size, start, end, step)
            for size, (start, end, step) in zip(x, bounds, strict=True)
        ]
        return [tuple(sizes)]

    @classmethod
    def mapping_type(cls, signature: Signature) -> MappingType:
        unit = all(step == 1 for step in signature.attributes["steps"])
        return MappingType.ONE_TO_ONE if unit else MappingType.SHUFFLE

    @classmethod
    def from_onnx(cls, node: OnnxNode) -> Imported:
        shape = node.input_type(0).shape
        starts, steps = [0] * len(shape), [1] * len(shape)
        listed = node.constant(1, "start").tolist()
        axes = node.constant(3, "axes").tolist() if node.has_input(3) else range(len(listed))
        given_steps = node.constant(4, "steps").tolist() if node.has_input(4) else [1] * len(listed)
        for start, axis, step in zip(listed, axes, given_steps, strict=True):
            axis = position(axis, len(shape))
            starts[axis], steps[axis] = _stored_start(start, step, shape[axis]), step
        return Imported((0,), {"starts": tuple(starts), "steps": tuple(steps)})

    @classmethod
    def to_onnx(cls, signature: Signature) -> OnnxCall:
        starts, steps = signature.attributes["starts"], signature.attributes["steps"]
        ends = [start + size * step for start, size, step in zip(starts, signature.output.shape, steps, strict=True)]
        # A negative end would count from the dimension's end: -1 - size lies before the first element.
        before_first = np.iinfo(np.int64).min
        arrays = (starts, [before_first if end < 0 else end for end in ends], range(len(starts)), steps)
        return OnnxCall("Slice", (0, *(np.array(array, np.int64) for array in arrays)), {})

    @classmethod
    def check(cls, signature: Signature) -> str | None:
        operand, output = signature.input(0), signature.output
        starts, steps = signature.attributes["starts"], signature.attributes["steps"]
        if operand.dtype != output.dtype or operand.rank != output.rank:
            return f"must keep its operand's element type and rank, got {operand} -> {output}"
        require_length("starts", starts, operand.rank)
        require_length("steps", steps, operand.rank)
        for axis, (size, start, step, count) in enumerate(zip(operand.shape, starts, steps, output.shape, strict=True)):
            with contextlib.suppress(DataDependentSizeError):
                if not count or (0 <= start < size and 0 <= start + (count - 1) * step < size):
                    continue
                return f"takes {count} elements from {start} with step {step} of the {size} in dimension {axis}"
        return None

    @classmethod
    def permuted(cls, signature: Signature, perm: tuple[int, ...]) -> Mapping[str, Any] | None:
        starts, steps = signature.attributes["starts"], signature.attributes["steps"]
        return {"starts": tuple(starts[i] for i in perm), "steps": tuple(steps[i] for i in perm)}


class Pad(Operator, name="pad"):
    """``pads`` (begin... end..., one per dimension; negative ones crop) filled by ``mode``.

    "constant" writes ``value``; "edge", "reflect" and "wrap" copy elements again, which makes them One-to-Many.
    """

    x: ext.Operand[Tensor]
    y: ext.Result[Tensor]
    pads: Ints
    mode: String
    value: Float

    domains = one_of(mode=("constant", "edge", "reflect", "wrap"))
    shape_inputs = (1, 3)

    @classmethod
    def shape(cls, operands: ShapeOperands) -> list[Shape]:
        """ONNX Pad: ``size + begin + end`` along each of ``axes``, by default along all dimensions."""
        x = operands.shape()
        axes = operands.value(3) if operands.has(3) else list(range(len(x)))
        pads = operands.value(1, 2 * len(axes))
        places = axis_positions(operands, axes, len(x))
        widths = [by_dimension(part, places, len(x), 0) for part in (pads[: len(axes)], pads[len(axes) :])]
        sizes = [padded(size, begin, end) for size, begin, end in zip(x, *widths, strict=True)]
        for size in sizes:
            operands.require(_is_size(size), f"pads {pads} crop more than there is of {x}")
        if operands.attribute("mode") != "constant":
            for along in zip(x, *widths, strict=True):
                operands.require(_has_source(*along), f"pads {pads} copy elements of {x} where none are left")
        return [tuple(sizes)]

    @classmethod
    def result_interval(cls, signature: Signature, operand: OperandIntervals) -> Interval:
        x, value = operand(0), signature.attributes["value"]
        return x.union(Interval(value, value)) if signature.attributes["mode"] == "constant" else x

    @classmethod
    def mapping_type(cls, signature: Signature) -> MappingType:
        constant = signature.attributes["mode"] == "constant"
        return MappingType.ONE_TO_ONE if constant else MappingType.ONE_TO_MANY

    @classmethod
    def from_onnx(cls, node: OnnxNode) -> Imported:
        rank = node.input_type(0).rank
        paddings = node.constant(1, "paddings").tolist()
        axes = node.constant(3, "axes").tolist() if node.has_input(3) else list(range(rank))
        pads = [0] * (2 * rank)
        for i, axis in enumerate(axes):
            place = position(axis, rank)
            pads[place], pads[rank + place] = paddings[i], paddings[len(axes) + i]
        value = node.constant(2, "value").item() if node.has_input(2) else 0
        if float(value) != value:
            raise NotStatic(f"its value {value} has no exact floating point form")
        return Imported((0,), {"pads": tuple(pads), "mode": node.attribute("mode"), "value": float(value)})

    @classmethod
    def to_onnx(cls, signature: Signature) -> OnnxCall:
        pads = np.array(signature.attributes["pads"], np.int64)
        value = np.array(signature.attributes["value"], signature.input(0).numpy_dtype)
        return OnnxCall("Pad", (0, pads, value), {"mode": signature.attributes["mode"]})

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        operand, pads = signature.input(0), signature.attributes["pads"]
        require_length("pads", pads, 2 * operand.rank)
        shape = tuple(padded(size, pads[i], pads[operand.rank + i]) for i, size in enumerate(operand.shape))
        if not all(map(_is_size, shape)):
            raise Mismatch(f"pads {pads} crop more than there is of {operand}")
        if signature.attributes["mode"] != "constant" and not all(
            _has_source(size, pads[i], pads[operand.rank + i]) for i, size in enumerate(operand.shape)
        ):
            raise Mismatch(f"pads {pads} copy elements of {operand} where none are left")
        return operand.with_shape(shape)

    @classmethod
    def permuted(cls, signature: Signature, perm: tuple[int, ...]) -> Mapping[str, Any] | None:
        pads, rank = signature.attributes["pads"], len(perm)
        moved = tuple(pads[offset + i] for offset in (0, rank) for i in perm)
        return {**signature.attributes, "pads": moved}


def first_position(size: Any, start: Any, step: Any) -> Any:
    """Where a slice begins: ONNX clamps the start to [0, size], or to [0, size - 1] for a negative step."""
    return least(_not_negative(size, start, 0), choose(step < 0, size - 1, size))


@unless_unknown
def sliced(size: Any, start: Any, end: Any, step: Any) -> Any:
    """How many of ``size`` positions a slice takes; the step is not 0.

    ONNX clamps the end to [0, size], or to [-1, size - 1] for a negative step.
    """
    backward = step < 0
    first = first_position(size, start, step)
    last = least(_not_negative(size, end, choose(backward, -1, 0)), choose(backward, size - 1, size))
    return greatest(0, ceil_quotient(last - first, choose(equal(step, 0), 1, step)))


def _not_negative(size: Any, bound: Any, low: Any) -> Any:
    """A bound of a slice from the dimension's start; one before all elements is ``low``."""
    is_negative = bound < 0
    return bound if is_negative is False else choose(is_negative, greatest(bound + size, low), bound)


def _stored_start(start: int, step: int, size: int) -> int:
    """The position that a slice starts at; where nothing is taken, the given one may lie outside."""
    if is_dynamic(size):
        if start < 0 or step < 0:
            raise NotStatic("its start depends on a size that is left free")
        return start
    first: int = first_position(size, start, step)
    return min(max(first, 0), max(size - 1, 0))


@unless_unknown
def padded(size: Any, begin: Any, end: Any) -> Any:
    """The size of a padded dimension; negative paddings crop."""
    return size + begin + end


def _is_size(size: Any) -> Any:
    """Whether a padded size is not negative, as far as that can be compared before the model runs."""
    return isinstance(size, Unknown) or has_data_dependent(size) or size >= 0


@unless_unknown
def _has_source(size: Any, begin: Any, end: Any) -> Any:
    """Whether anything is left of a dimension that is padded with copies, compared as :func:`_is_size`."""
    return ((begin <= 0) & (end <= 0)) | _is_size(size + least(begin, 0) + least(end, 0) - 1)


def _without(shape: Sequence[int], axis: int) -> tuple[int, ...]:
    return (*shape[:axis], *shape[axis + 1 :])
