"""User-facing errors: one class per kind of mistake, one message that says what is wrong and what to do.

The command line tools print ``str(error)`` on stderr and exit with code 1; no traceback reaches the user.
"""


class DnnfError(Exception):
    """Base of every error that a user can cause or repair."""


class InvalidModelError(DnnfError):
    """The file is no valid ONNX model (unreadable, truncated, cyclic, inconsistent shapes, missing data)."""


class UnsupportedModelError(DnnfError):
    """The model is valid ONNX but uses something that cannot be compiled (operator, domain, dtype)."""


class FreeDimensionError(DnnfError):
    """The model leaves dimensions free that must be given with ``--dim NAME=N``."""


class InvalidIRError(DnnfError):
    """A textual or bytecode MLIR module does not parse or verify."""


class PipelineError(DnnfError):
    """A pass pipeline is malformed or a pass failed."""


class CompileError(DnnfError):
    """iree-compile rejected or timed out on a module; the message holds the command and the reproducer's path."""


class OutputError(DnnfError):
    """The output path cannot be written."""


class TargetError(DnnfError):
    """An unknown target or an option that the target does not have."""


class RunError(DnnfError):
    """A compiled module could not be run (wrong inputs, missing device)."""
