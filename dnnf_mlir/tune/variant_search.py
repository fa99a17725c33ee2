"""Measuring the variants of a plan's kernels, told about on stderr."""

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from dnnf_mlir.fusion.capabilities import Capabilities
from dnnf_mlir.fusion.profile.choice import choose_variant
from dnnf_mlir.fusion.profile.measured import MeasuredProfile
from dnnf_mlir.graph.ecg import Graph
from dnnf_mlir.targets import VectorUnit
from dnnf_mlir.tune.profiler import MeasuredRegion, Profiler, open_variants


def search_variants(
    profiler: Profiler,
    graph: Graph,
    capabilities: Capabilities,
    known: MeasuredProfile,
    vector: VectorUnit,
    seconds: float,
) -> None:
    """Measures variants of the kernels of the graph's plan within a time limit; reports the choice after each."""
    kernels = open_variants(graph, capabilities, known, vector)
    count = faster = 0
    console = Console(stderr=True)
    with progress_bar(console) as progress:
        task = progress.add_task("variants", total=len(kernels))

        def done(variants: Sequence[MeasuredRegion]) -> None:
            nonlocal count, faster
            first = variants[0]
            choice = choose_variant([each.name for each in variants], known.variants(first.nodes, first.returned))
            count += 1
            if choice is not None:
                faster += not choice.is_analytic
                line = f"  {first.nodes[0].name}: {choice.variant}: {choice.reason}"
                progress.console.print(line, highlight=False, markup=False, soft_wrap=True)
            progress.advance(task)

        profiler.search(kernels, seconds, done)
    sys.stderr.write(f"variants of {count} of {len(kernels)} kernels measured, {faster} of them faster\n")


def progress_bar(console: Console) -> Progress:
    """Shown on terminals only."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal)
