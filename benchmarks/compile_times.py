"""How long models take to compile, and how much memory a call needs, next to stock IREE.

    python -m benchmarks.compile_times -o benchmarks/COMPILE_TIMES.md [MODEL...]

Both start from the ONNX file with empty caches, one after the other, with all cores of the machine. Stock IREE's time
is its importer's and iree-compile's with the first of its flag sets that compiles the model.
"""

import argparse
import os
import shlex
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import onnx

import dnnf_mlir
from benchmarks import models
from benchmarks.run import STATIC_MODELS, heading, write
from dnnf_mlir.bench.engines import stock_iree
from dnnf_mlir.iree import load_module

_TIME_LIMIT_S = 300.0


@dataclass(frozen=True)
class Row:
    """One model: seconds and bytes, None where stock IREE cannot compile it."""

    model: str
    seconds: float
    stock_seconds: float | None
    transient: int | None
    stock_transient: int | None


def measure(name: str) -> Row:
    """Compiles the named model with both compilers."""
    with tempfile.TemporaryDirectory(prefix="dnnf-compile-times-") as directory:
        path = Path(directory) / f"{name}.onnx"
        model = models.load(name)
        onnx.save(model, path)
        free = models.dynamic_dimensions(model)
        feeds = models.inputs(model, free)
        del model
        start = time.perf_counter()
        compiled = dnnf_mlir.compile(path, dims=free)
        seconds = time.perf_counter() - start
        transient = compiled.load().prepare(list(feeds.values())).transient_bytes()
        stock = stock_iree.compile_first(path, feeds, Path(directory) / "stock.vmfb", time_limit_s=_TIME_LIMIT_S)
        if stock is None:
            return Row(name, seconds, None, transient, None)
        module = load_module(stock.vmfb).prepare(list(feeds.values()))
        return Row(name, seconds, stock.compile_s, transient, module.transient_bytes())


def table(rows: Sequence[Row]) -> str:
    """A Markdown table, one line a model."""
    lines = [
        "| model | compiled in s | stock IREE | ratio | transient MB | stock IREE | ratio |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        cells = [row.model, f"{row.seconds:.1f}", *_beside(row.seconds, row.stock_seconds, 1)]
        memory = None if row.transient is None else row.transient / 1e6
        stock_memory = None if row.stock_transient is None else row.stock_transient / 1e6
        cells += ["-" if memory is None else f"{memory:.2f}", *_beside(memory, stock_memory, 2)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _beside(ours: float | None, stock: float | None, digits: int) -> list[str]:
    if ours is None or stock is None:
        return ["does not compile" if stock is None else f"{stock:.{digits}f}", "-"]
    return [f"{stock:.{digits}f}", f"{ours / stock:.2f}"]


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.compile_times", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("models", nargs="*", metavar="MODEL", help="what to compile (default: all static models)")
    parser.add_argument("-o", "--output", type=Path, help="the Markdown file to write (default: stdout)")
    options = parser.parse_args(arguments)
    if unknown := sorted(set(options.models) - set(models.names())):
        parser.error(f"no model {', '.join(unknown)}; there are: {', '.join(models.names())}")
    rows = []
    for name in options.models or STATIC_MODELS:
        with tempfile.TemporaryDirectory(prefix="dnnf-compile-times-") as cache:
            os.environ["XDG_CACHE_HOME"] = cache
            rows.append(measure(name))
        sys.stderr.write(f"{table(rows[-1:]).splitlines()[-1]}\n")
    command = shlex.join(["python", "-m", "benchmarks.compile_times", *(arguments or sys.argv[1:])])
    text = f"""# Compile times

`{command}`

{heading(os.cpu_count())}

Both start from the ONNX file with empty caches, one after the other; all cores are theirs. Stock IREE's time is its
importer's and iree-compile's with the first of its flag sets that compiles the model. Transient memory is what one call
takes beside weights, inputs and results at its peak.

{table(rows)}
"""
    write(text, options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
