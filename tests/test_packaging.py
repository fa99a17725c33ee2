"""What pip installs is what the repository holds."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_every_package_is_listed() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    folders = {name: folder for name, folder in listed["package-dir"].items()}
    found = {
        ".".join((name, *init.parent.relative_to(ROOT / folder).parts))
        for name, folder in folders.items()
        for init in (ROOT / folder).rglob("__init__.py")
    }
    assert set(listed["packages"]) == found


@pytest.mark.parametrize(
    "module",
    ["dnnf_mlir.passes.pipeline", "dnnf_mlir.dialect_defs", "benchmarks", "tests.fuzzing", "tests.differential"],
)
def test_a_checkout_needs_no_installed_package(module: str) -> None:
    """The checkout's folder hides an installed package, so it must find all of itself: here without any installed."""
    program = f"""
import sys
sys.meta_path = [finder for finder in sys.meta_path if "editable" not in type(finder).__module__ + repr(finder)]
import dnnf_mlir, {module} as found
from pathlib import Path
paths = [*found.__path__] if hasattr(found, "__path__") else [found.__file__]
print(all(Path(path).is_relative_to(Path.cwd()) for path in [dnnf_mlir.__file__, *paths]))
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "True\n", done.stderr
