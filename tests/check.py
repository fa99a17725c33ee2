"""Every check of the repository, tests last: ``python -m tests.check [pytest arguments]``.

``pip install -e '.[test]'`` first. The exit code is 0 only if all checks pass; all of them run in any case.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
TYPED = ROOT / "build" / "typed"
COVERAGE = ("--cov=dnnf_mlir", "--cov=dialect_defs", "--cov=passes", "--cov-report=json:build/coverage.json")
"""Measured by line; ``tests/conftest.py`` prints the share of each room. It costs a tenth of the tests' time."""


def main(arguments: list[str] | None = None) -> int:
    """Runs the checks one after the other and names those that failed."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.check", description="Run ruff, mypy, lit and pytest.", epilog="Other flags go to pytest."
    )
    _, pytest_arguments = parser.parse_known_args(arguments)
    scripts = Path(sys.executable).parent
    lay_out_package()
    typed = ["-p", "dnnf_mlir", "-p", "benchmarks"]
    checks: list[tuple[list[str], dict[str, str]]] = [
        ([str(scripts / "ruff"), "check", "."], {}),
        ([str(scripts / "ruff"), "format", "--check", "."], {}),
        ([sys.executable, "-m", "mypy", "--strict", *typed], {"MYPYPATH": str(TYPED)}),
        ([str(scripts / "lit"), "-v", "lit_tests"], {}),
        ([sys.executable, "-m", "pytest", "-n", "auto", *COVERAGE, *pytest_arguments], {}),
    ]
    failed = []
    for command, variables in checks:
        sys.stdout.write(f"== {shlex.join(command)}\n")
        sys.stdout.flush()
        if subprocess.run(command, cwd=ROOT, env={**os.environ, **variables}, check=False).returncode != 0:
            failed.append(shlex.join(command))
    sys.stdout.write("".join(f"FAILED: {command}\n" for command in failed))
    return 1 if failed else 0


def lay_out_package() -> None:
    """Links the sources into TYPED as they are installed: mypy does not read setuptools' package-dir."""
    shutil.rmtree(TYPED, ignore_errors=True)
    package = TYPED / "dnnf_mlir"
    package.mkdir(parents=True)
    for source in (ROOT / "dnnf_mlir").iterdir():
        (package / source.name).symlink_to(source)
    for name in ("dialect_defs", "passes"):
        (package / name).symlink_to(ROOT / name)
    (TYPED / "benchmarks").symlink_to(ROOT / "benchmarks")


if __name__ == "__main__":
    sys.exit(main())
