"""The profile database: what was measured of regions, in one SQLite file that several processes fill (paper, 4.4).

An entry belongs to a canonical region, a target, a machine and the versions of the compilers; entries of others are
never read. Latencies are seconds. A file that is damaged, or of another version of the tables, is kept aside and a new
one begun.
"""

import contextlib
import fcntl
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from dnnf_mlir.errors import ProfileError, warn
from dnnf_mlir.storage.environment import Environment

_T = TypeVar("_T")
LAYOUT = 3
"""Version of the tables, kept in SQLite's user_version."""
_WAIT_S = 60.0
"""How long a writer waits for the others."""

_COLUMNS = "key, target, machine, compiler, variant, region, status, seconds, error, recorded, flops, bytes"
_CREATE = """
CREATE TABLE IF NOT EXISTS entries (
  key TEXT NOT NULL, target TEXT NOT NULL, machine TEXT NOT NULL, compiler TEXT NOT NULL, variant TEXT NOT NULL,
  region TEXT NOT NULL, status TEXT NOT NULL, seconds REAL, error TEXT NOT NULL, recorded REAL NOT NULL,
  flops INTEGER NOT NULL, bytes INTEGER NOT NULL,
  PRIMARY KEY (key, target, machine, compiler, variant)
) WITHOUT ROWID
"""


class Status(Enum):
    """What became of a region: it runs and is right, or iree-compile refused it, hung on it, or made it wrong."""

    OK = "ok"
    REJECTED = "rejected"
    HANGS = "hangs"
    WRONG = "wrong"


@dataclass(frozen=True)
class Entry:
    """What is known of a region.

    ``key`` and ``region`` are its canonical form, short and in full; ``seconds`` is None unless the status is OK and
    it was timed; ``error`` says in words what went wrong; ``recorded`` is in seconds since 1970. ``flops`` and
    ``bytes`` are the region's arithmetic and the size of what it reads and stores. ``variant`` names the kernel's
    schedule where several were measured beside each other; it is empty for what a plan compares.
    """

    key: str
    region: str
    status: Status
    seconds: float | None = None
    error: str = ""
    recorded: float = 0.0
    flops: int = 0
    bytes: int = 0
    variant: str = ""


