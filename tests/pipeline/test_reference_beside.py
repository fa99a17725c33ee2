"""The reference that evaluates a model beside iree-compile: once, whoever asks, and without a say in failures."""

from threading import Barrier, Event, Thread

import numpy as np
import pytest
from small_models import parse

from dnnf_mlir import compiler
from dnnf_mlir.graph.ecg import Graph, Value
from dnnf_mlir.verify import compare
from dnnf_mlir.verify import trial as trial_module
from dnnf_mlir.verify.reference import evaluate_values
from dnnf_mlir.verify.trial import Trial, evaluate_beside

MODEL = "f (float[2, 8] x) => (float[2, 8] y) { y = Relu(x) }"
LOOKED_UP = "f (float[1, 4] x, int64[3] i) => (float[3, 4] y) { y = Gather<axis = 0>(x, i) }"


def _graph(text: str) -> Graph:
    compilation = compiler.Compilation(parse(text))
    return compilation.graph(compilation.module)


def test_the_first_case_is_evaluated_once_by_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, proceed, calls = Event(), Barrier(2, timeout=60), list[object]()

    def slow(graph: Graph, inputs: list[np.ndarray], wanted: list[Value]) -> dict[Value, np.ndarray]:
        calls.append(inputs)
        begun.set()
        proceed.wait()
        return evaluate_values(graph, inputs, wanted)

    monkeypatch.setattr(trial_module, "evaluate_values", slow)
    graph = _graph(MODEL)
    trial = Trial(graph, {})
    evaluate_beside([trial])
    assert begun.wait(60)  # the caller goes on meanwhile
    Thread(target=proceed.wait).start()
    (case,) = trial.cases()
    np.testing.assert_array_equal(case.expected()[graph.outputs[0]], np.maximum(case.inputs[0], 0))
    assert len(calls) == 1


def test_cases_are_drawn_once_and_what_the_reference_refuses_is_left_to_the_caller() -> None:
    trial = Trial(_graph(LOOKED_UP), {})
    first = next(trial.cases())
    first.inputs[1][:] = 5
    evaluate_beside([trial])
    cases = list(trial.cases())
    assert cases[0] is first and len(cases) == 3
    with pytest.raises(ValueError, match="out of bounds"):
        first.expected()
    assert cases[1].expected()


def test_a_wrong_result_is_found_with_what_was_evaluated_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled, but compared with another function's results."""

    def other(*arguments: object, **options: object) -> dict[Value, np.ndarray]:
        return {value: array + 1 for value, array in evaluate_values(*arguments, **options).items()}  # type: ignore[arg-type]

    for module in (trial_module, compare):
        monkeypatch.setattr(module, "evaluate_values", other)
    with pytest.raises(compiler.CompileError, match="wrong numbers"):
        compiler.compile(parse(MODEL), cache=False)
