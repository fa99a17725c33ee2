"""What a compilation can be told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Stage = Literal["import", "rewrite", "fuse", "lower", "iree-compile", "verify"]
OnStage = Callable[[Stage], None]
"""Is told the name of each stage when it begins; the last four come again where a plan is made again."""

PRECISIONS = ("f32", "f16")
"""``f16``: every f32 tensor is narrowed, inputs and outputs included."""


@dataclass(frozen=True)
class Options:
    """What a compilation can be told.

    ``dims``: sizes of free dimensions; ``elements``: for each input that is a sequence the shapes of its tensors (None
    for an optional input without a value). ``simplify`` and ``fuse`` switch stages off; ``verify`` runs the module once
    against the reference where the target is this machine. ``iree_flags`` come after the target's own.
    ``time_limit_s`` bounds each run of iree-compile.
    ``profile_db`` is the profile database (None: the user's own); ``seed``: where it has no latencies, those count
    that come with the package. ``cache`` keeps compiled modules for the next time. ``parameters``: the file where the
    weights go (an IREE parameter archive, ``.irpa``), which then are no part of the module.
    """

    target: str = "host"
    dims: Mapping[str, int] = field(default_factory=dict)
    elements: Mapping[str, Sequence[Sequence[int]] | None] = field(default_factory=dict)
    precision: str = "f32"
    simplify: bool = True
    fuse: bool = True
    verify: bool = True
    iree_flags: Sequence[str] = ()
    time_limit_s: float = 600.0
    profile_db: Path | None = None
    seed: bool = True
    cache: bool = True
    parameters: Path | None = None
