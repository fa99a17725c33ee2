"""Latencies that come with the package, so that the first compilation on a known machine is already a good one.

They hold for the machine, target and release that they were measured with. Only latencies are kept: what a compiler
could not do once is tried again. ``seed.json`` is an export of ``dnnf-profile``.
"""

import functools
import re
from importlib import resources

from .profile_db import Entry, Environment, Status, parse_entries

FILE = "seed.json"


def seed_entries(environment: Environment) -> dict[str, Entry]:
    """The latencies for this environment by key, whatever the exact sources of the code generators."""
    wanted = _release(environment)
    return {entry.key: entry for place, entry in _all() if _release(place) == wanted and entry.status is Status.OK}


def _release(environment: Environment) -> tuple[str, str, str]:
    return environment.target, environment.machine, re.sub(r", generators \w+", "", environment.compiler)


@functools.cache
def _all() -> list[tuple[Environment, Entry]]:
    return parse_entries(resources.files(__package__).joinpath(FILE).read_text(), FILE)
