"""CPU kernels: an anchor operator and its fused element-wise work as one ``flow.dispatch.workgroups``.

The kernels are scf loops over vectors whose register tile follows from the target's vector registers; nothing is
left for IREE to tile, so nothing depends on its heuristics.
"""

from dnnf_mlir.emit.vectors import call_intrinsic
from dnnf_mlir.kernels.attention.emit import AttentionProblem, attention_dispatch
from dnnf_mlir.kernels.dense.choice import conv_dispatch, pooling_problem
from dnnf_mlir.kernels.dense.product import product_dispatch
from dnnf_mlir.kernels.dense.variants import variants
from dnnf_mlir.kernels.depthwise.emit import depthwise_dispatch
from dnnf_mlir.kernels.integer.emit import IntegerWeights, integer_dispatch, integer_problem, pack_integer_weights
from dnnf_mlir.kernels.nest.dispatch import Dispatch, emit_together
from dnnf_mlir.kernels.nest.fused_work import IDENTITY, ElementWise, Operand, Pooling
from dnnf_mlir.kernels.nest.layout import Layout, Place
from dnnf_mlir.kernels.nest.packing import pack_weights
from dnnf_mlir.kernels.nest.problem import Axis, ConvProblem, PoolProblem, matmul_problem, spatial_axes, supports
from dnnf_mlir.kernels.nest.variant import ANALYTIC, LINALG, Variant
from dnnf_mlir.kernels.normalization.emit import NormalizationProblem, normalization_dispatch
from dnnf_mlir.kernels.pooling.emit import pool_dispatch
from dnnf_mlir.kernels.separable.emit import Depthwise, Pointwise, run_problem, separable_dispatch
from dnnf_mlir.kernels.softmax.emit import softmax_dispatch
from dnnf_mlir.kernels.vector_products.emit import (
    VectorPool,
    VectorProduct,
    vector_product_problem,
    vector_products_dispatch,
)

__all__ = [
    "ANALYTIC",
    "IDENTITY",
    "LINALG",
    "AttentionProblem",
    "Axis",
    "ConvProblem",
    "Depthwise",
    "Dispatch",
    "ElementWise",
    "IntegerWeights",
    "Layout",
    "NormalizationProblem",
    "Operand",
    "Place",
    "Pointwise",
    "PoolProblem",
    "Pooling",
    "Variant",
    "VectorPool",
    "VectorProduct",
    "attention_dispatch",
    "call_intrinsic",
    "conv_dispatch",
    "depthwise_dispatch",
    "emit_together",
    "integer_dispatch",
    "integer_problem",
    "matmul_problem",
    "normalization_dispatch",
    "pack_integer_weights",
    "pack_weights",
    "pool_dispatch",
    "pooling_problem",
    "product_dispatch",
    "run_problem",
    "separable_dispatch",
    "softmax_dispatch",
    "spatial_axes",
    "supports",
    "variants",
    "vector_product_problem",
    "vector_products_dispatch",
]
