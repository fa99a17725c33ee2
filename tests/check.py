"""All checks in order: lint, types, lit, pytest. ``python -m tests.check`` runs what CI runs."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PYTHON = sys.executable
BINARIES = Path(PYTHON).parent

STEPS = (
    (str(BINARIES / "ruff"), "check", "."),
    (str(BINARIES / "ruff"), "format", "--check", "."),
    (PYTHON, "-m", "mypy"),
    (str(BINARIES / "lit"), "-q", "lit_tests"),
    (PYTHON, "-m", "pytest", "-q", "tests"),
)


def main() -> int:
    """Runs every step; stops at the first that fails and returns its exit code."""
    for step in STEPS:
        sys.stderr.write(f"$ {' '.join(step)}\n")
        code = subprocess.run(step, cwd=ROOT, check=False).returncode
        if code != 0:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
