"""What a profile database knows, as the planner asks for it."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from dnnf_mlir.errors import ProfileError
from dnnf_mlir.fusion.cost.calibration import calibrated
from dnnf_mlir.fusion.cost.model import work
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.kernels.machine import Machine
from dnnf_mlir.storage.environment import Environment, default_database, environment
from dnnf_mlir.targets import Target

from .canonical import canonical_form, region_key
from .database import Entry, ProfileDatabase, Status
from .seed import seed_entries


class MeasuredProfile:
    """The entries of one environment, read once; regions that fail while this lives are recorded through it."""

    def __init__(
        self, environment: Environment, database: ProfileDatabase | None = None, *, seed: bool = False
    ) -> None:
        """Without a ``database`` it remembers failures for itself only.

        ``seed``: what came with the package counts where the database has nothing. Latencies of another machine are
        not mixed with this one's.
        """
        self._environment = environment
        self._database = database
        measured = database.entries(environment) if database is not None else {}
        self._entries = (seed_entries(environment, alike=not measured) if seed else {}) | measured
        self._variants: dict[str, dict[str, Entry]] = {}
        for (key, variant), entry in (database.variants(environment) if database is not None else {}).items():
            self._variants.setdefault(key, {})[variant] = entry

    def seconds(self, nodes: Sequence[Node], returned: Collection[Value]) -> float | None:
        """The measured latency; None where there is none."""
        entry = self._entry(nodes, returned)
        return entry.seconds if entry is not None and entry.status is Status.OK else None

    def problem(self, nodes: Sequence[Node], returned: Collection[Value]) -> str | None:
        """Why the nodes must not be one kernel: what iree-compile has done with such a region before."""
        entry = self._entry(nodes, returned)
        if entry is None or entry.status is Status.OK:
            return None
        return _IN_WORDS[entry.status] + (f": {entry.error}" if entry.error else "")

    def calibrate(self, machine: Machine) -> Machine:
        """The machine with the rates of the measured kernels; its own where too few were measured."""
        return calibrated(machine, self._entries.values())

    def record(
        self,
        nodes: Sequence[Node],
        returned: Collection[Value],
        status: Status,
        seconds: float | None = None,
        error: str = "",
        variant: str = "",
    ) -> None:
        """Remembers what became of a region, or of a ``variant`` of its kernel.

        Raises ProfileError where the database cannot be written.
        """
        key = region_key(nodes, returned)
        flops, size = work(nodes, returned)
        region = canonical_form(nodes, returned)
        entry = Entry(key, region, status, seconds, error, flops=flops, bytes=size, variant=variant)
        if variant:
            self._variants.setdefault(key, {})[variant] = entry
        else:
            self._entries[key] = entry
        if self._database is not None:
            self._database.record(self._environment, entry)

    def digest(self) -> str:
        """Stands for all that is known: equal digests give equal plans."""
        entries = [*self._entries.values(), *(entry for each in self._variants.values() for entry in each.values())]
        known = sorted((entry.key, entry.variant, entry.status.value, entry.seconds) for entry in entries)
        return hashlib.sha256(repr(known).encode()).hexdigest()

    def variants(self, nodes: Sequence[Node], returned: Collection[Value]) -> Mapping[str, Entry]:
        """What was measured of the variants of a region's kernel, by name."""
        return self._variants.get(region_key(nodes, returned), {}) if self._variants else {}

    def entry(self, key: str) -> Entry | None:
        """What is known of a region with this canonical key."""
        return self._entries.get(key)

    def _entry(self, nodes: Sequence[Node], returned: Collection[Value]) -> Entry | None:
        return self._entries.get(region_key(nodes, returned)) if self._entries else None


def open_profile(
    target: Target, iree_flags: Sequence[str] = (), path: Path | None = None, *, seed: bool = True
) -> MeasuredProfile:
    """What is known of a target, with ``iree_flags`` beside its own.

    ``path`` is the database, None for the user's own, which is done without where it cannot be opened. Raises
    ProfileError for a given one that cannot be opened.
    """
    where = environment(target, iree_flags)
    try:
        database = ProfileDatabase(path or default_database())
    except ProfileError:
        if path is not None:
            raise
        return MeasuredProfile(where, seed=seed)
    return MeasuredProfile(where, database, seed=seed)


_IN_WORDS = {
    Status.REJECTED: "rejected by iree-compile",
    Status.HANGS: "iree-compile does not finish on it",
    Status.WRONG: "computed wrongly by iree-compile's code",
}
