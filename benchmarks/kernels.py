"""Measures the generated CPU kernels, each next to ONNX Runtime and to what the machine can do at most.

    python -m benchmarks.kernels [KIND...] [--json FILE] [-o benchmarks/KERNELS.md]

Each problem of benchmarks/anchors.json is one model with one operator. This project's model takes and gives channels
last, as its kernels do inside a model; the time is the call's without the time of calling a module that does next to
nothing. ONNX Runtime's model takes ONNX's order; the time is that of the operator alone in its profile, without the
reorderings around it. Both run in turns in one process on one core, several calls at a time.
"""

import argparse
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from math import exp, log
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from onnx import TensorProto, helper

import dnnf_mlir
from benchmarks.anchors import Anchor, load
from benchmarks.ceilings import Work, copy, multiply_adds
from benchmarks.run import heading, write
from dnnf_mlir.verify.difference import difference

# Calls in a row. Two results take turns in memory: those of the first calls are not in the caches.
_BURST = 6
_MOST_SECONDS = 5.0
_TOLERANCE = 1e-4

# What bounds a problem: the field of its record, and the unit in 1e9.
_CEILINGS = {
    "multiply-adds": ("ceiling_flops_per_second", "GFLOP/s"),
    "bytes": ("ceiling_bytes_per_second", "GB/s"),
}

Record = dict[str, Any]


def measure(anchor: Anchor, arithmetic: Work, empty: Callable[[], object], runs: int) -> Record:
    """One problem: both engines' times and the ceilings' in seconds, and the difference of the engines' results."""
    arrays = [array for position, array in enumerate(anchor.arrays()) if position not in anchor.constants]
    compiled = dnnf_mlir.compile(anchor.model(channels_last=True), verify=False)
    ours = compiled.load().prepare([np.moveaxis(a, 1, -1) if anchor.is_spatial else a for a in arrays])
    with _profiled(anchor) as (session, durations):
        feeds = {value.name: array for value, array in zip(session.get_inputs(), arrays, strict=True)}
        (expected,) = session.run(None, feeds)
        # What earlier problems left in the allocator would keep it from keeping this one's memory between calls.
        ours.transient_bytes()
        (found,) = ours.results()
        found = np.moveaxis(found, -1, 1) if anchor.is_spatial else found
        bytes_moved = copy(anchor.bytes)
        calls: Sequence[Callable[[], object]] = (ours, empty, arithmetic.call, bytes_moved.call)
        turns: list[list[float]] = [[] for _ in calls]
        begin = time.perf_counter()
        for _ in range(runs):
            for times, call in zip(turns, calls, strict=True):
                times += [_timed(call) for _ in range(_BURST)]
            for _ in range(_BURST):
                session.run(None, feeds)
            if time.perf_counter() - begin > _MOST_SECONDS:
                break
    theirs = durations()
    mine, nothing, adding, copying = turns
    seconds = [max(1e-9, point(mine) - point(nothing)) for point in (min, statistics.median)]
    flops_per_second, bytes_per_second = arithmetic.amount / min(adding), bytes_moved.amount / min(copying)
    least, bound = max((anchor.flops / flops_per_second, "multiply-adds"), (anchor.bytes / bytes_per_second, "bytes"))
    return {
        "kind": anchor.kind,
        "shapes": " ".join("x".join(map(str, shape)) for shape in anchor.inputs),
        "models": sorted(anchor.models),
        "kernels": compiled.kernels,
        "flops": anchor.flops,
        "bytes": anchor.bytes,
        "bound": bound,
        "least_s": least,
        "ceiling_flops_per_second": flops_per_second,
        "ceiling_bytes_per_second": bytes_per_second,
        "min_s": seconds[0],
        "median_s": seconds[1],
        "onnxruntime_min_s": min(theirs),
        "onnxruntime_median_s": statistics.median(theirs),
        "relative_difference": difference(expected, found),
    }


