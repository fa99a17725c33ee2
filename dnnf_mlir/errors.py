"""User-facing errors and warnings: one class per kind of mistake, one message that says what is wrong and what to do.

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
    """The model is valid ONNX but uses something that cannot be compiled (operator, domain, dtype)."""


class FreeDimensionError(DnnfError):
    """The model leaves dimensions free that must be given with ``--dim NAME=N``."""


class FreeSizeError(UnsupportedModelError):
    """A step needs the size of a dimension that is left free: give it with ``--dim NAME=N``."""


class RunTimeSizeError(FreeSizeError):
    """A step needs a size that a run-time value determines, as how many elements NonZero finds."""


class InvalidIRError(DnnfError):
    """A textual or bytecode MLIR module does not parse or verify."""


class PipelineError(DnnfError):
    """A pass pipeline is malformed or a pass failed."""


class CompileError(DnnfError):
    """iree-compile rejected a module, crashed or timed out; the message holds the command and the reproducer's path.

    ``failed_locations`` are the names of the locations (``loc("name")``) of the dispatches at fault, as far as known.
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


class OutputError(DnnfError):
    """The output path cannot be written."""


class TargetError(DnnfError):
    """An unknown target or an option that the target does not have."""


class ProfileError(DnnfError):
    """The profile database cannot be opened or written, or a file to import is not an exported one."""


class RunError(DnnfError):
    """A compiled module could not be run (wrong inputs, missing device)."""


class InputValuesError(RunError):
    """A module refused the values of its inputs, which ask for other shapes than it was compiled for."""


def warn(message: str) -> None:
    """Prints a warning, one line on stderr; it ends nothing and changes no exit code."""
    sys.stderr.write(f"warning: {message}\n")
