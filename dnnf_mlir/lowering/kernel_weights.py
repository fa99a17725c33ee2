"""Constant weights of a kernel, packed as it reads them."""

import functools

import numpy as np

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.kernels import ConvProblem, IntegerWeights, pack_integer_weights, pack_weights
from dnnf_mlir.targets import VectorUnit

from .api import ModuleLowering
from .kernel_problems import IntegerProduct, Product


def packed_weights(found: Product, problem: ConvProblem, vector: VectorUnit, lowering: ModuleLowering) -> ir.Value:
    """The product's weights times its scale, packed for ``problem``; made once for all kernels that read them."""

    def pack(weights: np.ndarray) -> np.ndarray:
        scaled = weights if found.scale == 1 else (weights * np.float32(found.scale)).astype(weights.dtype)
        return pack_weights(scaled, problem, vector)

    return lowering.pool.derive(found.weights, ("packed", problem, vector, found.scale), pack)


def packed_integers(found: IntegerProduct, vector: VectorUnit, lowering: ModuleLowering) -> tuple[ir.Value, ir.Value]:
    """The filters and their sums, as :class:`~dnnf_mlir.kernels.integer.emit.IntegerWeights` holds them."""

    @functools.cache
    def packed() -> IntegerWeights:
        return pack_integer_weights(found.shifted_weights(), found.problem, vector)

    offsets = None if found.weights_zero_point is None else found.weights_zero_point.tobytes()
    form = ("integers", found.problem, vector, offsets)
    filters = lowering.pool.derive(found.weights, (*form, "filters"), lambda _: packed().filters)
    return filters, lowering.pool.derive(found.weights, (*form, "sums"), lambda _: packed().sums)
