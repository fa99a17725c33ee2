"""A compiled model: its module, its plan, and running it on this machine."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dnnf_mlir.storage.output import open_output

from .iree import CompiledBinary, RunnableModule, load_module

if TYPE_CHECKING:
    from .compiler import Compilation


@dataclass(frozen=True)
class CompiledModel:
    """A compiled model.

    ``plan`` is plan.json's content, ``kernels`` the number of dispatches that the module's main function executes.
    ``key`` names the module in the cache of compiled modules, None where it cannot be there. ``parameters`` is the file
    with the weights where the module does not hold them.
    """

    binary: CompiledBinary
    plan: dict[str, Any]
    key: str | None
    make_compilation: Callable[[], "Compilation"]
    parameters: Path | None = None

    @property
    def compilation(self) -> "Compilation":
        """What the model went through; a model that was compiled earlier is imported for it."""
        return self.make_compilation()

    @property
    def kernels(self) -> int:
        return self.binary.dispatch_count

    @property
    def vmfb(self) -> bytes:
        """The module as IREE's runtimes load it."""
        return self.binary.read()

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

    def run(self, inputs: Sequence[np.ndarray], threads: int = 1) -> list[np.ndarray]:
        """The model's outputs for inputs in the model's order; RunError when they do not fit."""
        return self.load(threads).run(inputs)
