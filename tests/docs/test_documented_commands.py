"""Every command that the documents name runs from a checkout, and has the flags that they name."""

import functools
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from docs.documented_commands import ROOT, Command, commands

COMMANDS = commands()
# Packages of the extra `test` alone: who only installed README's extra has none of them.
TEST_ONLY = ("hypothesis", "pytest", "_pytest", "xdist", "pytest_timeout", "lit", "filecheck", "mypy", "sphinx")
_TIME_LIMIT_S = 500

# -S: no editable install, whose finder would hide what a checkout's folders shadow.
_RUN = (
    "import runpy, sys; sys.modules.update(dict.fromkeys({blocked!r})); sys.argv = [{name!r}, '--help']; "
    "runpy.run_module({name!r}, run_name='__main__', alter_sys=True)"
)


@functools.cache
def help_of(program: str) -> str:
    """What the program prints for ``--help``."""
    first, *rest = program.split()
    if first != "python":
        command = [str(Path(sys.executable).parent / first), "--help"]
    elif rest[0] == "-m":
        command = [sys.executable, "-S", "-c", _RUN.format(blocked=TEST_ONLY, name=rest[1])]
    else:
        command = [sys.executable, rest[0], "--help"]
    folders = ":".join(path for path in (*sys.path, str(ROOT / "tests")) if path.endswith(("-packages", "/tests")))
    result = subprocess.run(
        command,
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": folders, "COLUMNS": "200", "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        timeout=_TIME_LIMIT_S,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def _programs() -> list[str]:
    return sorted({command.program for command in COMMANDS if command.program.split()[0] != "cmake"})


def test_commands_are_read() -> None:
    """The reader finds commands in blocks, in inline code, and behind other commands of a line."""
    programs = _programs()
    assert {"dnnf-compile", "dnnf-opt", "python -m benchmarks.models", "python -m dnnf_mlir.backend"} <= set(programs)
    assert Command("docs/fusion_plan.md", ("dnnf-profile", "--list")) in COMMANDS


@pytest.mark.parametrize("program", _programs())
def test_documented_command(program: str) -> None:
    help_text = help_of(program)
    assert "usage: " in help_text
    known = set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", help_text))
    for command in COMMANDS:
        if command.program == program and "Other flags go to" not in help_text:
            missing = [flag for flag in command.flags if flag not in known and not flag.startswith("--iree-")]
            assert not missing, f"{command.document}: {' '.join(command.words)}: no flag {', '.join(missing)}"


@pytest.mark.parametrize("command", [c for c in COMMANDS if "--target" in c.words and c.words[0] == "cmake"], ids=str)
def test_cmake_target(command: Command) -> None:
    target = command.words[command.words.index("--target") + 1]
    folder = ROOT if command.document == "README.md" else (ROOT / command.document).parent
    assert re.search(rf"add_\w+\({target}\b", (folder / "CMakeLists.txt").read_text())


def test_extras_exist() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    named = {extra for path in ROOT.glob("*.md") for extra in re.findall(r"'\.\[(\w+)\]'", path.read_text())}
    assert named
    assert named <= set(extras)
