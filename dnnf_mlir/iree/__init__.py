"""iree-compile as a bounded subprocess, and IREE's runtime on numpy arrays."""

from dnnf_mlir.iree.compiler import CompiledBinary, compile_module
from dnnf_mlir.iree.runtime import Inputs, Invocation, RunnableModule, TensorSignature, load_module
from dnnf_mlir.iree.statistics import ModuleStatistics

__all__ = [
    "CompiledBinary",
    "Inputs",
    "Invocation",
    "ModuleStatistics",
    "RunnableModule",
    "TensorSignature",
    "compile_module",
    "load_module",
]
