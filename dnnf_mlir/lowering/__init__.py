"""Lowering of a fused graph to linalg in ``flow.dispatch.region``, built with IREE's own bindings."""

from . import (  # noqa: F401  (these register their operators)
    activations,
    carried,
    carried_convolution,
    carried_detection,
    carried_elementwise,
    carried_fourier,
    carried_generators,
    carried_loop,
    carried_movement,
    carried_numeric,
    carried_quantization,
    carried_reduction,
    carried_resize,
    carried_sampling,
    carried_selection,
    contraction,
    convolution,
    declared_shapes,
    einsum,
    gathering,
    integer_products,
    movement,
    normalization,
    pooling,
    reduction,
    resizing,
    scan,
    sorting,
    transposed_convolution,
    views,
)
from .constants import ConstantPool
from .module import BlockLowering, ModuleLowering, check_supported, lower, lower_functions
from .one_to_one import apply, has_body
from .parameters import Parameters

__all__ = [
    "BlockLowering",
    "ConstantPool",
    "ModuleLowering",
    "Parameters",
    "apply",
    "check_supported",
    "has_body",
    "lower",
    "lower_functions",
]
