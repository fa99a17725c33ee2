"""``dnnf-profile model.onnx --profile-db=FILE``: measures open questions of plans, and variants; keeps the database."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from dnnf_mlir.compiler import Compilation
from dnnf_mlir.errors import ProfileError, TargetError
from dnnf_mlir.fusion.capabilities import capabilities_of
from dnnf_mlir.fusion.profile.database import Entry, ProfileDatabase, Status
from dnnf_mlir.fusion.profile.measured import MeasuredProfile
from dnnf_mlir.options import PRECISIONS, Options
from dnnf_mlir.storage.environment import Environment, compiler_version, default_database, environment
from dnnf_mlir.storage.output import check_writable, open_output
from dnnf_mlir.targets import TARGET_NAMES, Target
from dnnf_mlir.tune.devices import CommandDevice, Device, LocalDevice
from dnnf_mlir.tune.profiler import MeasuredRegion, Profiler, rounds
from dnnf_mlir.tune.variant_search import progress_bar, search_variants

from .command_line import add_elements_argument, add_model_arguments, model_source, run_tool, split_iree_flags

_PRUNE = ("outdated", "failed", "all")
_VARIANT_SECONDS = 120.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the command; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="dnnf-profile",
        description="Measure kernels where a model's fusion plan has a choice, then variants of the plan's kernels; "
        "keep the latencies. The command can be stopped and started again. Flags that start with --iree- go to "
        "iree-compile.",
        epilog="--device='qemu-aarch64-static -L /usr/aarch64-linux-gnu /opt/iree/bin/{tool}' runs IREE's tools by a "
        "command. {module}, {function} and {inputs} are replaced in it; without them they are appended.",
    )
    add_model_arguments(parser, optional=True)
    add_elements_argument(parser)
    parser.add_argument("--target", default="host", choices=TARGET_NAMES)
    parser.add_argument("--precision", default="f32", choices=PRECISIONS)
    parser.add_argument("--profile-db", type=Path, metavar="FILE", help="the database (default: the user's own)")
    parser.add_argument("--device", default="local", metavar="local|COMMAND", help="where to measure (default: local)")
    parser.add_argument("--machine", metavar="NAME", help="name of the measured CPU or GPU (default: the target's)")
    parser.add_argument(
        "--variant-seconds",
        type=float,
        default=_VARIANT_SECONDS,
        metavar="S",
        help="seconds for variants of the plan's kernels, the most expensive first (default: %(default)g; 0: none)",
    )
    parser.add_argument("--list", action="store_true", help="print all entries")
    parser.add_argument("--export", metavar="FILE", help="write all entries as JSON, - for stdout")
    parser.add_argument("--import", dest="import_", metavar="FILE", help="add exported entries")
    parser.add_argument("--prune", choices=_PRUNE, help="remove entries of other compiler versions, failures, or all")
    ours, iree_flags = split_iree_flags(sys.argv[1:] if arguments is None else arguments)
    options = parser.parse_args(ours)
    if not (options.model or options.list or options.export or options.import_ or options.prune):
        parser.error("give a model, or one of --list, --export, --import, --prune")
    return run_tool(lambda: _run(options, iree_flags))


def _run(options: argparse.Namespace, iree_flags: Sequence[str]) -> None:
    if options.export:
        check_writable(options.export)
    with ProfileDatabase(options.profile_db or default_database()) as database:
        if options.import_:
            database.import_json(_read(options.import_), options.import_)
        if options.prune:
            count = database.prune(lambda place, entry: _kept(options.prune, place, entry))
            sys.stderr.write(f"{count} entries removed\n")
        if options.model:
            _measure(options, iree_flags, database)
        if options.export:
            with open_output(options.export) as file:
                file.write(database.export_json().encode())
        if options.list:
            _list(database)


def _measure(options: argparse.Namespace, iree_flags: Sequence[str], database: ProfileDatabase) -> None:
    compilation = Compilation(
        model_source(options.model),
        Options(
            target=options.target,
            dims=dict(options.dim),
            elements=dict(options.elements),
            precision=options.precision,
            iree_flags=iree_flags,
            profile_db=database.path,
        ),
        name="<stdin>" if options.model == "-" else None,
    )
    target = compilation.target
    device = _device(options.device, target)
    flags = compilation.options.iree_flags
    known = MeasuredProfile(environment(target, flags, options.machine), database)
    capabilities = capabilities_of(target)
    profiler = Profiler(target, device, known, capabilities.machine.launch_seconds, flags=flags)
    graph = compilation.graph(compilation.simplify())
    console = Console(stderr=True)
    measured: list[MeasuredRegion] = []
    with progress_bar(console) as progress:
        for number, regions in enumerate(rounds(graph, capabilities, known), start=1):
            task = progress.add_task(f"round {number}", total=len(regions))

            def done(region: MeasuredRegion, task: int = task) -> None:  # the task of this round
                measured.append(region)
                progress.advance(task)  # type: ignore[arg-type]

            profiler.measure(regions, done)
    failures = [entry for region in measured if (entry := known.entry(region.key)) and entry.status is not Status.OK]
    sys.stderr.write(f"{compilation.name}: {len(measured)} kernels measured, {len(failures)} of them failed\n")
    for entry in failures:
        sys.stderr.write(f"  {entry.status.value}: {entry.region.splitlines()[0]} ...: {entry.error}\n")
    if target.vector is not None and options.variant_seconds > 0:
        search_variants(profiler, graph, capabilities, known, target.vector, options.variant_seconds)


def _device(chosen: str, target: Target) -> Device:
    if chosen != "local":
        gpu = target.vector is None
        return CommandDevice(chosen, ("--device=vulkan",) if gpu else ("--device=local-sync",))
    if not target.runs_here:
        raise TargetError(f"target {target.name} does not run on this machine: give --device=COMMAND")
    return LocalDevice()


def _kept(what: str, place: Environment, entry: Entry) -> bool:
    if what == "all":
        return False
    if what == "failed":
        return entry.status is Status.OK
    return place.compiler.startswith(compiler_version())


def _read(path: str) -> str:
    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"cannot read {path}: {error}") from None


def _list(database: ProfileDatabase) -> None:
    columns = ("key", "target", "machine", "compiler", "status", "us", "variant", "operators")
    rows = [_row(place, entry) for place, entry in database.everything()]
    console = Console()
    if not console.is_terminal:
        for row in rows:
            sys.stdout.write("\t".join(row) + "\n")
        return
    table = Table(*columns)
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _row(place: Environment, entry: Entry) -> tuple[str, ...]:
    kinds = " ".join(line.split()[0] for line in entry.region.splitlines())
    latency = "" if entry.seconds is None else f"{entry.seconds * 1e6:.2f}"
    return (
        entry.key[:8],
        place.target,
        place.machine,
        place.compiler,
        entry.status.value,
        latency,
        entry.variant,
        kinds,
    )


if __name__ == "__main__":
    sys.exit(main())
