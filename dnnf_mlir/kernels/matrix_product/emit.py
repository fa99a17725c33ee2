"""Emits matrix products of two activations."""

from dnnf_mlir.kernels.matrix_product.pattern import ActivationProblem
from dnnf_mlir.kernels.matrix_product.product import product_dispatch
from dnnf_mlir.kernels.nest.around import Around
from dnnf_mlir.kernels.nest.dispatch import Dispatch
from dnnf_mlir.targets import VectorUnit


def emit(problem: ActivationProblem, around: Around, vector: VectorUnit) -> Dispatch:
    """The kernel of the product; the order of its fused operators is that of the block."""
    fusion = around.fused()
    return product_dispatch(problem.window, around.shaped(problem.x), around.shaped(problem.b), vector, fusion)
