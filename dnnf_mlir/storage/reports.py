"""The boundary to users: a fault of this program becomes a message, with one file to attach to a report."""

import functools
import os
import platform
import tempfile
import traceback
import zipfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import onnx
from google.protobuf.message import Message

from dnnf_mlir.errors import DnnfError, InternalError

TRACEBACK = "DNNF_TRACEBACK"
"""Environment variable; if it is set, faults of this program keep their tracebacks."""

LARGEST_WEIGHT = 1 << 12
"""Bytes of a weight that a report holds; larger ones are left out."""

_PACKAGES = ("dnnf-mlir", "torch-mlir", "iree-base-compiler", "iree-base-runtime", "onnx", "numpy")

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def reported(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Makes InternalError of every exception that is no DnnfError; the first argument may be a model.

    Interrupts pass. What a lack of memory ends is a DnnfError without a report.
    """

    @functools.wraps(function)
    def guarded(*arguments: Parameters.args, **options: Parameters.kwargs) -> Result:
        try:
            return function(*arguments, **options)
        except (DnnfError, BrokenPipeError):
            raise
        except MemoryError as error:
            raise DnnfError(f"not enough memory: {error or 'for this model on this machine'}") from error
        except Exception as error:
            if TRACEBACK in os.environ:
                raise
            raise InternalError(_message(error, arguments, options)) from error

    return guarded


def _message(error: Exception, arguments: tuple[Any, ...], options: dict[str, Any]) -> str:
    report = _write_report(error, arguments, options)
    source = arguments[0] if arguments else None
    name = f"{source}: " if isinstance(source, str | os.PathLike) else ""
    fault = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
    return (
        f"{name}internal error of dnnf-mlir {_version('dnnf-mlir')} in {_room(error)}: {fault}; "
        f"please report it and attach {report}, which holds the model's graph without large weights"
    )


def _room(error: Exception) -> str:
    """The innermost module of this package on the way to a fault."""
    package = Path(__file__).parent.parent
    frames = [Path(frame.filename) for frame in traceback.extract_tb(error.__traceback__)]
    ours = [path for path in frames if path.is_relative_to(package) or path.is_relative_to(package.parent / "passes")]
    return "the program" if not ours else ".".join(ours[-1].relative_to(package.parent).with_suffix("").parts)


def _write_report(error: Exception, arguments: tuple[Any, ...], options: dict[str, Any]) -> Path:
    """One archive in the folder for temporary files: versions, options, traceback, the model."""
    handle, name = tempfile.mkstemp(prefix="dnnf-report-", suffix=".zip")
    os.close(handle)
    lines = [f"{package} {_version(package)}" for package in _PACKAGES]
    lines += [platform.platform(), f"Python {platform.python_version()}"]
    lines += [f"options: {[each for each in arguments[1:] if not isinstance(each, bytes)]!r} {options!r}"]
    lines += traceback.format_exception(error)
    with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as report:
        report.writestr("report.txt", "\n".join(lines))
        model = _without_weights(arguments[0]) if arguments else None
        if model is not None:
            report.writestr("model.onnx", model)
    return Path(name)


def _without_weights(source: object) -> bytes | None:
    """The model with its small weights only; None for what is no model."""
    model = onnx.ModelProto()
    try:
        if isinstance(source, onnx.ModelProto):
            model.CopyFrom(source)
        elif isinstance(source, bytes):
            model.ParseFromString(source)
        elif isinstance(source, str | os.PathLike):
            model = onnx.load(str(source), load_external_data=False)
        else:
            return None
        _clear_values(model)
        return bytes(model.SerializeToString())
    except Exception:  # a report without the model is better than none
        return None


def _clear_values(message: Message) -> None:
    """Clears what is large in the tensors, attributes and notes of a message, however deep, in place."""
    for field, value in message.ListFields():
        parts = value if field.is_repeated else [value]
        if field.message_type is not None:
            for part in parts:
                _clear_values(part)
        elif isinstance(message, _HOLDERS) and sum(map(_bytes, parts)) > LARGEST_WEIGHT:
            message.ClearField(field.name)


_HOLDERS = (onnx.TensorProto, onnx.AttributeProto, onnx.StringStringEntryProto)
"""Messages that hold values; names in others stay, however many a node has."""


def _bytes(value: object) -> int:
    return len(value) if isinstance(value, str | bytes) else 4


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "of unknown version"
