"""The only import of the bindings that have IRDL: torch_mlir's, or upstream ``mlir`` where that is installed.

The ``dnnf`` dialect lives in these bindings; everything that IREE compiles is built in :mod:`dnnf_mlir.bindings.iree`.
"""

import sys
from types import ModuleType

from torch_mlir import ir, rewrite
from torch_mlir.dialects import ext, func
from torch_mlir.passmanager import PassManager

__all__ = ["PassManager", "ext", "func", "ir", "rewrite"]

# For each operator that they meet the bindings import a module named after its dialect, and do not remember that there
# is none: two fifths of the time that rewriting MobileBERT took.
_DIALECT = f"{func.__name__.rpartition('.')[0]}.dnnf"
sys.modules.setdefault(_DIALECT, ModuleType(_DIALECT))
