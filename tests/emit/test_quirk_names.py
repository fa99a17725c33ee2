"""The quirks that the code works around are those that are listed."""

import re
from pathlib import Path

import dnnf_mlir
from dnnf_mlir.emit.quirks import QUIRKS

_ROOT = Path(dnnf_mlir.__file__).parent


def _mentioned() -> set[str]:
    sources = [path.read_text() for path in _ROOT.rglob("*.py") if path.name != "quirks.py"]
    return {name for source in sources for name in re.findall(r"\bquirks\.([A-Z][A-Z0-9_]+)", source)}


def test_every_quirk_is_worked_around_somewhere() -> None:
    assert set(QUIRKS) - _mentioned() == set()


def test_every_mentioned_quirk_is_listed() -> None:
    assert _mentioned() - set(QUIRKS) == set()
