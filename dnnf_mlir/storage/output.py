"""Output files: written whole or not at all."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from dnnf_mlir.errors import OutputError


@contextlib.contextmanager
def open_output(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A binary file that appears under ``path`` when the block ends without an error; ``-`` is stdout.

    A link is followed; a device or pipe is written to as it is. Raises OutputError when the folder is missing or not
    writable, before the block runs, and when there is no room.
    """
    check_writable(path)
    try:
        with _opened(path) as file:
            yield file
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from None


@contextlib.contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    if str(path) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        with target.open("wb") as file:
            yield file
        return
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raises OutputError when no file can be made at ``path``: checked before long work starts."""
    if str(path) != "-" and (reason := _obstacle(Path(path))):
        raise OutputError(f"cannot write {path}: {reason}")


def _obstacle(target: Path) -> str | None:
    try:
        if target.is_dir():
            return "it is a directory"
        if not target.parent.is_dir():
            return f"the directory {target.parent} does not exist"
    except OSError as error:  # such as a name that the file system cannot hold
        return error.strerror
    return None if os.access(target.parent, os.W_OK) else f"permission denied in {target.parent}"


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
