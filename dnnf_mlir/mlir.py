"""The only import of the bindings that have IRDL: torch_mlir's, or upstream ``mlir`` where that is installed.

The ``dnnf`` dialect lives in these bindings; everything that IREE compiles is built in :mod:`dnnf_mlir.iree_ir`.
"""

from torch_mlir import ir, rewrite
from torch_mlir.dialects import ext, func
from torch_mlir.passmanager import PassManager

__all__ = ["PassManager", "ext", "func", "ir", "rewrite"]
