"""mlir-opt's ``--split-input-file --verify-diagnostics`` for the dnnf dialect, whose verifiers run in Python.

``// -----`` separates modules; ``// expected-error@+N {{text}}`` names a line, N below (``@-N``: above), that must be
reported with ``text`` in the message. Every reported error must be expected.
"""

import re
import sys
from pathlib import Path

from dnnf_mlir.bindings.mlir import ir
from dnnf_mlir.dialect_defs import create_context

_EXPECTED = re.compile(r"//\s*expected-error@([+-]\d+)\s*\{\{(.*?)\}\}")
_LINE = re.compile(r'^loc\(".*":(\d+):\d+')


def main(path: Path) -> int:
    """Checks a file; returns the exit code."""
    problems = []
    start = 1
    for text in re.split(r"(?m)^// -----$", path.read_text()):
        problems += [f"{path}:{start + line - 1}: {what}" for line, what in check(text)]
        start += text.count("\n")
    sys.stderr.write("".join(f"{problem}\n" for problem in problems))
    return 1 if problems else 0


def check(text: str) -> list[tuple[int, str]]:
    """Lines of one module with what is wrong there."""
    expected = [
        (number + int(match[1]), match[2])
        for number, line in enumerate(text.splitlines(), start=1)
        for match in _EXPECTED.finditer(line)
    ]
    if not expected:
        return [(1, "no error is expected of this module")]
    problems = []
    for line, message in reported(text):
        found = next((one for one in expected if one[0] == line and one[1] in message), None)
        if found is None:
            problems.append((line, f"unexpected error: {message}"))
        else:
            expected.remove(found)
    return problems + [(line, f"this error was not reported: {message}") for line, message in expected]


def reported(text: str) -> list[tuple[int, str]]:
    """Errors of parsing and verifying a module, with their lines."""
    try:
        ir.Module.parse(text, context=create_context())
    except ir.MLIRError as error:
        matches = [(_LINE.match(str(one.location)), one.message) for one in error.error_diagnostics]
        return [(int(match[1]) if match else 0, message) for match, message in matches]
    return []


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
