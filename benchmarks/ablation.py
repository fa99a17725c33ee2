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
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import onnx

from benchmarks import models
from benchmarks.run import processor
from dnnf_mlir.benchmarking import largest_error
from dnnf_mlir.compiled_model import CompiledModel
from dnnf_mlir.compiler import Compilation, compile_model
from dnnf_mlir.ecg import Graph
from dnnf_mlir.engines import OTHER_ENGINES, time_interleaved
from dnnf_mlir.options import Options
from dnnf_mlir.reference import evaluate_graph

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
    free = models.free_dimensions(model)
    feeds = models.inputs(model, free)
    with tempfile.TemporaryDirectory(prefix="dnnf-ablation-") as directory:
        # Neither modules nor measurements of earlier runs count.
        os.environ["XDG_CACHE_HOME"] = directory
        path = Path(directory) / f"{name}.onnx"
        onnx.save(model, path)
        del model
        base = Options(dims=free, cache=False, profile_db=Path(directory) / "empty.sqlite")
        ways = {
            "full": Options(**{**vars(base), "cache": True}),
            "unrewritten": Options(**{**vars(base), "simplify": False}),
            "unfused": Options(**{**vars(base), "fuse": False}),
        }
        if profile_db is not None:
            ways["measured"] = Options(**{**vars(base), "profile_db": profile_db})
        record: Record = {"model": name, "cpu_seconds": stage_seconds(path, base), "ways": {}}
        inputs = list(feeds.values())
        exact = evaluate_graph(_imported(path, base), inputs, float64=True)
        calls: dict[str, Callable[[], object]] = {}
        for way, options in ways.items():
            compiled, figures = _compile(path, options)
            call = compiled.load().prepare(inputs)
            call()
            record["ways"][way] = figures | {"error": largest_error(exact, call.results())}
            calls[way] = call
        start = time.perf_counter()
        compile_model(path, ways["full"])
        record["second_compile_s"] = time.perf_counter() - start
        session = OTHER_ENGINES["onnxruntime"](path, feeds, 1)
        calls["onnxruntime"] = session.invoke
        session.invoke()
        record["onnxruntime_error"] = largest_error(exact, session.results())
        # Compiling may use every core, timing must stay on one.
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        for way, timing in time_interleaved(calls, runs).items():
            record["ways"].setdefault(way, {}).update(vars(timing))
    return record


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
    compilation = Compilation(path, options)
    return compilation.graph(compilation.module)


def _compile(path: Path, options: Options) -> tuple[CompiledModel, Record]:
    start = time.perf_counter()
    compiled = compile_model(path, options)
    seconds = time.perf_counter() - start
    graph = compiled.compilation.graph(compiled.compilation.module)
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


def fusion_table(records: Sequence[Record]) -> str:
    """Each model's plan: kernels next to the paper's, intermediate bytes, latencies and compile times."""
    head = (
        "model", "kernels unfused", "kernels", "DNNFusion's", "intermediates, MB", "time / unfused",
        "time / ONNX Runtime", "measured plan: kernels", "time / analytic plan",
        "compiled in s: unfused, analytic, measured, again", "plan, CPU s",
    )  # fmt: skip
    rows = []
    for record in records:
        ways = record["ways"]
        full, unfused, measured = ways["full"], ways["unfused"], ways.get("measured")
        rows.append(
            [
                record["model"],
                str(unfused["kernels"]),
                str(full["kernels"]),
                str(PAPER_KERNELS.get(record["model"], "-")),
                f"{full['bytes_unfused'] / 1e6:.1f} → {full['bytes_fused'] / 1e6:.1f}",
                _ratio(full, unfused),
                _ratio(full, ways["onnxruntime"]),
                str(measured["kernels"]) if measured else "-",
                _ratio(measured, full) if measured else "-",
                ", ".join(
                    f"{seconds:.1f}"
                    for seconds in (
                        unfused["compile_s"],
                        full["compile_s"],
                        *([measured["compile_s"]] if measured else []),
                        record["second_compile_s"],
                    )
                ),
                f"{record['cpu_seconds']['plan']:.2f}",
            ]
        )
    known = [record for record in records if record["model"] in PAPER_KERNELS]
    ours = sum(record["ways"]["full"]["kernels"] for record in known)
    paper = sum(PAPER_KERNELS[record["model"]] for record in known)
    rows.append(["sum", "", str(ours), f"{paper} ({ours / max(paper, 1):.2f})", *[""] * 7])
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

{datetime.date.today().isoformat()}, {processor()} ({platform.machine()}), 1 thread. Times are minima (in brackets:
medians) of interleaved runs in one process, as ratios; below 1 is faster. In the same runs the full pipeline took
{mean:.2f} of ONNX Runtime's time (geometric mean).

## Rewriting

Both columns are planned, lowered and compiled alike; `without` is `--no-simplify`. Errors are the outputs' against an
evaluation of the imported model in double precision, relative to the largest magnitude.

{rewriting_table(records)}

## Fusion

`unfused` is `--no-fuse`: one kernel per operator, by the same code generators. The analytic plan uses no measurement,
the measured one a database filled by `dnnf-profile`. `again` is a second compilation with a warm cache.

{fusion_table(records)}
"""


def _ratio(figures: Record, base: Record) -> str:
    return f"{figures['min_ms'] / base['min_ms']:.2f} ({figures['median_ms'] / base['median_ms']:.2f})"


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.ablation", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("models", nargs="*", metavar="MODEL", help="what to measure (default: those of the paper)")
    parser.add_argument("--json-dir", type=Path, required=True, help="the directory of the JSON files, kept")
    parser.add_argument("-o", "--output", type=Path, help="the Markdown file to write (default: stdout)")
    parser.add_argument("--profile-db", type=Path, help="a database filled by dnnf-profile on this machine")
    parser.add_argument("--runs", type=int, default=20, help="timed runs of each way (default: %(default)s)")
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
    if options.output is None:
        sys.stdout.write(text)
    else:
        options.output.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
