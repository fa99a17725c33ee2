"""``dnnf-import-onnx model.onnx -o model.mlir``: an ONNX model in the dnnf dialect."""

import argparse
import sys
from collections.abc import Sequence

from dnnf_mlir.dialect_defs.module_io import module_text, write_bytecode
from dnnf_mlir.importer import import_onnx
from dnnf_mlir.storage.output import check_writable, open_output

from .command_line import add_elements_argument, add_model_arguments, model_source, run_tool


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="dnnf-import-onnx", description="Import an ONNX model into the dnnf dialect.")
    add_model_arguments(parser)
    add_elements_argument(parser)
    parser.add_argument("-o", dest="output", default="-", metavar="FILE", help="MLIR module, - for stdout (default)")
    parser.add_argument("--emit-bytecode", action="store_true", help="write MLIR bytecode instead of text")
    options = parser.parse_args(arguments)
    return run_tool(lambda: _import(options))


def _import(options: argparse.Namespace) -> None:
    check_writable(options.output)
    name = "<stdin>" if options.model == "-" else None
    module = import_onnx(model_source(options.model), dict(options.dim), name, dict(options.elements))
    with open_output(options.output) as file:
        if options.emit_bytecode:
            write_bytecode(module, file)
        else:
            file.write(module_text(module).encode())


if __name__ == "__main__":
    sys.exit(main())
