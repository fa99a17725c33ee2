"""CPU kernels: an anchor operator and its fused element-wise work as one ``flow.dispatch.workgroups``.

The kernels are scf loops over vectors whose register tile follows from the target's vector registers; nothing is
left for IREE to tile, so nothing depends on its heuristics.
"""

from dnnf_mlir.kernels.attention import AttentionProblem, attention_dispatch
from dnnf_mlir.kernels.candidates import variants
from dnnf_mlir.kernels.convolution import conv_dispatch, pooling_problem
from dnnf_mlir.kernels.depthwise import depthwise_dispatch
from dnnf_mlir.kernels.dispatch import Dispatch, emit_together
from dnnf_mlir.kernels.elementwise import IDENTITY, ElementWise, Operand, Pooling
from dnnf_mlir.kernels.integer_product import (
    IntegerWeights,
    integer_dispatch,
    integer_problem,
    pack_integer_weights,
)
from dnnf_mlir.kernels.layout import Layout, Place
from dnnf_mlir.kernels.normalization import NormalizationProblem, normalization_dispatch
from dnnf_mlir.kernels.packing import pack_weights
from dnnf_mlir.kernels.pooling import pool_dispatch
from dnnf_mlir.kernels.problem import Axis, ConvProblem, PoolProblem, matmul_problem, spatial_axes, supports
from dnnf_mlir.kernels.product import product_dispatch
from dnnf_mlir.kernels.separable import Depthwise, Pointwise, run_problem, separable_dispatch
from dnnf_mlir.kernels.softmax import softmax_dispatch
from dnnf_mlir.kernels.variant import ANALYTIC, LINALG, Variant
from dnnf_mlir.kernels.vector_products import (
    VectorPool,
    VectorProduct,
    vector_product_problem,
    vector_products_dispatch,
)
from dnnf_mlir.kernels.workgroups import call_intrinsic

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
