"""The passes by name, loaded when asked for, and MLIR's textual pipelines with our passes in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING

from dnnf_mlir.errors import PipelineError

if TYPE_CHECKING:
    from dnnf_mlir.passes.base import Pass

_CLASSES = {
    "dnnf-annotate-mapping": "annotate_mapping:AnnotateMapping",
    "dnnf-assign-layouts": "assign_layouts:AssignLayouts",
    "dnnf-fold-constants": "fold_constants:FoldConstants",
    "dnnf-simplify-algebra": "simplify_algebra:SimplifyAlgebra",
    "dnnf-fuse-regions": "fuse_regions:FuseRegions",
    "dnnf-half-precision": "half_precision:HalfPrecision",
}


def names() -> list[str]:
    """Names of our passes, sorted."""
    return sorted(_CLASSES)


def load(name: str) -> "type[Pass]":
    """The class of a pass; PipelineError for an unknown name."""
    if name not in _CLASSES:
        raise PipelineError(f"unknown pass '{name}'; ours are: {', '.join(names())}")
    module, class_name = _CLASSES[name].split(":")
    pass_class: type[Pass] = getattr(import_module(f"dnnf_mlir.passes.{module}"), class_name)
    return pass_class


@dataclass(frozen=True)
class PipelineStep:
    """One element of a pipeline: a pass of ours with options, or MLIR's own text."""

    name: str
    text: str
    options: dict[str, str] = field(default_factory=dict)

    @property
    def is_ours(self) -> bool:
        """Whether it is a pass of this package, not one of MLIR's."""
        return self.name in _CLASSES


def parse_pipeline(text: str) -> list[PipelineStep]:
    """Splits ``builtin.module(a{x=1},func.func(b))`` or ``a,b`` into its top-level elements.

    Raises PipelineError for unbalanced brackets, and for an unknown name that starts with ``dnnf-``.
    """
    stripped = text.strip()
    if stripped.startswith("builtin.module(") and stripped.endswith(")"):
        stripped = stripped[len("builtin.module(") : -1]
    return [_step(part) for part in _split(stripped, text) if part]


def _step(text: str) -> PipelineStep:
    match = re.fullmatch(r"([A-Za-z0-9_.-]+)(?:\{(.*)\})?", text, re.DOTALL)
    if match is None or not match[1].startswith("dnnf-"):
        return PipelineStep(match[1] if match else text, text)
    load(match[1])
    options = dict(_option(match[1], part) for part in (match[2] or "").split())
    return PipelineStep(match[1], text, options)


def _option(name: str, text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise PipelineError(f"pass {name}: write option '{key}' as {key}=VALUE")
    return key, value


def _split(text: str, whole: str) -> Iterator[str]:
    depth = 0
    start = 0
    for position, character in enumerate(text):
        if character in "({":
            depth += 1
        elif character in ")}":
            depth -= 1
        elif character == "," and depth == 0:
            yield text[start:position].strip()
            start = position + 1
        if depth < 0:
            break
    if depth != 0:
        raise PipelineError(f"unbalanced brackets in pipeline '{whole}'")
    yield text[start:].strip()
