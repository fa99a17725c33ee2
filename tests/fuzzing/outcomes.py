"""What becomes of a spoiled model: a right result, a message in words, or a defect of ours."""

import functools
import pickle
import random
import re
import resource
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import onnxruntime.capi.onnxruntime_pybind11_state as capi
from onnx import ModelProto
from onnx.backend.test.loader import load_model_tests
from onnx.reference import ReferenceEvaluator

import dnnf_mlir
from dnnf_mlir.errors import CompileError, DnnfError, InputValuesError
from dnnf_mlir.graph.ecg import Graph
from dnnf_mlir.graph.specialize import at_sizes, dynamic_dimensions, trial_dimensions
from dnnf_mlir.graph.tensor_type import TensorType, as_stored, from_stored
from dnnf_mlir.onnx_backend.cases import exclusion
from dnnf_mlir.onnx_backend.pool import Lost, run_jobs
from dnnf_mlir.verify.compare import is_drawn
from tests.fuzzing.models import several_operators
from tests.fuzzing.mutations import mutate

Array = npt.NDArray[np.generic]
Oracle = Callable[[bytes, dict[str, Array]], list[Array]]

TIME_LIMIT_S = 60.0
"""CPU seconds of the compiler, of iree-compile and of the module together: the machine may have other work."""
_WAITING_LIMIT_S = 10 * TIME_LIMIT_S
"""Seconds after which a process that makes no progress, or as good as none, is ended."""
_ORACLE_LIMIT_S = 15.0
_MEMORY_LIMIT = 8 << 30
"""Bytes of addresses that a process may use: a model of a few kilobytes must not fill the machine's memory."""
_LARGEST_INPUTS = 1 << 30
"""Bytes: a model that takes more compiles, but is not run."""
_TOLERANCE = 1e-3
"""Of the largest magnitude: mutated models cancel digits where real ones do not."""

_NARROW_TOLERANCE = {"bfloat16": 2.0**-6, "float16": 2.0**-9}
"""Two roundings of a type: results that stand between two numbers of it may round to either."""

_REPEATED = 30
"""How often a model of several operators is among those of ONNX's tests, which are more than a thousand."""

_WRONG = "wrong: "
_MISCOMPILED = re.compile("computes wrong numbers|rewriting changed")
"""What the compiler says that found its own result wrong: better than silence, but a defect."""

RIGHT, UNCHECKED, MESSAGE, REFUSED = "right", "no oracle", "message", "refused by iree-compile"
INVALID = "undefined by ONNX"
"""Outcomes that are none of our defects; ``no oracle``: neither ONNX Runtime nor onnx.reference computes the model."""


@dataclass(frozen=True)
class Outcome:
    """One model's end: ``kind`` is one of the constants above, or ``defect`` with the details."""

    number: int
    kind: str
    details: str = ""


@dataclass(frozen=True)
class Results:
    """What a module computed from what; ``drawn``: which results depend on random numbers."""

    feeds: dict[str, Array]
    arrays: list[Array]
    drawn: list[bool]


@dataclass(frozen=True)
class Refusal:
    """Inputs whose values a module refused, as they do not give results of the shapes that it was compiled for."""

    feeds: dict[str, Array]
    shapes: list[tuple[int, ...]]
    message: str


class _InvalidInputsError(Exception):
    """ONNX Runtime, which has the model loaded, stops at the values of the inputs: an index outside, a wrong axis.

    ONNX leaves undefined what then comes out; onnx.reference, which checks nothing, is not asked.
    """


