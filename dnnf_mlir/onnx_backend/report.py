"""``python -m dnnf_mlir.backend --report``: passed, failed and excluded cases of ONNX's backend tests."""

import argparse
import functools
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dnnf_mlir.onnx_backend.cases import Case, CaseResult, load_cases, run_case, spread
from dnnf_mlir.onnx_backend.pool import Lost, run_jobs
from dnnf_mlir.onnx_backend.support import support_page

CASE_LIMIT_S = 150.0
"""Time limit of one case, in seconds: more than one run of iree-compile may be needed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when every case passed, 1 when one failed, 2 for wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m dnnf_mlir.backend", description=__doc__)
    parser.add_argument("--report", action="store_true", required=True, help="run the tests and count")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report")
    parser.add_argument("--support", type=Path, metavar="FILE", help="write the page of supported operators")
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
    if given.support is not None:
        given.support.write_text(support_page(report))
    sys.stdout.write(summary(report))
    return 1 if report["failures"] else 0


def run_cases(cases: Sequence[Case], jobs: int, *, progress: bool = False) -> dict[str, Any]:
    """``{"node": {"passed", "failed", "excluded"}, "other": {...}, "failures", "exclusions", "operators"}``.

    ``operators``: for each operator, the counts and the largest error of the node cases that are that operator alone.
    """
    run = [case for case in cases if case.excluded is None]
    failures = []
    operators: dict[str, dict[str, Any]] = {}
    for done, (number, result) in enumerate(
        run_jobs([functools.partial(run_case, case) for case in run], jobs, CASE_LIMIT_S), 1
    ):
        problem = result.reason if isinstance(result, Lost) else result.problem
        if problem is not None:
            failures.append({"name": run[number].name, "group": run[number].group, "reason": _message(problem)})
        if (operator := run[number].operator) is not None:
            counts_of = operators.setdefault(operator, {"passed": 0, "failed": 0, "largest_error": 0.0})
            counts_of["failed" if problem is not None else "passed"] += 1
            if isinstance(result, CaseResult) and result.error is not None:
                counts_of["largest_error"] = max(counts_of["largest_error"], result.error)
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
    return {**counts, "failures": failures, "exclusions": exclusions, "operators": dict(sorted(operators.items()))}


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
    """The exception at the end of a traceback; behind its last frame where it has causes."""
    lines = text.rstrip().splitlines()
    last = max((i for i, line in enumerate(lines) if line.startswith("Traceback")), default=-1)
    ends = (i for i in range(last + 1, len(lines)) if re.match(r"[\w.]+(Error|Exception|Exit)\b", lines[i]))
    start = next(ends, last + 1)
    return "\n".join(lines[start:])[:limit]


def _cause(reason: str) -> str:
    """The message without what differs from case to case."""
    first = " ".join(reason.split("\n", 2)[:2])
    first = re.sub(r"\b(test_\w+|model): ", "", first)
    first = re.sub(r"'[^']*'|\"[^\"]*\"|%\w+|/\S+", "*", first)
    return re.sub(r"\d+(\.\d+)?(e[+-]?\d+)?", "#", first)[:160]
