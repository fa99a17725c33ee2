"""Convolution and matrix product of 8-bit integers with constant weights, summed in 32 bits (ONNX ConvInteger, ...).

The loop nest is the dense one; a step along the channels takes four of them. The zero point z of the input is taken
away from the sums, not from the input::

    sum over taps inside the input, c of (x - z) * w  =  sum of x * w - sum over taps inside of z * (sum over c of w)

Windows that reach into the padding leave taps out, so there the last sums are taken away tap by tap.

Unsigned weights w with a zero point v may differ from it by more than a signed byte holds. Then u = w - 128 is
multiplied, and the sums of the input are added, which a register of ones beside the filters computes::

    sum of x * (w - v)  =  sum of x * u  +  (128 - v) * sum of x
"""

import functools
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from dnnf_mlir.bindings.iree import arith, ir, vector
from dnnf_mlir.emit.index import Index
from dnnf_mlir.emit.vectors import broadcast, filled, read_scalar, read_vector
from dnnf_mlir.kernels.dense.nest import DenseKernel, DenseWork, Offsets, PackedWeights
from dnnf_mlir.kernels.dense.schedule import DenseSchedule, dense_columns
from dnnf_mlir.kernels.integer.pattern import IntegerProblem, WeightBytes
from dnnf_mlir.kernels.nest.arithmetic import ByteDotProduct
from dnnf_mlir.kernels.nest.around import Around
from dnnf_mlir.kernels.nest.dispatch import Dispatch
from dnnf_mlir.kernels.nest.fused import Workgroup, fused_dispatch
from dnnf_mlir.kernels.nest.fused_work import NO_FUSION, Fusion, canonical, reshape
from dnnf_mlir.kernels.nest.problem import BYTES_IN_DOT, ConvProblem, canonical_width
from dnnf_mlir.targets import DotProduct, VectorUnit

Array = np.ndarray

_WORD_BYTES = 4


@dataclass(frozen=True)
class IntegerWeights:
    """``filters``: [groups * blocks, taps, steps, lanes * 4] int8. ``sums``: over the channels, int32 [groups * blocks,
    taps, lanes], or over the taps too, [groups * blocks, 1, lanes], where no window reaches into the padding.

    If the filters hold less than the weights minus their zero points, one more row of ``sums`` holds the differences.
    """

    filters: Array
    sums: Array


def pack_integer_weights(weights: WeightBytes, problem: ConvProblem, vector_unit: VectorUnit) -> IntegerWeights:
    """Packs ONNX Conv weights [filters, channels / groups, kernel...], their zero points taken away.

    A matrix product's weights [depth, columns] are passed transposed.
    """
    schedule = _schedule(problem, vector_unit, weights.is_wide)
    filters, channels = weights.bytes.shape[:2]
    per_group, steps = filters // problem.groups, ceil(channels / BYTES_IN_DOT)
    shape = (problem.groups, schedule.blocks * schedule.lanes, steps * BYTES_IN_DOT, problem.taps)
    filled = np.zeros(shape, np.int8)
    filled[:, :per_group, :channels] = weights.bytes.reshape(problem.groups, per_group, channels, problem.taps)
    blocks = filled.reshape(-1, schedule.lanes, steps, BYTES_IN_DOT, problem.taps).transpose(0, 4, 2, 1, 3)
    missing = np.zeros(shape[:2], np.int32)
    missing[:, :per_group] = weights.missing.reshape(-1, per_group)
    missing = missing.reshape(-1, 1, schedule.lanes)
    sums = blocks.sum(axis=(2, 4), dtype=np.int32) + missing * np.int32(channels)
    if not _is_padded(problem):
        sums = sums.sum(axis=1, keepdims=True, dtype=np.int32)
    if weights.is_wide:
        sums = np.concatenate([sums, missing], axis=1)
    packed = blocks.reshape(-1, problem.taps, steps, schedule.lanes * BYTES_IN_DOT)
    return IntegerWeights(np.ascontiguousarray(packed), np.ascontiguousarray(sums))


