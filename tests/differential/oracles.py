"""The two engines that results are compared with, and which of them is right where they differ."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import onnxruntime
from onnx.reference import ReferenceEvaluator

from tests.differential.case import Array, Case

REFERENCE, RUNTIME = "onnx.reference", "ONNX Runtime"


def by_reference(case: Case) -> list[Array] | None:
    """None where onnx.reference fails."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            found = ReferenceEvaluator(case.model()).run(None, case.feeds())
        return [np.asarray(array) for array in found]
    except Exception:  # whatever a reference implementation raises
        return None


def by_runtime(case: Case) -> list[Array] | None:
    """None where ONNX Runtime does not have the operator for these types, or refuses the case."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(case.model().SerializeToString(), options, ["CPUExecutionProvider"])
        return [np.asarray(array) for array in session.run(None, case.feeds())]
    except Exception:  # its classes of errors have no common base but this
        return None


ORACLES: dict[str, Callable[[Case], list[Array] | None]] = {REFERENCE: by_reference, RUNTIME: by_runtime}


@dataclass(frozen=True)
class Known:
    """A disagreement of the oracles that the text of the specification decides.

    Attributes:
        operators: whose cases it is about.
        wrong: the oracle that ONNX's text speaks against.
        why: what the text says, or what the oracle does.
        applies: which cases, by their attributes, operands and opset; None for all.
    """

    operators: tuple[str, ...]
    wrong: str
    why: str
    applies: Callable[[Case], bool] | None = None

    def decides(self, case: Case) -> bool:
        """Whether it is about this case."""
        return case.operator in self.operators and (self.applies is None or self.applies(case))
