"""``python -m dnnf_mlir.backend --report``: passed, failed and excluded cases of ONNX's backend tests."""

import argparse
import functools
import json
import os
import re
import sys
import unittest
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dnnf_mlir.conformance.cases import Case, load_cases, spread
from dnnf_mlir.conformance.pool import run_jobs

CASE_LIMIT_S = 150.0
"""Time limit of one case, in seconds: more than one run of iree-compile may be needed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when every case passed, 1 when one failed, 2 for wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m dnnf_mlir.backend", description=__doc__)
    parser.add_argument("--report", action="store_true", required=True, help="run the tests and count")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report")
    parser.add_argument("--filter", type=re.compile, metavar="REGEX", help="only cases whose name matches")
    parser.add_argument("--sample", type=int, metavar="N", help="only N cases, evenly spread")
    parser.add_argument("--jobs", type=int, metavar="N", default=os.cpu_count() or 1, help="worker processes")
    given = parser.parse_args(arguments)
    cases = [case for case in load_cases() if given.filter is None or given.filter.search(case.name)]
    if given.sample is not None:
        cases = spread(cases, given.sample)
    report = run_cases(cases, given.jobs, progress=sys.stderr.isatty())
    if given.json is not None:
        given.json.write_text(json.dumps(report, indent=2) + "\n")
    sys.stdout.write(summary(report))
    return 1 if report["failures"] else 0


def run_cases(cases: Sequence[Case], jobs: int, *, progress: bool = False) -> dict[str, Any]:
    """``{"node": {"passed", "failed", "excluded"}, "other": {...}, "failures": [...], "exclusions": [...]}``."""
    run = [case for case in cases if case.excluded is None]
    failures = []
    for done, (number, problem) in enumerate(
        run_jobs([functools.partial(run_case, case) for case in run], jobs, CASE_LIMIT_S), 1
    ):
        if problem is not None:
            failures.append({"name": run[number].name, "group": run[number].group, "reason": problem})
        if progress:
            sys.stderr.write(f"\r{done}/{len(run)} cases, {len(failures)} failed")
    failures.sort(key=lambda failure: (failure["group"], failure["name"]))
    failed = Counter(failure["group"] for failure in failures)
    excluded = Counter(case.group for case in cases if case.excluded is not None)
    total = Counter(case.group for case in cases)
    counts = {
        group: {
            "passed": total[group] - failed[group] - excluded[group],
            "failed": failed[group],
            "excluded": excluded[group],
        }
        for group in ("node", "other")
    }
    exclusions = [
        {"name": case.name, "group": case.group, "reason": case.excluded} for case in cases if case.excluded is not None
    ]
    return {**counts, "failures": failures, "exclusions": exclusions}


def run_case(case: Case) -> str | None:
    """Runs one case; None when it passed, else the first lines of what went wrong."""
    result = unittest.TestResult()
    case.test.run(result)
    problems = [text for _, text in (*result.failures, *result.errors)]
    if problems:
        return _message(problems[0])
    return f"skipped: {result.skipped[0][1]}" if result.skipped else None


def summary(report: dict[str, Any]) -> str:
    """The counts, and the failures grouped by what went wrong."""
    lines = [
        f"{group}: " + ", ".join(f"{count} {what}" for what, count in report[group].items())
        for group in ("node", "other")
    ]
    causes: dict[str, list[str]] = {}
    for failure in report["failures"]:
        causes.setdefault(_cause(failure["reason"]), []).append(failure["name"])
    for cause, names in sorted(causes.items(), key=lambda item: -len(item[1])):
        shown = " ".join(name.removeprefix("test_") for name in names[:8])
        lines.append(f"{len(names):4} {cause}\n       {shown}{' ...' if len(names) > 8 else ''}")
    return "\n".join(lines) + "\n"


def _message(text: str, limit: int = 1000) -> str:
    """The exception at the end of a traceback."""
    lines = text.rstrip().splitlines()
    start = max((i for i, line in enumerate(lines) if line.startswith(("  ", "Traceback"))), default=-1)
    ends = [i for i, line in enumerate(lines) if re.match(r"[\w.]+(Error|Exception|Exit)\b", line)]
    start = ends[0] if ends else start + 1
    return "\n".join(lines[start:])[:limit]


def _cause(reason: str) -> str:
    """The message without what differs from case to case."""
    first = " ".join(reason.split("\n", 2)[:2])
    first = re.sub(r"'[^']*'|\"[^\"]*\"|%\w+|/\S+", "*", first)
    return re.sub(r"\d+(\.\d+)?(e[+-]?\d+)?", "#", first)[:160]
