"""The comparison of recurrent layers with ONNX Runtime."""

from pathlib import Path

import pytest

from benchmarks.recurrent import main


@pytest.mark.parametrize("kind", ["GRU", "LSTM8"])
def test_report(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "recurrent.md"
    assert main([kind, "--hidden", "8", "--batch", "2", "--steps", "3", "-o", str(path)]) == 0
    row, mean = path.read_text().splitlines()[-2:]
    assert row.startswith(f"| {kind} | 8 | 2 | 3 | ")
    assert mean.startswith("| geometric mean |")
    assert row.count("|") == mean.count("|")
