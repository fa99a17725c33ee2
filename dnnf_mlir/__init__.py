"""DNNFusion as an MLIR dialect and pass pipeline: ONNX models to few, fast IREE kernels."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import DnnfError
from .targets import Target

if TYPE_CHECKING:
    from .compiled_model import CompiledModel
    from .compiler import compile
    from .importer import import_onnx
    from .session import Session, load

__all__ = ["CompiledModel", "DnnfError", "Session", "Target", "compile", "import_onnx", "load"]

_FOLDER = Path(__file__).parent
if not (_FOLDER / "passes").is_dir():
    # A checkout: dialect_defs and passes lie beside this folder, which shadows an installed package of the same name.
    __path__.append(str(_FOLDER.parent))

_LAZY = {
    "CompiledModel": "compiled_model",
    "Session": "session",
    "compile": "compiler",
    "import_onnx": "importer",
    "load": "session",
}


def __getattr__(name: str) -> Any:
    """Loads the compiler, and MLIR with it, when it is first asked for."""
    if name not in _LAZY:
        raise AttributeError(f"module 'dnnf_mlir' has no attribute '{name}'")
    from importlib import import_module  # noqa: PLC0415  (as lazy as the rest)

    return getattr(import_module(f".{_LAZY[name]}", __name__), name)
