"""IREE's parameter archives (``.irpa``): weights by name, in a file that is mapped into memory where they are used."""

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import iree.runtime as iree_runtime
import numpy as np

from dnnf_mlir.errors import OutputError, RunError
from dnnf_mlir.storage.output import check_writable

SCOPE = "model"
"""What an archive is called where a module is loaded: ``--parameters=model=FILE.irpa``."""


@contextlib.contextmanager
def staged_archive(arrays: Mapping[str, np.ndarray], path: Path) -> Iterator[Path]:
    """An archive beside ``path``; the block's end deletes it, except after :func:`put_in_place`.

    Raises OutputError where it cannot be written.
    """
    check_writable(path)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as directory:
        staged = Path(directory) / path.name
        contents = {name: array.reshape(-1).view(np.uint8) for name, array in arrays.items()}
        # Without any entry no archive can be made.
        contents = contents or {"empty": np.zeros(1, np.uint8)}
        try:
            iree_runtime.save_archive_file(contents, staged)
        except (OSError, RuntimeError, ValueError) as error:
            raise OutputError(f"cannot write {path}: {error}") from error
        yield staged


def put_in_place(staged: Path, path: Path) -> None:
    """Gives a staged archive its name; raises OutputError where that fails."""
    try:
        staged.replace(path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from error


def open_archive(path: Path, instance: iree_runtime.VmInstance) -> iree_runtime.VmModule:
    """The module that gives a context the archive's weights; raises RunError for a file that is no archive."""
    index = iree_runtime.ParameterIndex()
    try:
        index.load(str(path))
    except (OSError, RuntimeError, ValueError) as error:
        raise RunError(f"{path} cannot be read as a parameter archive: {error}") from error
    return iree_runtime.create_io_parameters_module(instance, index.create_provider(SCOPE))
