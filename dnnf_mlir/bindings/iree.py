"""The only import of IREE's MLIR bindings: what the lowering builds is built with these.

They hold IREE's own view of ``linalg``/``vector`` plus ``flow``, ``util`` and ``iree_tensor_ext``; bytecode written
by other bindings can differ in version, bytecode written by these always loads in ``iree-compile``.
"""

from iree.compiler import ir
from iree.compiler.dialects import (
    affine,
    arith,
    cf,
    flow,
    func,
    hal,
    iree_tensor_ext,
    linalg,
    llvm,
    math,
    scf,
    tensor,
    util,
    vector,
)
from iree.compiler.extras import onnx_importer
from iree.compiler.passmanager import PassManager

__all__ = [
    "PassManager",
    "affine",
    "arith",
    "cf",
    "flow",
    "func",
    "hal",
    "ir",
    "iree_tensor_ext",
    "linalg",
    "llvm",
    "math",
    "onnx_importer",
    "scf",
    "tensor",
    "util",
    "vector",
]
