"""Reads iree-compile's messages: the lines with the error and their named locations."""

import re

_ERROR = re.compile(r"(?:^|\s)error:|^ERROR:|Unknown command line argument|^error opening input file", re.MULTILINE)
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(rb"\\([0-9A-Fa-f]{2}|.)")
# The second half of a call site is the function that a location was inlined into, not the operation at fault.
_CALLER = re.compile(r' at (?:"(?:[^"\\]|\\.)*"(?::\d+:\d+)?|unknown)(?=\))')
_FILE = re.compile(r'"(?:[^"\\]|\\.)*":\d+:\d+(?: to (?::\d+)?:\d+)?')
# Follows the error that explains it, and holds the target's hundred CPU features.
_CONSEQUENCE = "failed to run translation of source executable"


def error_lines(stderr: str, limit: int = 4, width: int = 300) -> list[str]:
    """The first ``limit`` lines of ``stderr`` that report an error, each cut to ``width`` characters."""
    errors = [line.strip() for line in stderr.splitlines() if _ERROR.search(line)]
    causes = [line for line in errors if _CONSEQUENCE not in line] or errors
    return [line if len(line) <= width else line[:width] + "..." for line in causes[:limit]]


def failed_locations(stderr: str) -> tuple[str, ...]:
    """The names of the ``loc("name")`` locations that errors point at, without repetition, in order.

    A fused location gives all its names, a call site gives those of the callee.
    """
    names: dict[str, None] = {}
    for line in stderr.splitlines():
        _, found, rest = line.partition("error: loc(")
        if found:
            names.update(dict.fromkeys(location_names("loc(" + rest)))
    return tuple(names)


def location_names(text: str) -> list[str]:
    """The names in the location that ``text`` starts with, such as ``loc(callsite("block_7" at "main")): ...``."""
    location = _FILE.sub("", _CALLER.sub("", _first_parenthesis(text)))
    return [_unescape(name) for name in _STRING.findall(location)]


def _first_parenthesis(text: str) -> str:
    """``text`` up to the parenthesis that closes the first one; parentheses inside strings do not count."""
    depth = 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|[()]', text):
        depth += {"(": 1, ")": -1}.get(match.group(), 0)
        if depth == 0 and match.group() == ")":
            return text[: match.end()]
    return text


def _unescape(name: str) -> str:
    """Undoes MLIR's escapes: two hexadecimal digits for each byte of UTF-8 outside printable ASCII."""

    def byte(match: re.Match[bytes]) -> bytes:
        code = match.group(1)
        return bytes.fromhex(code.decode()) if len(code) == 2 else code

    return _ESCAPE.sub(byte, name.encode()).decode(errors="replace")
