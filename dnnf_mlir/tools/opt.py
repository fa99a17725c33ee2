"""``dnnf-opt``: run passes over dnnf IR, for tests and for looking at single steps."""

import argparse
import sys
from collections.abc import Sequence

from dnnf_mlir.dialect_defs.module_io import module_text, parse_module, read_input, write_bytecode
from dnnf_mlir.passes.pipeline import Instrumentation, run_pipeline
from dnnf_mlir.passes.registry import PipelineStep, names, parse_pipeline
from dnnf_mlir.passes.simplify_algebra.listing import rules_as_json, rules_as_text
from dnnf_mlir.storage.output import check_writable, open_output

from .command_line import run_tool


class _AppendPass(argparse.Action):
    """Collects ``--dnnf-fuse-regions[=options]`` in the order of the command line."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[str] | None,
        option_string: str | None = None,
    ) -> None:
        name = (option_string or "").lstrip("-")
        options = f"{{{values}}}" if isinstance(values, str) and values else ""
        namespace.passes.append(f"{name}{options}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the command; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="dnnf-opt", description="Run passes over a module of the dnnf dialect: ours and MLIR's own."
    )
    parser.add_argument("input", nargs="?", default="-", help="MLIR text or bytecode, - for stdin (default)")
    parser.add_argument("-o", dest="output", default="-", metavar="FILE", help="result, - for stdout (default)")
    parser.add_argument(
        "--pass-pipeline", metavar="TEXT", help="as in mlir-opt: 'builtin.module(pass{option=value},...)'"
    )
    for name in names():
        parser.add_argument(f"--{name}", dest="passes", action=_AppendPass, metavar="[OPTIONS]", help=f"run {name}")
    parser.add_argument("--emit-bytecode", action="store_true", help="write MLIR bytecode instead of text")
    parser.add_argument("--mlir-print-debuginfo", action="store_true", help="print locations")
    parser.add_argument("--mlir-print-ir-after-all", action="store_true", help="print the IR after each pass on stderr")
    parser.add_argument("--mlir-timing", action="store_true", help="print how long each pass took on stderr")
    parser.add_argument("--list-rules", action="store_true", help="list the rules of simplify-algebra and stop")
    parser.add_argument("--json", metavar="FILE", help="with --list-rules: write them as JSON, - for stdout")
    parser.set_defaults(passes=[])
    options = parser.parse_args([_with_options(text) for text in (sys.argv[1:] if arguments is None else arguments)])
    if options.json is not None and not options.list_rules:
        parser.error("--json goes with --list-rules")
    return run_tool(lambda: _run(options))


def _with_options(argument: str) -> str:
    """``--dnnf-fuse-regions`` as ``--dnnf-fuse-regions=``: the next argument is the input, not its options."""
    return f"{argument}=" if argument.removeprefix("--") in names() else argument


def _list_rules(options: argparse.Namespace) -> None:
    text = rules_as_text() if options.json is None else rules_as_json() + "\n"
    with open_output(options.json or options.output) as file:
        file.write(text.encode())


def _run(options: argparse.Namespace) -> None:
    if options.list_rules:
        _list_rules(options)
        return
    check_writable(options.output)
    steps: list[PipelineStep] = []
    for text in [*([options.pass_pipeline] if options.pass_pipeline else []), *options.passes]:
        steps.extend(parse_pipeline(text))
    data, name = read_input(options.input, sys.stdin.buffer)
    module = parse_module(data, name)
    instrumentation = Instrumentation(options.mlir_print_ir_after_all, options.mlir_timing)
    run_pipeline(module, steps, instrumentation)
    with open_output(options.output) as file:
        if options.emit_bytecode:
            write_bytecode(module, file)
        else:
            file.write(module_text(module, locations=options.mlir_print_debuginfo).encode())


if __name__ == "__main__":
    sys.exit(main())
