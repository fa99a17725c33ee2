"""Measures the benchmark's models side by side with other engines and writes the table of RESULTS.md.

    python -m benchmarks.run --json-dir measured -o benchmarks/RESULTS.md [MODEL...]

Each model runs in a process of its own (``dnnf-benchmark``), which leaves one JSON file; the table is made from all
files in the directory, so models can be measured one at a time. The two R-CNNs are measured only where they are named:
stock IREE does not compile them, and takes long to say so.
"""

import argparse
import datetime
import importlib.metadata
import json
import math
import os
import platform
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from benchmarks import models

# The two detectors take minutes; the dynamic models leave sizes free.
STATIC_MODELS = tuple(name for name in models.names() if "_rcnn_" not in name and "_dynamic" not in name)
_NAMES = {"onnxruntime": "ONNX Runtime", "iree": "stock IREE"}
_ENGINES = tuple(_NAMES)

Record = dict[str, Any]


def measure(name: str, json_path: Path, threads: int, runs: int, against: str) -> bool:
    """Runs ``dnnf-benchmark`` on the named model; whether it succeeded (its messages go to stderr)."""
    with tempfile.TemporaryDirectory(prefix="dnnf-benchmark-") as directory:
        path = Path(directory) / f"{name}.onnx"
        model = models.load(name)
        onnx.save(model, path)
        free = models.dynamic_dimensions(model)
        feeds = Path(directory) / "inputs.npz"
        np.savez(feeds, **models.inputs(model, free))  # type: ignore[arg-type]
        dims = [f"--dim={dimension}={size}" for dimension, size in free.items()]
        del model
        command = [sys.executable, "-m", "dnnf_mlir.tools.benchmark", str(path), *dims, f"--threads={threads}"]
        command.append(f"--inputs={feeds}")
        command += [f"--against={against}", f"--runs={runs}", f"--json={json_path}"]
        # What was compiled or measured before does not count.
        environment = {**os.environ, "XDG_CACHE_HOME": directory}
        return subprocess.run(command, stdout=sys.stderr, env=environment, check=False).returncode == 0


def table(records: Sequence[Record]) -> str:
    """A Markdown table, one line a model, and the geometric mean of the ratios."""
    stock_too = any("iree" in record["engines"] for record in records)
    engines = [
        (engine, name)
        for engine, name in _NAMES.items()
        if any(engine in {**r["engines"], **r["ratio"]} for r in records)
    ]
    head = ["model", "kernels", *(["stock IREE's"] if stock_too else []), "ms"]
    head += [*(f"/ {name}" for _, name in engines), "largest error", "compiled in s"]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for record in records:
        ours = record["engines"]["dnnf"]
        stock = record["engines"].get("iree", {})
        stock_kernels = "does not compile" if "error" in stock else str(stock.get("kernels", ""))
        cells = [
            Path(str(record["model"])).stem,
            str(record["kernels"]),
            *([stock_kernels] if stock_too else []),
            f"{ours['min_ms']:.2f}",
            *(_ratio(record, engine) for engine, _ in engines),
            f"{record['max_relative_error']:.1e}",
            f"{ours['compile_s']:.0f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    means = [_geometric_mean([r["ratio"][engine] for r in records if r["ratio"].get(engine)]) for engine, _ in engines]
    unused = " |" * (len(head) - len(means) - 3)
    lines.append(f"| geometric mean |{unused} {' | '.join(means)} | | |")
    return "\n".join(lines)


def report(records: Sequence[Record], command: str) -> str:
    """The text of RESULTS.md: what was measured, where, with which versions, and the table."""
    threads = ", ".join(sorted({str(record["threads"]) for record in records}))
    return f"""# Results

`{command}`

{heading(threads)}

Latency is the minimum of interleaved runs in one process. A ratio below 1 means that `dnnf_mlir` is faster. Stock IREE
is the fastest of O2 and O3, each with data tiling and with data tiling and im2col. The largest error is against ONNX
Runtime, relative to each output's largest magnitude. Kernels are dispatches of the main function by IREE's own
statistics.

{table(records)}
"""


def write(text: str, output: Path | None) -> None:
    """Writes a report to the file, or prints it."""
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text)


def heading(threads: object) -> str:
    """When, where, with how many threads and which versions something was measured."""
    packages = ("dnnf-mlir", "iree-base-compiler", "onnxruntime")
    versions = ", ".join(f"{package} {importlib.metadata.version(package)}" for package in packages)
    return f"{datetime.date.today().isoformat()}, {processor()}, {threads} thread(s), {versions}."


def _ratio(record: Record, engine: str) -> str:
    ratio = record["ratio"].get(engine)
    return f"{ratio:.2f}" if ratio else "-"


def _geometric_mean(values: Sequence[float]) -> str:
    return f"{math.exp(sum(map(math.log, values)) / len(values)):.2f}" if values else "-"


def processor() -> str:
    """The model of this machine's CPU."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def main(arguments: list[str] | None = None) -> int:
    """The command; exit code 1 if a model failed, after the others were measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("models", nargs="*", metavar="MODEL", help="what to measure (default: all static models)")
    parser.add_argument("--json-dir", type=Path, required=True, help="the directory of the JSON files, kept")
    parser.add_argument("-o", "--output", type=Path, help="the Markdown file to write (default: stdout)")
    parser.add_argument("--threads", type=int, default=1, help="threads of every engine (default: %(default)s)")
    parser.add_argument("--against", default=",".join(_ENGINES), help="engines to compare with (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=40, help="timed runs of each engine (default: %(default)s)")
    options = parser.parse_args(arguments)
    if unknown := sorted(set(options.models) - set(models.names())):
        parser.error(f"no model {', '.join(unknown)}; there are: {', '.join(models.names())}")
    options.json_dir.mkdir(parents=True, exist_ok=True)
    failed = [
        name
        for name in options.models or STATIC_MODELS
        if not measure(name, options.json_dir / f"{name}.json", options.threads, options.runs, options.against)
    ]
    records = [json.loads(path.read_text()) for path in sorted(options.json_dir.glob("*.json"))]
    text = report(records, shlex.join(["python", "-m", "benchmarks.run", *(arguments or sys.argv[1:])]))
    write(text, options.output)
    if failed:
        sys.stderr.write(f"failed: {', '.join(failed)}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
