"""Writes ``dnnf.irdl.mlir``, the dialect's definition for tools without Python: ``iree-opt --irdl-file=...``.

``python -m dnnf_mlir.dialect_defs.generate [--check]``; ``--check`` only compares and exits with 1 when it is stale.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from dnnf_mlir.bindings.mlir import ir

from . import Dnnf, create_context

PATH = Path(__file__).with_name("dnnf.irdl.mlir")

_HEADER = "// Generated from the operator classes by: python -m dnnf_mlir.dialect_defs.generate\n"


def definition() -> str:
    """The dialect as IRDL text."""
    with create_context(), ir.Location.unknown():
        return f"{_HEADER}{Dnnf._mlir_module}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m dnnf_mlir.dialect_defs.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="do not write; exit with 1 when the file is stale")
    options = parser.parse_args(arguments)
    text = definition()
    if not options.check:
        PATH.write_text(text)
    elif not PATH.exists() or PATH.read_text() != text:
        sys.stderr.write(f"{PATH} is stale; run: python -m dnnf_mlir.dialect_defs.generate\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
