"""What comes with the package is used for the machine and release that it was measured with, and nowhere else."""

from dataclasses import replace
from pathlib import Path

import pytest

from dnnf_mlir.fusion import seed
from dnnf_mlir.fusion.measured import MeasuredProfile
from dnnf_mlir.fusion.profile_db import Entry, Environment, ProfileDatabase, Status

HERE = Environment("host", "a CPU", "iree 1, dnnf-mlir 2, generators abc")


@pytest.fixture(autouse=True)
def entries(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = [Entry("k", "", Status.OK, 1.0), Entry("bad", "", Status.WRONG)]
    monkeypatch.setattr(seed, "_all", lambda: [(HERE, entry) for entry in measured])


def test_the_sources_of_the_generators_may_differ() -> None:
    assert set(seed.seed_entries(HERE)) == {"k"}
    assert set(seed.seed_entries(replace(HERE, compiler="iree 1, dnnf-mlir 2, generators def"))) == {"k"}


@pytest.mark.parametrize(
    "other",
    [
        replace(HERE, target="arm64-linux"),
        replace(HERE, machine="another"),
        replace(HERE, compiler="iree 2, dnnf-mlir 2, generators abc"),
        replace(HERE, compiler="iree 1, dnnf-mlir 3, generators abc"),
        replace(HERE, compiler="iree 1, dnnf-mlir 2, generators abc --iree-opt-level=O3"),
    ],
)
def test_other_environments_have_none(other: Environment) -> None:
    assert seed.seed_entries(other) == {}


def test_the_database_knows_better(tmp_path: Path) -> None:
    with ProfileDatabase(tmp_path / "p.sqlite") as database:
        database.record(HERE, Entry("k", "", Status.OK, 2.0))
        for profile, seconds in (
            (MeasuredProfile(HERE, database, seed=True), 2.0),
            (MeasuredProfile(HERE, seed=True), 1.0),
        ):
            entry = profile.entry("k")
            assert entry is not None
            assert entry.seconds == seconds
    assert MeasuredProfile(HERE).entry("k") is None


def test_the_file_in_the_package_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert all(entry.seconds is None or entry.seconds > 0 for _, entry in seed._all())
