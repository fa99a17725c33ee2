"""What rewriting, fusion and the profile database contribute: each model with and without them, side by side.

    python -m benchmarks.ablation --json-dir measured -o benchmarks/ABLATION.md [MODEL...]

Each model is measured in a process of its own, which leaves one JSON file; the tables are made from all files in the
directory, so models can be measured one at a time. ``--profile-db`` adds compilation with a database that
``dnnf-profile`` has filled.
"""

import argparse
import concurrent.futures
import datetime
import itertools
import json
import math
import multiprocessing
import os
import platform
import shlex
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from benchmarks import models
from benchmarks.run import processor, write
from dnnf_mlir.bench.comparison import largest_error
from dnnf_mlir.bench.engines import OTHER_ENGINES, time_interleaved
from dnnf_mlir.bench.engines.session import Timing
from dnnf_mlir.bench.engines.stock_iree import count_kernels
from dnnf_mlir.compiled_model import CompiledModel
from dnnf_mlir.compiler import Compilation, compile_model
from dnnf_mlir.graph.ecg import Graph
from dnnf_mlir.iree import load_module
from dnnf_mlir.options import Options
from dnnf_mlir.verify.reference import evaluate_graph

PAPER_KERNELS = {
    "efficientnet_b0": 97,
    "vgg16": 17,
    "mobilenetv1_ssd": 71,
    "yolov4": 135,
    "c3d": 16,
    "s3d": 98,
    "unet": 82,
    "tinybert": 74,
    "distilbert": 109,
    "albert_base": 225,
    "bert_base": 216,
    "mobilebert": 510,
    "gpt2": 254,
}
"""Fused layers of DNNFusion (its Table 5), for the models of the benchmark that have no control flow."""

Record = dict[str, Any]


def measure(name: str, runs: int, profile_db: Path | None) -> Record:
    """Compiles the named model in all ways, and times the modules and ONNX Runtime in turns."""
    model = models.load(name)
    free = models.dynamic_dimensions(model)
    feeds = models.inputs(model, free)
    with tempfile.TemporaryDirectory(prefix="dnnf-ablation-") as directory:
        # Neither modules nor measurements of earlier runs count.
        os.environ["XDG_CACHE_HOME"] = directory
        path = Path(directory) / f"{name}.onnx"
        onnx.save(model, path)
        del model
        base = Options(dims=free, cache=False, profile_db=Path(directory) / "empty.sqlite", seed=False)
        ways = {
            "full": Options(**{**vars(base), "cache": True}),
            "unrewritten": Options(**{**vars(base), "simplify": False}),
            "unfused": Options(**{**vars(base), "fuse": False}),
        }
        if profile_db is not None:
            ways["measured"] = Options(**{**vars(base), "profile_db": profile_db})
        record: Record = {"model": name, "cpu_seconds": stage_seconds(path, ways.get("measured", base)), "ways": {}}
        record["stock_kernels"] = count_kernels(path, feeds)
        inputs = list(feeds.values())
        exact = evaluate_graph(_imported(path, base), inputs, float64=True)
        files: dict[str, Path] = {}
        modules: dict[str | None, str] = {}
        for way, options in ways.items():
            compiled, figures = _compile(path, options)
            figures["module"] = modules.setdefault(compiled.key, way)
            call = compiled.load().prepare(inputs)
            call()
            record["ways"][way] = figures | {"error": largest_error(exact, call.results())}
            if figures["module"] == way:
                files[way] = Path(directory) / f"{way}.vmfb"
                compiled.save(files[way])
            del call, compiled
        start = time.perf_counter()
        compile_model(path, ways["full"])
        record["second_compile_s"] = time.perf_counter() - start
        session = OTHER_ENGINES["onnxruntime"](path, feeds, 1)
        session.invoke()
        record["onnxruntime_error"] = largest_error(exact, session.results())
        # Compiling may use every core, timing must stay on one.
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        timings = time_loaded(files, inputs, {"onnxruntime": session.invoke}, runs)
        record["ways"]["onnxruntime"] = {"module": "onnxruntime"}
        for figures in record["ways"].values():
            figures |= vars(timings[figures["module"]])
    return record


LOADS = 4
"""How often modules are loaded anew: where their weights lie in memory makes a difference of a percent or two."""

_LEAST_S = 1.0
"""For how long a module runs after it was loaded: short ones more often than they are told to."""


