"""User-facing errors and warnings: one class per kind of mistake, one message with the fault and the remedy.

The command line tools print ``str(error)`` on stderr and exit with code 1; no traceback reaches the user.
"""

import sys
from pathlib import Path
from typing import Literal


class DnnfError(Exception):
    """Base of every error that a user can cause or repair."""


class InvalidModelError(DnnfError):
    """The file is no valid ONNX model (unreadable, truncated, cyclic, inconsistent shapes, missing data)."""


class UnsupportedModelError(DnnfError):
    """The model is valid ONNX, but an operator, domain or element type of it cannot be compiled."""


class DynamicDimensionError(DnnfError):
    """Dynamic dimensions need a size; ``--dim NAME=N`` gives it."""


class DynamicSizeError(UnsupportedModelError):
    """A step needs the size of a dynamic dimension; ``--dim NAME=N`` gives it."""


class DataDependentSizeError(DynamicSizeError):
    """A step needs a data-dependent size, as the number of elements that NonZero returns."""


class InvalidIRError(DnnfError):
    """A textual or bytecode MLIR module does not parse or verify."""


class PipelineError(DnnfError):
    """A pass pipeline is malformed or a pass failed."""


class CompileError(DnnfError):
    """iree-compile rejected a module, crashed or timed out. The message holds the command and the reproducer's path.

    ``failed_locations``: names of the locations (``loc("name")``) of the failed dispatches; empty if unknown.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: Literal["rejected", "crashed", "timed out"] = "rejected",
        failed_locations: tuple[str, ...] = (),
        command: tuple[str, ...] = (),
        reproducer: Path | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.failed_locations = failed_locations
        self.command = command
        self.reproducer = reproducer


class UsageError(DnnfError, TypeError):
    """A call of the Python API has an argument of a name or type that it does not take."""


class OutputError(DnnfError):
    """The output path cannot be written."""


class TargetError(DnnfError):
    """The target is unknown, or it lacks what an option needs."""


class ProfileError(DnnfError):
    """The profile database cannot be opened or written, or a file to import is no export of one."""


class InternalError(DnnfError):
    """A fault of this program; the message names the file to attach to a report."""


class RunError(DnnfError):
    """A compiled module cannot run (wrong inputs, missing device)."""


class InputValuesError(RunError):
    """A module refused the values of its inputs: they need other shapes than the compiled ones."""


def warn(message: str) -> None:
    """Prints one line on stderr; the command goes on, with the same exit code."""
    sys.stderr.write(f"warning: {message}\n")