def integer_dispatch(
    problem: ConvProblem,
    x: ir.Value,
    zero_point: ir.Value | int,
    signed_input: bool,
    wide_weights: bool,
    filters: ir.Value,
    sums: ir.Value,
    vector_unit: VectorUnit,
    fusion: Fusion = NO_FUSION,
) -> Dispatch:
    """One dispatch for the product; its sums are 32-bit integers, to which the epilogue is applied.

    ``x`` is a tensor of ``problem.input_shape`` of bytes, ``zero_point`` a number or a tensor of one byte, ``filters``
    and ``sums`` are as :class:`IntegerWeights` holds them, with the differences of ``wide_weights``. Raises ValueError
    where :func:`integer_refusal` names a reason.
    """
    form = canonical(problem, fusion)
    arithmetic = ByteDotProduct(_dot_product(vector_unit), signed_input, wide_weights)
    work = DenseWork(problem, form.axes, form.batch, _schedule(problem, vector_unit, wide_weights))
    operands = [reshape(x, [form.batch, *(axis.input for axis in form.axes), problem.channels]), filters, sums]
    if not isinstance(zero_point, int):
        operands.append(reshape(zero_point, [1]))

    word = ir.IntegerType.get_signless(32)

    def body(group: Workgroup) -> None:
        weights = PackedWeights(group.tensors[1], vector_unit, BYTES_IN_DOT)
        shifted = _shifted(zero_point if isinstance(zero_point, int) else group.tensors[3], arithmetic)

        def offsets(block: Index, tap: Index, lanes: int) -> ir.Value:
            of_weights = read_vector(group.tensors[2], [block, tap, 0], lanes)
            return arith.MulIOp(of_weights, broadcast(shifted, lanes)).result

        def finish(block: Index, total: ir.Value, inputs: ir.Value) -> ir.Value:
            return _with_missing(total, inputs, group.tensors[2], block)

        DenseKernel(
            work,
            word,
            group.tensors[0],
            weights,
            None,
            group.results,
            None,
            arithmetic=arithmetic,
            offsets=Offsets(offsets, _is_padded(problem), finish if wide_weights else None),
        ).workgroup(group.ids)

    stored = fusion.epilogue.elements or (word,) * fusion.epilogue.results
    typed = replace(fusion, epilogue=replace(fusion.epilogue, elements=stored))
    return fused_dispatch(problem, form, typed, operands, work.grid, problem.filters // problem.groups, body)


def _shifted(zero_point: ir.Value | int, arithmetic: ByteDotProduct) -> ir.Value:
    """The zero point of the bytes as the instruction sees them, in 32 bits."""
    word = ir.IntegerType.get_signless(32)
    if isinstance(zero_point, int):
        return filled(word, zero_point + arithmetic.shift)
    wide = (arith.ExtSIOp if arithmetic.signed_input else arith.ExtUIOp)(word, read_scalar(zero_point, [0])).result
    return arith.AddIOp(wide, filled(word, arithmetic.shift)).result


def _with_missing(total: ir.Value, inputs: ir.Value, sums: ir.Value, block: Index) -> ir.Value:
    """The sums of a block's filters, with what the filters' bytes do not hold: see the top of this file."""
    [lanes] = ir.VectorType(total.type).shape
    missing = read_vector(sums, [block, ir.RankedTensorType(sums.type).shape[1] - 1, 0], lanes)
    of_input = broadcast(vector.ExtractOp(inputs, [], [0]).result, lanes)
    return arith.AddIOp(total, arith.MulIOp(missing, of_input).result).result


def _is_padded(problem: ConvProblem) -> bool:
    return any(axis.clips_before or axis.clips_after for axis in problem.axes)


def _schedule(problem: ConvProblem, vector_unit: VectorUnit, wide_weights: bool) -> DenseSchedule:
    """The dense schedule for words of four channels; a block fills whole registers."""
    dot = _dot_product(vector_unit)
    words = ceil(problem.channels // problem.groups / BYTES_IN_DOT) * problem.groups
    in_words = replace(problem, channels=words)
    schedule = DenseSchedule.choose(in_words, canonical_width(problem), vector_unit, _WORD_BYTES)
    if schedule.lanes < dot.lanes:
        filters = problem.filters // problem.groups
        schedule = replace(schedule, lanes=dot.lanes, blocks=1, tail=filters, tail_lanes=dot.lanes)
    if not wide_weights:
        return schedule
    most = dense_columns(schedule.lanes + dot.lanes, vector_unit, _WORD_BYTES)
    return replace(schedule, columns=min(schedule.columns, most))


def _dot_product(vector_unit: VectorUnit) -> DotProduct:
    if vector_unit.dot_product is None:
        raise ValueError("the target has no dot product of bytes")
    return vector_unit.dot_product


def emit(problem: IntegerProblem, around: Around, vector: VectorUnit) -> Dispatch:
    """The kernel of the product of integers."""
    fusion = around.fused()
    zero_point: ir.Value | int = 0
    if problem.zero_point is not None:
        constant = problem.zero_point.constant
        zero_point = around.tensor(problem.zero_point) if constant is None else int(constant.reshape(()))
    filters, sums = _packed(problem, around, vector)
    x = around.shaped(problem.x)
    wide = problem.weight_bytes.is_wide
    return integer_dispatch(problem.window, x, zero_point, problem.signed, wide, filters, sums, vector, fusion)


def _packed(problem: IntegerProblem, around: Around, vector: VectorUnit) -> tuple[ir.Value, ir.Value]:
    """The filters and their sums, as :class:`IntegerWeights` holds them."""

    @functools.cache
    def packed() -> IntegerWeights:
        return pack_integer_weights(problem.weight_bytes, problem.window, vector)

    offsets = None if problem.weights_zero_point is None else problem.weights_zero_point.tobytes()
    form, pool = ("integers", problem.window, vector, offsets), around.module.pool
    filters = pool.derive(problem.weights, (*form, "filters"), lambda _: packed().filters)
    return filters, pool.derive(problem.weights, (*form, "sums"), lambda _: packed().sums)
