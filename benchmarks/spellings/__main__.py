"""The same models in the spellings of exporters and opsets, and how many kernels each becomes.

    pip install torch==2.13.0 onnxscript transformers
    python -m benchmarks.spellings [GROUP...] [--compile] [--exports=DIR]

A table per group goes to stdout: operators imported, operators after rewriting, planned kernels, and by how many per
cent these are more than in the spelling with the fewest. Weights are random, nothing is downloaded. Spellings that no
exporter writes any more, such as Keras layers' as tf2onnx leaves them, are written by hand and need no PyTorch.

``--exports=DIR`` keeps the exported models and takes those that are there already instead of exporting; with
``--weightless`` they are kept without their large weights, as benchmarks.models draws them. The tests' models:

    python -m benchmarks.spellings --tiny --exports=tests/spellings/exports --weightless --export-only
"""

import argparse
import importlib
import importlib.util
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import onnx

from benchmarks import models
from benchmarks.spellings.counting import Count, compile_and_count, count
from benchmarks.spellings.handwritten import GROUPS
from dnnf_mlir.errors import DnnfError

Spellings = Mapping[str, Callable[[], onnx.ModelProto]]
_SPARE = 3.0
"""Per cent that kernel counts of one model may differ."""


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns 1 where kernel counts differ by more than 3 %, or a model is not compiled."""
    options = _parser().parse_args(arguments)
    if importlib.util.find_spec("torch") is None and not options.handwritten:
        sys.stderr.write(
            "PyTorch is not installed: pip install torch==2.13.0 onnxscript transformers, or --handwritten\n"
        )
        return 1
    groups: dict[str, Spellings] = {}
    if not options.handwritten:
        # Loaded on demand: PyTorch is large, and no dependency.
        groups |= importlib.import_module("benchmarks.spellings.torch_groups").groups(tiny=options.tiny)
    if not options.export_only:
        groups |= GROUPS
    unknown = set(options.group) - set(groups)
    if unknown:
        sys.stderr.write(f"no group {', '.join(sorted(unknown))}; there are: {', '.join(groups)}\n")
        return 2
    with TemporaryDirectory() as scratch:
        folder = options.exports or Path(scratch)
        agree = [_group(name, groups[name], folder / name, options) for name in options.group or groups]
    return 0 if all(agree) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.spellings", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("group", nargs="*", metavar="GROUP", help="what is computed, as bert; without it, everything")
    parser.add_argument(
        "--compile", action="store_true", help="compile too: dispatches, and error against ONNX Runtime"
    )
    parser.add_argument("--tiny", action="store_true", help="BERT and EfficientNet with few and small layers")
    parser.add_argument("--handwritten", action="store_true", help="only the spellings that need no PyTorch")
    parser.add_argument("--exports", type=Path, metavar="DIR", help="where the exported models are kept")
    parser.add_argument("--weightless", action="store_true", help="keep them without their large weights")
    parser.add_argument("--export-only", action="store_true", help="count nothing")
    return parser


def _group(name: str, spellings: Spellings, folder: Path, options: argparse.Namespace) -> bool:
    """Prints the group's table; whether the counts agree."""
    found: dict[str, Count | str] = {}
    for spelling, export in spellings.items():
        path = folder / f"{spelling.replace(', ', '-').replace(' ', '_')}.onnx"
        try:
            model = _exported(path, export, options.weightless)
            if not options.export_only:
                found[spelling] = compile_and_count(model, path) if options.compile else count(model)
        except _export_errors() as error:
            found[spelling] = f"not exported: {error}"
        except DnnfError as error:
            found[spelling] = f"FAILED: {error}"
    counts = [entry for entry in found.values() if isinstance(entry, Count)]
    least = min((entry.kernels for entry in counts), default=0)
    if counts:
        sys.stdout.write(_table(name, found, least, options.compile))
        sys.stdout.flush()
    failed = any(isinstance(entry, str) and entry.startswith("FAILED") for entry in found.values())
    return not failed and all(entry.kernels <= least * (1 + _SPARE / 100) for entry in counts)


def _exported(path: Path, export: Callable[[], onnx.ModelProto], weightless: bool) -> onnx.ModelProto:
    if not path.exists():
        model = export()
        path.parent.mkdir(parents=True, exist_ok=True)
        onnx.save(models.emptied(model) if weightless else model, path)
    return models.filled(onnx.load(path, load_external_data=False))


def _export_errors() -> tuple[type[Exception], ...]:
    """What an export raises; the class is defined where PyTorch is imported, if it is."""
    module = sys.modules.get("benchmarks.spellings.torch_exports")
    return (module.ExportError,) if module else ()


def _table(name: str, found: Mapping[str, Count | str], least: int, compiled: bool) -> str:
    head = [
        "spelling",
        "imported",
        "rewritten",
        "kernels",
        "difference",
        *(["dispatches", "error"] if compiled else []),
    ]
    lines = [f"### {name}\n", f"| {' | '.join(head)} |", "|---|" + "---:|" * (len(head) - 1)]
    for spelling, entry in found.items():
        if isinstance(entry, str):
            lines.append(f"| {spelling} | {entry} |" + " |" * (len(head) - 2))
            continue
        cells = [spelling, entry.imported, entry.rewritten, entry.kernels, f"{100 * (entry.kernels / least - 1):.1f} %"]
        if compiled:
            cells += [entry.dispatches, f"{entry.error:.1e}"]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines) + "\n\n"


if __name__ == "__main__":
    sys.exit(main())
