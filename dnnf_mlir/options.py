"""The options of a compilation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Stage = Literal["import", "rewrite", "fuse", "lower", "iree-compile", "verify"]
OnStage = Callable[[Stage], None]
"""Called with the name of each stage when it begins. The last four repeat if the plan is made again."""

PRECISIONS = ("f32", "f16")
"""``f16`` narrows every f32 tensor, inputs and outputs included."""


@dataclass(frozen=True)
class Options:
    """The options of a compilation.

    - ``target``: a name of :data:`dnnf_mlir.targets.TARGET_NAMES`.
    - ``dims``: sizes of dynamic dimensions by name. Other dimensions stay dynamic.
    - ``elements``: the shapes of the tensors of each sequence input. None stands for an optional input without a value.
    - ``precision``: ``f32`` or ``f16``.
    - ``simplify``, ``fuse``: False skips rewriting, or makes one kernel per operator.
    - ``verify``: runs the module once against the ONNX reference, if the target is this machine.
    - ``iree_flags``: flags for iree-compile, after those of the target.
    - ``time_limit_s``: limit of each run of iree-compile, in seconds.
    - ``profile_db``: the profile database (default: the user's own).
    - ``seed``: uses the package's latencies where the database has none.
    - ``cache``: keeps compiled modules, and reuses them.
    - ``parameters``: writes the weights into this file (an IREE parameter archive, ``.irpa``), not into the module.
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
