"""Latencies that come with the package, so that the first compilation on a known machine is already a good one.

They hold for the target and release that they were measured with, on the machine that they were measured on or, less
surely, on others with vector registers of the same size: what a plan compares are kernels of one machine. Only
latencies are kept: what a compiler could not do once is tried again. ``seed.json`` is an export of ``dnnf-profile``.
"""

import functools
import re
from collections import Counter
from collections.abc import Sequence
from importlib import resources

from dnnf_mlir.storage.environment import Environment

from .database import Entry, Status, parse_entries

FILE = "seed.json"


def seed_entries(environment: Environment, *, alike: bool = True) -> dict[str, Entry]:
    """The latencies for this environment by key, whatever the exact sources of the code generators.

    ``alike``: where this machine was not measured, those of another with the same vector registers will do.
    """
    places = [(place, entry) for place, entry in _all() if entry.status is Status.OK]
    fitting = [pair for pair in places if _release(pair[0]) == _release(environment)]
    same = [pair for pair in fitting if pair[0].machine == environment.machine]
    others = [pair for pair in fitting if alike and _vectors(pair[0]) == _vectors(environment)]
    return {entry.key: entry for _, entry in (same or _of_one_machine(others))}


def _release(environment: Environment) -> tuple[str, str]:
    return environment.target, re.sub(r", generators \w+", "", environment.compiler)


def _vectors(environment: Environment) -> str:
    """The size of the vector registers, as the machine's description ends; all of it for phones and GPUs."""
    return environment.machine.rpartition(", ")[2]


def _of_one_machine(pairs: Sequence[tuple[Environment, Entry]]) -> list[tuple[Environment, Entry]]:
    """Latencies of different machines must not be compared with each other: those of the one with most."""
    machines = Counter(place.machine for place, _ in pairs)
    best = max(machines, key=lambda machine: (machines[machine], machine), default=None)
    return [pair for pair in pairs if pair[0].machine == best]


@functools.cache
def _all() -> list[tuple[Environment, Entry]]:
    return parse_entries(resources.files(__package__).joinpath(FILE).read_text(), FILE)
