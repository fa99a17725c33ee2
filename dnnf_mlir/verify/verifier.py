"""Runs a compiled module once against the reference before it is handed out, and finds the block at fault.

Code generators do miscompile fused blocks without a diagnostic.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np

from dnnf_mlir.errors import InputValuesError, warn
from dnnf_mlir.graph.ecg import Block, Graph, Value
from dnnf_mlir.graph.specialize import at_sizes, has_run_time_sizes, trial_dimensions
from dnnf_mlir.graph.tensor_type import as_stored, from_stored
from dnnf_mlir.iree import RunnableModule
from dnnf_mlir.options import Options
from dnnf_mlir.targets import Target

from .choices import choice_deviations, steady_deviations
from .compare import probe, rewriting_deviations, rounds, wrong_blocks, wrong_results
from .difference import Deviation
from .reference import EvaluationError
from .trial import Trial, evaluate_beside, largest_bytes, takes_long

_LARGEST_BYTES = 1 << 32
"""A model with a larger tensor is not run here, it may be meant for a larger machine."""

LoadProbe = Callable[[Graph], AbstractContextManager[RunnableModule]]
"""Compiles and loads a planned graph that returns the results of all its blocks."""


def why_not_verified(options: Options, target: Target) -> str | None:
    """None where a module is compared with the reference: where it runs here, and rounds as the reference does."""
    if not options.verify:
        return "verification is switched off"
    if not target.runs_here:
        return f"{target.name} is another machine"
    return None if options.precision == "f32" else "half precision rounds differently from the reference"


@dataclass(frozen=True)
class Fault:
    """A value computed wrongly: by the kernel of ``block``, or by rewriting where that is None."""

    block: Block | None
    deviation: Deviation


class Verifier:
    """Compares modules of one model with the model as it was imported, before any pass.

    With dynamic dimensions at several sizes. Where nothing can be compared, a warning says why.
    """

    def __init__(self, name: str, imported: Graph) -> None:
        """``name`` stands for the model in warnings."""
        self._name = name
        self._imported = imported
        self.compared = False
        """Whether the last module checked was compared for any size."""

    @functools.cached_property
    def trials(self) -> list[Trial]:
        """The imported model at several sizes of the dynamic dimensions, with inputs; empty where it is too large."""
        trials = [Trial(self._imported, dims) for dims in trial_dimensions(self._imported)]
        quick = [trial for trial in trials if not takes_long(trial.graph)]
        return [trial for trial in quick or trials[:1] if largest_bytes(trial.graph) <= _LARGEST_BYTES]

    def evaluate_beside(self) -> None:
        """Has the reference evaluate in a thread of its own while the caller compiles."""
        evaluate_beside(self.trials)

    def fault(self, module: RunnableModule, planned: Graph, load_probe: LoadProbe) -> Fault | None:
        """The first fault found in a module, None where its outputs are right or cannot be compared.

        ``planned`` is the graph, in blocks, that the module was compiled from.
        """
        self.compared = False
        if not self.trials:
            self._warn("it takes no sizes for which its tensors are small enough to be computed here")
        for trial in self.trials:
            dims, imported = trial.dims, trial.graph
            try:
                inputs, changed = _first_taken(trial, module)
            except _NotTakenError as reason:
                self._warn(str(reason), dims)
                continue
            self.compared = True
            # Rounding hides single wrong elements from the comparison as a whole.
            if not changed and not rounds(imported.nodes):
                continue
            if changed and has_run_time_sizes(imported):
                # A tie decided differently moves whole rows: only blocks and rewriting can still be compared.
                changed = rewriting_deviations(imported, at_sizes(planned, dims), inputs)
            if changed:
                # The same of nearly equal scores: what chooses by them is compared in its place.
                steady = steady_deviations(imported, inputs, changed)
                changed = steady or choice_deviations(imported, at_sizes(planned, dims), inputs)
            with load_probe(probe(planned)) as probed:
                fault = _wrong_block(probed, planned, dims, inputs)
            if fault is None and changed:
                fault = Fault(None, changed[0])
            if fault is not None:
                return fault
        return None

    def _warn(self, reason: str, dims: Mapping[str, int] | None = None) -> None:
        sizes = ", ".join(f"{name}={size}" for name, size in (dims or {}).items())
        where = f" for {sizes}" if sizes else ""
        warn(f"{self._name}: the compiled module was not compared with the reference{where}: {reason}")


class _NotTakenError(Exception):
    """Neither the module nor the reference takes the numbers that are drawn as inputs; the text says why."""


def _first_taken(trial: Trial, module: RunnableModule) -> tuple[list[np.ndarray], list[Deviation]]:
    """The first drawn inputs that the module and the reference take, and the outputs that differ for them.

    Raises _NotTakenError where there are none.
    """
    reasons = []
    for case in trial.cases():
        try:
            return case.inputs, wrong_results(case, _run(module, case.inputs, case.graph.outputs))
        except InputValuesError as error:
            reasons.append(str(error))
        except EvaluationError as error:
            reasons.append(f"the reference does not compute {error}")
    raise _NotTakenError(reasons[0])


def _wrong_block(
    probed: RunnableModule, planned: Graph, dims: Mapping[str, int], inputs: Sequence[np.ndarray]
) -> Fault | None:
    """The first block of ``planned`` that computes wrongly at these sizes."""
    sized = at_sizes(planned, dims)
    results = probe(sized).outputs
    wrong = wrong_blocks(sized, inputs, dict(zip(results, _run(probed, inputs, results), strict=True)))
    if not wrong:
        return None
    block, deviation = wrong[0]
    return Fault(planned.blocks[sized.blocks.index(block)], deviation)


def _run(module: RunnableModule, inputs: Sequence[np.ndarray], results: Sequence[Value]) -> list[np.ndarray]:
    """A module's results as arrays of their own element types."""
    arrays = module.run([as_stored(array) for array in inputs])
    return [from_stored(array, value.type) for array, value in zip(arrays, results, strict=True)]
