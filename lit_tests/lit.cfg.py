"""lit configuration: ``lit lit_tests``. Tools come from the environment of the Python that runs lit."""

import sys
from pathlib import Path

import lit.formats

root = Path(__file__).parent
scripts = Path(sys.executable).parent

suite = config  # noqa: F821  (lit defines it)
suite.name = "dnnf"
suite.test_format = lit.formats.ShTest(execute_external=False)
suite.suffixes = [".mlir", ".onnxtxt", ".test"]
suite.excludes = ["Inputs"]
suite.test_source_root = str(root)
suite.test_exec_root = str(root.parent / "build" / "lit_tests")
suite.environment["XDG_CACHE_HOME"] = str(root.parent / "build" / "cache")
suite.environment["PATH"] = f"{scripts}:{suite.environment['PATH']}"
suite.substitutions += [
    ("FileCheck", "filecheck"),
    ("%verify-diagnostics", f"{sys.executable} {root / 'verify_diagnostics.py'}"),
    ("%lower", f"{sys.executable} {root / 'lower.py'}"),
    ("%onnx-text", f"{sys.executable} {root / 'onnx_text.py'}"),
    ("%irdl", str(root.parent / "dialect_defs" / "dnnf.irdl.mlir")),
]