class ProfileDatabase:
    """An open database. Several processes and threads may each have one open on the same file."""

    def __init__(self, path: str | os.PathLike[str], on_warning: Callable[[str], None] = warn) -> None:
        """Opens or creates the file and its folder. One that cannot be used is moved aside, and ``on_warning`` told so.

        Raises ProfileError when the file cannot be opened or created at all.
        """
        self.path = Path(path)
        self._on_warning = on_warning
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ProfileError(f"profile database {path}: cannot make its folder: {error.strerror}") from None
        self._connection = self._open()

    def __enter__(self) -> "ProfileDatabase":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file; the object is of no use afterwards."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()

    def record(self, environment: Environment, entry: Entry) -> None:
        """Stores an entry, in place of an older one of the same region and variant; it is on disk when this returns."""
        row = (
            *(entry.key, environment.target, environment.machine, environment.compiler, entry.variant, entry.region),
            *(entry.status.value, entry.seconds, entry.error, entry.recorded or time.time()),
            *(entry.flops, entry.bytes),
        )
        self._repaired(lambda db: db.execute("INSERT OR REPLACE INTO entries VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", row))

    def entries(self, environment: Environment) -> dict[str, Entry]:
        """All entries of the environment by key, without those of variants."""
        return {entry.key: entry for _, entry in self._select(environment) if not entry.variant}

    def variants(self, environment: Environment) -> dict[tuple[str, str], Entry]:
        """Those of variants by key and variant."""
        return {(entry.key, entry.variant): entry for _, entry in self._select(environment) if entry.variant}

    def everything(self) -> list[tuple[Environment, Entry]]:
        """All entries of all environments, oldest first."""
        return self._select(None)

    def prune(self, keep: Callable[[Environment, Entry], bool]) -> int:
        """Removes the entries that are not to be kept; returns how many those were."""
        gone = [(environment, entry) for environment, entry in self.everything() if not keep(environment, entry)]
        rows = [(entry.key, env.target, env.machine, env.compiler, entry.variant) for env, entry in gone]
        statement = "DELETE FROM entries WHERE key=? AND target=? AND machine=? AND compiler=? AND variant=?"
        self._repaired(lambda db: _many(db, statement, rows))
        return len(rows)

    def export_json(self) -> str:
        """All entries as JSON text, for :meth:`import_json`."""
        rows = [
            asdict(environment) | asdict(entry) | {"status": entry.status.value}
            for environment, entry in self.everything()
        ]
        return json.dumps({"version": LAYOUT, "entries": rows}, indent=1) + "\n"

    def import_json(self, text: str, name: str = "the file") -> int:
        """Adds the entries of exported text, where newer than ours; returns how many were read.

        Raises ProfileError for text that was not exported by this program.
        """
        imported = parse_entries(text, name)
        known = {(where, entry.key, entry.variant): entry.recorded for where, entry in self.everything()}
        for environment, entry in imported:
            if known.get((environment, entry.key, entry.variant), -1.0) < entry.recorded:
                self.record(environment, entry)
        return len(imported)

    def _select(self, environment: Environment | None) -> list[tuple[Environment, Entry]]:
        where = ""
        arguments: tuple[str, ...] = ()
        if environment is not None:
            where = "WHERE target=? AND machine=? AND compiler=?"
            arguments = (environment.target, environment.machine, environment.compiler)
        statement = f"SELECT {_COLUMNS} FROM entries {where} ORDER BY recorded"
        rows = self._repaired(lambda db: db.execute(statement, arguments).fetchall())
        return [
            (Environment(*place), Entry(key, region, Status(status), *rest))
            for key, *place, variant, region, status, seconds, error, recorded, flops, size in rows
            for rest in [(seconds, error, recorded, flops, size, variant)]
        ]

    def _repaired(self, action: Callable[[sqlite3.Connection], _T]) -> _T:
        """What the action returns; damage found on the way is put aside and the action done on a new file."""
        try:
            return self._guarded(action)
        except _DamagedError:
            self.close()
            self._connection = self._open()
        try:
            return self._guarded(action)
        except _DamagedError as error:
            raise ProfileError(f"profile database {self.path} is damaged again and again: {error}") from error

    def _guarded(self, action: Callable[[sqlite3.Connection], _T]) -> _T:
        try:
            return action(self._connection)
        except sqlite3.OperationalError as error:
            if _is_damage(error):
                raise _DamagedError from error
            raise ProfileError(f"profile database {self.path}: {error}") from error
        except sqlite3.DatabaseError as error:
            raise _DamagedError from error

    def _open(self) -> sqlite3.Connection:
        with self._alone():
            try:
                return _connect(self.path)
            except sqlite3.OperationalError as error:
                if not _is_damage(error):
                    raise ProfileError(f"profile database {self.path} cannot be opened: {error}") from error
                reason, suffix = f"is damaged ({error})", "damaged"
            except _OtherLayoutError as error:
                reason, suffix = str(error), f"version-{error.version}"
            except (sqlite3.DatabaseError, _DamagedError) as error:
                reason, suffix = f"is damaged ({error})", "damaged"
            aside = self._put_aside(suffix)
            self._on_warning(f"profile database {self.path} {reason}; it is kept as {aside}, a new one begun")
            return _connect(self.path)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """No other process opens or replaces the file meanwhile; the lock goes with the process that holds it."""
        try:
            descriptor = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise ProfileError(f"profile database {self.path} cannot be opened: {error.strerror}") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _put_aside(self, why: str) -> Path:
        number = 1
        while (aside := Path(f"{self.path}.{why}-{number}")).exists():
            number += 1
        self.path.replace(aside)
        for suffix in ("-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                Path(f"{self.path}{suffix}").replace(f"{aside}{suffix}")
        return aside


class _DamagedError(Exception):
    """The file is no database, or a torn one."""


class _OtherLayoutError(Exception):
    """The tables are those of another version of this program."""

    def __init__(self, version: int) -> None:
        age = "an older" if version < LAYOUT else "a newer"
        super().__init__(f"was written by {age} version of this program (layout {version}, not {LAYOUT})")
        self.version = version


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise _DamagedError(found)
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, LAYOUT):
            raise _OtherLayoutError(version)
        connection.execute(_CREATE)
        connection.execute(f"PRAGMA user_version={LAYOUT}")
        connection.execute(f"SELECT {_COLUMNS} FROM entries LIMIT 1")
    except BaseException:
        connection.close()
        raise
    return connection


def _is_damage(error: sqlite3.OperationalError) -> bool:
    """Whether the file is at fault, not its permissions, the disk or another writer."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or code & 0xFF in (
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    )


def _many(connection: sqlite3.Connection, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.executemany(statement, rows)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def parse_entries(text: str, name: str) -> list[tuple[Environment, Entry]]:
    """The entries of exported text; raises ProfileError, which says where ``name`` is wrong."""
    try:
        document = json.loads(text)
        rows = document["entries"]
        if document["version"] != LAYOUT:
            raise ProfileError(f"{name}: written by another version of this program ({document['version']})")
        place = [field.name for field in fields(Environment)]
        own = [field.name for field in fields(Entry)]
        return [
            (
                Environment(**{column: row[column] for column in place}),
                Entry(**{column: row[column] for column in own if column in row} | {"status": Status(row["status"])}),
            )
            for row in rows
        ]
    except (ValueError, TypeError, KeyError) as error:
        raise ProfileError(f"{name}: no exported profile database ({error!r})") from None
