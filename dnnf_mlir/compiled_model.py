"""A compiled model: its module, its plan, and running it on this machine."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from dnnf_mlir.graph.ecg import Graph
from dnnf_mlir.iree import CompiledBinary, Inputs, RunnableModule, load_module
from dnnf_mlir.storage.output import open_output


@dataclass(frozen=True)
class CompiledModel:
    """A compiled model.

    - ``plan``: the content of ``plan.json``.
    - ``key``: the module's name in the cache of compiled modules; None if it cannot be there.
    - ``verified``: the outputs were compared with those of the ONNX reference. ``verification`` says how, or why not.
    - ``seconds``: the time of the compilation.
    - ``parameters``: the file of the weights, if the module does not hold them.
    """

    binary: CompiledBinary
    plan: dict[str, Any]
    key: str | None
    make_imported: Callable[[], Graph]
    verified: bool
    verification: str
    seconds: float
    parameters: Path | None = None
    _loaded: dict[int, RunnableModule] = field(default_factory=dict, repr=False, compare=False)
    """Number of threads -> the module loaded with them."""

    @property
    def imported(self) -> Graph:
        """The model as imported, before any pass. A model out of the cache is imported now."""
        return self.make_imported()

    @property
    def kernels(self) -> int:
        """The number of dispatches in the module's main function."""
        return self.binary.dispatch_count

    @property
    def vmfb(self) -> bytes:
        """The module as IREE's runtimes load it."""
        return self.binary.read()

    def summary(self) -> str:
        """One line: operators, kernels, seconds, verified or not, and size.

        As ``mnist.onnx for host: 12 operators, 9 after rewriting, 4 kernels, 1.9 s, compared with the reference, 26.3
        KB``.
        """
        files = [self.binary.path, *([self.parameters] if self.parameters is not None else [])]
        return (
            f"{self.plan['model']} for {self.plan['target']}: {self.plan['operators']} operators, "
            f"{self.plan['operators_after_rewriting']} after rewriting, {self.kernels} kernels, {self.seconds:.1f} s, "
            f"{self.verification}, {_size(sum(path.stat().st_size for path in files))}"
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the ``.vmfb``; OutputError when the path cannot be written."""
        with open_output(path) as file:
            file.write(self.vmfb)

    def save_plan(self, path: str | os.PathLike[str]) -> None:
        """Writes plan.json; OutputError when the path cannot be written."""
        with open_output(path) as file:
            file.write(json.dumps(self.plan, indent=2).encode() + b"\n")

    def load(self, threads: int = 1) -> RunnableModule:
        """Loads the module on this machine; RunError for a module of another machine."""
        return load_module(self.binary.path, threads=threads, parameters=self.parameters)

    def run(self, inputs: Inputs, threads: int = 1) -> list[np.ndarray]:
        """The model's outputs for inputs by name or in the model's order; RunError when they do not fit.

        The module is loaded at the first call. Several threads may call.
        """
        if threads not in self._loaded:
            self._loaded[threads] = self.load(threads)
        return self._loaded[threads].run(inputs)


def _size(count: int) -> str:
    """Bytes in the largest unit (powers of 1000) that is not larger."""
    size, unit = float(count), "bytes"
    for larger in ("KB", "MB", "GB"):
        if size >= 1000:
            size, unit = size / 1000, larger
    return f"{count} bytes" if unit == "bytes" else f"{size:.1f} {unit}"
