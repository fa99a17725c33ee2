"""``dnnf-compile model.onnx -o model.vmfb``: the whole way, or up to a stage."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from dnnf_mlir.compiler import Compilation, compile_model
from dnnf_mlir.dialect_defs.module_io import module_text
from dnnf_mlir.errors import TargetError, warn
from dnnf_mlir.fusion.capabilities import capabilities_of
from dnnf_mlir.fusion.report import decisions_json, plain_blocks, remarks
from dnnf_mlir.options import PRECISIONS, Options
from dnnf_mlir.storage.output import check_writable, open_output
from dnnf_mlir.targets import TARGET_NAMES
from dnnf_mlir.tune.devices import LocalDevice
from dnnf_mlir.tune.profiler import Profiler
from dnnf_mlir.tune.variant_search import search_variants

from .command_line import (
    add_elements_argument,
    add_model_arguments,
    model_source,
    run_tool,
    split_iree_flags,
    stage_on_terminal,
)

STAGES = ("dnnf", "simplified", "fused", "linalg", "vmfb")


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the command; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="dnnf-compile",
        description="Compile an ONNX model to an IREE module. Flags that start with --iree- go to iree-compile.",
    )
    add_model_arguments(parser)
    add_elements_argument(parser)
    parser.add_argument("-o", dest="output", required=True, metavar="FILE", help="module, - for stdout")
    parser.add_argument("--target", default="host", choices=TARGET_NAMES)
    parser.add_argument("--precision", default="f32", choices=PRECISIONS)
    parser.add_argument("--compile-to", default="vmfb", choices=STAGES, help="stop after this stage (default: vmfb)")
    parser.add_argument("--plan", metavar="FILE", help="write the fusion plan as JSON")
    parser.add_argument("--remarks", action="store_true", help="print for each edge why it was fused or not")
    parser.add_argument("--no-simplify", action="store_true", help="skip rewriting")
    parser.add_argument("--no-fuse", action="store_true", help="one kernel per operator")
    parser.add_argument("--no-verify", action="store_true", help="skip the check against the reference on this machine")
    parser.add_argument("--no-cache", action="store_true", help="compile anew, take nothing from the cache")
    parser.add_argument("--profile-db", type=Path, metavar="FILE", help="profile database (default: the user's own)")
    parser.add_argument(
        "--variant-seconds",
        type=float,
        default=0.0,
        metavar="S",
        help="first measure variants of the kernels on this machine for S seconds (default: 0, use known latencies)",
    )
    parser.add_argument(
        "--parameters",
        type=Path,
        metavar="FILE.irpa",
        help="write the weights into this file, not into the module; run it with IREE's --parameters=model=FILE.irpa",
    )
    parser.add_argument("--quiet", action="store_true", help="print warnings and errors only")
    ours, iree_flags = split_iree_flags(sys.argv[1:] if arguments is None else arguments)
    options = parser.parse_args(ours)
    return run_tool(lambda: _compile(options, iree_flags))


def _compile(options: argparse.Namespace, iree_flags: Sequence[str]) -> None:
    check_writable(options.output)
    for path in filter(None, (options.plan, options.parameters)):
        check_writable(path)
    chosen = Options(
        target=options.target,
        dims=dict(options.dim),
        elements=dict(options.elements),
        precision=options.precision,
        simplify=not options.no_simplify,
        fuse=not options.no_fuse,
        verify=not options.no_verify,
        iree_flags=iree_flags,
        profile_db=options.profile_db,
        cache=not options.no_cache,
        parameters=options.parameters,
    )
    source, name = model_source(options.model), "<stdin>" if options.model == "-" else None
    if options.variant_seconds > 0:
        _measure_variants(Compilation(source, chosen, name=name), options.variant_seconds)
    lines: list[str] = []
    with stage_on_terminal(quiet=options.quiet) as on_stage:
        if options.compile_to == "vmfb":
            compiled = compile_model(source, chosen, name, on_stage=on_stage)
            compiled.save(options.output)
            if options.plan:
                compiled.save_plan(options.plan)
            for line in plain_blocks(compiled.plan["blocks"]):
                warn(f"{compiled.plan['model']}: {line}")
            lines += remarks(compiled.plan) if options.remarks else ()
            lines += [] if options.quiet else [compiled.summary()]
        else:
            compilation = Compilation(source, chosen, name=name, on_stage=on_stage)
            explained = _compile_partly(compilation, options.compile_to, options.output)
            lines += explained if options.remarks else ()
    sys.stderr.write("".join(f"{line}\n" for line in lines))


def _measure_variants(compilation: Compilation, seconds: float) -> None:
    target, known = compilation.target, compilation.profile
    if not target.runs_here or target.vector is None:
        raise TargetError(
            f"target {target.name} does not run on this machine: measure with dnnf-profile --device=COMMAND"
        )
    capabilities, flags = capabilities_of(target), compilation.options.iree_flags
    profiler = Profiler(target, LocalDevice(), known, capabilities.machine.launch_seconds, flags=flags)
    graph = compilation.graph(compilation.simplify())
    search_variants(profiler, graph, capabilities, known, target.vector, seconds)


def _compile_partly(compilation: Compilation, stage: str, output: str) -> Iterable[str]:
    """Writes the module as it is after a stage; returns remarks on the plan, where there is one."""
    if stage == "dnnf":
        _write(output, module_text(compilation.module))
        return ()
    compilation.simplify()
    if stage == "simplified":
        _write(output, module_text(compilation.module))
        return ()
    fused = compilation.fuse()
    _write(output, module_text(fused) if stage == "fused" else str(compilation.lower(fused)))
    return remarks(decisions_json(compilation.plan)) if compilation.plan is not None else ()


def _write(path: str, text: str) -> None:
    with open_output(path) as file:
        file.write(text.encode())


if __name__ == "__main__":
    sys.exit(main())
