"""Emits a convolution and the pool behind it: the convolution's kernel with another stage."""

from dataclasses import replace
from typing import Literal

from dnnf_mlir.kernels.convolution.emit import conv_dispatch, product_operands, with_border
from dnnf_mlir.kernels.nest.around import Around
from dnnf_mlir.kernels.nest.dispatch import Dispatch
from dnnf_mlir.kernels.nest.fused_work import Pooling
from dnnf_mlir.kernels.pooled_convolution.pattern import PooledProblem
from dnnf_mlir.targets import VectorUnit


def emit(problem: PooledProblem, around: Around, vector: VectorUnit) -> Dispatch:
    """The kernel of both."""
    (x, weights, bias), fusion = product_operands(problem, around, vector)
    behind, pool = around.fused(1), problem.pool
    kind: Literal["max", "average"] = "max" if pool.kind == "max_pool" else "average"
    pooling = Pooling(pool.attributes["kernel_shape"], kind, behind.epilogue, behind.layouts)
    padded = with_border(problem.window, x)
    return conv_dispatch(*padded, weights, bias, vector, replace(fusion, pooling=pooling))
