"""Hashes of the code generated per model and target: a refactoring leaves them as they are.

python -m benchmarks.bytecode -o before.json          # before the change
python -m benchmarks.bytecode --against before.json   # after it: exit code 1 if code differs
"""

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from dnnf_mlir.compiler import Compilation
from dnnf_mlir.options import Options
from dnnf_mlir.storage.output import open_output

from .models import dynamic_dimensions, load

MODELS = ("efficientnet_b0", "mobilenetv1_ssd", "tinybert", "tinybert_dynamic")
TARGETS = ("host", "arm64-linux", "vulkan-mali")


def digest(model: str, target: str) -> str:
    """SHA-256 of the MLIR bytecode that iree-compile gets for a benchmark model; no measured latency counts."""
    proto = load(model)
    dims = {} if model.endswith("_dynamic") else dynamic_dimensions(proto)
    with tempfile.TemporaryDirectory() as folder:
        options = Options(target=target, dims=dims, verify=False, cache=False, profile_db=Path(folder) / "empty.sqlite")
        compilation = Compilation(proto, options, name=model)
        compilation.simplify()
        module = compilation.lower(compilation.fuse())
        path = Path(folder) / "module.mlirbc"
        with path.open("wb") as file:
            module.operation.write_bytecode(file)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 if no code differs from ``--against``, 1 otherwise."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bytecode", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("models", nargs="*", default=MODELS, help=f"benchmark models (default: {' '.join(MODELS)})")
    parser.add_argument("--targets", default=",".join(TARGETS), metavar="LIST", help="(default: %(default)s)")
    parser.add_argument("-o", "--output", metavar="FILE", help="write the hashes as JSON")
    parser.add_argument("--against", type=Path, metavar="FILE", help="compare with the hashes of an earlier run")
    options = parser.parse_args(arguments)
    before: dict[str, str] = json.loads(options.against.read_text()) if options.against else {}
    hashes: dict[str, str] = {}
    for model in options.models:
        for target in options.targets.split(","):
            name = f"{model}/{target}"
            hashes[name] = digest(model, target)
            verdict = "" if name not in before else " equal" if before[name] == hashes[name] else " DIFFERS"
            sys.stdout.write(f"{hashes[name][:16]} {name}{verdict}\n")
            sys.stdout.flush()
    if options.output:
        with open_output(options.output) as file:
            file.write(json.dumps(hashes, indent=2).encode() + b"\n")
    return 1 if any(before.get(name, value) != value for name, value in hashes.items()) else 0


if __name__ == "__main__":
    sys.exit(main())
