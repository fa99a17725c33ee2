"""The options of a compilation."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from numbers import Integral
from pathlib import Path
from typing import Any, Literal

from dnnf_mlir.errors import UsageError

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

    Raises UsageError for a value of another type; paths may be strings.
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

    def __post_init__(self) -> None:
        for name in ("profile_db", "parameters"):
            if isinstance(path := getattr(self, name), str | os.PathLike):
                object.__setattr__(self, name, Path(path))
        for names, (fits, wanted) in _TYPES.items():
            for name in names.split():
                if not fits(value := getattr(self, name)):
                    raise UsageError(f"option '{name}' is {value!r}; it must be {wanted}")

    @staticmethod
    def of(given: Mapping[str, Any]) -> "Options":
        """The options of these names; UsageError for an unknown one."""
        known = [each.name for each in fields(Options)]
        if unknown := [repr(name) for name in given if name not in known]:
            raise UsageError(f"no option {', '.join(unknown)}; there are {', '.join(known)}")
        return Options(**given)


def _is_sequence(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _are_dims(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(name, str) and isinstance(size, Integral) for name, size in value.items()
    )


def _are_elements(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        shapes is None or (_is_sequence(shapes) and all(map(_is_sequence, shapes))) for shapes in value.values()
    )


_TYPES: dict[str, tuple[Callable[[object], bool], str]] = {
    "target precision": (lambda value: isinstance(value, str), "a name"),
    "simplify fuse verify seed cache": (lambda value: isinstance(value, bool), "True or False"),
    "dims": (_are_dims, "sizes by name, as {'batch': 1}"),
    "elements": (_are_elements, "shapes by input, as {'images': [(2, 3), (4, 3)]}"),
    "iree_flags": (
        lambda value: _is_sequence(value) and all(isinstance(flag, str) for flag in value),  # type: ignore[attr-defined]
        "a list of flags",
    ),
    "time_limit_s": (lambda value: isinstance(value, int | float) and value > 0, "a number of seconds"),
    "profile_db parameters": (lambda value: value is None or isinstance(value, Path), "a path"),
}
"""Names of options -> whether a value fits them, and what they must be."""
