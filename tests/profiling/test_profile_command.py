"""dnnf-profile as a program: two at once on one database, one of them killed, and damaged databases."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import onnx
import pytest
from small_models import parse

from dnnf_mlir.fusion.profile.database import Entry, ProfileDatabase, Status
from dnnf_mlir.storage.environment import environment
from dnnf_mlir.targets import get_target

PROGRAM = Path(sys.executable).parent / "dnnf-profile"


def model(folder: Path, rows: int) -> Path:
    """A model whose kernels no model with another number of rows has."""
    text = f"""
    g (float[{rows},24] x, int64[{rows}] i, float[24,16] w1, float[16,24] w2) => (float[24,{rows}] z) {{
      a0 = MatMul(x, w1)
      a = Softmax(a0)
      b0 = MatMul(a, w2)
      b = Gather(b0, i)
      z = Transpose<perm = [1, 0]>(b)
    }}"""
    path = folder / f"{rows}.onnx"
    onnx.save(parse(text), path)
    return path


def start(path: Path, database: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([PROGRAM, path, f"--profile-db={database}"], stderr=subprocess.PIPE, text=True)


def entries(database: Path) -> dict[str, Entry]:
    with ProfileDatabase(database) as opened:
        return opened.entries(environment(get_target("host")))


def test_two_at_once_one_killed(tmp_path: Path) -> None:
    database = tmp_path / "p.sqlite"
    alone = {}
    for rows in (48, 80):
        apart = tmp_path / f"{rows}.sqlite"
        assert start(model(tmp_path, rows), apart).wait(300) == 0
        alone[rows] = set(entries(apart))
    assert alone[48].isdisjoint(alone[80])

    killed, other = start(model(tmp_path, 48), database), start(model(tmp_path, 80), database)
    deadline = time.monotonic() + 120
    while not alone[48] & set(entries(database)) and killed.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    killed.kill()
    assert killed.wait(60) in (-signal.SIGKILL, 0)
    assert "0 of them failed" in other.communicate(timeout=300)[1]
    assert other.returncode == 0
    kept = set(entries(database))
    assert alone[80] <= kept
    assert kept & alone[48]

    again = start(model(tmp_path, 48), database)
    said = again.communicate(timeout=300)[1]
    assert again.returncode == 0
    assert f" {len(alone[48] - kept)} kernels measured" in said
    found = entries(database)
    assert set(found) == alone[48] | alone[80]
    assert {entry.status for entry in found.values()} == {Status.OK}


@pytest.mark.parametrize("damage", ["truncated", "garbage"])
def test_a_damaged_database_is_kept_aside(damage: str, tmp_path: Path) -> None:
    database, path = tmp_path / "p.sqlite", model(tmp_path, 48)
    assert start(path, database).wait(300) == 0
    before = set(entries(database))
    contents = b"garbage" * 1000 if damage == "garbage" else database.read_bytes()[:5000]
    for file in tmp_path.glob("p.sqlite-*"):
        file.unlink()
    database.write_bytes(contents)
    run = start(path, database)
    said = run.communicate(timeout=300)[1]
    assert run.returncode == 0
    assert "is damaged" in said
    assert f"kept as {database}.damaged-1" in said
    assert f" {len(before)} kernels measured" in said
    assert Path(f"{database}.damaged-1").read_bytes() == contents
    assert set(entries(database)) == before


def test_a_database_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    run = start(model(tmp_path, 48), tmp_path / "file" / "p.sqlite")
    said = run.communicate(timeout=300)[1]
    assert run.returncode == 1
    assert said.startswith("error: profile database")
    assert said.count("\n") == 1
