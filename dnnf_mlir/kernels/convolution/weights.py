"""Constant weights in the order in which a kernel reads them."""

import numpy as np

from dnnf_mlir.kernels.dense.schedule import DenseSchedule
from dnnf_mlir.kernels.nest.problem import ConvProblem, canonical_width
from dnnf_mlir.kernels.winograd.schedule import WinogradSchedule
from dnnf_mlir.kernels.winograd.transforms import Array, transforms
from dnnf_mlir.targets import VectorUnit


def pack_weights(weights: Array, problem: ConvProblem, vector: VectorUnit) -> Array:
    """Packs ONNX Conv weights [filters, channels / groups, kernel...] for :func:`conv_dispatch`.

    Dense: [groups * blocks, taps, channels / groups, lanes], the last block of a group padded with zeros; a matrix
    product's weights [depth, columns] are passed transposed. Depthwise: [taps, channels]. Winograd: [blocks,
    positions, depth taps, channels, lanes], the transformed weights as f32.
    """
    filters, channels = weights.shape[:2]
    winograd = WinogradSchedule.choose(problem, vector, weights.itemsize)
    if winograd is not None:
        matrices = transforms(winograd.output_tile)
        transformed = matrices.weights(weights).astype(np.float32).reshape(filters, channels, -1, matrices.positions)
        filled = np.pad(transformed, ((0, -filters % winograd.lanes), (0, 0), (0, 0), (0, 0)))
        blocks = filled.reshape(-1, winograd.lanes, channels, problem.taps // 9, matrices.positions)
        return np.ascontiguousarray(blocks.transpose(0, 4, 3, 2, 1))
    if problem.is_depthwise:
        return np.ascontiguousarray(weights.reshape(filters, -1).T)
    return pack_dense(weights, problem, canonical_width(problem), vector)


def pack_dense(weights: Array, problem: ConvProblem, width: int, vector: VectorUnit) -> Array:
    """Packs weights for the dense loop nest over rows of ``width`` columns, as :func:`pack_weights` says."""
    filters, channels = weights.shape[:2]
    schedule = DenseSchedule.choose(problem, width, vector, weights.itemsize)
    per_group = filters // problem.groups
    padded = np.zeros((problem.groups, schedule.blocks * schedule.lanes, channels, problem.taps), weights.dtype)
    padded[:, :per_group] = weights.reshape(problem.groups, per_group, channels, problem.taps)
    blocks = padded.reshape(problem.groups * schedule.blocks, schedule.lanes, channels, problem.taps)
    return np.ascontiguousarray(blocks.transpose(0, 3, 2, 1))


def packed(weights: Array, scale: float, problem: ConvProblem, vector: VectorUnit) -> Array:
    """The weights times ``scale``, packed."""
    scaled = weights if scale == 1 else (weights * np.float32(scale)).astype(weights.dtype)
    return pack_weights(scaled, problem, vector)
