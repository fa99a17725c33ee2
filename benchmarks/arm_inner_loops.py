"""How near the inner loops of the kernels for ARM come to the multiply-adds that a core can start, without an ARM core.

    python -m benchmarks.arm_inner_loops [-o benchmarks/ARM_INNER_LOOPS.md]

Each layer is compiled for arm64-linux, by this project, also in half precision, and by stock IREE. The hot loop, the
deepest one with multiply-adds, is cut out of the assembly and given to llvm-mca, and so are as many multiply-adds that
do not wait for each other: their cycles over the loop's are its share of the limit. Caches do not occur in llvm-mca's
models.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil
from pathlib import Path
from types import MappingProxyType

import dnnf_mlir
from benchmarks.anchors import Anchor
from benchmarks.run import heading, write
from dnnf_mlir.bench.engines import stock_iree
from dnnf_mlir.errors import DnnfError, RunError
from dnnf_mlir.iree import compile_module
from dnnf_mlir.targets import get_target

_TARGET = "arm64-linux"
# LLVM describes the Neoverse cores; for cortex-a78 and cortex-x1 (kin of n1 and v1) it takes an older core's figures.
CORES = ("cortex-a78", "neoverse-n1", "cortex-x1", "neoverse-v1")
_PROGRAMS = ("llvm-mca-19", "llvm-mca")
_ITERATIONS = 200
# Accumulators that the limit's multiply-adds go round: enough for every core's latency.
_INDEPENDENT = 24
_PAD = (1, 1, 1, 1)


def _convolution(channels: int, filters: int, extent: int, kernel: int, stride: int = 1, group: int = 1) -> Anchor:
    attributes = {"pads": _PAD if kernel == 3 else (0,) * 4, "strides": (stride,) * 2, "group": group}
    inputs = ((1, channels, extent, extent), (filters, channels // group, kernel, kernel))
    output = (1, filters, extent // stride, extent // stride)
    return Anchor("layer", "Conv", inputs, output, attributes, (1,), {})


LAYERS: Mapping[str, Anchor] = MappingProxyType(
    {
        "convolution 3x3, 64 channels, 56x56": _convolution(64, 64, 56, 3),
        "convolution 3x3 stride 2, 64 to 128 channels, 56x56": _convolution(64, 128, 56, 3, 2),
        "convolution 1x1, 256 to 512 channels, 14x14": _convolution(256, 512, 14, 1),
        "matrix product 128x768x768": Anchor("layer", "MatMul", ((128, 768), (768, 768)), (128, 768), {}, (1,), {}),
        "depthwise 3x3, 128 channels, 28x28": _convolution(128, 128, 28, 3, group=128),
        "depthwise 5x5, 672 channels, 14x14": Anchor(
            "layer",
            "Conv",
            ((1, 672, 14, 14), (672, 1, 5, 5)),
            (1, 672, 14, 14),
            {"pads": (2,) * 4, "group": 672},
            (1,),
            {},
        ),
    }
)


@dataclass(frozen=True)
class Loop:
    """The instructions of a loop without inner loops; ``depth`` loops are around it."""

    instructions: tuple[str, ...]
    depth: int

    @property
    def multiply_adds(self) -> int:
        """Vector multiply-adds of one iteration."""
        return sum(re.match(r"fml[as]\s+v", line) is not None for line in self.instructions)

    @property
    def arrangement(self) -> str:
        """The lanes of its multiply-adds, such as 4s."""
        return next(found[1] for line in self.instructions if (found := re.match(r"fml[as]\s+v\d+\.(\w+)", line)))

    @property
    def stack_accesses(self) -> int:
        """Loads and stores of spilled registers."""
        return sum("[sp" in line for line in self.instructions)


def innermost_loops(assembly: str) -> Iterator[Loop]:
    """All loops of AArch64 assembly in which no other begins or ends."""
    lines = [line.partition("//")[0].strip() for line in assembly.splitlines()]
    labels = {line[:-1]: i for i, line in enumerate(lines) if line.startswith(".L") and line.endswith(":")}
    loops = []
    for i, line in enumerate(lines):
        branch = re.match(r"(?:b\.\w+|b|cbn?z\s+\w+,|tbn?z\s+\w+,\s*#\w+,)\s+(\.L\w+)$", line)
        if branch and labels.get(branch[1], i) < i:
            loops.append((labels[branch[1]], i))
    for first, last in loops:
        if any(first <= other[0] and other[1] <= last and other != (first, last) for other in loops):
            continue
        body = tuple(line for line in lines[first:last] if line and not line.startswith(".") and line[-1] != ":")
        yield Loop((*body, lines[last]), sum(a <= first and last <= b for a, b in loops))


def hot_loop(assemblies: Sequence[str]) -> Loop | None:
    """The deepest loop, and among those the one that is multiply-adds to the largest part; None where none has any."""
    found = [loop for assembly in assemblies for loop in innermost_loops(assembly) if loop.multiply_adds]
    return max(found, key=lambda loop: (loop.depth, loop.multiply_adds / len(loop.instructions)), default=None)


def cycles(program: str, instructions: Sequence[str], core: str) -> float:
    """Cycles of one iteration by llvm-mca; raises RunError if it does not understand the code."""
    command = [program, "-mtriple=aarch64", f"-mcpu={core}", f"-iterations={_ITERATIONS}", "-json", "-"]
    source = "\n".join(re.sub(r"\.L\w+$", "0", line) for line in instructions)
    run = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
    if run.returncode:
        raise RunError(f"{program} fails: {run.stderr.strip()}")
    summary = json.loads(run.stdout)["CodeRegions"][0]["SummaryView"]
    return float(summary["TotalCycles"]) / _ITERATIONS


def share_of_limit(program: str, loop: Loop, core: str) -> float:
    """Cycles that the loop's multiply-adds need alone, over all its cycles."""
    repeats = ceil(_INDEPENDENT / loop.multiply_adds)
    count = loop.multiply_adds * repeats
    lanes = loop.arrangement
    alone = [f"fmla v{i % _INDEPENDENT}.{lanes}, v30.{lanes}, v31.{lanes}" for i in range(count)]
    return cycles(program, alone, core) / repeats / cycles(program, loop.instructions, core)