def seeds() -> list[ModelProto]:
    """Valid models to start from: those of ONNX's node tests that have no strings, and some of several operators."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tests = load_model_tests(kind="node")
    nodes = [test.model for test in tests if test.model is not None and exclusion(test.model) is None]
    return [*nodes, *(model for model in several_operators() for _ in range(_REPEATED))]


def model_of(number: int, seed: int, models: Sequence[ModelProto]) -> bytes:
    """The mutated model with this number; the same for the same seed."""
    generator = random.Random(f"{seed} {number}")
    return mutate(generator.choice(models), generator)


def run(numbers: Sequence[int], seed: int, models: Sequence[ModelProto], workers: int) -> Iterator[Outcome]:
    """The outcomes of the numbered models: first all of ours, then what the oracles say about the results."""
    with tempfile.TemporaryDirectory(prefix="dnnf-fuzzing-") as directory:
        results = Path(directory)
        jobs = [functools.partial(_ours, number, seed, models, results) for number in numbers]
        for job, end in run_jobs(jobs, workers, _WAITING_LIMIT_S):
            if end is not None:
                yield _outcome(numbers[job], end.reason if isinstance(end, Lost) else end)
            elif not _file(results, numbers[job]).exists():
                yield Outcome(numbers[job], UNCHECKED)
        computed = [number for number in numbers if _file(results, number).exists()]
        problems: dict[int, list[str]] = {number: [] for number in computed}
        for oracle in (_by_onnxruntime, _by_reference):
            waiting = list(problems)
            checks = [functools.partial(_check, oracle, number, seed, models, results) for number in waiting]
            for job, verdict in run_jobs(checks, workers, _ORACLE_LIMIT_S):
                if verdict is None or verdict == INVALID:
                    del problems[waiting[job]]
                    yield Outcome(waiting[job], _end(results, waiting[job], verdict))
                elif isinstance(verdict, str) and verdict.startswith(_WRONG):
                    problems[waiting[job]].append(f"{oracle.__name__}: {verdict}")
        for number, found in problems.items():
            yield Outcome(number, "defect", "; ".join(found)) if found else Outcome(number, UNCHECKED)


def _end(results: Path, number: int, verdict: str | None) -> str:
    """How a model ends that an oracle has nothing against."""
    refused = isinstance(pickle.loads(_file(results, number).read_bytes()), Refusal)
    return MESSAGE if refused else verdict or RIGHT


def _outcome(number: int, text: str) -> Outcome:
    kind, _, details = text.partition(": ")
    return Outcome(number, kind, details) if kind in (MESSAGE, REFUSED) else Outcome(number, "defect", text)


def _ours(number: int, seed: int, models: Sequence[ModelProto], results: Path) -> str | None:
    """Compiles and runs one model and keeps the arrays; an exception that is none of ours goes to the caller."""
    _limit_memory()
    data = model_of(number, seed, models)
    start = _cpu_seconds()
    try:
        compiled = dnnf_mlir.compile(data, cache=False, time_limit_s=TIME_LIMIT_S)
        graph = _sized(compiled.imported, number)
        if sum(value.type.bytes for value in graph.inputs) > _LARGEST_INPUTS:
            return None
        inputs = [_draw(value.type, number) for value in graph.inputs]
        module = compiled.load()
        feeds = dict(zip((value.name for value in module.inputs or ()), inputs, strict=True))
        shapes = [value.type.shape for value in graph.outputs]
        try:
            found = module.run([as_stored(array) for array in inputs])
        except InputValuesError as error:
            _file(results, number).write_bytes(pickle.dumps(Refusal(feeds, shapes, str(error))))
            return None
    except CompileError as error:
        return str(error) if _MISCOMPILED.search(str(error)) else f"{REFUSED}: {error}"
    except DnnfError as error:
        return f"{MESSAGE}: {error}" if str(error).strip() else "an error without a message"
    if _cpu_seconds() - start > TIME_LIMIT_S:
        return f"took {_cpu_seconds() - start:.0f} s"
    arrays = [from_stored(array, value.type) for array, value in zip(found, graph.outputs, strict=True)]
    drawn = [is_drawn(value) for value in graph.outputs]
    _file(results, number).write_bytes(pickle.dumps(Results(feeds, arrays, drawn)))
    return None


def _check(oracle: Oracle, number: int, seed: int, models: Sequence[ModelProto], results: Path) -> str | None:
    """None where the oracle agrees; what differs, or that it fails itself."""
    _limit_memory()
    ours: Results | Refusal = pickle.loads(_file(results, number).read_bytes())
    try:
        results = oracle(model_of(number, seed, models), ours.feeds)
        # A module returns the tensors of a sequence one by one.
        expected = [
            np.asarray(each) for result in results for each in (result if isinstance(result, list) else [result])
        ]
    except _InvalidInputsError:
        return INVALID
    except Exception:
        return UNCHECKED
    if isinstance(ours, Refusal):
        as_declared = [array.shape for array in expected] == [tuple(shape) for shape in ours.shapes]
        return _WRONG + ours.message if as_declared else None
    problem = _difference(expected, ours)
    return None if problem is None else _WRONG + problem


def _file(results: Path, number: int) -> Path:
    return results / f"{number}.pickle"


def _by_onnxruntime(data: bytes, feeds: dict[str, Array]) -> list[Array]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    try:
        return list(session.run(None, {name: np.asarray(array) for name, array in feeds.items()}))
    except (capi.InvalidArgument, capi.Fail, capi.RuntimeException) as error:
        raise _InvalidInputsError from error


def _by_reference(data: bytes, feeds: dict[str, Array]) -> list[Array]:
    return list(ReferenceEvaluator(onnx.load_from_string(data)).run(None, feeds))


def _difference(expected: Sequence[Array], found: Results) -> str | None:
    if len(expected) != len(found.arrays):
        return f"{len(found.arrays)} results instead of {len(expected)}"
    for position, (right, ours, drawn) in enumerate(zip(expected, found.arrays, found.drawn, strict=True)):
        if right.shape != ours.shape:
            return f"result {position} has shape {ours.shape} instead of {right.shape}"
        if right.dtype.kind in "OSU":
            return f"result {position} is of type {right.dtype}"
        if drawn:
            continue  # ONNX does not say which random numbers
        wide, other = right.astype(np.float64), ours.astype(np.float64)
        finite = np.isfinite(wide) & np.isfinite(other)
        if not np.array_equal(wide[~finite], other[~finite], equal_nan=True):
            return f"result {position} has other infinities or NaNs"
        scale = float(np.abs(wide[finite]).max(initial=0.0)) or 1.0
        error = float(np.abs(wide[finite] - other[finite]).max(initial=0.0)) / scale
        if error > max(_TOLERANCE, _NARROW_TOLERANCE.get(right.dtype.name, 0)):
            return f"result {position} ({right.dtype} {right.shape}) is off by {error:.1e} of its largest magnitude"
    return None


def _cpu_seconds() -> float:
    """Of this process and of those that it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _limit_memory() -> None:
    _, hardest = resource.getrlimit(resource.RLIMIT_AS)
    limit = _MEMORY_LIMIT if hardest == resource.RLIM_INFINITY else min(_MEMORY_LIMIT, hardest)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hardest))


def _sized(graph: Graph, number: int) -> Graph:
    """The graph with sizes for its free dimensions: the smallest that it is verified at, or the next ones."""
    trials = [*trial_dimensions(graph)[:2], dict.fromkeys(dynamic_dimensions(graph), 1)]
    return at_sizes(graph, trials[number % 2 if len(trials) > 2 else 0])


def _draw(type_: TensorType, seed: int) -> Array:
    generator = np.random.default_rng(seed)
    if type_.dtype == "i1":
        return generator.random(type_.shape) < 0.5
    if type_.numpy_dtype.kind in "iu":
        return generator.integers(0, 4, type_.shape).astype(type_.numpy_dtype)
    return generator.standard_normal(type_.shape).astype(type_.numpy_dtype)
