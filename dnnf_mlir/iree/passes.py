"""Runs MLIR passes by ``iree-opt`` in a process of its own: a pass that crashes or hangs is an error, not the end."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from dnnf_mlir.errors import CompileError

from .compiler import iree_compile_program, run_bounded


def run_iree_opt(source: Path, pipeline: str, *, time_limit_s: float) -> str:
    """The module in ``source`` after ``pipeline``, as text.

    Raises CompileError whose message holds the first errors if a pass fails, crashes or takes too long.
    """
    program = iree_compile_program().with_name("iree-opt")
    with TemporaryDirectory(prefix="dnnf-iree-opt-") as directory:
        result = Path(directory) / "result.mlir"
        command = [str(program), str(source), f"--pass-pipeline={pipeline}", "-o", str(result)]
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        outcome = run_bounded(command, Path(directory), time_limit_s, memory)
        if outcome.ending != "succeeded":
            errors = [line.strip() for line in outcome.stderr.splitlines() if "error:" in line]
            raise CompileError(f"iree-opt {outcome.ending}: {errors[0] if errors else outcome.stderr[:200]}")
        return result.read_text()
