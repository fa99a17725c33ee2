"""Constant weights of a kernel, packed as it reads them."""

import numpy as np

from dnnf_mlir.iree_ir import ir
from dnnf_mlir.kernels import ConvProblem, pack_weights
from dnnf_mlir.targets import VectorUnit

from .kernel_problems import Product
from .module import ModuleLowering


def packed_weights(found: Product, problem: ConvProblem, vector: VectorUnit, lowering: ModuleLowering) -> ir.Value:
    """The product's weights times its scale, packed for ``problem``; made once for all kernels that read them."""

    def pack(weights: np.ndarray) -> np.ndarray:
        scaled = weights if found.scale == 1 else (weights * np.float32(found.scale)).astype(weights.dtype)
        return pack_weights(scaled, problem, vector)

    return lowering.pool.derive(found.weights, ("packed", problem, vector, found.scale), pack)
