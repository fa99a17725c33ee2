"""``dnnf-benchmark model.onnx``: compiles for this machine, compares outputs, times all engines in turns."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from dnnf_mlir.bench.comparison import REFERENCE, benchmark, random_feeds
from dnnf_mlir.bench.engines import OTHER_ENGINES
from dnnf_mlir.errors import InvalidModelError, RunError
from dnnf_mlir.options import Options
from dnnf_mlir.storage.output import check_writable, open_output

from .command_line import add_model_arguments, run_tool, split_iree_flags


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the command; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="dnnf-benchmark",
        description="Compile a model for this machine, compare its outputs with ONNX Runtime's, time both in turns.",
        epilog="Pin the process to an idle core (taskset -c 0 dnnf-benchmark ...) and read the ratios.",
    )
    add_model_arguments(parser)
    parser.add_argument(
        "--against",
        default=REFERENCE,
        metavar="LIST",
        help=f"engines to compare with, separated by commas: {', '.join(OTHER_ENGINES)} (default: {REFERENCE})",
    )
    parser.add_argument("--threads", type=_positive, default=1, metavar="N")
    parser.add_argument("--runs", type=_positive, default=20, metavar="N", help="runs of each engine (default: 20)")
    parser.add_argument("--inputs", metavar="FILE", help="inputs by name as .npz (default: random)")
    parser.add_argument("--json", metavar="FILE", help="write the figures as JSON")
    parser.add_argument("--no-simplify", action="store_true", help="skip rewriting")
    parser.add_argument("--no-fuse", action="store_true", help="one kernel per operator")
    ours, iree_flags = split_iree_flags(sys.argv[1:] if arguments is None else arguments)
    options = parser.parse_args(ours)
    unknown = set(options.against.split(",")) - set(OTHER_ENGINES)
    if unknown:
        parser.error(f"unknown engine {', '.join(sorted(unknown))}; known: {', '.join(OTHER_ENGINES)}")
    return run_tool(lambda: _benchmark(options, iree_flags))


def _benchmark(options: argparse.Namespace, iree_flags: Sequence[str]) -> None:
    if options.json:
        check_writable(options.json)
    model = Path(options.model)
    if not model.is_file():
        raise InvalidModelError(f"{model}: no such file")
    dims = dict(options.dim)
    report = benchmark(
        model,
        _load_inputs(options.inputs) if options.inputs else random_feeds(model, dims),
        against=options.against.split(","),
        threads=options.threads,
        runs=options.runs,
        options=Options(
            cache=False, dims=dims, simplify=not options.no_simplify, fuse=not options.no_fuse, iree_flags=iree_flags
        ),
    )
    if options.json:
        with open_output(options.json) as file:
            file.write(json.dumps(report, indent=2).encode() + b"\n")
    print_report(report, Console(width=None if sys.stdout.isatty() else 120))


def print_report(report: dict[str, Any], console: Console) -> None:
    """The figures as a table: kernels, error, times and ratios."""
    error = report["max_relative_error"]
    console.print(
        f"{report['model']} on {report['target']}, {report['threads']} thread(s): "
        f"{report['operators']} operators -> {report['kernels']} kernels; largest difference from ONNX Runtime "
        + ("not compared" if error is None else f"{error:.1e} of the largest output")
    )
    table = Table("engine", "kernels", "min ms", "median ms", "compile s", "our time / theirs")
    for name, figures in report["engines"].items():
        if "error" in figures:
            table.add_row(name, "", "", "", "", "failed: " + figures["error"].splitlines()[0])
            continue
        kernels = report["kernels"] if name == "dnnf" else figures.get("kernels", "")
        ratio = report["ratio"].get(name)
        table.add_row(
            name,
            str(kernels),
            f"{figures['min_ms']:.2f}",
            f"{figures['median_ms']:.2f}",
            f"{figures['compile_s']:.1f}",
            "" if ratio is None else f"{ratio:.2f}",
        )
    console.print(table)


def _load_inputs(path: str) -> dict[str, np.ndarray]:
    try:
        with np.load(path) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError) as error:
        raise RunError(f"{os.fspath(path)}: no .npz file of inputs: {error}") from None


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"'{text}' is not a positive number")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
