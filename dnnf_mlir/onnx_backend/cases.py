"""The cases of ``onnx.backend.test`` on this backend, and the excluded ones with their reasons."""

import re
import unittest
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import AttributeProto, GraphProto, ModelProto, TensorProto, TypeProto
from onnx.backend.test import BackendTest
from onnx.backend.test.case.test_case import TestCase
from onnx.backend.test.loader import load_model_tests

from dnnf_mlir.importer.read.checking import EXCLUDED_DOMAINS
from dnnf_mlir.onnx_backend.backend import DnnfBackend
from dnnf_mlir.verify.difference import difference

_GROUPS = {
    "OnnxBackendNodeModelTest": "node",
    "OnnxBackendSimpleModelTest": "other",
    "OnnxBackendPyTorchConvertedModelTest": "other",
    "OnnxBackendPyTorchOperatorModelTest": "other",
}
"""Test class -> group in the report. The "real" models are left out: their tests write into the home directory."""

COMPILE_LIMIT_S = 60.0
"""Time limit of one run of iree-compile, in seconds."""

STRINGS = "strings: text processing does not belong into a compiled tensor program"

EXCLUDED_SUBJECTS = "{subject}: outside the purpose, inference of neural networks"

EXCLUDED_OPERATORS = {"ImageDecoder": "image files: decoding JPEG and its like is not a tensor program"}
"""Operator of a test's first node -> why the test is not run."""

EXCLUDED_NAMES = re.compile(r"test_(bernoulli|training_dropout(_default)?(_mask)?$)")
RANDOM = "random numbers: expects those of numpy's generator"


@dataclass(frozen=True)
class Case:
    """One test: ``name`` as in ONNX without the device, ``group`` is "node" or "other"."""

    name: str
    group: str
    test: unittest.TestCase
    excluded: str | None = None
    """Why the case is not run; None for the others."""
    operator: str | None = None
    """The operator, where the model is a single node."""


@dataclass(frozen=True)
class CaseResult:
    """What a case came to: the problem (None when it passed), and the largest error of its results.

    The error is relative to the largest magnitude of an output; for integers, the share of unequal elements.
    """

    problem: str | None
    error: float | None = None


class TestedBackend(DnnfBackend):
    """The backend as it is tested: ONNX's expected outputs take the place of the compiler's own verification."""

    @classmethod
    def prepare(cls, model: ModelProto, device: str = "CPU", **kwargs: Any) -> Any:
        """See :meth:`DnnfBackend.prepare`; the tolerances of ONNX's runner are left out."""
        options = {name: value for name, value in kwargs.items() if name not in ("rtol", "atol")}
        return super().prepare(model, device, verify=False, time_limit_s=COMPILE_LIMIT_S, **options)


class _MeasuredTest(BackendTest):
    """ONNX's test cases, which also remember how far the last results were from the expected ones."""

    largest_error: float | None = None

    @classmethod
    def assert_similar_outputs(
        cls, ref_outputs: Sequence[Any], outputs: Sequence[Any], *args: Any, **kwargs: Any
    ) -> None:
        super().assert_similar_outputs(ref_outputs, outputs, *args, **kwargs)
        errors = [difference(expected, found) for expected, found in _arrays(ref_outputs, outputs)]
        _MeasuredTest.largest_error = max([_MeasuredTest.largest_error or 0.0, *errors])


def run_case(case: Case) -> CaseResult:
    """Runs one case in this process."""
    _MeasuredTest.largest_error = None
    result = unittest.TestResult()
    case.test.run(result)
    problems = [text for _, text in (*result.failures, *result.errors)]
    if problems or result.skipped:
        return CaseResult(problems[0] if problems else f"skipped: {result.skipped[0][1]}")
    return CaseResult(None, _MeasuredTest.largest_error)


def load_cases() -> list[Case]:
    """All cases, by group and name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        classes = _MeasuredTest(TestedBackend, __name__).test_cases
        tests = [*load_model_tests(kind="node"), *load_model_tests(kind="simple")]
    operators = {test.name: _operator(_model(test)) for test in tests}
    reasons = {test.name: RANDOM if EXCLUDED_NAMES.match(test.name) else exclusion(_model(test)) for test in tests}
    cases = []
    for class_name, group in _GROUPS.items():
        test_class = classes[class_name]
        for method in sorted(name for name in vars(test_class) if name.endswith("_cpu")):
            name = method.removesuffix("_cpu")
            cases.append(Case(name, group, test_class(method), reasons.get(name), operators.get(name)))
    return cases


def spread(cases: Sequence[Case], count: int) -> list[Case]:
    """``count`` of the cases, evenly over the whole list."""
    return [cases[i * len(cases) // count] for i in range(count)] if count < len(cases) else list(cases)


def _model(test: TestCase) -> ModelProto | None:
    if test.model is not None or test.model_dir is None:
        return test.model
    return onnx.load(Path(test.model_dir) / "model.onnx", load_external_data=False)


def exclusion(model: ModelProto | None) -> str | None:
    """Why a test of this model is not run."""
    if model is None:
        return None
    if (reason := EXCLUDED_OPERATORS.get(model.graph.node[0].op_type if model.graph.node else "")) is not None:
        return reason
    for graph in _graphs(model):
        for node in graph.node:
            if node.domain in EXCLUDED_DOMAINS:
                return EXCLUDED_SUBJECTS.format(subject=EXCLUDED_DOMAINS[node.domain])
    values = [*model.graph.input, *model.graph.output]
    if any(_holds_strings(value.type) for value in values) or any(_makes_strings(graph) for graph in _graphs(model)):
        return STRINGS
    return None


def _operator(model: ModelProto | None) -> str | None:
    if model is None or len(model.graph.node) != 1 or model.graph.node[0].domain:
        return None
    return str(model.graph.node[0].op_type)


def _arrays(expected: Sequence[Any], found: Sequence[Any]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for right, ours in zip(expected, found, strict=True):
        if isinstance(ours, list | tuple):
            yield from _arrays(right, ours)
        elif isinstance(ours, np.ndarray) and ours.dtype.kind not in "OSU":
            yield right, ours


def _holds_strings(proto: TypeProto) -> bool:
    match proto.WhichOneof("value"):
        case "tensor_type":
            return bool(proto.tensor_type.elem_type == TensorProto.STRING)
        case "sequence_type":
            return _holds_strings(proto.sequence_type.elem_type)
        case "optional_type":
            return _holds_strings(proto.optional_type.elem_type)
    return False


def _makes_strings(graph: GraphProto) -> bool:
    return any(
        attribute.type == AttributeProto.TENSOR and attribute.t.data_type == TensorProto.STRING
        for node in graph.node
        for attribute in node.attribute
    )


def _graphs(model: ModelProto) -> Iterator[GraphProto]:
    pending = [model.graph]
    while pending:
        graph = pending.pop()
        yield graph
        pending.extend(attribute.g for node in graph.node for attribute in node.attribute if attribute.HasField("g"))
