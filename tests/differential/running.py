"""Cases side by side in one model: compiled, run, judged; a model that fails is divided until the case is alone.

A compilation of one node is mostly start-up. Cases of one opset that have no common value share it, and a case that
ends in anything but agreement is tried again alone before it is judged.
"""

import functools
import itertools
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

import dnnf_mlir
from dnnf_mlir.errors import DnnfError, InternalError
from dnnf_mlir.graph.tensor_type import as_stored, from_stored
from dnnf_mlir.onnx_backend.pool import Lost, run_jobs
from tests.differential.case import Array, Case, joined
from tests.differential.comparing import difference
from tests.differential.drawing import case_of
from tests.differential.known import KNOWN
from tests.differential.oracles import ORACLES

GROUP = 16
"""Cases of a model."""
CASE_LIMIT_S = 60.0
_GROUP_LIMIT_S = 600.0

AGREES, RESOLVED, UNCHECKED, REFUSED, INVALID = "agree", "known disagreement", "no oracle", "refused", "invalid"
DISPUTED, DEFECT = "disagreement of the oracles", "defect"
FAILURES = (DISPUTED, DEFECT, INVALID)
"""Ends of a case; the failures are what there must be none of. Invalid ones are faults of the generators."""


@dataclass(frozen=True)
class Outcome:
    """What became of a case, and the details of it."""

    number: int
    case: str
    kind: str
    details: str = ""


def run(numbers: Sequence[int], seed: int, chosen: Sequence[tuple[str, int]], jobs: int) -> Iterator[Outcome]:
    """The outcomes of the numbered cases, as they end."""
    cases = {number: case_of(number, seed, chosen) for number in numbers}
    by_kind = sorted(numbers, key=lambda number: (cases[number].opset, bool(cases[number].free), number))
    groups = []
    for _, alike in itertools.groupby(by_kind, lambda number: (cases[number].opset, bool(cases[number].free))):
        groups += _parts(list(alike))
    lost: list[int] = []
    work = [functools.partial(outcomes, {number: cases[number] for number in group}) for group in groups]
    for job, ended in run_jobs(work, jobs, _GROUP_LIMIT_S):
        if isinstance(ended, Lost):
            lost += groups[job]
        else:
            yield from ended
    alone = [functools.partial(outcomes, {number: cases[number]}) for number in lost]
    for job, ended in run_jobs(alone, jobs, CASE_LIMIT_S * 5):
        if isinstance(ended, Lost):
            yield Outcome(lost[job], str(cases[lost[job]]), DEFECT, ended.reason)
        else:
            yield from ended


def outcomes(cases: Mapping[int, Case]) -> list[Outcome]:
    """The ends of cases of one opset, in this process."""
    ends, valid = [], {}
    for number, case in cases.items():
        try:
            case.model()
            valid[number] = case
        except Exception as error:
            ends.append(Outcome(number, str(case), INVALID, f"{type(error).__name__}: {error}"))
    ours = _ours(valid)
    for number, case in valid.items():
        found = ours[number]
        end = found if isinstance(found, Outcome) else _judged(number, case, found)
        if end.kind in FAILURES and len(cases) > 1:
            alone = outcomes({number: case})[0]
            if alone.kind not in FAILURES:
                details = f"only beside {sorted(cases)}: {end.details}"
                alone = Outcome(number, end.case, end.kind, details)
            end = alone
        ends.append(end)
    return ends


def _ours(cases: Mapping[int, Case]) -> dict[int, list[Array] | Outcome]:
    """What the compiled cases compute, or how one ended that was alone."""
    if not cases:
        return {}
    try:
        return dict(_computed(cases))
    except Exception as error:
        if len(cases) == 1:
            [(number, case)] = cases.items()
            return {number: _ended(number, case, error)}
    numbers = list(cases)
    half = len(numbers) // 2
    parts = [{number: cases[number] for number in part} for part in (numbers[:half], numbers[half:])]
    return _ours(parts[0]) | _ours(parts[1])


def _computed(cases: Mapping[int, Case]) -> Iterator[tuple[int, list[Array]]]:
    prefixes = [f"c{number}_" for number in cases]
    started = time.process_time()
    model = joined(list(cases.values()), prefixes)
    compiled = dnnf_mlir.compile(model, cache=False, time_limit_s=CASE_LIMIT_S)
    feeds: dict[str, Array] = {}
    for prefix, case in zip(prefixes, cases.values(), strict=True):
        feeds |= case.feeds(prefix)
    graph, module = compiled.imported, compiled.load()
    given = [as_stored(feeds[value.name]) for value in module.inputs or ()]
    arrays = {
        name: np.asarray(from_stored(array, value.type))
        for name, value, array in zip(graph.output_names, graph.outputs, module.run(given), strict=True)
    }
    if time.process_time() - started > CASE_LIMIT_S * len(cases):
        raise TimeoutError(f"took {time.process_time() - started:.0f} s")
    for (number, case), prefix in zip(cases.items(), prefixes, strict=True):
        yield number, [arrays[name] for name in case.results(prefix)]


def _ended(number: int, case: Case, error: Exception) -> Outcome:
    """A message in words is a refusal; what is wrong numbers by our own verification, and all else, is a defect."""
    text = f"{type(error).__name__}: {error}"
    in_words = isinstance(error, DnnfError) and not isinstance(error, InternalError)
    is_wrong = "computes wrong numbers" in text or "rewriting changed" in text
    return Outcome(number, str(case), REFUSED if in_words and not is_wrong else DEFECT, text)


def _judged(number: int, case: Case, ours: Sequence[Array]) -> Outcome:
    """Compares with both oracles."""
    verdicts = {}
    for name, oracle in ORACLES.items():
        expected = oracle(case)
        if expected is not None:
            verdicts[name] = difference(case.operator, expected, ours)
    problems = {name: problem for name, problem in verdicts.items() if problem is not None}
    details = "; ".join(f"{name}: {problem}" for name, problem in problems.items())
    if not verdicts:
        return Outcome(number, str(case), UNCHECKED)
    if not problems:
        return Outcome(number, str(case), AGREES)
    decided = [known for known in KNOWN if known.decides(case)]
    if problems.keys() <= {known.wrong for known in decided}:
        return Outcome(number, str(case), RESOLVED if len(verdicts) > 1 else UNCHECKED, decided[0].why)
    return Outcome(number, str(case), DEFECT if len(problems) == len(verdicts) else DISPUTED, details)


def _parts(numbers: Sequence[int]) -> list[list[int]]:
    return [list(numbers[i : i + GROUP]) for i in range(0, len(numbers), GROUP)]
