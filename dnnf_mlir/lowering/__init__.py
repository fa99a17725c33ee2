"""Lowering of a fused graph to linalg in ``flow.dispatch.region``, built with IREE's own bindings."""

from dnnf_mlir.emit.constants import ConstantPool, Parameters
from dnnf_mlir.emit.element_wise import apply, has_body

from . import operators  # noqa: F401  (registers the operators)
from .api import ModuleLowering
from .graph_lowering import BlockLowering, check_supported
from .module import lower, lower_functions

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
