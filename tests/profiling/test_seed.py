"""What comes with the package is used for its release, on its machine and on those with the same vectors."""

from dataclasses import replace
from pathlib import Path

import pytest

from dnnf_mlir.fusion.profile import seed
from dnnf_mlir.fusion.profile.database import Entry, ProfileDatabase, Status
from dnnf_mlir.fusion.profile.measured import MeasuredProfile
from dnnf_mlir.storage.environment import Environment

HERE = Environment("host", "a CPU, 512-bit vectors", "iree 1, dnnf-mlir 2, generators abc")


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
        replace(HERE, machine="a CPU, 256-bit vectors"),
        replace(HERE, compiler="iree 2, dnnf-mlir 2, generators abc"),
        replace(HERE, compiler="iree 1, dnnf-mlir 3, generators abc"),
        replace(HERE, compiler="iree 1, dnnf-mlir 2, generators abc --iree-opt-level=O3"),
    ],
)
def test_other_environments_have_none(other: Environment) -> None:
    assert seed.seed_entries(other) == {}


def test_a_machine_that_is_alike() -> None:
    other = replace(HERE, machine="another, 512-bit vectors")
    assert set(seed.seed_entries(other)) == {"k"}
    assert seed.seed_entries(other, alike=False) == {}


def test_latencies_of_two_machines_are_not_mixed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine with most of them is taken."""
    places = [replace(HERE, machine=f"{name}, 512-bit vectors") for name in "abb"]
    measured = [Entry(key, "", Status.OK, 1.0) for key in "klm"]
    monkeypatch.setattr(seed, "_all", lambda: list(zip(places, measured, strict=True)))
    assert set(seed.seed_entries(HERE)) == {"l", "m"}


def test_own_measurements_are_not_mixed_with_those_of_another_machine(tmp_path: Path) -> None:
    other = replace(HERE, machine="another, 512-bit vectors")
    with ProfileDatabase(tmp_path / "p.sqlite") as database:
        assert MeasuredProfile(other, database, seed=True).entry("k") is not None
        database.record(other, Entry("own", "", Status.OK, 2.0))
        assert MeasuredProfile(other, database, seed=True).entry("k") is None


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