def ours(layer: Anchor, directory: Path, precision: str = "f32") -> list[str]:
    """The assembly of this project's kernel."""
    flags = (f"--iree-hal-dump-executable-intermediates-to={directory}",)
    model = layer.model(channels_last=True)
    dnnf_mlir.compile(model, target=_TARGET, verify=False, precision=precision, iree_flags=flags)
    return [path.read_text() for path in sorted(directory.glob("*.s"))]


def stock(layer: Anchor, directory: Path) -> list[str]:
    """The assembly of stock IREE's kernels, with data tiling."""
    imported, error = stock_iree.import_model(layer.model(channels_last=False), directory)
    if error:
        raise RunError(error)
    flags = (*stock_iree.FLAG_SETS[0], f"--iree-hal-dump-executable-intermediates-to={directory}")
    compile_module(imported, get_target(_TARGET), flags, keep_reproducer=False)
    return [path.read_text() for path in sorted(directory.glob("*.s"))]


_COMPILERS: Mapping[str, Callable[[Anchor, Path], list[str]]] = MappingProxyType(
    {"dnnf_mlir": ours, "dnnf_mlir, f16": partial(ours, precision="f16"), "stock IREE": stock}
)


def table(program: str) -> str:
    """A Markdown table: for each layer and compiler its hot loop and the share of the limit on every core."""
    lines = [
        f"| layer | compiler | multiply-adds | instructions | on the stack | {' | '.join(CORES)} |",
        "|---|---|---|---|---|" + "---|" * len(CORES),
    ]
    for name, layer in LAYERS.items():
        for compiler, assemble in _COMPILERS.items():
            with tempfile.TemporaryDirectory(prefix="dnnf-arm-") as directory:
                loop = hot_loop(assemble(layer, Path(directory)))
            if loop is None:
                lines.append(f"| {name} | {compiler} | no vector loop | | | {' | ' * (len(CORES) - 1)} |")
                continue
            shares = [f"{share_of_limit(program, loop, core):.0%}" for core in CORES]
            counts = (loop.multiply_adds, len(loop.instructions), loop.stack_accesses)
            lines.append(f"| {name} | {compiler} | {' | '.join(map(str, counts))} | {' | '.join(shares)} |")
    return "\n".join(lines)


def report(program: str) -> str:
    """The text of ARM_INNER_LOOPS.md."""
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    number = re.search(r"version ([\d.]+)", version)
    return f"""# Inner loops on ARM

`python -m benchmarks.arm_inner_loops`

{heading(1)} llvm-mca {number[1] if number else "of an unknown version"}.

The table shows the hot loop of each layer, compiled for {_TARGET}: vector multiply-adds, instructions, and instructions
that access the stack (spilled registers). For each core follows llvm-mca's throughput of multiply-adds, as a share of
the core's peak. Loads count as hits in the first-level cache. LLVM describes the Neoverse cores. cortex-a78 and
cortex-x1 are close to n1 and v1, but LLVM gives them the figures of an older core without f16 arithmetic.

{table(program)}
"""


def main(arguments: list[str] | None = None) -> int:
    """The command; exit code 1 without llvm-mca."""
    summary = (__doc__ or "").partition("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.arm_inner_loops", description=summary)
    parser.add_argument("-o", "--output", type=Path, help="the Markdown file to write (default: stdout)")
    options = parser.parse_args(arguments)
    program = next(filter(shutil.which, _PROGRAMS), None)
    if program is None:
        sys.stderr.write("llvm-mca is not installed: it comes with LLVM (on Debian: apt-get install llvm-19)\n")
        return 1
    try:
        text = report(program)
    except DnnfError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    write(text, options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
