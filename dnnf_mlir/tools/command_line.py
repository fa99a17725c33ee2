"""What all commands share: exit codes, error messages, ``--dim``, input and output files."""

import argparse
import sys
from collections.abc import Callable, Sequence

from dnnf_mlir.errors import DnnfError

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130


def run_tool(command: Callable[[], None]) -> int:
    """Runs a command; prints the one message of a DnnfError on stderr. Returns the exit code."""
    try:
        command()
    except DnnfError as error:
        sys.stderr.write(f"error: {error}\n")
        return EXIT_FAILED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return 0


def dimension(text: str) -> tuple[str, int]:
    """``NAME=N`` as argparse type; N is a positive integer."""
    name, equals, size = text.rpartition("=")
    if not equals or not name or not size.isdigit() or int(size) == 0:
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME=N with a positive number")
    return name, int(size)


def elements(text: str) -> tuple[str, list[tuple[int, ...]] | None]:
    """``NAME=SHAPE,...`` as argparse type, as ``x=2x3,4x3``; ``NAME=none`` is an optional without a value."""
    name, equals, shapes = text.rpartition("=")
    sizes = [shape.split("x") if shape != "scalar" else [] for shape in shapes.split(",") if shape]
    if equals and name and shapes == "none":
        return name, None
    if not equals or not name or not all(size.isdigit() for shape in sizes for size in shape):
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME=SHAPE,SHAPE,... as x=2x3,4x3,scalar, or NAME=none")
    return name, [tuple(map(int, shape)) for shape in sizes]


def add_model_arguments(parser: argparse.ArgumentParser, *, optional: bool = False) -> None:
    """``model``, which may be left out where it is ``optional``, and ``--dim``."""
    parser.add_argument("model", nargs="?" if optional else None, help="ONNX model, - for stdin")
    parser.add_argument(
        "--dim", action="append", type=dimension, default=[], metavar="NAME=N", help="size of a free dimension"
    )


def add_elements_argument(parser: argparse.ArgumentParser) -> None:
    """``--elements``, for models whose inputs are no tensors."""
    parser.add_argument(
        "--elements",
        action="append",
        type=elements,
        default=[],
        metavar="NAME=SHAPE,...",
        help="shapes of the tensors of a sequence input, as x=2x3,4x3; none for an optional input without a value",
    )


def model_source(path: str) -> str | bytes:
    """What the importer takes: the path, or stdin's contents for ``-``."""
    return sys.stdin.buffer.read() if path == "-" else path


def split_iree_flags(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Separates ``--iree-*`` flags, which go to iree-compile as they are."""
    ours = [argument for argument in arguments if not argument.startswith("--iree-")]
    return ours, [argument for argument in arguments if argument.startswith("--iree-")]
