"""The product's structure as data: rooms, what each may import, and its size.

``python -m tests.house --write`` brings the table in docs/architecture.md up to date; without ``--write`` it is
printed. Imports are read from the source text, also those inside functions and under ``TYPE_CHECKING``.
"""

import argparse
import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "architecture.md"

FOLDERS = {"dnnf_mlir": "", "dialect_defs": "dialect_defs", "passes": "passes"}
"""Where the package's sources lie in the repository, and below which name of the package."""

BELOW: dict[str, tuple[str, ...]] = {
    "errors": (),
    "options": ("errors",),
    "bindings": (),
    "targets": ("errors",),
    "graph": ("bindings", "errors"),
    "storage.output": ("errors",),
    "storage.reports": ("errors",),
    "iree": ("storage.output", "targets"),
    "storage": ("iree", "options"),
    "dialect_defs": ("graph",),
    "verify.reference": ("dialect_defs",),
    "importer": ("verify.reference", "storage.reports"),
    "rewriting": ("verify.reference",),
    "layout": ("dialect_defs",),
    "emit": ("dialect_defs", "iree"),
    "kernels": ("emit",),
    "fusion": ("kernels", "storage"),
    "lowering": ("kernels",),
    "passes": ("rewriting", "layout", "fusion"),
    "verify": ("verify.reference", "iree", "options"),
    "tune": ("fusion", "lowering", "verify"),
    "compiled_model": ("graph", "iree"),
    "compiler": ("compiled_model", "importer", "passes", "lowering", "verify"),
    "session": ("compiler",),
    "__init__": ("session",),
    "bench": ("compiler",),
    "onnx_backend": ("compiler",),
    "backend": ("onnx_backend",),
    "tools": ("bench", "tune"),
}
"""Room -> the rooms directly below it. A room imports only what lies below it, in any number of steps.

A room is a module or folder of the package by its name without ``dnnf_mlir.``; of several that fit, the longest.
"""

APART = {"fusion": ("bindings", "emit")}
"""Room -> rooms below it that it must not import itself: the planner needs no MLIR."""

PUBLIC = {
    "__init__.py",
    "backend.py",
    "compiled_model.py",
    "compiler.py",
    "errors.py",
    "options.py",
    "session.py",
    "targets.py",
}
"""The files in the package's root: the public API, and the stages in order."""

LONGEST_FILE = 400
MOST_LINES = 39_000


@dataclass(frozen=True)
class Module:
    """A source file of the product: its name without ``dnnf_mlir.`` and its lines."""

    name: str
    path: Path
    lines: int

    @property
    def room(self) -> str:
        """The longest name in BELOW that this one starts with; KeyError where there is none."""
        parts = self.name.split(".")
        prefixes = [".".join(parts[:i]) for i in range(len(parts), 0, -1)]
        for prefix in prefixes:
            if prefix in BELOW:
                return prefix
        raise KeyError(f"{self.path}: in no room")


@cache
def modules() -> Mapping[str, Module]:
    """The product's modules by name."""
    found = {}
    for folder, below in FOLDERS.items():
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = [*below.split("."), *path.relative_to(ROOT / folder).with_suffix("").parts]
            parts = [part for part in parts if part]
            name = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
            found[name] = Module(name, path, len(path.read_text().splitlines()))
    return found


@cache
def imports() -> Mapping[str, frozenset[str]]:
    """Module -> the modules of the product that it imports anywhere in its text."""
    return {name: frozenset(_imported(module)) - {name} for name, module in modules().items()}


def _imported(module: Module) -> Iterator[str]:
    package = ["dnnf_mlir", *module.name.split(".")]
    if module.path.name != "__init__.py" or module.name == "__init__":
        package.pop()
    for node in ast.walk(ast.parse(module.path.read_text())):
        match node:
            case ast.Import():
                yield from (known for name in node.names if (known := _known(name.name)))
            case ast.ImportFrom():
                base = [*package[: len(package) - node.level + 1]] if node.level else []
                source = ".".join([*base, *([node.module] if node.module else [])])
                for name in node.names:
                    if known := _known(f"{source}.{name.name}") or _known(source):
                        yield known


def _known(name: str) -> str | None:
    """The module called ``name`` by an import statement, if it is one of the product's."""
    if name == "dnnf_mlir":
        return "__init__"
    short = name.removeprefix("dnnf_mlir.")
    return short if name.startswith("dnnf_mlir.") and short in modules() else None


@cache
def lies_below(room: str) -> frozenset[str]:
    """All rooms that a room may import; CycleError where BELOW has a circle."""
    reach: dict[str, frozenset[str]] = {}
    for each in TopologicalSorter(BELOW).static_order():
        reach[each] = frozenset(BELOW[each]).union(*(reach[lower] for lower in BELOW[each]))
    return reach[room]


def wrong_imports() -> set[tuple[str, str]]:
    """Imports of modules that lie in no room below the importing one: (importing, imported)."""
    wrong = set()
    for name, targets in imports().items():
        room = modules()[name].room
        allowed = (lies_below(room) | {room}) - set(APART.get(room, ()))
        wrong |= {(name, target) for target in targets if modules()[target].room not in allowed}
    return wrong


def circles() -> set[frozenset[str]]:
    """Sets of modules that import each other, directly or through others."""
    reach = {name: _reachable(name) for name in modules()}
    return {frozenset(other for other in reach[name] if name in reach[other]) for name in reach if name in reach[name]}


def _reachable(name: str) -> set[str]:
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        new = imports()[waiting.pop()] - reached
        reached |= new
        waiting += new
    return reached


def table() -> str:
    """Room, lines, files, longest file: a row for each room, in BELOW's order."""
    rows = []
    for room in BELOW:
        inside = [module for module in modules().values() if module.room == room]
        longest = max(inside, key=lambda module: (module.lines, module.name))
        where = longest.path.relative_to(ROOT).as_posix()
        total = sum(module.lines for module in inside)
        rows.append(f"| `{room}` | {total:,} | {len(inside)} | `{where}` ({longest.lines}) |")
    total, files = sum(module.lines for module in modules().values()), len(modules())
    head = ["| room | lines | files | longest file |", "|---|--:|--:|---|"]
    return "\n".join([*head, *rows, f"| all | {total:,} | {files} | |"])


_BEGIN = "<!-- made by python -m tests.house --write -->\n"
_END = "\n<!-- end -->"


def written(text: str) -> str:
    """The document with today's table between its marks; ValueError where these are missing."""
    before, _, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not end:
        raise ValueError(f"{DOCUMENT}: needs the lines {_BEGIN.strip()!r} and {_END.strip()!r}")
    return f"{before}{_BEGIN}{table()}{_END}{after}"


def main() -> int:
    """Prints the table, or writes it into the document."""
    parser = argparse.ArgumentParser(prog="python -m tests.house", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the table into docs/architecture.md")
    if parser.parse_args().write:
        DOCUMENT.write_text(written(DOCUMENT.read_text()))
    else:
        sys.stdout.write(table() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
