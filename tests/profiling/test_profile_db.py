"""The database survives several writers, killed ones and damaged files, and keeps environments apart."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dnnf_mlir.errors import ProfileError
from dnnf_mlir.fusion.profile.database import Entry, ProfileDatabase, Status
from dnnf_mlir.storage.environment import Environment

HERE = Environment("host", "a CPU", "iree 1")

WRITER = textwrap.dedent(
    """
    import sys
    from dnnf_mlir.fusion.profile.database import Entry, ProfileDatabase, Status
    from dnnf_mlir.storage.environment import Environment
    path, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with ProfileDatabase(path) as database:
        for i in range(count):
            entry = Entry(f"{name}{i}", "region " * 100, Status.OK, seconds=1e-6 * i)
            database.record(Environment("host", "a CPU", "iree 1"), entry)
            print(i, flush=True)
    """
)


def start_writer(path: Path, name: str, count: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WRITER, str(path), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def entry(key: str, seconds: float | None = 1e-6) -> Entry:
    return Entry(key, f"region of {key}", Status.OK, seconds, recorded=1.0)


def test_two_processes_fill_one_file(tmp_path: Path) -> None:
    path = tmp_path / "profile.sqlite"
    writers = [start_writer(path, name, 150) for name in "ab"]
    for writer in writers:
        _, messages = writer.communicate(timeout=120)
        assert (writer.returncode, messages) == (0, "")
    with ProfileDatabase(path) as database:
        assert set(database.entries(HERE)) == {f"{name}{i}" for name in "ab" for i in range(150)}


def test_a_killed_writer_loses_nothing_but_the_entry_in_flight(tmp_path: Path) -> None:
    path = tmp_path / "profile.sqlite"
    writer, other = start_writer(path, "a", 1_000_000), start_writer(path, "b", 50)
    assert writer.stdout is not None
    written = [writer.stdout.readline() for _ in range(40)]
    os.kill(writer.pid, signal.SIGKILL)
    rest, _ = writer.communicate()
    _, messages = other.communicate(timeout=120)
    assert (other.returncode, messages) == (0, "")
    reported = len(written) + len(rest.splitlines())
    said: list[str] = []
    with ProfileDatabase(path, said.append) as database:
        keys = set(database.entries(HERE))
        assert {f"b{i}" for i in range(50)} <= keys
        # Its last output line may itself have been cut off by the kill.
        assert {f"a{i}" for i in range(reported - 1)} <= keys
        database.record(HERE, entry("after"))
        assert "after" in database.entries(HERE)
    assert not said


def _filled(path: Path) -> None:
    with ProfileDatabase(path) as database:
        for i in range(100):
            database.record(HERE, replace(entry(str(i)), region="region " * 100))


def _garbage(path: Path) -> None:
    path.write_bytes(os.urandom(50_000))


def _text(path: Path) -> None:
    path.write_text("this is no database\n" * 10)


def _truncated(path: Path) -> None:
    _filled(path)
    size = path.stat().st_size
    assert size > 20_000
    os.truncate(path, size // 2)


def _torn(path: Path) -> None:
    """Pages in the middle are overwritten."""
    _filled(path)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 12_288)


def _other_tables(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE entries (something TEXT)")
    connection.close()


@pytest.mark.parametrize("damage", [_garbage, _text, _truncated, _torn, _other_tables])
def test_a_damaged_file_is_kept_aside(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    path = tmp_path / "profile.sqlite"
    damage(path)
    contents = path.read_bytes()
    said: list[str] = []
    with ProfileDatabase(path, said.append) as database:
        assert database.everything() == []
        database.record(HERE, entry("new"))
    assert len(said) == 1
    assert "damaged" in said[0]
    aside = tmp_path / "profile.sqlite.damaged-1"
    assert str(aside) in said[0]
    if damage is not _other_tables:
        assert aside.read_bytes() == contents
    with ProfileDatabase(path, said.append) as database:
        assert set(database.entries(HERE)) == {"new"}
    assert len(said) == 1


@pytest.mark.parametrize(("layout", "age"), [(2, "an older"), (99, "a newer")])
def test_a_file_of_another_version_is_kept_aside(tmp_path: Path, layout: int, age: str) -> None:
    path = tmp_path / "profile.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE entries (key TEXT NOT NULL PRIMARY KEY)")
    connection.execute(f"PRAGMA user_version={layout}")
    connection.close()
    said: list[str] = []
    with ProfileDatabase(path, said.append) as database:
        database.record(HERE, entry("new"))
    [message] = said
    assert f"was written by {age} version of this program (layout {layout}, not 3)" in message
    assert "damaged" not in message
    assert str(tmp_path / f"profile.sqlite.version-{layout}-1") in message
    assert (tmp_path / f"profile.sqlite.version-{layout}-1").exists()


def test_damage_while_it_is_open(tmp_path: Path) -> None:
    path = tmp_path / "profile.sqlite"
    with ProfileDatabase(path) as database:
        for i in range(100):  # more than SQLite keeps in memory
            database.record(HERE, replace(entry(str(i)), region="r" * 60_000))
    said: list[str] = []
    with ProfileDatabase(path, said.append) as database:
        with path.open("r+b") as file:
            file.write(b"\xff" * path.stat().st_size)
        assert database.everything() == []
        database.record(HERE, entry("new"))
        assert set(database.entries(HERE)) == {"new"}
    assert len(said) == 1


def test_two_processes_find_the_damage(tmp_path: Path) -> None:
    path = tmp_path / "profile.sqlite"
    _garbage(path)
    writers = [start_writer(path, name, 20) for name in "ab"]
    messages = [writer.communicate(timeout=120)[1] for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0]
    assert sum("damaged" in message for message in messages) == 1
    with ProfileDatabase(path) as database:
        assert len(database.entries(HERE)) == 40


@pytest.mark.parametrize(
    "other",
    [replace(HERE, target="arm64-linux"), replace(HERE, machine="another CPU"), replace(HERE, compiler="iree 2")],
)
def test_entries_of_other_environments_are_not_read(tmp_path: Path, other: Environment) -> None:
    with ProfileDatabase(tmp_path / "profile.sqlite") as database:
        database.record(HERE, entry("a"))
        database.record(other, entry("a", 5.0))
        database.record(other, entry("b"))
        assert {key: found.seconds for key, found in database.entries(HERE).items()} == {"a": 1e-6}


def test_a_new_entry_replaces_the_old_one(tmp_path: Path) -> None:
    with ProfileDatabase(tmp_path / "profile.sqlite") as database:
        database.record(HERE, entry("a"))
        database.record(HERE, Entry("a", "region", Status.HANGS, error="no end"))
        found = database.entries(HERE)["a"]
        assert (found.status, found.seconds, found.error) == (Status.HANGS, None, "no end")


def test_variants_stand_beside_what_plans_compare(tmp_path: Path) -> None:
    tile, linalg = (replace(entry("a", seconds), variant=name) for name, seconds in (("32x14", 5e-6), ("linalg", 9e-6)))
    with ProfileDatabase(tmp_path / "one.sqlite") as first, ProfileDatabase(tmp_path / "two.sqlite") as second:
        for each in (entry("a"), tile, linalg):
            first.record(HERE, each)
        assert second.import_json(first.export_json()) == 3
        second.prune(lambda _, found: found.variant != "linalg")
        assert second.entries(HERE) == {"a": entry("a")}
        assert second.variants(HERE) == {("a", "32x14"): tile}
    with ProfileDatabase(tmp_path / "one.sqlite", pytest.fail) as again:
        assert again.variants(HERE) == {("a", "32x14"): tile, ("a", "linalg"): linalg}


def test_export_and_import(tmp_path: Path) -> None:
    with ProfileDatabase(tmp_path / "one.sqlite") as first, ProfileDatabase(tmp_path / "two.sqlite") as second:
        first.record(HERE, entry("a"))
        first.record(replace(HERE, target="vulkan-mali"), Entry("b", "r", Status.WRONG, error="off by 1", recorded=2.0))
        second.record(HERE, replace(entry("a", 9.0), recorded=5.0))
        assert second.import_json(first.export_json()) == 2
        assert second.entries(HERE)["a"].seconds == 9.0, "newer than what was imported"
        second.prune(lambda _, found: found.key != "a")
        second.import_json(first.export_json())
        assert second.everything() == first.everything()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": 3, "entries": [{"key": "a"}]}', '{"version": 99, "entries": []}']
)
def test_what_was_not_exported_is_not_imported(tmp_path: Path, text: str) -> None:
    with ProfileDatabase(tmp_path / "profile.sqlite") as database:
        with pytest.raises(ProfileError, match=r"mine\.json"):
            database.import_json(text, "mine.json")
        assert json.loads(database.export_json())["entries"] == []


def test_prune(tmp_path: Path) -> None:
    with ProfileDatabase(tmp_path / "profile.sqlite") as database:
        for key in "abc":
            database.record(HERE, entry(key))
        assert database.prune(lambda environment, found: environment == HERE and found.key == "b") == 2
        assert set(database.entries(HERE)) == {"b"}


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ProfileError, match="folder"):
        ProfileDatabase(tmp_path / "file" / "profile.sqlite")
    with pytest.raises(ProfileError, match="cannot be opened"):
        ProfileDatabase(tmp_path)