@contextlib.contextmanager
def _profiled(anchor: Anchor) -> Iterator[tuple[onnxruntime.InferenceSession, Callable[[], list[float]]]]:
    """ONNX Runtime with the problem, and the operator's seconds in every run, to be asked for at the end."""
    with tempfile.TemporaryDirectory(prefix="dnnf-kernels-") as directory:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_profiling = True
        options.profile_file_prefix = f"{directory}/profile"
        model = anchor.model(channels_last=False).SerializeToString()
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        events: list[Record] = []

        def durations() -> list[float]:
            nodes: dict[str, list[float]] = {}
            for event in events:
                if event["cat"] == "Node" and event["name"].endswith("_kernel_time"):
                    moved = event["args"]["op_name"] in ("ReorderInput", "ReorderOutput", "Transpose")
                    nodes.setdefault(event["name"], []).append(0.0 if moved else event["dur"] * 1e-6)
            return [sum(run) for run in zip(*nodes.values(), strict=True)][1:]

        yield session, durations
        events += json.loads(Path(session.end_profiling()).read_text())


def _timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _nearly_empty() -> Callable[[], object]:
    """A module of one addition: what every call costs."""
    info = [helper.make_tensor_value_info(name, TensorProto.FLOAT, (1,)) for name in "xy"]
    graph = helper.make_graph([helper.make_node("Add", ["x", "x"], ["y"])], "empty", info[:1], info[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    return dnnf_mlir.compile(model, verify=False).load().prepare([np.ones(1, np.float32)])


def report(records: Sequence[Record], command: str) -> str:
    """The text of KERNELS.md."""
    lines = [
        "| anchor | shapes | us | GFLOP/s | GB/s | bound by | ceiling | of the ceiling | / ONNX Runtime | median |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for record in records:
        seconds, ratio = record["min_s"], record["min_s"] / record["onnxruntime_min_s"]
        ceiling, unit = _CEILINGS[record["bound"]]
        lines.append(
            f"| {record['kind']} | {record['shapes']} | {seconds * 1e6:.0f} | "
            f"{record['flops'] / seconds / 1e9:.1f} | {record['bytes'] / seconds / 1e9:.1f} | {record['bound']} | "
            f"{record[ceiling] / 1e9:.0f} {unit} | {record['least_s'] / seconds:.0%} | {ratio:.2f} | "
            f"{record['median_s'] / record['onnxruntime_median_s']:.2f} |"
        )
    ratios = [record["min_s"] / record["onnxruntime_min_s"] for record in records]
    mean = exp(sum(map(log, ratios)) / len(ratios))
    text = f"""# Kernels

`{command}`

{heading(1)}

Two ceilings of one core are measured: multiply-adds in registers only, and a copy of as many bytes as the problem reads
and writes (every tensor once). They are measured in turns with every problem, since a machine's clock and its share of
the caches change. The larger of the two is the least possible time; the table gives its share of the measured time. The
share can pass 100 %: Winograd's algorithm and windows in the padding need fewer multiply-adds than are counted here.

A ratio below 1 means that the kernel is faster than ONNX Runtime's operator. Both times are minima; the last column is
the ratio of the medians. `python -m benchmarks.anchors` collects the problems: those with most work in the benchmark's
models.

{chr(10).join(lines)}
| geometric mean | | | | | | | | {mean:.2f} | |
"""
    return text


def main(arguments: list[str] | None = None) -> int:
    """The command; exit code 1 if results differ."""
    kinds = sorted({anchor.kind for anchor in load()})
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.kernels", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"what to measure (default: all): {', '.join(kinds)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the figures as JSON")
    parser.add_argument("-o", "--output", type=Path, help="the Markdown file to write (default: stdout)")
    parser.add_argument("--runs", type=int, default=10, help="turns of both engines (default: %(default)s)")
    parser.add_argument("--cpu", type=int, default=os.cpu_count() or 1, help="the core to stay on, from 1")
    options = parser.parse_args(arguments)
    if unknown := sorted(set(options.kinds) - set(kinds)):
        parser.error(f"no anchor {', '.join(unknown)}; there are: {', '.join(kinds)}")
    os.sched_setaffinity(0, {options.cpu - 1})
    arithmetic, empty = multiply_adds(), _nearly_empty()
    records = []
    for anchor in load(options.kinds):
        records.append(measure(anchor, arithmetic, empty, options.runs))
        sys.stderr.write(f"{anchor.kind} {records[-1]['shapes']}\n")
    if options.json:
        options.json.write_text(json.dumps(records, indent=1) + "\n")
    given = " ".join(f"'{kind}'" for kind in options.kinds)
    text = report(records, f"python -m benchmarks.kernels {given}".strip())
    write(text, options.output)
    wrong = [record for record in records if record["relative_difference"] > _TOLERANCE]
    for record in wrong:
        sys.stderr.write(f"{record['kind']} {record['shapes']} differs: {record['relative_difference']:.1e}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
