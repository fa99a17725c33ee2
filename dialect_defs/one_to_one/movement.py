"""Data movement where every output element is a copy of at most one input element, in the same order."""

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dnnf_mlir.bindings.mlir import ext
from dnnf_mlir.dialect_defs.dialect import (
    Float,
    Imported,
    Int,
    Ints,
    Mismatch,
    NotStatic,
    OnnxCall,
    OnnxNode,
    Operator,
    Signature,
    String,
    Tensor,
)
from dnnf_mlir.dialect_defs.facts import CostClass, Interval, OperandIntervals, one_of
from dnnf_mlir.dialect_defs.following import AxisOperator
from dnnf_mlir.dialect_defs.mapping import MappingType
from dnnf_mlir.dialect_defs.several import several_operands, several_results
from dnnf_mlir.dialect_defs.shapes import axis_of, normalized_axis, one_element_type, require_length
from dnnf_mlir.errors import RunTimeSizeError
from dnnf_mlir.graph.size import has_counts, is_free
from dnnf_mlir.graph.tensor_type import TensorType


class Concat(several_operands(AxisOperator), name="concat"):
    """The operands one after the other along ``axis``."""

    y: ext.Result[Tensor]
    axis: Int

    onnx_name = "Concat"
    cost_class = CostClass.MOVE

    @classmethod
    def from_onnx(cls, node: OnnxNode) -> Imported:
        axis = normalized_axis(node.attribute("axis"), node.output_types[0].rank)
        return Imported(tuple(range(len(node.inputs))), {"axis": axis})

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        axis = axis_of(signature)
        types = [signature.input(index) for index in range(len(signature.inputs))]
        first = types[0].shape
        for type_ in types:
            if len(type_.shape) != len(first) or _without(type_.shape, axis) != _without(first, axis):
                raise Mismatch(f"operands differ outside of axis {axis}: {types[0]} and {type_}")
        size = sum(type_.shape[axis] for type_ in types)
        return TensorType((*first[:axis], size, *first[axis + 1 :]), one_element_type(types))


class Split(several_results(AxisOperator), name="split"):
    """Parts of x along ``axis``, one after the other; the result types tell their sizes."""

    x: ext.Operand[Tensor]
    axis: Int

    onnx_name = "Split"
    cost_class = CostClass.MOVE

    @classmethod
    def from_onnx(cls, node: OnnxNode) -> Imported:
        return Imported((0,), {"axis": normalized_axis(node.attribute("axis"), node.input_type(0).rank)})

    @classmethod
    def to_onnx(cls, signature: Signature) -> OnnxCall:
        axis = signature.attributes["axis"]
        sizes = np.array([output.shape[axis] for output in signature.outputs], np.int64)
        return OnnxCall("Split", (0, sizes), {"axis": axis})

    @classmethod
    def check(cls, signature: Signature) -> str | None:
        try:
            axis = axis_of(signature)
        except Mismatch as problem:
            return str(problem)
        operand = signature.input(0)
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

    onnx_name = "Slice"
    cost_class = CostClass.MOVE

    @classmethod
    def mapping_type(cls, signature: Signature) -> MappingType:
        unit = all(step == 1 for step in signature.attributes["steps"])
        return MappingType.ONE_TO_ONE if unit else MappingType.SHUFFLE

    @classmethod
    def from_onnx(cls, node: OnnxNode) -> Imported:
        shape = node.input_type(0).shape
        starts, steps = [0] * len(shape), [1] * len(shape)
        given = node.constant(1, "start").tolist()
        axes = node.constant(3, "axes").tolist() if node.has_input(3) else range(len(given))
        given_steps = node.constant(4, "steps").tolist() if node.has_input(4) else [1] * len(given)
        for start, axis, step in zip(given, axes, given_steps, strict=True):
            axis = normalized_axis(axis, len(shape))
            starts[axis], steps[axis] = _first(start, step, shape[axis]), step
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
        try:
            require_length("starts", starts, operand.rank)
            require_length("steps", steps, operand.rank)
        except Mismatch as problem:
            return str(problem)
        for axis, (size, start, step, count) in enumerate(zip(operand.shape, starts, steps, output.shape, strict=True)):
            with contextlib.suppress(RunTimeSizeError):
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

    onnx_name = "Pad"
    domains = one_of(mode=("constant", "edge", "reflect", "wrap"))

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
        given = node.constant(1, "paddings").tolist()
        axes = node.constant(3, "axes").tolist() if node.has_input(3) else list(range(rank))
        pads = [0] * (2 * rank)
        for position, axis in enumerate(axes):
            pads[normalized_axis(axis, rank)] = given[position]
            pads[rank + normalized_axis(axis, rank)] = given[len(axes) + position]
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
        shape = tuple(size + pads[i] + pads[operand.rank + i] for i, size in enumerate(operand.shape))
        if min((size for size in shape if not has_counts(size)), default=0) < 0:
            raise Mismatch(f"pads {pads} crop more than there is of {operand}")
        return operand.with_shape(shape)

    @classmethod
    def permuted(cls, signature: Signature, perm: tuple[int, ...]) -> Mapping[str, Any] | None:
        pads, rank = signature.attributes["pads"], len(perm)
        moved = tuple(pads[offset + i] for offset in (0, rank) for i in perm)
        return {**signature.attributes, "pads": moved}


def _first(start: int, step: int, size: int) -> int:
    """The position that a slice starts at; where nothing is taken, the given one may lie outside."""
    if is_free(size):
        if start < 0 or step < 0:
            raise NotStatic("its start depends on a size that is left free")
        return start
    return min(max(slice(start, None, step).indices(size)[0], 0), max(size - 1, 0))


def _without(shape: Sequence[int], axis: int) -> tuple[int, ...]:
    return (*shape[:axis], *shape[axis + 1 :])
