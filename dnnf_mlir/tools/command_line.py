"""Shared by all commands: exit codes, error messages, the stage on a terminal, ``--dim``, input and output files."""

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner

from dnnf_mlir.errors import DnnfError
from dnnf_mlir.options import OnStage, Stage
from dnnf_mlir.storage.reports import reported

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130


def run_tool(command: Callable[[], None]) -> int:
    """Runs a command; prints the one message of a DnnfError on stderr. Returns the exit code."""
    try:
        reported(command)()
    except DnnfError as error:
        sys.stderr.write(f"error: {error}\n")
        return EXIT_FAILED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return 0


@contextlib.contextmanager
def stage_on_terminal(*, quiet: bool) -> Iterator[OnStage]:
    """Gives a callback that shows the current stage on stderr; it shows nothing if stderr is no terminal."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda _: None
        return
    spinner = Spinner("dots", "start")
    with Live(spinner, console=console, transient=True) as live:

        def show(stage: Stage) -> None:
            spinner.update(text=stage)
            live.refresh()  # a stage may be over before the next frame

        yield show


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
    """Adds ``--dim`` and ``model``; the model may be left out if ``optional``."""
    parser.add_argument("model", nargs="?" if optional else None, help="ONNX model, - for stdin")
    parser.add_argument(
        "--dim", action="append", type=dimension, default=[], metavar="NAME=N", help="size of a dynamic dimension"
    )


def add_elements_argument(parser: argparse.ArgumentParser) -> None:
    """Adds ``--elements``, for models with sequences or optionals as inputs."""
    parser.add_argument(
        "--elements",
        action="append",
        type=elements,
        default=[],
        metavar="NAME=SHAPE,...",
        help="shapes of the tensors of a sequence input, as x=2x3,4x3; none for an optional input without a value",
    )


def model_source(path: str) -> str | bytes:
    """The importer's source: the path, or the contents of stdin for ``-``."""
    return sys.stdin.buffer.read() if path == "-" else path


def split_iree_flags(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Separates our flags from ``--iree-*`` flags, which go to iree-compile unchanged."""
    ours = [argument for argument in arguments if not argument.startswith("--iree-")]
    return ours, [argument for argument in arguments if argument.startswith("--iree-")]