def time_loaded(
    files: Mapping[str, Path], inputs: Sequence[np.ndarray], others: Mapping[str, Callable[[], object]], runs: int
) -> dict[str, Timing]:
    """Times modules and other calls in turns, the modules from LOADS copies of their files, one after the other."""
    found: dict[str, list[Timing]] = {}
    for _ in range(LOADS):
        with tempfile.TemporaryDirectory(prefix="dnnf-ablation-") as directory:
            copies = {name: Path(shutil.copy(path, directory)) for name, path in files.items()}
            calls = {name: load_module(path).prepare(inputs) for name, path in copies.items()}
            start = time.perf_counter()
            for call in calls.values():
                call()
            taken = (time.perf_counter() - start) / len(calls)
            count = max(1, runs // LOADS, int(_LEAST_S / taken))
            for name, timing in time_interleaved({**calls, **others}, count).items():
                found.setdefault(name, []).append(timing)
    return {
        name: Timing(min(t.min_ms for t in timings), statistics.median(t.median_ms for t in timings))
        for name, timings in found.items()
    }


def stage_seconds(path: Path, options: Options) -> dict[str, float]:
    """CPU seconds of our own stages, before iree-compile."""
    marks = [time.process_time()]
    compilation = Compilation(path, options)
    marks.append(time.process_time())
    compilation.simplify()
    marks.append(time.process_time())
    fused = compilation.fuse()
    marks.append(time.process_time())
    compilation.lower(fused)
    marks.append(time.process_time())
    names = ("import", "rewriting and layouts", "plan", "lowering")
    return {name: end - start for name, (start, end) in zip(names, itertools.pairwise(marks), strict=True)}


def _imported(path: Path, options: Options) -> Graph:
    return Compilation(path, options).imported


def _compile(path: Path, options: Options) -> tuple[CompiledModel, Record]:
    start = time.perf_counter()
    compiled = compile_model(path, options)
    seconds = time.perf_counter() - start
    compilation = Compilation(path, options)
    graph = compilation.graph(compilation.simplify())
    return compiled, {
        "compile_s": seconds,
        "operators": len(graph.nodes),
        "flops": sum(node.op.flops(node.signature) for node in graph.nodes),
        "bytes_unfused": compiled.plan["intermediate_bytes_before"],
        "bytes_fused": compiled.plan["intermediate_bytes_after"],
        "kernels": compiled.kernels,
    }


def rewriting_table(records: Sequence[Record]) -> str:
    """Each model without and with rewriting, both planned and compiled; the error is against double precision."""
    head = (
        "model", "operators", "GFLOPs", "intermediates before fusion, MB", "kernels", "time with / without",
        "error with / without", "rewriting, CPU s",
    )  # fmt: skip
    rows = []
    for record in records:
        without, full = record["ways"]["unrewritten"], record["ways"]["full"]
        rows.append(
            [
                record["model"],
                f"{without['operators']} → {full['operators']}",
                f"{without['flops'] / 1e9:.3f} → {full['flops'] / 1e9:.3f}",
                f"{without['bytes_unfused'] / 1e6:.1f} → {full['bytes_unfused'] / 1e6:.1f}",
                f"{without['kernels']} → {full['kernels']}",
                f"{full['min_ms'] / without['min_ms']:.2f} ({full['median_ms'] / without['median_ms']:.2f})",
                f"{full['error']:.1e} / {without['error']:.1e} = {full['error'] / without['error']:.2f}",
                f"{record['cpu_seconds']['rewriting and layouts']:.2f}",
            ]
        )
    return markdown(head, rows)


def kernel_table(records: Sequence[Record]) -> str:
    """Each model's kernels and intermediate bytes, next to the paper's and to stock IREE's kernels."""
    head = (
        "model", "kernels unfused", "kernels, analytic plan", "kernels, measured plan", "DNNFusion's", "stock IREE's",
        "intermediates, MB", "plan, CPU s",
    )  # fmt: skip
    rows = []
    for record in records:
        ways = record["ways"]
        full, best = ways["full"], ways.get("measured", ways["full"])
        stock = record["stock_kernels"]
        rows.append(
            [
                record["model"],
                str(ways["unfused"]["kernels"]),
                str(full["kernels"]),
                str(best["kernels"]) if "measured" in ways else "-",
                _quotient(best["kernels"], PAPER_KERNELS.get(record["model"])),
                _quotient(best["kernels"], stock),
                f"{full['bytes_unfused'] / 1e6:.1f} → {best['bytes_fused'] / 1e6:.1f}",
                f"{record['cpu_seconds']['plan']:.2f}",
            ]
        )
    known = [record for record in records if record["model"] in PAPER_KERNELS]
    sums = [sum(r["ways"].get(way, r["ways"]["full"])["kernels"] for r in known) for way in ("full", "measured")]
    paper = sum(PAPER_KERNELS[record["model"]] for record in known)
    rows.append(["sum", "", *map(str, sums), _quotient(sums[1], paper), "", "", ""])
    return markdown(head, rows)


def latency_table(records: Sequence[Record]) -> str:
    """Each model's latency with the measured plan, the analytic one and none, and how long compiling took."""
    head = (
        "model", "measured / analytic", "measured / unfused", "analytic / unfused", "measured / ONNX Runtime",
        "compiled in s: unfused, analytic, measured", "again", "again / analytic",
    )  # fmt: skip
    rows = []
    for record in records:
        ways = record["ways"]
        full, unfused, measured = ways["full"], ways["unfused"], ways.get("measured")
        best = measured or full
        compiled = [way["compile_s"] for way in (unfused, full, *([measured] if measured else []))]
        again = record["second_compile_s"]
        rows.append(
            [
                record["model"],
                _ratio(measured, full) if measured else "-",
                _ratio(measured, unfused) if measured else "-",
                _ratio(full, unfused),
                _ratio(best, ways["onnxruntime"]),
                ", ".join(f"{seconds:.1f}" for seconds in compiled),
                f"{again:.1f}",
                f"{again / full['compile_s']:.2f}",
            ]
        )
    return markdown(head, rows)


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def report(records: Sequence[Record], command: str) -> str:
    """The text of ABLATION.md."""
    ratios = [r["ways"]["full"]["min_ms"] / r["ways"]["onnxruntime"]["min_ms"] for r in records]
    mean = math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else math.nan
    return f"""# What each stage contributes

`{command}`

{datetime.date.today().isoformat()}, {processor()} ({platform.machine()}), 1 thread. Times are minima of
interleaved runs in one process (in brackets: medians), as ratios; below 1 is faster. Modules are loaded {LOADS} times,
each time from a new copy. Equal modules are timed once. In the same runs the full pipeline took {mean:.2f} of ONNX
Runtime's time (geometric mean).

## Rewriting

`without` is `--no-simplify`; everything else is alike. Errors are those of the outputs against an evaluation of the
imported model in double precision, relative to the largest magnitude.

{rewriting_table(records)}

## Fusion

`unfused` is `--no-fuse`: one kernel per operator, by the same code generators. The analytic plan uses no measurement,
the measured one a database filled by `dnnf-profile`. In brackets: the measured plan's kernels as a fraction of
DNNFusion's, and of stock IREE's (the fewest of its flag sets, whether or not it can compile them).

{kernel_table(records)}

`again` is a second compilation with a warm cache: the model's bytes are looked up.

{latency_table(records)}
"""


def _quotient(count: int, other: int | None) -> str:
    """Another count, and ours as a fraction of it."""
    return "-" if other is None else f"{other} ({count / other:.2f})"


def _ratio(figures: Record, base: Record) -> str:
    if figures["module"] == base["module"]:
        return "1 (same module)"
    return f"{figures['min_ms'] / base['min_ms']:.3f} ({figures['median_ms'] / base['median_ms']:.3f})"


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.ablation", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("models", nargs="*", metavar="MODEL", help="what to measure (default: those of the paper)")
    parser.add_argument("--json-dir", type=Path, required=True, help="the directory of the JSON files, kept")
    parser.add_argument("-o", "--output", type=Path, help="the Markdown file to write (default: stdout)")
    parser.add_argument("--profile-db", type=Path, help="a database filled by dnnf-profile on this machine")
    parser.add_argument("--runs", type=int, default=20, help="timed runs of each way at least (default: %(default)s)")
    parser.add_argument("--tables-only", action="store_true", help="measure nothing, print what was measured before")
    options = parser.parse_args(arguments)
    if unknown := sorted(set(options.models) - set(models.names())):
        parser.error(f"no model {', '.join(unknown)}; there are: {', '.join(models.names())}")
    options.json_dir.mkdir(parents=True, exist_ok=True)
    for name in () if options.tables_only else options.models or sorted(PAPER_KERNELS):
        context = multiprocessing.get_context("spawn")
        with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as process:
            record = process.submit(measure, name, options.runs, options.profile_db).result()
        (options.json_dir / f"{name}.json").write_text(json.dumps(record, indent=2))
        sys.stderr.write(f"{name} done\n")
    records = [json.loads(path.read_text()) for path in sorted(options.json_dir.glob("*.json"))]
    text = report(records, shlex.join(["python", "-m", "benchmarks.ablation", *(arguments or sys.argv[1:])]))
    write(text, options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
