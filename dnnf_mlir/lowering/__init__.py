"""Lowering of a fused graph to linalg in ``flow.dispatch.region``, built with IREE's own bindings."""

from dnnf_mlir.emit import activations  # noqa: F401  (registers its operators, like the two folders)
from dnnf_mlir.emit.constants import ConstantPool
from dnnf_mlir.emit.element_wise import apply, has_body
from dnnf_mlir.emit.parameters import Parameters

from . import linalg, onnx_node  # noqa: F401
from .module import BlockLowering, ModuleLowering, check_supported, lower, lower_functions

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
