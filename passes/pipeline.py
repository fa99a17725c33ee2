"""Pipelines: which passes run in which order, and running them with MLIR's pass manager."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dnnf_mlir.bindings.mlir import PassManager, ir
from dnnf_mlir.errors import DnnfError, PipelineError
from dnnf_mlir.graph.from_mlir import requirements_of
from dnnf_mlir.graph.representatives import meeting

from .registry import PipelineStep, load

if TYPE_CHECKING:
    from dnnf_mlir.passes.base import Pass


@dataclass(frozen=True)
class Instrumentation:
    """MLIR's own pass instrumentation: print the IR after each pass, time the passes, verify between them."""

    print_after_all: bool = False
    timing: bool = False
    verify_each: bool = True


def run_pipeline(
    module: ir.Module, steps: "Iterable[Pass | PipelineStep]", instrumentation: Instrumentation | None = None
) -> None:
    """Runs passes of ours and textual MLIR passes in order.

    Raises the DnnfError of a pass as it is, and PipelineError for a pipeline that MLIR refuses or a pass that fails.
    """
    options = instrumentation or Instrumentation()
    with module.context:
        manager = PassManager("builtin.module")
        for step in steps:
            if isinstance(step, PipelineStep) and not step.is_ours:
                _add_textual(manager, step)
            else:
                _add(manager, load(step.name).from_options(step.options) if isinstance(step, PipelineStep) else step)
        manager.enable_verifier(options.verify_each)
        if options.print_after_all:
            manager.enable_ir_printing(large_elements_limit=16, large_resource_limit=16)
        if options.timing:
            manager.enable_timing()
        try:
            with meeting(*requirements_of(module.operation)):
                manager.run(module.operation)
        except DnnfError:
            raise
        except ir.MLIRError as error:
            raise PipelineError(f"pass pipeline {manager} failed: {error}") from error


def _add(manager: PassManager, pass_: "Pass") -> None:
    manager.add(lambda op, _: pass_.run(op), name=pass_.name, argument=pass_.name)


def _add_textual(manager: PassManager, step: PipelineStep) -> None:
    try:
        manager.add(step.text)
    except ValueError as error:
        reason = str(error).partition("error: ")[2].partition("\n")[0] or str(error)
        raise PipelineError(f"MLIR refuses the pass '{step.text}': {reason}") from None
