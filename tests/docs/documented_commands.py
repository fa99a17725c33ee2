"""Reads the commands that the documents name: code blocks and inline code."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "benchmarks").glob("*.md"),
        *(ROOT / "examples").rglob("*.md"),
    ]
)

_BLOCK = re.compile(r"^```(?:sh)?\n(.*?)^```", re.DOTALL | re.MULTILINE)
_FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`([^`]+)`")
_PROGRAM = re.compile(r"dnnf-[a-z-]+|python[0-9.]*|cmake")


@dataclass(frozen=True)
class Command:
    """A program and its arguments, and the document that names them."""

    document: str
    words: tuple[str, ...]

    @property
    def program(self) -> str:
        """What ``--help`` is asked of: ``python -m benchmarks.run``, ``dnnf-compile``, ``cmake``."""
        if self.words[0].startswith("python"):
            return " ".join(("python", *self.words[1 : 3 if self.words[1] == "-m" else 2]))
        return self.words[0]

    @property
    def flags(self) -> tuple[str, ...]:
        """Options that begin with ``-``, without their values."""
        first = len(self.program.split())
        return tuple(word.partition("=")[0] for word in self.words[first:] if re.match(r"--?[a-z]", word))


def commands() -> list[Command]:
    """All commands of all documents that start one of our programs, Python or CMake."""
    return [command for document in DOCUMENTS for command in _commands(document)]


def _commands(document: Path) -> Iterator[Command]:
    text = document.read_text()
    blocks = [line for block in _BLOCK.findall(text) for line in block.replace("\\\n", " ").splitlines()]
    inline = [" ".join(span.split()) for span in _INLINE.findall(_FENCED.sub("", text))]
    for line in (*blocks, *inline):
        try:
            words = shlex.split(line, comments=True)
        except ValueError:  # code in another language
            continue
        for part in _split(words):
            if len(part) > 1 and _PROGRAM.fullmatch(part[0]) and _is_ours(part):
                yield Command(str(document.relative_to(ROOT)), tuple(part))


def _is_ours(words: list[str]) -> bool:
    """Whether it is no tool of others, as ``python -m pip``."""
    if not words[0].startswith("python"):
        return True
    if words[1] == "-m":
        return len(words) > 2 and words[2].split(".")[0] in ("benchmarks", "dnnf_mlir", "tests")
    return words[1].endswith(".py")


def _split(words: list[str]) -> Iterator[list[str]]:
    """Simple commands of a line, without the variables that are set before them."""
    part: list[str] = []
    for word in (*words, "&&"):
        if word not in ("&&", "||", "|", ";"):
            if part or not re.fullmatch(r"[A-Z_]+=.*|taskset|-c|[0-9]+", word):
                part.append(word)
        elif part:
            yield part
            part = []
